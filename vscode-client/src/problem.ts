/**
 * What stands in the way of suggestions: a sentence for the user, and what can be done about it.
 *
 * Invariant: each problem has a remedy.
 */

export type Remedy = "retry" | "log" | "python" | "download" | "settings";

export class Problem extends Error {
  readonly remedies: readonly [Remedy, ...Remedy[]];

  constructor(sentence: string, ...remedies: [Remedy, ...Remedy[]]) {
    super(sentence);
    this.remedies = remedies;
  }
}
