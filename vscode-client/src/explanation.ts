/**
 * Why the last suggestion was what it was, or why there was none, as a page to read.
 *
 * Invariant: the page is the server's; nothing is left of it when its tab is closed.
 */

import { type Disposable, type TextDocumentContentProvider, Uri, ViewColumn, window, workspace } from "vscode";

import type { Server } from "./server";

const SCHEME = "tandem-explanation";

/** Shows the latest page; only one is open at a time. */
export class ExplanationPage implements TextDocumentContentProvider {
  readonly #server: Server;
  #markdown = "";
  #number = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Offer pages to the editor. */
  register(): Disposable {
    return workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  provideTextDocumentContent(): string {
    return this.#markdown;
  }

  /** Ask about the document in front, and show the answer beside it. */
  async show(): Promise<void> {
    const document = window.activeTextEditor?.document;
    const markdown = document && (await this.#server.explain(document.uri));
    if (markdown === undefined) {
      void window.showInformationMessage("Nothing was suggested in this file lately: type in it, then ask again.");
      return;
    }
    this.#markdown = markdown;
    this.#number += 1; // another address each time: the editor would keep the older text
    const page = await workspace.openTextDocument(Uri.parse(`${SCHEME}:Suggestion ${String(this.#number)}.md`));
    await window.showTextDocument(page, { preview: true, viewColumn: ViewColumn.Beside });
  }
}
