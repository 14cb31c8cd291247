"""What may yet follow a text that somebody is in the middle of writing, language by language.

Invariant: a tail is only ever tried on a copy, to see whether a text can become whole; it is never shown.

Code that opens a block, a call or a string is right and does not parse: its rest comes next. So what is asked of a
suggestion is not whether it parses, but whether any of these behind it does. A tail has two parts, what is still to
come inside the brackets that are open and what is to come behind them: `const f = (a,` becomes whole by `x`, the `)`,
and ` => x`.
"""

from __future__ import annotations

from typing import NamedTuple


class Tail(NamedTuple):
    """What may stand before the closing brackets that are due, and behind them."""

    inside: str = ""
    behind: str = ""


_BRACES = (
    Tail(), Tail("x"), Tail("x", ";"), Tail(behind=";"), Tail("x;"), Tail(behind=" {}"), Tail("{}"), Tail("x", " {}"),
    Tail(behind=","),
)  # fmt: skip
_SCRIPT = (
    *_BRACES, Tail(behind=" => x"), Tail(behind=' from "x"'), Tail("x: x"), Tail(": x"), Tail(behind=" finally {}"),
    Tail("x() {}"), Tail(behind=" class X {}"), Tail(behind=" while (x);"), Tail("()"), Tail("</>"),
)  # fmt: skip
_C = (*_BRACES, Tail(behind=" while (x);"), Tail("\n#endif\n"), Tail(behind=" x;"), Tail(behind=" catch (...) {}"))
_JAVA = (*_BRACES, Tail("void x() {}"), Tail("class X {}"), Tail(behind=" finally {}"), Tail(behind=" while (x);"))
_SHELL = (
    Tail(), Tail("x"), Tail("x\nfi"), Tail("x\ndone"), Tail("then x; fi"), Tail("do x; done"), Tail("\nesac"),
    Tail("x\n;;\nesac"),
)  # fmt: skip

TAILS: dict[str, tuple[Tail, ...]] = {
    "python": (
        Tail(), Tail("x"), Tail(behind=":"), Tail("x", ":"), Tail("def x(): pass"), Tail(": x"), Tail("in x"),
        Tail(behind=","),
    ),
    "go": (*_BRACES, Tail("x,"), Tail(behind=" := x"), Tail("x := x", " {}")),
    "rust": (
        *_BRACES, Tail("x,"), Tail(behind=" else {}"), Tail(behind=" else {};"), Tail("fn x() {}"), Tail("struct X;"),
        Tail(behind="\nstruct X;"), Tail("X {}"), Tail("=> x,"),
    ),
    "java": _JAVA,
    "csharp": _JAVA,
    **dict.fromkeys(("c", "cpp"), _C),
    **dict.fromkeys(("javascript", "javascriptreact", "typescript", "typescriptreact"), _SCRIPT),
    **dict.fromkeys(("bash", "sh", "shellscript"), _SHELL),
    "lua": (
        Tail(), Tail("end"), Tail("x"), Tail(behind=" end"), Tail("then end"), Tail("do end"), Tail("until x"),
        Tail("()"), Tail(behind=","), Tail("end,"),
    ),
    "ruby": (Tail(), Tail("end"), Tail("x"), Tail("x\nend"), Tail(behind=" end")),
    **dict.fromkeys(("json", "jsonc"), (Tail(), Tail("0"), Tail('"x": 0'), Tail(": 0"), Tail(behind=","))),
    "css": (Tail(), Tail("x;"), Tail("{}"), Tail("x: x;"), Tail("x {}")),
    "toml": (Tail(), Tail("1"), Tail("= 1")),
    "html": (Tail(), Tail(">"), Tail("</x>")),
}  # fmt: skip
"""The likeliest first: what is looked for ends at the first that makes the text whole."""


def tails(language: str) -> tuple[Tail, ...]:
    """Give what may follow in a language."""
    return TAILS.get(language, (Tail(),))
