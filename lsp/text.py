r"""Lines and columns as LSP counts them: which characters end a line, and where a column falls.

Invariant: only \n, \r\n and \r end a line, and a line keeps its ending. `str.splitlines` also splits at form
feeds, U+2028 and others, which no editor does.

Columns count units of the negotiated encoding. A document is a sequence of UTF-16 units to a UTF-16 editor, which may
cut a surrogate pair in two: the halves stand in the mirror as lone surrogates and join again when they meet.
A UTF-8 column within a character counts as the place before it.
"""

from __future__ import annotations

import io
import re
from typing import Literal

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_surrogate = re.compile("[\ud800-\udfff]")
_line_ending = re.compile(r"\r\n?|\n")


def split_lines(text: str) -> list[str]:
    """Split into lines that keep their endings; the last one has none (it is empty when the text ends in one)."""
    lines = list(io.StringIO(text, newline=""))
    if not lines or lines[-1].endswith(("\n", "\r")):
        lines.append("")
    return lines


def extent(text: str) -> tuple[int, int]:
    """Count the line endings, and the characters after the last one; costs far less than splitting."""
    endings = text.count("\n") + text.count("\r") - text.count("\r\n")
    return endings, len(text) - 1 - max(text.rfind("\n"), text.rfind("\r"))


def content(line: str) -> str:
    """Give the line without its ending."""
    return line.rstrip("\r\n")


def indent(line: str) -> str:
    """Give the white space that a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def cut(line: str, column: int, encoding: Encoding) -> tuple[str, str]:
    """Cut a line in two at a column, which is clamped to the line's content (its ending stays right)."""
    body = content(line)
    column = max(column, 0)
    if encoding == "utf-32" or body.isascii():
        index = min(column, len(body))
        return line[:index], line[index:]
    ending = line[len(body) :]
    if encoding == "utf-16":
        units = body.encode("utf-16-le", "surrogatepass")
        return _utf16(units[: 2 * column]), _utf16(units[2 * column :]) + ending
    octets = body.encode("utf-8", "surrogatepass")
    while 0 < column < len(octets) and octets[column] & 0xC0 == 0x80:
        column -= 1
    return _utf8(octets[:column]), _utf8(octets[column:]) + ending


def join(*pieces: str) -> str:
    """Put pieces together, surrogate halves that meet becoming one character again."""
    text = "".join(pieces)
    if text.isascii() or not _surrogate.search(text):
        return text
    return _utf16(text.encode("utf-16-le", "surrogatepass"))


def units(text: str, encoding: Encoding) -> int:
    """Count a text's length in the units of an encoding."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text.encode("utf-8", "surrogatepass"))


def sound(text: str) -> str:
    """Replace lone surrogates, which no encoder accepts, by U+FFFD; the length stays the same."""
    return text if text.isascii() else _surrogate.sub("\ufffd", text)


def _utf16(octets: bytes) -> str:
    return octets.decode("utf-16-le", "surrogatepass")


def _utf8(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogatepass")


def first_line(text: str) -> str:
    """Give a text up to the first line ending."""
    return _line_ending.split(text, maxsplit=1)[0]


def with_newlines(text: str) -> str:
    r"""Write a text with \n for every line ending; costs far less than writing another."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def with_endings(text: str, ending: str) -> str:
    """Write a text with this line ending in the place of each that it has."""
    return ending.join(_line_ending.split(text))
