// Packs the .vsix. `make vsix` puts the wheel into server/ first; the requirements are there, by `make lock`.
// Invariant: it holds exactly one wheel, and the licence of every package that is bundled; and it says how large it is.

import { execFileSync } from "node:child_process";
import { appendFileSync, copyFileSync, readdirSync, readFileSync, statSync } from "node:fs";

import { licences } from "./licences.mjs";

const LARGEST_BUNDLE_BYTES = 1_500_000;

const { name, version } = JSON.parse(readFileSync("package.json", "utf8"));
const out = `${name}-${version}.vsix`;
const wheels = readdirSync("server").filter((file) => file.endsWith(".whl"));
if (wheels.length !== 1) {
  throw new Error(`server/ holds ${wheels.length} wheels instead of one; run \`make vsix\`.`);
}
for (const file of ["LICENSE", "NOTICE", "CHANGELOG.md"]) {
  copyFileSync(`../${file}`, file);
}
execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
appendFileSync("NOTICE", licences(JSON.parse(readFileSync("build/bundle.json", "utf8"))));
const vsce = [
  "node_modules/@vscode/vsce/vsce",
  "package",
  "--no-dependencies",
  "--allow-missing-repository",
  "--out",
  out,
];
execFileSync(process.execPath, vsce, { stdio: "inherit" });

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
const bundle = statSync(out).size - statSync(`server/${wheels[0]}`).size;
console.log(`${out}: ${kilobytes(statSync(out).size)}, ${kilobytes(bundle)} of it besides the wheel`);
if (bundle > LARGEST_BUNDLE_BYTES) {
  throw new Error(`The bundle is larger than ${kilobytes(LARGEST_BUNDLE_BYTES)}.`);
}
