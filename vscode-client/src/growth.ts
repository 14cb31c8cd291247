/**
 * Suggestions that grow on screen: the server has more of what it answered last, and the editor is made to ask again.
 *
 * Invariant: only what is on screen grows, or what came too late to be there, in the document in front, in the version
 * that grew, once for each question, and not where the user asked and may have chosen among several. For the server it
 * is the same question once more, which it answers at once, although the editor calls it one of the user's.
 */

import {
  commands,
  InlineCompletionTriggerKind,
  type InlineCompletionContext,
  type Position,
  type TextDocument,
  window,
} from "vscode";
import type { Middleware } from "vscode-languageclient/node";

import { Glance } from "./glance";

export const GROWN = "tandem/grown";

/** The part of the message that says what grew; its items come with the answer to the question. */
export interface Grown {
  readonly textDocument: { readonly uri: string; readonly version: number };
}

export class Growth {
  readonly #glance = new Glance();
  #grown: Grown["textDocument"] | undefined;
  #asking = false;
  #askedByUser = false;
  #answered: { readonly position: Position; readonly isEmpty: boolean } | undefined;

  /** The user is about to ask: no question from here on is ours. */
  giveWay(): void {
    this.#glance.giveUp();
    this.#asking = false;
  }

  /** Have the editor show it, if the user still looks at what grew. */
  readonly hear = async ({ textDocument }: Grown): Promise<void> => {
    const { document, selection } = window.activeTextEditor ?? {};
    const answered = this.#answered;
    const again = this.#grown?.uri === textDocument.uri && this.#grown.version === textDocument.version;
    if (again || this.#askedByUser || !document || !isOf(textDocument, document)) {
      return;
    }
    if (!answered || !selection?.active.isEqual(answered.position)) {
      return;
    }
    this.#grown = textDocument;
    const isDue = answered.isEmpty || (await this.#glance.look(showNext));
    if (isDue && this.#grown === textDocument && isOf(textDocument, document)) {
      this.#asking = true;
      // Beside what is on screen, the longer one would be a second suggestion; accepting a word would leave it again.
      const orders = ["editor.action.inlineSuggest.hide", "editor.action.inlineSuggest.trigger"];
      await Promise.all(orders.map((order) => commands.executeCommand(order)));
      this.#asking = false;
    }
  };

  /** Pass a question on, as one that nobody asked if it is ours. */
  readonly provide: NonNullable<Middleware["provideInlineCompletionItems"]> = async (
    document,
    position,
    context,
    token,
    next,
  ) => {
    this.#answered = undefined;
    const answer = await next(document, position, this.#contextOf(document, context), token);
    const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
    if (!token.isCancellationRequested) {
      this.#answered = { position, isEmpty: items.length === 0 };
    }
    return answer;
  };

  /** Say for the server who asks: a question of ours is none of the user's. */
  #contextOf(document: TextDocument, context: InlineCompletionContext): InlineCompletionContext {
    const isExplicit = context.triggerKind === InlineCompletionTriggerKind.Invoke;
    // What only tells that something is on screen is answered, too: it may be the user's, by a key that we do not know.
    const isLook = isExplicit && this.#glance.takes();
    if (isLook || (this.#asking && this.#grown && isOf(this.#grown, document))) {
      return { ...context, triggerKind: InlineCompletionTriggerKind.Automatic };
    }
    this.#grown = undefined;
    this.#askedByUser = isExplicit;
    return context;
  }
}

function showNext(): Thenable<unknown> {
  return commands.executeCommand("editor.action.inlineSuggest.showNext");
}

function isOf({ uri, version }: Grown["textDocument"], document: TextDocument): boolean {
  return document.version === version && document.uri.toString() === uri;
}
