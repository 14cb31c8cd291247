/**
 * A program run to its end.
 *
 * Invariant: it gives a result in every case; one that cannot be started, or was called off, has no exit code.
 */

import { spawn } from "node:child_process";
import { homedir } from "node:os";
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

/** What a Python of ours is to know: a PYTHONPATH is for the user's programs, and counts as installed. */
export function surroundings(): NodeJS.ProcessEnv {
  return { ...process.env, PYTHONPATH: undefined, PYTHONHOME: undefined };
}

/** Run a command without a shell, outside of the workspace and of any folder that others may write to. */
export function run([program, ...args]: Command, { onLine, signal }: Manners = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const lines: string[] = [];
    const child = spawn(program, args, {
      cwd: homedir(),
      env: surroundings(),
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
