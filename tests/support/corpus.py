"""A megabyte of text to tokenise: real Python, code in other languages, and characters that tokenisers get wrong."""

from __future__ import annotations

import random

from support.likelihood import MODULES, stdlib_text

PYTHON_CHARACTERS = 800_000
MIXED_PIECES = 13_000

TYPESCRIPT = """\
import { readFile } from "node:fs/promises";
export interface Point<T extends number = number> { readonly x: T; y?: T }
export const área = async ({ x, y = 0 }: Point): Promise<string> => {
\tconst raw = await readFile(`./données/${x}_${y}.json`, "utf8");
\treturn raw?.replace(/\\s+$/gmu, "") ?? (x !== y ? "≠" : "=="); // don't, I'LL, we've
};
"""
C = """\
#include <stdint.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))
static inline uint32_t rotl(uint32_t v, int k) { return v << k | v >> (32 - k); }
int main(int argc, char **argv) {
    for (size_t i = 0x7fULL; i --> 0; ) printf("%08" PRIx32 "\\n", rotl(0xDEADBEEFu, (int)i & 31));
    return argc->next != NULL ? 0 : -1;\t/* done */
}
"""
RUST = """\
use std::{collections::HashMap, fmt::Display};
#[derive(Debug, Clone, PartialEq)]
pub enum Token<'a> { Word(&'a str), Number(f64), End }
impl<'a, T: Display + ?Sized> From<&'a T> for Token<'a> where T: AsRef<str> {
    fn from(text: &'a T) -> Self { text.as_ref().parse().map_or(Token::End, |n: f64| Token::Number(n * 1_000e-3)) }
}
"""
GO = """\
package main

func (s *Server) handle(ctx context.Context, ch <-chan []byte) (n int, err error) {
\tdefer func() { if r := recover(); r != nil { err = fmt.Errorf("panic: %v", r) } }()
\tfor b := range ch {
\t\tif n += len(b); n > 1<<20 { return n, io.ErrShortBuffer }
\t}
\treturn
}
"""
# Joined emoji, scripts without spaces, combining marks, odd digits, contractions; then odd spaces, line ends, controls.
_WORDS = """
    👩‍👩‍👧‍👦🏳️‍🌈🇨🇭👍🏽 你好，世界！变量 関数を定義する。 한국어_주석 Ünïcödé_naïve e\u0301o\u0308 עולם مرحبا हिन्दी
    ½²٣Ⅷ四①② x₁+y²≤∑λ→μ 'S'Ll're ſ'ſ ǅ 12345678901234567890 0xFFee /*----*/ ====== !!!??? …—“”
"""  # noqa: RUF001  characters that look like others are the point
HARD = (
    *_WORDS.split(),
    *("\r\n", "\r", "\n\n\n", "\t\t ", "    ", " \n ", "\u00a0", "\u2003\u2028", "\x0b\x0c", "\x85", "\x1c"),
    *("\u200b\ufeff", "\x00\x7f", "\ue000", "\U0001d4d0\U00010348"),
)


def corpus() -> str:
    """The same text every time, but for the Python version's own sources."""
    python = "\n".join(stdlib_text(module) for module in MODULES)[:PYTHON_CHARACTERS]
    choose = random.Random(20260101)
    pieces = (TYPESCRIPT, C, RUST, GO, *HARD)
    mixed: list[str] = []
    for _ in range(MIXED_PIECES):
        piece = choose.choice(pieces)
        start = choose.randrange(len(piece))
        mixed.append(piece[start : start + choose.randint(1, 120)])
        mixed.append(choose.choice(("", " ", "\n", "\r\n", "\t", choose.choice(HARD))))
    windows_line_ends = stdlib_text(MODULES[0]).replace("\n", "\r\n")
    return python + "".join(mixed) + windows_line_ends + 10 * (TYPESCRIPT + C + RUST + GO)
