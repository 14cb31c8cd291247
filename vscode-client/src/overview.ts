/**
 * How Tandem is, at a glance, and what can be done about it.
 *
 * Invariant: each line says one thing, and choosing it leads to where that can be changed or seen in full.
 */

import { commands, type QuickPickItem, QuickPickItemKind, window } from "vscode";

import type { Server } from "./server";
import { conditionOf, counts, engine, last, latency, simulated, type Report } from "./status";
import type { Switches } from "./switches";

interface Line extends QuickPickItem {
  readonly command?: string;
}

/** Show it, as it is now, until something is chosen. */
export async function showOverview(server: Server, switches: Switches): Promise<void> {
  await server.refresh();
  const chosen = await window.showQuickPick(linesOf(server, switches), {
    title: "Tandem",
    placeHolder: "How Tandem is, and what you can change",
  });
  if (chosen?.command !== undefined) {
    await commands.executeCommand(chosen.command);
  }
}

function linesOf({ life, report }: Server, switches: Switches): readonly Line[] {
  const { label, reason } = conditionOf(life, report, switches.offBecause(window.activeTextEditor?.document));
  return [
    { label: `$(info) ${capitalized(label)}`, description: reason, command: "tandem.openLog" },
    ...(report ? figuresOf(report) : []),
    { label: "", kind: QuickPickItemKind.Separator },
    ...togglesOf(switches),
    { label: "", kind: QuickPickItemKind.Separator },
    { label: "$(chip) Choose the model", command: "tandem.pickModel" },
    { label: "$(server) Choose the device", command: "tandem.pickDevice" },
    { label: "$(debug-restart) Restart", command: "tandem.restart" },
    { label: "$(output) Open the log", command: "tandem.openLog" },
  ];
}

function figuresOf(report: Report): readonly Line[] {
  return [
    { label: "$(chip) Model", description: engine(report), command: "tandem.pickModel" },
    { label: "$(watch) Latency", description: latency(report), command: "tandem.openLog" },
    ...(report.simulated
      ? [{ label: "$(beaker) Simulated", description: simulated(report), command: "tandem.pickDevice" }]
      : []),
    { label: "$(comment) Last suggestion", description: last(report), command: "tandem.explain" },
    { label: "$(list-ordered) Since the start", description: counts(report), command: "tandem.openLog" },
  ];
}

function togglesOf(switches: Switches): readonly Line[] {
  const toggle = (isOn: boolean, what: string, command: string): Line => ({
    label: isOn ? `$(circle-slash) Turn off ${what}` : `$(check) Turn on ${what}`,
    command,
  });
  const document = window.activeTextEditor?.document;
  return [
    toggle(switches.everywhere, "everywhere", "tandem.toggle"),
    ...(document
      ? [
          toggle(switches.languageIsOn(document.languageId), `for ${document.languageId}`, "tandem.toggleLanguage"),
          toggle(!switches.fileIsOff(document.uri), "for this file", "tandem.toggleFile"),
        ]
      : []),
  ];
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
