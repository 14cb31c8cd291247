// The licences of the packages that are in the bundle, each with its copyright, as their authors ask.
// Invariant: a package without a licence's text is an error, not left out.

import { readdirSync, readFileSync } from "node:fs";

const PACKAGE = /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/;

/** Write them out, given esbuild's account of a bundle. */
export function licences({ inputs }) {
  const folders = Object.keys(inputs).flatMap((file) => PACKAGE.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort().map(licence).join("");
}

function licence(folder) {
  const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) {
    throw new Error(`${name} ${version} has no licence's text.`);
  }
  return `\n---\n\nThis extension contains ${name} ${version}:\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
}
