/**
 * Tells the server where the cursor rests, so that what stands there is read before the first key.
 *
 * Invariant: told once the cursor has rested for a moment, and not where typing took it: the server knows that place.
 */

import { Disposable, type TextDocument, type TextEditor, window, workspace } from "vscode";

import type { Switches } from "./switches";

const REST_MS = 50;

/** The message's params; the columns are the editor's own, UTF-16, which the server is told to count in. */
export interface Place {
  readonly textDocument: { readonly uri: string };
  readonly position: { readonly line: number; readonly character: number };
}

export class Cursor implements Disposable {
  readonly #switches: Switches;
  readonly #tell: (place: Place) => void;
  readonly #seen = new WeakMap<TextDocument, number>();
  readonly #subscriptions: Disposable;
  #due: NodeJS.Timeout | undefined;

  constructor(switches: Switches, tell: (place: Place) => void) {
    this.#switches = switches;
    this.#tell = tell;
    this.#subscriptions = Disposable.from(
      window.onDidChangeTextEditorSelection(({ textEditor }) => {
        this.#moved(textEditor);
      }),
      window.onDidChangeActiveTextEditor((editor) => {
        if (editor) {
          this.#moved(editor);
        }
      }),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document === window.activeTextEditor?.document) {
          clearTimeout(this.#due);
        }
      }),
    );
  }

  dispose(): void {
    clearTimeout(this.#due);
    this.#subscriptions.dispose();
  }

  #moved(editor: TextEditor): void {
    clearTimeout(this.#due);
    const { document } = editor;
    const typed = (this.#seen.get(document) ?? document.version) !== document.version;
    this.#seen.set(document, document.version);
    if (!typed && editor === window.activeTextEditor && this.#switches.offBecause(document) === "") {
      this.#due = setTimeout(() => {
        this.#tell(placeOf(editor));
      }, REST_MS);
    }
  }
}

function placeOf({ document, selection: { active } }: TextEditor): Place {
  return {
    textDocument: { uri: document.uri.toString() },
    position: { line: active.line, character: active.character },
  };
}
