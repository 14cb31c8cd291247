import assert from "node:assert/strict";
import { test } from "node:test";

import { type Manner, tabIndents } from "../src/indentation";

function check(before: string, above: string | undefined, indents: boolean, manner: Manner = "indentFirst"): void {
  const place = { before, above, tabSize: 4, indentSize: 4 };
  assert.equal(tabIndents(manner, place), indents, JSON.stringify({ ...place, manner }));
}

test("left of where the text is due, Tab indents", () => {
  check("", "def f():", true);
  check("  ", "def f():", true);
  check("", "    x = 1", true);
  check("    ", "    if (x) {", true);
  check("\t", "\tcall(", true);
});

test("from there on it accepts", () => {
  check("    ", "def f():", false);
  check("        ", "def f():", false);
  check("\t", "    x = 1", false);
  check("", "x = 1", false);
  check("", undefined, false);
});

test("a comment does not hide that a line opens a block", () => {
  check("", "if x:  # or not", true);
  check("", "if (x) { // or not", true);
  check("", "x = 1  # as in:", false);
});

test("behind text Tab accepts, whatever the manner", () => {
  check("    x", "def f():", false);
  check("    x", "def f():", false, "indent");
});

test("the other manners do not look at the lines", () => {
  check("        ", "def f():", true, "indent");
  check("", undefined, true, "indent");
  check("", "def f():", false, "accept");
});

test("a tab goes on to the next stop", () => {
  check("  \t", "    x", false);
  check(" ", "\tx", true);
});
