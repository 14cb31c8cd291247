/**
 * Tandem's place in the status bar.
 *
 * Invariant: it is about the document in front; where that has no text of its own, about Tandem as a whole.
 */

import {
  Disposable,
  MarkdownString,
  StatusBarAlignment,
  ThemeColor,
  type StatusBarItem,
  window,
  workspace,
} from "vscode";

import type { Server } from "./server";
import { conditionOf, engine, last, latency, simulated, type State } from "./status";
import type { Switches } from "./switches";

const ICONS: Record<State, string> = {
  off: "circle-slash",
  starting: "loading~spin",
  loading: "loading~spin",
  ready: "sparkle",
  slow: "watch",
  failed: "error",
};

const PRIORITY = 90;

export class StatusBar implements Disposable {
  readonly #server: Server;
  readonly #switches: Switches;
  readonly #item: StatusBarItem;
  readonly #subscriptions: Disposable;

  constructor(server: Server, switches: Switches) {
    this.#server = server;
    this.#switches = switches;
    this.#item = window.createStatusBarItem("tandem.status", StatusBarAlignment.Right, PRIORITY);
    this.#item.name = "Tandem";
    this.#item.command = "tandem.showStatus";
    const show = (): void => {
      this.#show();
    };
    this.#subscriptions = Disposable.from(
      this.#item,
      server.onDidChange(show),
      switches.onDidSwitchFile(show),
      window.onDidChangeActiveTextEditor(show),
      workspace.onDidChangeConfiguration(show),
    );
    show();
    this.#item.show();
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #show(): void {
    const { life, report } = this.#server;
    const off = this.#switches.offBecause(window.activeTextEditor?.document);
    const { state, label, reason } = conditionOf(life, report, off);
    const figures = report && state !== "off" ? [engine(report), latency(report), simulated(report), `last: ${last(report)}`] : [];
    const tooltip = new MarkdownString();
    tooltip.appendText([`Tandem: ${label}`, reason, ...figures].filter((line) => line !== "").join("\n\n"));
    this.#item.text = `$(${ICONS[state]}) Tandem: ${label}`;
    this.#item.tooltip = tooltip;
    this.#item.backgroundColor = state === "failed" ? new ThemeColor("statusBarItem.errorBackground") : undefined;
  }
}
