"""Where a suggestion came from, or why there was none: what `tandem/explain` answers.

Invariant: it is told as it was at the request, of the same data that the answer was made from. It holds text of the
model's and counts of the document's, and goes to the editor whose document it is, when that asks, and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from engine.messages import Shape, Stop  # noqa: TC001 - msgspec reads the annotations at run time
from lsp.acceptance.features import Features  # noqa: TC001 - as above
from lsp.acceptance.model import card
from lsp.kind import kind_of
from lsp.settings import Eagerness, Source  # noqa: TC001 - as above
from lsp.suggestion import Source as Origin
from lsp.suggestion import StageTimes
from lsp.tally.page import Kind  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.messages import Ready
    from lsp.context.choice import Chosen
    from lsp.context.window import Window
    from lsp.outcome import Basis, Outcome
    from lsp.plan import Plan, Request


class Part(msgspec.Struct, frozen=True):
    """One part of what the model was given to read; `lines` is how many it touches.

    What stands before the window is named by its source (see `Settings.context`), and has the `path` of its file.
    """

    name: Literal["before the cursor", "after the cursor"] | Source
    characters: int
    lines: int
    path: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What the model was given.

    `left_out_characters` stood right of the cursor and close brackets and quotes. Of the tokens, `cached_tokens` were
    known to the engine and `read_tokens` read for this answer; both 0 where there is none.
    """

    parts: tuple[Part, ...]
    popup_characters: int
    left_out_characters: int
    cached_tokens: int = 0
    read_tokens: int = 0


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One text of the model's, what was left of it, and the rules that cut it, in order, or hid it altogether.

    `id` is that of the suggestion, empty where it was hidden. `said` is what typing had left of the model's text;
    `tokens`, `stop` and `confidence` are those of all of it. `probability` is how likely what shows was to be accepted
    where it came up, or else the likeliest beginning, by its `features` there; others beside the first have neither.
    """

    said: str
    shown: str = ""
    id: str = ""
    rules: tuple[str, ...] = ()
    hidden: str = ""
    tokens: int
    stop: Stop
    confidence: float
    probability: float | None = None
    features: Features | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How one request went.

    `line` and `column` are the editor's. `reason` says why nothing was shown. `kind` to `limit_ms` are missing where
    the model was not to be asked, `source` and what follows where there was no answer. `typed_characters` of the
    answer had been typed. `log_probabilities` are natural logarithms, one for each token that the answer shows, and
    `token_ends` the characters of the answer up to the end of each.
    """

    document: str
    line: int
    column: int
    explicit: bool
    reason: str
    model: str
    device: str
    timings: StageTimes
    kind: Kind | None = None
    shape: Shape | None = None
    context: Context | None = None
    eagerness: Eagerness | None = None
    least_probability: float | None = None
    limit_ms: float | None = None
    source: Origin | None = None
    typed_characters: int = 0
    candidates: tuple[Candidate, ...] = ()
    log_probabilities: tuple[float, ...] = ()
    token_ends: tuple[int, ...] = ()


def explain(request: Request, outcome: Outcome, total_ms: float, ready: Ready | None) -> Explanation:
    """Put together how a request went, which took so long in all."""
    told = Explanation(
        document=request.uri,
        line=request.position.line,
        column=request.position.column,
        explicit=request.explicit,
        reason=outcome.reason,
        model=ready.model if ready else "",
        device=ready.device if ready else "",
        timings=StageTimes(total_ms=total_ms),
    )
    if outcome.plan is None:
        return told
    plan, context = outcome.plan, _context(outcome.plan)
    told = msgspec.structs.replace(
        told,
        kind=kind_of(plan.around, plan.ask.shape),
        shape=plan.ask.shape,
        context=context,
        eagerness=plan.eagerness,
        least_probability=card().least(plan.eagerness),
        limit_ms=plan.limit_ms,
    )
    return _with_answer(told, context, outcome.basis) if outcome.basis else told


def _with_answer(told: Explanation, context: Context, basis: Basis) -> Explanation:
    found, source, times, candidates, _ = basis
    completed = found.answer.completed
    engine = completed.timings
    context = msgspec.structs.replace(context, cached_tokens=engine.cached_tokens, read_tokens=engine.prefilled_tokens)
    return msgspec.structs.replace(
        told,
        timings=msgspec.structs.replace(times, total_ms=max(times.total_ms, told.timings.total_ms)),
        context=context,
        source=source,
        typed_characters=len(found.typed),
        candidates=candidates,
        log_probabilities=completed.log_probabilities,
        token_ends=completed.token_ends,
    )


def _context(plan: Plan) -> Context:
    around = plan.around
    return Context(
        parts=(*_parts(around), *_behind(plan.chosen)),
        popup_characters=len(plan.popup.text) if plan.popup else 0,
        left_out_characters=len(around.suffix) - len(around.steady_suffix),
    )


def _parts(around: Window) -> tuple[Part, ...]:
    before, after = around.prefix, around.steady_suffix
    return (
        Part("before the cursor", len(before), before.count("\n") + 1),
        Part("after the cursor", len(after), after.count("\n") + 1),
    )


def _behind(chosen: Chosen) -> Iterator[Part]:
    """Name what stands before the window."""
    background = chosen.background
    if background.path:
        yield Part("path", len(background.project) + len(background.path), 1, background.path)
    for piece in chosen.pieces:
        yield Part(piece.source, len(piece.text), piece.text.count("\n") + 1, piece.path)
