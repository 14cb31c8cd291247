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
    press: () => commands.executeCommand("workbench.action.openSettings", "tandem.python"),
  },
};

/** Show the problem. */
export function tell(problem: Problem): void {
  const buttons = problem.remedies.map((remedy) => BUTTONS[remedy]);
  void window
    .showErrorMessage(problem.message, ...buttons.map(({ label }) => label))
    .then((pressed) => buttons.find(({ label }) => label === pressed)?.press());
}
