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
from unittest.mock import patch

import msgspec

from engine.messages import Completed, Shape, Stop, Timings
from lsp.cutting import UNPARSED
from lsp.document import Document, Place
from lsp.offer import offer
from lsp.outcome import DARK
from lsp.plan import Plan, window_at
from lsp.present.rules import rules_at
from lsp.reuse import Answer
from lsp.settings import PATIENT_MS, Settings
from lsp.suggestion import StageTimes
from lsp.syntax.check import Syntax
from lsp.trigger import Ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp.context.window import Window
    from lsp.explanation import Candidate
    from lsp.present.rules import Rule

CURSOR = "\N{CARET}"
FOLDERS = {
    "what cannot be read as text is not shown": "unreadable",
    "the model's own marks are not shown": "marks",
    "one line is shown here": "line",
    "the string is closed right of the cursor": "string",
    "the bracket is closed right of the cursor": "bracket",
    "it closes another bracket than is open": "mismatch",
    "its end stands right of the cursor already": "overlap",
    "the lines below say so already": "below",
    "the line above says so already": "above",
    "it repeats itself": "repetition",
    "a comment is to come to an end": "comment",
    "lines outside of the cursor's scope are not shown": "scope",
    "it is indented in another way than the file": "tabs",
    "its indentation fits no block": "blocks",
    "its last line is half an expression": "half",
    "white space at the end is not shown": "blank",
    "closing brackets alone are the editor's to type": "closers",
    UNPARSED: "parse",
}
"""The folder of each rule's cases."""

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


def outcome(case: Case, without: str = "") -> Candidate:
    """Make an offer of what the model says, as the server does; without a rule, where one is named."""
    draft = case.draft
    text = (draft.before + draft.after).replace("\n", case.newline)
    document = Document("file:///golden", draft.language, 1, text, "utf-32")
    above, _, left = draft.before.rpartition("\n")
    cursor = Place(draft.before.count("\n"), len(left) if above or "\n" in draft.before else len(draft.before))
    settings = Settings(parse_check=without != UNPARSED)
    plan = Plan(
        cursor=cursor,
        popup=None,
        around=window_at(document, cursor, settings),
        ask=Ask(draft.shape, 160),
        explicit=True,
        limit_ms=PATIENT_MS,  # a check that runs out of time shows what it has not seen
        cold_limit_ms=PATIENT_MS,
        eagerness="everything",
        candidates=1,
        parse_check=settings.parse_check,
    )
    completed = Completed(id=0, text=draft.said, tokens=1, stop=draft.stop, confidence=1.0, timings=Timings())
    answer = Answer(completed, draft.shape)

    def others(around: Window, shape: Shape, language: str, *, fresh: bool) -> Iterator[Rule]:
        return (rule for rule in rules_at(around, shape, language, fresh=fresh) if rule.reason != without)

    with patch("lsp.present.rules.rules_at", others):
        offered = offer(
            document,
            plan,
            answer.untyped,
            DARK,
            source="engine",
            times=StageTimes(total_ms=0.0),
            ready=None,
            syntax=Syntax(draft.language),
        )
    return offered.candidates[0]


def _sections(name: str, text: str) -> tuple[str, str, str, str]:
    head, begun, rest = text.partition("\n---\n")
    document, answered, rest = rest.partition("\n--- model\n")
    said, decided, shown = rest.partition("\n--- shown\n")
    if not (begun and answered and decided and shown.endswith("\n")):
        raise ValueError(f"{name} needs the sections ---, --- model and --- shown, and a line ending at its end")
    return head, document, said, shown[:-1]
