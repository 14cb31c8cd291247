import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { escape, patternOf } from "../src/glob";

/** Match as the server does: with Python, in lower case, any folders before the pattern. */
function matches(path: string, pattern: string): boolean {
  const ask =
    "import sys; from fnmatch import fnmatchcase as f; p, g = sys.argv[1:]; print(f(p.lower(), '*/' + g.lower()))";
  return execFileSync("python3", ["-c", ask, path, pattern], { encoding: "utf8" }).trim() === "True";
}

test("characters with a meaning lose it", () => {
  assert.equal(escape("a[1]*?.py"), "a[[]1][*][?].py");
});

test("a pattern means its file alone", () => {
  for (const path of ["/w/a.py", "/w/[id].tsx", "/w/what?.md", "/w/a*b/ü !.py", "/C:/Users/me/A.py"]) {
    assert.ok(matches(path, patternOf(path)), path);
  }
  assert.ok(!matches("/w/i.tsx", patternOf("/w/[id].tsx")));
  assert.ok(!matches("/w/b.py", patternOf("/w/a.py")));
});

test("a long path is known by its end", () => {
  for (const path of [`/w/${"folder/".repeat(40)}a.py`, `/w/${"[".repeat(180)}.py`]) {
    const pattern = patternOf(path);
    assert.ok(pattern.length <= 200);
    assert.ok(matches(path, pattern), pattern);
  }
});
