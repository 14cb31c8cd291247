/**
 * A Python interpreter: how it is called, how old it is, and whether Tandem is installed in it.
 *
 * Invariant: an interpreter is only what has answered; a name on the path may be nothing, or a shop's front door.
 */

import { run, type Command } from "./run";

export interface Version {
  readonly major: number;
  readonly minor: number;
}

export interface Interpreter {
  readonly command: Command;
  readonly version: Version;
}

/** What Tandem needs, as its package says. */
export const OLDEST: Version = { major: 3, minor: 11 };

const PATIENCE_MS = 20_000;
const ASK_VERSION = "import sys; print('Python %d.%d' % sys.version_info[:2])"; // also a Python 2 can say it
const ASK_TANDEM = "import importlib.metadata as m; print('tandem-lsp', m.version('tandem-lsp'))";

/** Names under which a Python may be on the path; those first that all of Tandem's packages are built for. */
export function candidates(platform: NodeJS.Platform): readonly Command[] {
  const names: Command[] = [["python3.13"], ["python3.12"], ["python3.11"], ["python3"], ["python"]];
  return platform === "win32" ? [["py", "-3"], ["python"], ["python3"]] : names;
}

/** Ask a command whether it is a Python. */
export async function probe(command: Command): Promise<Interpreter | undefined> {
  const version = parseVersion(await ask(command, ["-c", ASK_VERSION]));
  return version && { command, version };
}

/** Tell which version of Tandem is installed there, if any. Without -P the working folder would be searched first. */
export async function tandemIn({ command, version }: Interpreter): Promise<string | undefined> {
  const said = isNewEnough(version) ? await ask(command, ["-P", "-c", ASK_TANDEM]) : "";
  return /^tandem-lsp (\S+)/m.exec(said)?.[1];
}

export function parseVersion(output: string): Version | undefined {
  const found = /^Python (\d+)\.(\d+)/m.exec(output);
  return found ? { major: Number(found[1]), minor: Number(found[2]) } : undefined;
}

export function isNewEnough({ major, minor }: Version): boolean {
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
}

export function describe({ command, version }: Interpreter): string {
  return `Python ${version.major}.${version.minor} (${command.join(" ")})`;
}

async function ask(command: Command, args: readonly string[]): Promise<string> {
  const { exitCode, lines } = await run([...command, ...args], { signal: AbortSignal.timeout(PATIENCE_MS) });
  return exitCode === 0 ? lines.join("\n") : "";
}
