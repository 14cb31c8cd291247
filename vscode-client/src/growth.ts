/**
 * Suggestions that grow on screen: the server has more of what it answered last, and the editor is made to ask again.
 *
 * Invariant: only for the document in front and the version that grew, once, and not where the user asked: among
 * several suggestions the editor would go to another one. For the server it is the same question once more, which it
 * answers at once, although the editor calls it one of the user's.
 */

import { commands, InlineCompletionTriggerKind, type InlineCompletionContext, type TextDocument, window } from "vscode";

export const GROWN = "tandem/grown";

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
    try {
      // Beside what is on screen, the longer one would be a second suggestion, which accepting a word would leave again.
      await commands.executeCommand("editor.action.inlineSuggest.hide");
      await commands.executeCommand("editor.action.inlineSuggest.trigger");
    } finally {
      this.#asking = false;
    }
  };

  /** Say for the server who asks: a question of ours is none of the user's. */
  contextOf(document: TextDocument, context: InlineCompletionContext): InlineCompletionContext {
    if (this.#asking && this.#grown && isOf(this.#grown, document)) {
      return { ...context, triggerKind: InlineCompletionTriggerKind.Automatic };
    }
    this.#askedByUser = context.triggerKind === InlineCompletionTriggerKind.Invoke;
    return context;
  }
}

function isOf({ uri, version }: Grown["textDocument"], document: TextDocument): boolean {
  return document.version === version && document.uri.toString() === uri;
}
