/**
 * A Python environment of our own, made from the wheel that comes with the extension.
 *
 * Invariant: it is named by what goes into it, so another version of the extension has another one, and it is whole or
 * absent: `server/environment.py`, which makes it, sees to that.
 */

import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

import { explain } from "./failure";
import { type Interpreter, probe } from "./interpreter";
import { Problem } from "./problem";
import { type Command, type Manners, run } from "./run";

const READY = "ready";
/** After this an environment is taken for one of a version that nobody runs any more. */
const UNUSED_MS = 14 * 24 * 3600 * 1000;

/** Where an environment is, and what it is made from. */
export interface Recipe {
  readonly folder: string;
  readonly script: string;
  readonly wheel: string;
  readonly requirements: string;
}

/** Find the wheel; environments from another Python, chosen by the user, are others. */
export async function recipeFor(storage: string, assets: string, python: string): Promise<Recipe> {
  const wheel = (await readdir(assets)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) {
    throw new Problem("This build of the extension has no server in it. Choose a Python that has Tandem.", "python");
  }
  const [path, requirements] = [join(assets, wheel), join(assets, "requirements.txt")];
  const hash = createHash("sha256").update(python);
  for (const file of [path, requirements]) {
    hash.update(await readFile(file));
  }
  const folder = join(storage, `env-${hash.digest("hex").slice(0, 12)}`);
  return { folder, script: join(assets, "environment.py"), wheel: path, requirements };
}

/** Give the environment's Python if it is there and runs; the one that it was made from may be gone. */
export async function findEnvironment({ folder }: Recipe): Promise<Command | undefined> {
  const now = new Date();
  try {
    await utimes(join(folder, READY), now, now); // tells that it is in use
  } catch {
    return undefined;
  }
  return (await probe(pythonIn(folder))) && pythonIn(folder);
}

/** Make the environment, mend it, or wait for another window that does. Throws Problem. */
export async function makeEnvironment(recipe: Recipe, base: Interpreter, manners: Manners): Promise<Command> {
  const { folder, script, wheel, requirements } = recipe;
  const { exitCode, lines } = await run([...base.command, "-I", script, folder, wheel, requirements], manners);
  if (exitCode !== 0) {
    throw explain(lines);
  }
  await removeUnused(folder);
  return pythonIn(folder);
}

function pythonIn(folder: string): Command {
  return [process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python")];
}

/** Remove environments, and what is left of them, that were used last a long time ago. */
async function removeUnused(folder: string): Promise<void> {
  const storage = join(folder, "..");
  for (const name of await readdir(storage)) {
    const path = join(storage, name);
    const used = await stat(join(path, READY)).catch(() => undefined);
    if (/^env-\w+$/.test(name) && used && Date.now() - used.mtimeMs > UNUSED_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
