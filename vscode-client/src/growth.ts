/**
 * Suggestions that grow on screen: the server has more of what it answered last, and the editor is made to ask again.
 *
 * Invariant: only what is on screen grows, in the document in front, in the version that grew, once, and not where the
 * user asked and may have chosen among several. For the server it is the same question once more, which it answers at
 * once, although the editor calls it one of the user's.
 */

import { setTimeout } from "node:timers/promises";

import { commands, InlineCompletionTriggerKind, type InlineCompletionContext, type TextDocument, window } from "vscode";

export const GROWN = "tandem/grown";

/** An editor that shows something asks within this for what comes next; a later question is the user's. */
const ASKS_WITHIN_MS = 200;

/** The part of the message that says what grew; its items come with the answer to the question. */
export interface Grown {
  readonly textDocument: { readonly uri: string; readonly version: number };
}

export class Growth {
  #grown: Grown["textDocument"] | undefined;
  #asking = false;
  #askedByUser = false;
  #onScreen: (() => void) | undefined;

  /** Have the editor show it, if the user still looks at what grew. */
  readonly hear = async ({ textDocument }: Grown): Promise<void> => {
    const document = window.activeTextEditor?.document;
    const again = this.#grown?.uri === textDocument.uri && this.#grown.version === textDocument.version;
    if (again || this.#askedByUser || !document || !isOf(textDocument, document)) {
      return;
    }
    this.#grown = textDocument;
    if ((await this.#isOnScreen()) && isOf(textDocument, document)) {
      this.#asking = true;
      // Beside what is on screen, the longer one would be a second suggestion, which accepting a word would leave again.
      const orders = ["editor.action.inlineSuggest.hide", "editor.action.inlineSuggest.trigger"];
      await Promise.all(orders.map((order) => commands.executeCommand(order)));
      this.#asking = false;
    }
  };

  /** Take a question that was only to tell whether there is something on screen; it is not for the server. */
  takes({ triggerKind }: InlineCompletionContext): boolean {
    const onScreen = triggerKind === InlineCompletionTriggerKind.Invoke ? this.#onScreen : undefined;
    onScreen?.();
    return onScreen !== undefined;
  }

  /** Say for the server who asks: a question of ours is none of the user's. */
  contextOf(document: TextDocument, context: InlineCompletionContext): InlineCompletionContext {
    if (this.#asking && this.#grown && isOf(this.#grown, document)) {
      return { ...context, triggerKind: InlineCompletionTriggerKind.Automatic };
    }
    this.#askedByUser = context.triggerKind === InlineCompletionTriggerKind.Invoke;
    return context;
  }

  /** The editor says so in one way only: it asks for the next suggestion where one is shown, and nowhere else. */
  async #isOnScreen(): Promise<boolean> {
    const asked = new Promise<boolean>((resolve) => {
      this.#onScreen = () => {
        resolve(true);
      };
    });
    await commands.executeCommand("editor.action.inlineSuggest.showNext");
    const isOnScreen = await Promise.race([asked, setTimeout(ASKS_WITHIN_MS, false)]);
    this.#onScreen = undefined;
    return isOnScreen;
  }
}

function isOf({ uri, version }: Grown["textDocument"], document: TextDocument): boolean {
  return document.version === version && document.uri.toString() === uri;
}
