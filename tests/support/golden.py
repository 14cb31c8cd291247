"""Golden cases: a document with its cursor marked, what the model says there, and what of it is to be shown.

    language: python
    rule: the bracket is closed right of the cursor
    shape: line
    model: said by smollm2-135m
    ---
    print(‸)
    --- model
    x) + y
    --- shown
    x

`rule` is the one that a case is about; where `shown` is what the model said, the one that must leave it alone. `model`
is `said by NAME` where a real model said it at just this place, and `written` where somebody wrote it. `newline: crlf`
gives the document Windows' line endings, `stop` is why the model's text ended (by default at its natural end).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from engine.messages import Shape, Stop  # noqa: TC001 - msgspec reads the annotations at run time

if TYPE_CHECKING:
    from collections.abc import Iterator

CURSOR = "\N{CARET}"
FOLDER = Path(__file__).parents[1] / "lsp" / "golden"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a model said at a place."""

    language: str
    shape: Shape
    source: str
    before: str
    after: str
    said: str
    stop: Stop = "line"
    confidence: float = 1.0


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A golden file, parsed."""

    name: str
    rule: str
    newline: str
    draft: Draft
    shown: str


def cases() -> Iterator[Case]:
    """Read every golden file."""
    for path in sorted(FOLDER.glob("*/*.txt")):
        yield parse(f"{path.parent.name}/{path.stem}", path.read_text("utf-8"))


def parse(name: str, text: str) -> Case:
    """Read one. Raises ValueError for a file that is not in the format, KeyError for a header that is missing."""
    head, document, said, shown = _sections(name, text)
    headers = dict(line.split(": ", 1) for line in head.splitlines())
    before, mark, after = document.partition(CURSOR)
    if not mark or CURSOR in after:
        raise ValueError(f"{name} needs one cursor, marked with {CURSOR}")
    draft = Draft(
        language=headers["language"],
        shape=msgspec.convert(headers["shape"], Shape),
        source=headers["model"],
        before=before,
        after=after,
        said=said,
        stop=msgspec.convert(headers.get("stop", "line"), Stop),
    )
    newline = "\r\n" if headers.get("newline") == "crlf" else "\n"
    return Case(name=name, rule=headers["rule"], newline=newline, draft=draft, shown=shown)


def write(case: Case) -> str:
    """Write a case as its file has it."""
    draft = case.draft
    headers = [f"language: {draft.language}", f"rule: {case.rule}", f"shape: {draft.shape}", f"model: {draft.source}"]
    headers += ["newline: crlf"] * (case.newline == "\r\n")
    headers += [f"stop: {draft.stop}"] * (draft.stop != "line")
    document = draft.before + CURSOR + draft.after
    return "\n".join([*headers, "---", document, "--- model", draft.said, "--- shown", case.shown, ""])


def _sections(name: str, text: str) -> tuple[str, str, str, str]:
    head, begun, rest = text.partition("\n---\n")
    document, answered, rest = rest.partition("\n--- model\n")
    said, decided, shown = rest.partition("\n--- shown\n")
    if not (begun and answered and decided and shown.endswith("\n")):
        raise ValueError(f"{name} needs the sections ---, --- model and --- shown, and a line ending at its end")
    return head, document, said, shown[:-1]
