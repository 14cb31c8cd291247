import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
    wheel.writestr("lsp.py", "")
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
  mkdirSync(assets);
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
  assert.equal((await run([...one, "-c", "import lsp"])).exitCode, 0);
  assert.deepEqual(await findEnvironment(recipe), one);
  assert.ok(!existsSync(join(recipe.folder, "tmp")));
});

test("one that is half made is not there, and why is told", async () => {
  const recipe = await recipeFor(join(folder, "storage"), assets, "another");
  const broken = { ...recipe, wheel: join(folder, "absent.whl") };
  await assert.rejects(makeEnvironment(broken, python, {}), Problem);
  assert.ok(existsSync(recipe.folder));
  assert.equal(await findEnvironment(recipe), undefined);
});

test("what is there is kept if it runs, and made anew if it does not", async () => {
  const recipe = await recipeFor(join(folder, "storage"), assets, "third");
  const [program] = await makeEnvironment(recipe, python, {});
  const mark = join(recipe.folder, "mark");
  writeFileSync(mark, "");
  await makeEnvironment(recipe, python, {});
  assert.ok(existsSync(mark));
  rmSync(program);
  assert.equal(await findEnvironment(recipe), undefined);
  assert.ok(existsSync(mark)); // another window may know better, or be at it
  assert.deepEqual(await makeEnvironment(recipe, python, {}), [program]);
  assert.ok(!existsSync(mark));
});

test("neither the working folder nor PYTHONPATH has a say", async () => {
  const elsewhere = join(folder, "elsewhere");
  mkdirSync(join(elsewhere, "tiny-1.dist-info"), { recursive: true });
  writeFileSync(join(elsewhere, "pip.py"), "raise SystemExit('not this pip')");
  writeFileSync(join(elsewhere, "tiny-1.dist-info", "METADATA"), "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n");
  const recipe = await recipeFor(join(folder, "storage"), assets, "fourth");
  const script = ["-I", recipe.script, recipe.folder, recipe.wheel, recipe.requirements];
  const env = { ...process.env, PYTHONPATH: elsewhere };
  execFileSync("python3", script, { cwd: elsewhere, env });
  assert.deepEqual((await run([...((await findEnvironment(recipe)) ?? python.command), "-c", "import lsp"])).exitCode, 0);
});

test("without a wheel there is a sentence", async () => {
  await assert.rejects(recipeFor(folder, folder, ""), /no server in it/);
});
