import assert from "node:assert/strict";
import { test } from "node:test";

import { languageIsOn, problemsOf, serverSettings, usable } from "../src/settings";

test("the server gets its own settings, and those that nobody knows", () => {
  const section = {
    enabled: true,
    python: "/p",
    model: "auto",
    device: "cpu",
    tabInIndentation: "indent",
    deadlinMs: 5,
  };
  assert.deepEqual(serverSettings(section), { enabled: true, model: "auto", device: "cpu", deadlinMs: 5 });
});

test("a language is on unless it, or all others, are off", () => {
  assert.ok(languageIsOn({}, "python"));
  assert.ok(languageIsOn(undefined, "python"));
  assert.ok(!languageIsOn({ python: false }, "python"));
  assert.ok(!languageIsOn({ "*": false }, "python"));
  assert.ok(languageIsOn({ "*": false, python: true }, "python"));
});

test("our own nonsense is named, and the fallback holds", () => {
  const section = { python: 7, model: " smollm2-135m ", tabInIndentation: "swap", deadlineMs: "soon" };
  assert.equal(usable("python", section.python, ""), "");
  assert.equal(usable("model", section.model, "auto"), "smollm2-135m");
  assert.equal(usable("tabInIndentation", section.tabInIndentation, "indentFirst"), "indentFirst");
  assert.deepEqual(problemsOf(section), [
    'The setting "tandem.python" was not used: expected text.',
    'The setting "tandem.tabInIndentation" was not used: expected "indentFirst" or "indent" or "accept".',
  ]);
});
