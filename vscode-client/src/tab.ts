/**
 * Tab, where a suggestion is on screen and the user may well want to indent.
 *
 * Invariant: our key binding, to the editor's own command, holds only while Tab is meant to indent; everywhere else the
 * one that accepts does. Neither goes through this process, so no later key overtakes Tab.
 */

import { Disposable, type TextEditor, window, workspace } from "vscode";

import { setting } from "./configuration";
import { ContextKey } from "./contextKey";
import { type Manner, tabIndents } from "./indentation";
import type { Switches } from "./switches";

/** How far above the cursor a line that is not empty is looked for. */
const FARTHEST_LINES = 200;

export class Tab implements Disposable {
  readonly #switches: Switches;
  readonly #indents = new ContextKey("tandem.tabIndents");
  readonly #subscriptions: Disposable;

  constructor(switches: Switches) {
    this.#switches = switches;
    const follow = (): void => {
      this.#indents.set(this.#indentsIn(window.activeTextEditor));
    };
    this.#subscriptions = Disposable.from(
      window.onDidChangeTextEditorSelection(follow), // which also comes after each key
      window.onDidChangeActiveTextEditor(follow),
      workspace.onDidChangeConfiguration(follow),
      switches.onDidSwitchFile(follow),
    );
    follow();
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #indentsIn(editor: TextEditor | undefined): boolean {
    if (!editor?.selection.isEmpty || this.#switches.offBecause(editor.document) !== "") {
      return false;
    }
    const { document, selection } = editor;
    const { line, character } = selection.active;
    const before = document.lineAt(line).text.slice(0, character);
    if (before.trim() !== "") {
      return false; // as for most keys: nothing else needs to be read
    }
    const manner = setting("tabInIndentation", "indentFirst", document) as Manner;
    const tabSize = columns(editor.options.tabSize);
    const indentSize = columns(editor.options.indentSize, tabSize);
    return tabIndents(manner, { before, above: lineAbove(editor, line), tabSize, indentSize });
  }
}

function lineAbove({ document }: TextEditor, line: number): string | undefined {
  for (let above = line - 1; above >= Math.max(line - FARTHEST_LINES, 0); above -= 1) {
    const { text, isEmptyOrWhitespace } = document.lineAt(above);
    if (!isEmptyOrWhitespace) {
      return text;
    }
  }
  return undefined;
}

/** A size of the editor's that is resolved is a number. */
function columns(size: number | string | undefined, fallback = 4): number {
  return typeof size === "number" ? size : fallback;
}
