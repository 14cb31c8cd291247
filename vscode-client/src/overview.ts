/**
 * How Tandem is, at a glance, and what can be done about it.
 *
 * Invariant: each line says one thing, and choosing it leads to where that can be changed or seen in full.
 */

import { commands, type QuickPickItem, QuickPickItemKind, window } from "vscode";

import type { Server } from "./server";
import { conditionOf, counts, engine, last, latency } from "./status";
import type { Switches } from "./switches";

interface Line extends QuickPickItem {
  readonly command?: string;
}

/** Show it, until something is chosen. */
export async function showOverview(server: Server, switches: Switches): Promise<void> {
  const chosen = await window.showQuickPick(linesOf(server, switches), {
    title: "Tandem",
    placeHolder: "What Tandem does, and what you can change",
    matchOnDetail: true,
  });
  if (chosen?.command !== undefined) {
    await commands.executeCommand(chosen.command);
  }
}

function linesOf({ life, report }: Server, switches: Switches): Line[] {
  const document = window.activeTextEditor?.document;
  const { label, reason } = conditionOf(life, report, switches.offBecause(document));
  const figures: Line[] = report
    ? [
        { label: "$(chip) Model", description: engine(report), command: "tandem.pickModel" },
        { label: "$(watch) Latency", description: latency(report), command: "tandem.openLog" },
        { label: "$(comment) Last suggestion", description: last(report), command: "tandem.openLog" },
        { label: "$(list-ordered) Since the start", description: counts(report), command: "tandem.openLog" },
      ]
    : [];
  const forDocument: Line[] = document
    ? [
        { label: `$(circle-slash) Turn on or off for ${document.languageId}`, command: "tandem.toggleLanguage" },
        { label: "$(circle-slash) Turn on or off for this file", command: "tandem.toggleFile" },
      ]
    : [];
  return [
    { label: `$(info) ${capitalized(label)}`, description: reason, command: "tandem.openLog" },
    ...figures,
    { label: "", kind: QuickPickItemKind.Separator },
    { label: "$(circle-slash) Turn on or off", command: "tandem.toggle" },
    ...forDocument,
    { label: "$(chip) Choose the model", command: "tandem.pickModel" },
    { label: "$(server) Choose the device", command: "tandem.pickDevice" },
    { label: "$(debug-restart) Restart", command: "tandem.restart" },
    { label: "$(output) Open the log", command: "tandem.openLog" },
  ];
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
