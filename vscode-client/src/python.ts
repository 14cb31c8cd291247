/**
 * The Python that runs the server: the one in the settings, the selected one if it has Tandem, or one of our own.
 *
 * Invariant: what is given back has Tandem installed. What the user chose is used or refused, never passed over.
 */

import { homedir } from "node:os";
import { join } from "node:path";

import { type ExtensionContext, extensions, type LogOutputChannel, ProgressLocation, window, workspace } from "vscode";

import { findEnvironment, makeEnvironment, type Recipe, recipeFor } from "./environment";
import { candidates, describe, hasTandem, type Interpreter, isNewEnough, OLDEST, probe } from "./interpreter";
import { Problem } from "./problem";
import type { Command } from "./run";
import { SECTION } from "./settings";

const NEEDED = `Python ${OLDEST.major}.${OLDEST.minor} or newer`;

/** What Microsoft's extension for Python exports, as far as it is used here. */
interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(): { readonly path: string };
    resolveEnvironment(path: object): Promise<{ readonly executable: { readonly uri?: { readonly fsPath: string } } }>;
  };
}

/** Find a Python with Tandem, or make one, showing how far it is. Throws Problem. */
export async function findPython(
  { extensionPath, globalStorageUri }: ExtensionContext,
  log: LogOutputChannel,
  signal: AbortSignal,
): Promise<Command> {
  const setting = workspace.getConfiguration(SECTION).get<string>("python", "").trim();
  const selected = setting === "" ? await selectedInterpreter() : await chosenInterpreter(setting);
  if (selected && (await hasTandem(selected))) {
    log.info(`Tandem is installed in ${describe(selected)}.`);
    return selected.command;
  }
  const recipe = await recipeFor(globalStorageUri.fsPath, join(extensionPath, "server"), setting);
  const found = await findEnvironment(recipe);
  return found ?? (await make(recipe, setting && selected ? selected : await suitable(selected), log, signal));
}

async function chosenInterpreter(setting: string): Promise<Interpreter> {
  const path = setting.replace(/^~(?=[/\\])/, homedir());
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
async function selectedInterpreter(): Promise<Interpreter | undefined> {
  const python = extensions.getExtension<PythonExtension>("ms-python.python");
  if (!python || !workspace.isTrusted) {
    return undefined;
  }
  const { environments } = await python.activate();
  const { executable } = await environments.resolveEnvironment(environments.getActiveEnvironmentPath());
  return executable.uri && probe([executable.uri.fsPath]);
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

function make(recipe: Recipe, base: Interpreter, log: LogOutputChannel, signal: AbortSignal): Thenable<Command> {
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
