/**
 * Suggestions that grow on screen: the server has more of what it answered last, and the editor is sent on to it.
 *
 * Invariant: only what is on screen grows, which the editor itself sees to: there is no next one where none is shown.
 * Only in the document in front, in the version that grew, once, and not where the user asked: among several
 * suggestions the editor would go to another one. For the server it is the same question once more, which it answers at
 * once, although the editor calls it one of the user's.
 */

import { setTimeout } from "node:timers/promises";

import { commands, InlineCompletionTriggerKind, type InlineCompletionContext, type TextDocument, window } from "vscode";

export const GROWN = "tandem/grown";

/** The editor asks after it was told to; where it was not shown any more, it does not. */
const ASKS_WITHIN_MS = 300;

/** The part of the message that says what grew; its items come with the answer to the question. */
export interface Grown {
  readonly textDocument: { readonly uri: string; readonly version: number };
}

export class Growth {
  #grown: Grown["textDocument"] | undefined;
  #asking = false;
  #askedByUser = false;

  /** Have the editor show it, if the user still looks at what grew. */
  readonly hear = async ({ textDocument }: Grown): Promise<void> => {
    const document = window.activeTextEditor?.document;
    const again = this.#grown?.uri === textDocument.uri && this.#grown.version === textDocument.version;
    if (again || this.#askedByUser || !document || !isOf(textDocument, document)) {
      return;
    }
    this.#grown = textDocument;
    this.#asking = true;
    // The editor asks once more, keeps what was on screen as the first of what it has now, and goes on to the second.
    await commands.executeCommand("editor.action.inlineSuggest.showNext");
    await setTimeout(ASKS_WITHIN_MS);
    if (this.#grown === textDocument) {
      this.#asking = false;
    }
  };

  /** Say for the server who asks: a question of ours is none of the user's. */
  contextOf(document: TextDocument, context: InlineCompletionContext): InlineCompletionContext {
    const isInvoked = context.triggerKind === InlineCompletionTriggerKind.Invoke;
    if (isInvoked && this.#asking && this.#grown && isOf(this.#grown, document)) {
      this.#asking = false;
      return { ...context, triggerKind: InlineCompletionTriggerKind.Automatic };
    }
    this.#askedByUser = isInvoked;
    return context;
  }
}

function isOf({ uri, version }: Grown["textDocument"], document: TextDocument): boolean {
  return document.version === version && document.uri.toString() === uri;
}
