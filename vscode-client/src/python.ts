/**
 * The Python that runs the server: the one in the settings, the selected one if it has Tandem, or one of our own.
 *
 * Invariant: what is given back has Tandem installed. What the user chose is used or refused, never passed over.
 */

import { join } from "node:path";

import { type ExtensionContext, extensions, type LogOutputChannel, ProgressLocation, window, workspace } from "vscode";

import { setting } from "./configuration";
import { findEnvironment, makeEnvironment, type Recipe, recipeFor } from "./environment";
import { fromHome } from "./home";
import { candidates, describe, type Interpreter, isNewEnough, OLDEST, probe, tandemIn } from "./interpreter";
import { Problem } from "./problem";
import type { Command } from "./run";

const NEEDED = `Python ${OLDEST.major}.${OLDEST.minor} or newer`;

/** What Microsoft's extension for Python exports, as far as it is used here. */
interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(): { readonly path: string };
    resolveEnvironment(
      path: object,
    ): Promise<{ readonly executable: { readonly uri?: { readonly fsPath: string } } } | undefined>;
  };
}

/** What a search needs besides the settings. */
export interface Search {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  /** Hears what takes its time. */
  readonly say: (doing: string) => void;
  /** Calls it off. */
  readonly signal: AbortSignal;
}

/** Find a Python with Tandem, or make one, showing how far it is. Throws Problem. */
export async function findPython(search: Search): Promise<Command> {
  const { context, log } = search;
  const chosen = fromHome(setting("python", ""));
  const selected = chosen === "" ? await selectedInterpreter(log) : await chosenInterpreter(chosen);
  const installed = selected && (await tandemIn(selected));
  if (selected && installed !== undefined) {
    const { version } = context.extension.packageJSON as { readonly version: string };
    const other = installed === version ? "" : `; the extension is ${version}`;
    log.info(`Tandem ${installed} is installed in ${describe(selected)}${other}.`);
    return selected.command;
  }
  const assets = join(context.extensionPath, "server");
  const recipe = await recipeFor(context.globalStorageUri.fsPath, assets, chosen);
  const found = await findEnvironment(recipe);
  return found ?? (await make(recipe, chosen !== "" && selected ? selected : await suitable(selected), search));
}

async function chosenInterpreter(path: string): Promise<Interpreter> {
  const interpreter = await probe([path]);
  if (!interpreter) {
    throw new Problem(`${path}, which the setting tandem.python names, is no Python that runs.`, "python", "settings");
  }
  if (!isNewEnough(interpreter.version)) {
    throw new Problem(
      `The setting tandem.python names ${describe(interpreter)}; Tandem needs ${NEEDED}.`,
      "python",
      "settings",
    );
  }
  return interpreter;
}

/** The interpreter that is selected in this workspace; a workspace that is not trusted has no say. */
async function selectedInterpreter(log: LogOutputChannel): Promise<Interpreter | undefined> {
  const python = extensions.getExtension<PythonExtension>("ms-python.python");
  if (!python || !workspace.isTrusted) {
    return undefined;
  }
  try {
    const { environments } = await python.activate();
    const found = await environments.resolveEnvironment(environments.getActiveEnvironmentPath());
    return found?.executable.uri && (await probe([found.executable.uri.fsPath]));
  } catch (error) {
    log.warn(`The Python extension does not say which interpreter is selected: ${String(error)}`);
    return undefined;
  }
}

/** A Python that is new enough: one on the path, or else the selected one. Throws Problem. */
async function suitable(selected: Interpreter | undefined): Promise<Interpreter> {
  const old: Interpreter[] = [];
  for (const command of candidates(process.platform)) {
    const found = await probe(command);
    if (found && isNewEnough(found.version)) {
      return found;
    }
    if (found) {
      old.push(found);
    }
  }
  if (selected && isNewEnough(selected.version)) {
    return selected;
  }
  const known = [...old, ...(selected ? [selected] : [])].map(describe);
  const but = known.length > 0 ? `, and here is only ${known.join(", ")}` : ", and there is none on the path";
  throw new Problem(`Tandem needs ${NEEDED}${but}.`, "download", "python", "retry");
}

function make(recipe: Recipe, base: Interpreter, { log, say, signal }: Search): Thenable<Command> {
  say("Tandem makes a Python environment for itself, once.");
  log.info(`An environment for Tandem is made with ${describe(base)} in ${recipe.folder}.`);
  const title = "Setting up Tandem (once, some 100 MB)";
  return window.withProgress({ location: ProgressLocation.Notification, title }, (progress) =>
    makeEnvironment(recipe, base, {
      signal,
      onLine: (line) => {
        log.info(line);
        const step = /^tandem: (.*)/.exec(line)?.[1] ?? /^Collecting ([\w.-]+)/.exec(line)?.[1];
        if (step !== undefined) {
          progress.report({ message: step });
        }
      },
    }),
  );
}
