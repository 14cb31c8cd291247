// Bundles the extension, or with --tests its tests, so that Node runs them without a step between.
// Invariant: what is bundled needs nothing at run time but Node and the editor.

import { readdirSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";

const common = { bundle: true, platform: "node", format: "cjs", target: "node20", logLevel: "warning" };

if (process.argv.includes("--tests")) {
  rmSync("build/test", { recursive: true, force: true });
  const entryPoints = readdirSync("test").map((name) => ({ in: `test/${name}`, out: basename(name, ".ts") }));
  await build({ ...common, entryPoints, outdir: "build/test", outExtension: { ".js": ".cjs" }, sourcemap: "inline" });
} else {
  rmSync("dist", { recursive: true, force: true });
  await build({ ...common, entryPoints: ["src/extension.ts"], outdir: "dist", external: ["vscode"], minify: true });
}
