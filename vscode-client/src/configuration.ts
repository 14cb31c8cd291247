/**
 * The editor's settings of our section, read and changed.
 *
 * Invariant: what is read can be used, whatever stands in the settings file.
 */

import { ConfigurationTarget, type TextDocument, workspace } from "vscode";

import { SECTION, usable } from "./settings";

/** All of the section, as the user has it. */
export function section(): object {
  const found = workspace.getConfiguration().get<unknown>(SECTION);
  return typeof found === "object" && found !== null ? found : {};
}

/** One of our settings, for a document where it may differ by language. */
export function setting(name: string, fallback: string, document?: TextDocument): string {
  return usable(name, workspace.getConfiguration(SECTION, document).get<unknown>(name), fallback);
}

/** Change a setting in the place whose value holds now: a workspace's own would outlive a change of the user's. */
export async function change(name: string, value: unknown): Promise<void> {
  await workspace.getConfiguration(SECTION).update(name, value, placeOf(name).where);
}

/** Where a setting has its value, and the value that it has there. */
export function placeOf(name: string): { readonly where: ConfigurationTarget; readonly own: unknown } {
  const found = workspace.getConfiguration(SECTION).inspect(name);
  return found?.workspaceValue === undefined
    ? { where: ConfigurationTarget.Global, own: found?.globalValue }
    : { where: ConfigurationTarget.Workspace, own: found.workspaceValue };
}
