/**
 * Suggestions that grow on screen: the server has more of what it answered last, and the editor is made to ask again.
 *
 * Invariant: only for the document in front and the version that grew. For the server it is the same question once more:
 * the editor calls it one of the user's, which is right only where the user asked before.
 */

import { commands, InlineCompletionTriggerKind, type InlineCompletionContext, type TextDocument, window } from "vscode";

export const GROWN = "tandem/grown";

/** The part of the message that says what grew; its items come with the answer to the question. */
export interface Grown {
  readonly textDocument: { readonly uri: string; readonly version: number };
}

export class Growth {
  #grown: Grown["textDocument"] | undefined;
  #asked = InlineCompletionTriggerKind.Automatic;

  /** Have the editor ask again, if the user still looks at what grew. */
  readonly hear = async ({ textDocument }: Grown): Promise<void> => {
    const document = window.activeTextEditor?.document;
    if (!document || !isOf(textDocument, document)) {
      return;
    }
    this.#grown = textDocument;
    try {
      await commands.executeCommand("editor.action.inlineSuggest.trigger");
    } finally {
      this.#grown = undefined;
    }
  };

  /** Say for the server who asks: for a question of ours, whoever asked before. */
  contextOf(document: TextDocument, context: InlineCompletionContext): InlineCompletionContext {
    if (this.#grown && isOf(this.#grown, document)) {
      return { ...context, triggerKind: this.#asked };
    }
    this.#asked = context.triggerKind;
    return context;
  }
}

function isOf({ uri, version }: Grown["textDocument"], document: TextDocument): boolean {
  return document.version === version && document.uri.toString() === uri;
}
