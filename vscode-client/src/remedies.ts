/**
 * A problem as a message with buttons.
 *
 * Invariant: nobody waits for the user to press one.
 */

import { commands, env, Uri, window } from "vscode";

import type { Problem, Remedy } from "./problem";

interface Button {
  readonly label: string;
  readonly press: () => Thenable<unknown>;
}

const BUTTONS: Record<Remedy, Button> = {
  retry: { label: "Retry", press: () => commands.executeCommand("tandem.restart") },
  log: { label: "Open Log", press: () => commands.executeCommand("tandem.openLog") },
  python: { label: "Choose Python", press: () => commands.executeCommand("tandem.pickPython") },
  download: { label: "Get Python", press: () => env.openExternal(Uri.parse("https://www.python.org/downloads/")) },
  settings: {
    label: "Open Settings",
    press: () => commands.executeCommand("workbench.action.openSettings", "@ext:tandem-lsp.tandem"),
  },
};

/** Show a problem. */
export function tell({ message, remedies }: Problem): void {
  const buttons = remedies.map((remedy) => BUTTONS[remedy]);
  const shown = window.showErrorMessage(message, ...buttons.map(({ label }) => label));
  void shown.then((pressed) => buttons.find(({ label }) => label === pressed)?.press());
}

/** Show a sentence on something in the settings that does not keep Tandem from working. */
export function warn(sentence: string): void {
  const { label, press } = BUTTONS.settings;
  void window.showWarningMessage(sentence, label).then((pressed) => pressed && press());
}
