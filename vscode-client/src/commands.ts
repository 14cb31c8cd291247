/**
 * What the user can tell Tandem to do.
 *
 * Invariant: the names are those in package.json, and each is handled here in a line.
 */

import { commands, type Disposable, type LogOutputChannel, type TextDocument, window, workspace } from "vscode";

import { pickDevice, pickModel, pickPython } from "./choices";
import { ExplanationPage } from "./explanation";
import type { Growth } from "./growth";
import { showOverview } from "./overview";
import type { Server } from "./server";
import type { Switches } from "./switches";

const SAMPLE = `def read_lines(path):
    """Give the lines of a text file, without their ends."""
    with open(path, encoding="utf-8") as file:
        return [line.rstrip() for line in file]


def count_words(path):
    """Count how often each word stands in a text file."""
    counts = {}
    for line in read_lines(path):
        `;

/** What commands work on. */
export interface Parts {
  readonly server: Server;
  readonly switches: Switches;
  readonly growth: Growth;
  readonly log: LogOutputChannel;
}

/** Register all commands. */
export function registerCommands({ server, switches, growth, log }: Parts): readonly Disposable[] {
  const page = new ExplanationPage(server);
  const handlers: Record<string, () => unknown> = {
    "tandem.toggle": () => switches.toggleEverywhere(),
    "tandem.toggleLanguage": () => withDocument(({ languageId }) => switches.toggleLanguage(languageId)),
    "tandem.toggleFile": () => withDocument(({ uri }) => switches.toggleFile(uri)),
    "tandem.showStatus": () => showOverview(server, switches),
    "tandem.explain": () => page.show(),
    "tandem.restart": () => server.restart(),
    "tandem.openLog": () => {
      log.show();
    },
    "tandem.pickModel": pickModel,
    "tandem.pickDevice": pickDevice,
    "tandem.pickPython": pickPython,
    "tandem.trigger": () => {
      growth.giveWay();
      return commands.executeCommand("editor.action.inlineSuggest.trigger");
    },
    "tandem.acceptWord": () => commands.executeCommand("editor.action.inlineSuggest.acceptNextWord"),
    "tandem.acceptLine": () => commands.executeCommand("editor.action.inlineSuggest.acceptNextLine"),
    "tandem.tryIt": tryIt,
  };
  const registered = Object.entries(handlers).map(([name, handler]) => commands.registerCommand(name, handler));
  return [page.register(), ...registered];
}

async function withDocument(work: (document: TextDocument) => Promise<void>): Promise<void> {
  const document = window.activeTextEditor?.document;
  if (document) {
    await work(document);
  } else {
    void window.showInformationMessage("Open a file first: this switches Tandem on or off for what is in front.");
  }
}

async function tryIt(): Promise<void> {
  const document = await workspace.openTextDocument({ language: "python", content: SAMPLE });
  await window.showTextDocument(document);
  await commands.executeCommand("cursorBottom");
}
