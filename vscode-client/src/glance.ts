/**
 * Whether a suggestion is on screen. The editor says so in one way only: told to show the next one, it asks for it
 * where one is shown, and nowhere else.
 *
 * Invariant: of all questions that the user's keys or we give rise to, a look takes one at most for the editor's answer,
 * and none once it was given up.
 */

import { setTimeout } from "node:timers/promises";

/** An editor that shows something asks within this for what comes next. */
const ASKS_WITHIN_MS = 200;
/** What was answered a moment ago may be on screen only the second time. */
const LOOKS = 2;

export class Glance {
  #tell: ((isOnScreen: boolean) => void) | undefined;

  /** Find out, by a function that has the editor show the next suggestion; false also when that is given up. */
  async look(showNext: () => PromiseLike<unknown>): Promise<boolean> {
    this.giveUp();
    const told = new Promise<boolean>((resolve) => {
      this.#tell = resolve;
    });
    for (let look = 0; look < LOOKS; look += 1) {
      await showNext();
      const isOnScreen = await Promise.race([told, setTimeout(ASKS_WITHIN_MS, undefined)]);
      if (isOnScreen !== undefined) {
        return isOnScreen;
      }
    }
    this.giveUp();
    return false;
  }

  /** Take a question for the editor's answer, if one is waited for; gives whether it was. */
  takes(): boolean {
    return this.#end(true);
  }

  /** Stop looking, so that the next question is the user's. */
  giveUp(): void {
    this.#end(false);
  }

  #end(isOnScreen: boolean): boolean {
    const tell = this.#tell;
    this.#tell = undefined;
    tell?.(isOnScreen);
    return tell !== undefined;
  }
}
