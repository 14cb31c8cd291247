// Bundles the extension, or with --tests its tests, so that Node runs them without a step between.
// Invariant: what is bundled needs nothing at run time but Node and the editor; build/bundle.json tells what that is.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";

const common = { bundle: true, platform: "node", format: "cjs", target: "node20", logLevel: "warning" };

if (process.argv.includes("--tests")) {
  rmSync("build/test", { recursive: true, force: true });
  const entryPoints = readdirSync("test").map((name) => ({ in: `test/${name}`, out: basename(name, ".ts") }));
  await build({ ...common, entryPoints, outdir: "build/test", outExtension: { ".js": ".cjs" }, sourcemap: "inline" });
} else {
  rmSync("dist", { recursive: true, force: true });
  const entryPoints = ["src/extension.ts"];
  const bundle = { entryPoints, outdir: "dist", external: ["vscode"], minify: true, metafile: true };
  const { metafile } = await build({ ...common, ...bundle });
  mkdirSync("build", { recursive: true });
  writeFileSync("build/bundle.json", JSON.stringify(metafile));
}
