// Checks the Lua of Neovim's plugin: how it is written, by .stylua.toml, and that no name is unknown. With --write it
// is written anew. Invariant: Lua makes a global of any name that is misspelt, so each that is meant is named here.

import { globSync, readFileSync, writeFileSync } from "node:fs";
import * as stylua from "@johnnymorganz/stylua";
import luaparse from "luaparse";

const ROOT = new URL("../../", import.meta.url);
const KNOWN = new Set("assert error ipairs math next pairs pcall require select string table tostring type vim".split(" "));

/** The settings are numbers and StyLua's own names, as in `quote_style = "AutoPreferSingle"`, which is a QuoteStyle. */
function settings() {
  const config = stylua.Config.new();
  const lines = readFileSync(new URL(".stylua.toml", ROOT), "utf8").matchAll(/^(\w+) = "?(\w+)"?$/gm);
  for (const [, name, value] of lines) {
    const kind = stylua[name.replaceAll(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase())];
    config[name] = kind?.[value] ?? Number(value);
  }
  return config;
}

function* complaints(name) {
  const path = new URL(name, ROOT);
  const text = readFileSync(path, "utf8");
  const { globals } = luaparse.parse(text, { luaVersion: "LuaJIT", scope: true, locations: true });
  for (const { name: global, loc } of globals.filter((one) => !KNOWN.has(one.name))) {
    yield `${name}:${loc.start.line}: ${global} is a global that nobody knows; declare it local.`;
  }
  const formatted = stylua.formatCode(text, settings(), undefined, stylua.OutputVerification.None);
  if (formatted !== text && process.argv.includes("--write")) {
    writeFileSync(path, formatted);
  } else if (formatted !== text) {
    yield `${name}: not written as .stylua.toml says; run \`make format\`.`;
  }
}

function check(name) {
  try {
    return [...complaints(name)];
  } catch (error) {
    return [`${name}: this is no Lua: ${error.message}`];
  }
}

const found = globSync("lua/**/*.lua", { cwd: ROOT }).sort().flatMap(check);
found.forEach((sentence) => console.error(sentence));
process.exitCode = found.length > 0 ? 1 : 0;
