/**
 * Paths as people write them.
 *
 * Invariant: only a leading ~ is special, as in a shell.
 */

import { homedir } from "node:os";

/** Write out the home folder. */
export function fromHome(path: string): string {
  return path.replace(/^~(?=[/\\])/, homedir());
}
