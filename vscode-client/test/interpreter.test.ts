import assert from "node:assert/strict";
import { test } from "node:test";

import { candidates, isNewEnough, parseVersion, probe, tandemIn } from "../src/interpreter";

test("versions are read, whatever else is said", () => {
  assert.deepEqual(parseVersion("Python 3.11"), { major: 3, minor: 11 });
  assert.deepEqual(parseVersion("a warning\nPython 2.7"), { major: 2, minor: 7 });
  assert.equal(parseVersion("Python was not found; install it from the shop"), undefined);
  assert.equal(parseVersion(""), undefined);
});

test("3.11 and newer will do", () => {
  for (const [major, minor, enough] of [
    [2, 7, false],
    [3, 9, false],
    [3, 11, true],
    [3, 14, true],
    [4, 0, true],
  ] as const) {
    assert.equal(isNewEnough({ major, minor }), enough);
  }
});

test("a Python answers, and other things do not", async () => {
  const python = await probe(["python3"]);
  assert.ok(python);
  assert.match((await tandemIn(python)) ?? "0.1.0", /^\d+\.\d+/);
  assert.equal(await probe(["tandem-has-no-such-program"]), undefined);
  assert.equal(await probe(["node"]), undefined);
});

test("an old Python is not asked for Tandem", async () => {
  assert.equal(await tandemIn({ command: ["python3"], version: { major: 3, minor: 10 } }), undefined);
});

test("each platform has names to try", () => {
  assert.deepEqual(candidates("win32")[0], ["py", "-3"]);
  assert.ok(candidates("linux").some(([name]) => name === "python3"));
});
