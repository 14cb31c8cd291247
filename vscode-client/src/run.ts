/**
 * A program run to its end.
 *
 * Invariant: it gives a result in every case; one that cannot be started, or was called off, has no exit code.
 */

import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";

export type Command = readonly [string, ...string[]];

export interface Finished {
  readonly exitCode: number | undefined;
  readonly lines: readonly string[];
}

export interface Manners {
  /** Hears each line of both outputs. */
  readonly onLine?: (line: string) => void;
  /** Calls the program off. */
  readonly signal?: AbortSignal;
}

/** Run a command without a shell, in a folder where nothing of the user's stands. */
export function run([program, ...args]: Command, { onLine, signal }: Manners = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const lines: string[] = [];
    const child = spawn(program, args, {
      cwd: tmpdir(),
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
      ...(signal && { signal }),
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        onLine?.(line);
      });
    }
    child.on("error", (error) => {
      lines.push(error.message);
      resolve({ exitCode: undefined, lines });
    });
    child.on("close", (exitCode) => {
      resolve({ exitCode: exitCode ?? undefined, lines });
    });
  });
}
