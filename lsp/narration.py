"""An explanation as a page to read, in Markdown: what editors show when their user asks.

Invariant: it says what the explanation holds, and nothing else; a text of the model's cannot end the block it is in.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp.explanation import Candidate, Context, Explanation
    from lsp.suggestion import StageTimes

_KINDS = {
    "rest": "the rest of a line",
    "line": "a whole line",
    "block": "a block",
    "middle": "text before other text on its line",
    "word": "the rest of a line, from a word's end on",
}
_SOURCES = {
    "engine": "computed for this request",
    "typed-through": "what typing left of an earlier answer",
    "cache": "known from an earlier request at this place",
}
_BEHIND = {
    "path": "the file's path",
    "imports": "its imports",
    "scopes": "the header of a scope around the cursor",
    "imported": "from a file that it imports,",
    "recent": "from where you were lately,",
    "clipped": "just cut out or put in,",
}
_STAGES = ("plan", "ring", "queue", "prefill", "decode", "present")
_ticks = re.compile("`+")


def narrate(told: Explanation) -> str:
    """Write the page."""
    return "\n".join([*_head(told), *_answer(told), *_time(told.timings)])


def _head(told: Explanation) -> Iterator[str]:
    asked = "you asked for one" if told.explicit else "it came by itself"
    yield f"# Tandem at line {told.line + 1}, column {told.column + 1}"
    yield ""
    yield f"- Nothing was shown: {told.reason}." if told.reason else "- There was a suggestion."
    yield f"- Asked for: {_KINDS[told.kind] if told.kind else 'nothing'}; {asked}."
    if told.model:
        yield f"- Model: {told.model} on {told.device}."
    if told.source:
        yield f"- Source: {_SOURCES[told.source]}."
    if told.context:
        yield from _context(told.context)


def _context(context: Context) -> Iterator[str]:
    window = [part for part in context.parts if part.name not in _BEHIND]
    parts = [f"{part.characters:,} characters {part.name} ({part.lines} lines)" for part in window]
    yield f"- Read: {', '.join(parts)}."
    behind = [part for part in context.parts if part.name in _BEHIND]
    if behind:
        yield "- Read before that:"
    for part in behind:
        path = f" `{part.path}`" if part.path else ""
        yield f"  - {_BEHIND[part.name]}{path}: {part.characters:,} characters."
    if context.left_out_characters:
        yield f"- Left out: {context.left_out_characters} closing characters right of the cursor."
    if context.popup_characters:
        yield f"- Read as if accepted: the selected entry, {context.popup_characters} characters."
    if context.cached_tokens or context.read_tokens:
        yield f"- Tokens: {context.read_tokens} read for the answer, {context.cached_tokens} known before."


def _answer(told: Explanation) -> Iterator[str]:
    for number, candidate in enumerate(told.candidates, start=1):
        yield from ("", f"## Candidate {number}" if len(told.candidates) > 1 else "## What the model said", "")
        yield from _candidate(candidate)
        if candidate.probability is not None:
            yield _chance(candidate.probability, told)
    if told.log_probabilities:
        chances = ", ".join(f"{100 * math.exp(log):.0f}" for log in told.log_probabilities)
        yield from ("", f"Probability of each token that the first answer shows, in %: {chances}.")


def _candidate(candidate: Candidate) -> Iterator[str]:
    yield from _fenced(candidate.said)
    yield f"{candidate.tokens} tokens, {100 * candidate.confidence:.0f} % sure of each, ended by: {candidate.stop}."
    for rule in candidate.rules:
        yield f"- Cut: {rule}."
    if candidate.hidden:
        yield f"- Hidden: {candidate.hidden}."
    elif candidate.shown != candidate.said:
        yield from ("", "Shown:", "")
        yield from _fenced(candidate.shown)


def _chance(probability: float, told: Explanation) -> str:
    chance = f"- Accepted as it stands with a probability of {100 * probability:.1f} %"
    if not told.least_probability:
        return f"{chance}; here everything is shown."
    return f'{chance}; shown from {100 * told.least_probability:.1f} % on (`eagerness` is "{told.eagerness}").'


def _fenced(text: str) -> Iterator[str]:
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in _ticks.findall(text)), default=0))
    yield from (fence, text, fence, "")


def _time(timings: StageTimes) -> Iterator[str]:
    yield from ("", "## Time", "", "| stage | ms |", "|---|---|")
    for stage in _STAGES:
        yield f"| {stage} | {getattr(timings, f'{stage}_ms'):.1f} |"
    yield from (f"| total | {timings.total_ms:.1f} |", "")
