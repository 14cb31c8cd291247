import assert from "node:assert/strict";
import { test } from "node:test";

import { explain } from "../src/failure";

function check(line: string, sentence: RegExp): void {
  const problem = explain(["Collecting numpy", line, "ERROR: something else"]);
  assert.match(problem.message, sentence);
  assert.ok(problem.remedies.includes("retry"));
}

test("known causes have a sentence that helps", () => {
  check("WARNING: Retrying after connection broken by 'NewConnectionError(...)'", /network/);
  check("urllib3 NameResolutionError: Temporary failure in name resolution", /network/);
  check("OSError: [Errno 28] No space left on device", /disk is full/);
  check("tandem: error: no pip in a new environment (...)", /python3-venv/);
  check("ERROR: No matching distribution found for onnxruntime==1.31.1", /this Python/);
});

test("of another cause, pip's own last error is told", () => {
  assert.match(explain(["ERROR: first", "ERROR: Wheel is broken"]).message, /Wheel is broken/);
  assert.match(explain([]).message, /The log says more\. Try again/);
});
