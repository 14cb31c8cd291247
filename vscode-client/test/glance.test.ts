import assert from "node:assert/strict";
import { test } from "node:test";

import { Glance } from "../src/glance";

/** Counts how often the editor was told to show the next suggestion, and then does as it is told to here. */
class Editor {
  told = 0;
  readonly #acts: (told: number) => void;

  constructor(acts: (told: number) => void) {
    this.#acts = acts;
  }

  readonly showNext = (): Promise<void> => {
    this.told += 1;
    this.#acts(this.told);
    return Promise.resolve();
  };
}

test("an editor that asks has a suggestion on screen, and its question is taken once", async () => {
  const glance = new Glance();
  const taken: boolean[] = [];
  const editor = new Editor(() => taken.push(glance.takes(), glance.takes()));
  assert.equal(await glance.look(editor.showNext), true);
  assert.deepEqual(taken, [true, false]);
  assert.equal(editor.told, 1);
});

test("what the editor is about to show is seen the second time", async () => {
  const glance = new Glance();
  const editor = new Editor((told) => told === 2 && glance.takes());
  assert.equal(await glance.look(editor.showNext), true);
});

test("an editor that does not ask shows nothing, and a later question is the user's", async () => {
  const glance = new Glance();
  const editor = new Editor(() => undefined);
  assert.equal(await glance.look(editor.showNext), false);
  assert.equal(editor.told, 2);
  assert.equal(glance.takes(), false);
});

test("a question of the user's is not taken for the editor's answer, and ends the look", async () => {
  const glance = new Glance();
  const taken: boolean[] = [];
  const editor = new Editor(() => {
    glance.giveUp();
    taken.push(glance.takes());
  });
  assert.equal(await glance.look(editor.showNext), false);
  assert.deepEqual(taken, [false]);
  assert.equal(editor.told, 1);
});

test("a second look takes the first one's place", async () => {
  const glance = new Glance();
  const editor = new Editor(() => undefined);
  const first = glance.look(editor.showNext);
  const second = glance.look(editor.showNext);
  assert.equal(await first, false);
  assert.equal(glance.takes(), true);
  assert.equal(await second, true);
});
