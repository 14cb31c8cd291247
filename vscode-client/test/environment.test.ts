import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { findEnvironment, makeEnvironment, recipeFor } from "../src/environment";
import { type Interpreter, probe } from "../src/interpreter";
import { Problem } from "../src/problem";
import { run } from "../src/run";

const WHEEL = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("tiny.py", "")
    info = "tiny-1.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;

let folder: string;
let assets: string;
let python: Interpreter;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tandem-"));
  assets = join(folder, "assets");
  execFileSync("mkdir", [assets]);
  execFileSync("python3", ["-c", WHEEL, join(assets, "tiny-1-py3-none-any.whl")]);
  writeFileSync(join(assets, "requirements.txt"), "");
  copyFileSync("server/environment.py", join(assets, "environment.py"));
  const found = await probe(["python3"]);
  assert.ok(found);
  python = found;
});

after(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("two windows make one environment", async () => {
  const recipe = await recipeFor(join(folder, "storage"), assets, "");
  assert.equal(await findEnvironment(recipe), undefined);
  const said: string[] = [];
  const onLine = (line: string): number => said.push(line);
  const [one, other] = await Promise.all([
    makeEnvironment(recipe, python, { onLine }),
    makeEnvironment(recipe, python, { onLine }),
  ]);
  assert.deepEqual(one, other);
  assert.equal(said.filter((line) => line === "tandem: making a Python environment").length, 1);
  assert.equal((await run([...one, "-c", "import tiny"])).exitCode, 0);
  assert.deepEqual(await findEnvironment(recipe), one);
});

test("one that is half made is not there, and why is told", async () => {
  const recipe = await recipeFor(join(folder, "storage"), assets, "another");
  const broken = { ...recipe, wheel: join(folder, "absent.whl") };
  await assert.rejects(makeEnvironment(broken, python, {}), Problem);
  assert.ok(existsSync(recipe.folder));
  assert.equal(await findEnvironment(recipe), undefined);
});

test("without a wheel there is a sentence", async () => {
  await assert.rejects(recipeFor(folder, folder, ""), /no server in it/);
});
