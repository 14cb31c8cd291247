import assert from "node:assert/strict";
import { test } from "node:test";

import { languageIsOn, serverSettings } from "../src/settings";

test("the server gets its own settings, and those that nobody knows", () => {
  const section = { enabled: true, python: "/p", model: "auto", device: "cpu", tabInIndentation: "indent", deadlinMs: 5 };
  assert.deepEqual(serverSettings(section, []), { enabled: true, deadlinMs: 5 });
});

test("switched-off files are excluded besides the user's patterns", () => {
  assert.deepEqual(serverSettings({ exclude: ["*.md"] }, ["w/a.py"]), { exclude: ["*.md", "w/a.py"] });
  assert.deepEqual(serverSettings({}, ["w/a.py"]), { exclude: ["w/a.py"] });
});

test("nonsense is left for the server to name", () => {
  assert.deepEqual(serverSettings({ exclude: "*.md" }, ["w/a.py"]), { exclude: "*.md" });
});

test("a language is on unless it, or all others, are off", () => {
  assert.ok(languageIsOn({}, "python"));
  assert.ok(languageIsOn(undefined, "python"));
  assert.ok(!languageIsOn({ python: false }, "python"));
  assert.ok(!languageIsOn({ "*": false }, "python"));
  assert.ok(languageIsOn({ "*": false, python: true }, "python"));
});
