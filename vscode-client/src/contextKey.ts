/**
 * Something that key bindings and walkthroughs may depend on.
 *
 * Invariant: the editor hears of it only when it changes; it crosses a process border each time.
 */

import { commands } from "vscode";

export class ContextKey {
  readonly #name: string;
  #value: boolean | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  set(value: boolean): void {
    if (value !== this.#value) {
      this.#value = value;
      void commands.executeCommand("setContext", this.#name, value);
    }
  }
}
