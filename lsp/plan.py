"""From a request to what the engine is asked: everything an answer depends on, cut from the document at one moment.

Invariant: a plan never changes and never looks at the document again; planning waits for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from engine.messages import Complete, Warm
from lsp.context.choice import NOTHING, Chosen
from lsp.context.window import Popup, Window, window
from lsp.document import Document, Place
from lsp.settings import PATIENT_MS
from lsp.trigger import Ask, Silence, decide, refusal

if TYPE_CHECKING:
    from lsp.document import Position
    from lsp.power import Policy
    from lsp.settings import Eagerness, Settings

Behind = Callable[[Document, Place, Window], Chosen]
"""Gives what the model reads before a window."""

_word_end = re.compile(r"\w+\Z")


class Selected(NamedTuple):
    """The entry selected in the editor's completion list, which would replace start..end."""

    start: Position
    end: Position
    text: str


class Request(NamedTuple):
    """An editor's request for a suggestion; explicit when the user asked for it."""

    uri: str
    position: Position
    explicit: bool
    selected: Selected | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask, and for which place."""

    cursor: Place
    popup: Popup | None
    around: Window
    ask: Ask
    explicit: bool
    limit_ms: float
    cold_limit_ms: float
    eagerness: Eagerness
    candidates: int
    filters: bool = True
    chosen: Chosen = NOTHING
    parse_check: bool = True

    def request(self, document: str, used_ms: float, policy: Policy) -> Complete:
        """Write what the engine is asked when so much of the time has been used up."""
        return Complete(
            document=document,
            prefix=self.around.prefix,
            suffix=self.around.steady_suffix if self.filters else self.around.suffix,
            shape=self.ask.shape,
            budget_ms=max(self.limit_ms - used_ms, 1.0),
            max_tokens=self.ask.max_tokens,
            cold_budget_ms=max(self.cold_limit_ms - used_ms, 1.0),
            near=None if self.unhurried else self.around.near,
            ahead=policy.ahead,
            hop=self.around.hop if policy.early else 0,
            candidates=self.candidates,
            background=self.chosen.background,
        )

    @property
    def unhurried(self) -> bool:
        """Whether whoever asks waits as long as it takes."""
        return self.cold_limit_ms >= PATIENT_MS

    def asks_the_same(self, other: Plan) -> bool:
        """Whether one answer serves both: what was read before the window makes none wrong."""
        return (self.around, self.ask, self.explicit) == (other.around, other.ask, other.explicit)


def make_plan(document: Document, request: Request, settings: Settings, behind: Behind) -> Plan | Silence:
    """Decide what a request asks for, or why nothing is to be asked."""
    if reason := refusal(document, settings):
        return Silence(reason)
    cursor = document.place(request.position)
    popup = _popup(document, cursor, request.selected)
    around = window_at(document, cursor, settings, popup)
    decision = decide(document, cursor, around, settings, explicit=request.explicit)
    if isinstance(decision, Silence):
        return decision
    limit_ms = settings.limit_ms(explicit=request.explicit)
    return Plan(
        cursor=cursor,
        popup=popup,
        around=around,
        ask=decision,
        explicit=request.explicit,
        limit_ms=limit_ms,
        cold_limit_ms=max(limit_ms, settings.cold_deadline_ms),
        eagerness="everything" if request.explicit else settings.eagerness,
        candidates=settings.candidates if request.explicit else 1,
        filters=settings.filters,
        chosen=behind(document, cursor, around),
        parse_check=settings.parse_check,
    )


def expect(
    document: Document, cursor: Place, settings: Settings, policy: Policy, behind: Behind, *, decode: bool
) -> Warm | None:
    """Tell the engine what may be asked at a cursor, and whether to begin with the answer; None for what is refused."""
    if refusal(document, settings):
        return None
    around = window_at(document, cursor, settings)
    ask = decide(document, cursor, around, settings, explicit=False) if decode else None
    return Warm(
        document=document.uri,
        prefix=around.prefix,
        suffix=around.steady_suffix if settings.filters else around.suffix,
        shape=ask.shape if isinstance(ask, Ask) else None,
        max_tokens=ask.max_tokens if isinstance(ask, Ask) else 0,
        near=None if settings.unhurried else around.near,
        hop=around.hop if policy.early else 0,
        background=behind(document, cursor, around).background,
    )


def window_at(document: Document, cursor: Place, settings: Settings, popup: Popup | None = None) -> Window:
    """Cut the window at a cursor, as large as the settings say."""
    return window(
        document,
        cursor,
        prefix_characters=settings.prefix_characters,
        suffix_characters=settings.suffix_characters,
        popup=popup,
    )


def word_before(document: Document, position: Position) -> Selected:
    """Give what stands of a word before a position, as an entry that a completion list might hold."""
    place = document.place(position)
    before = document.lines[place.line][: place.character]
    word = _word_end.search(before)
    start = Place(place.line, word.start()) if word else place
    return Selected(document.position(start), document.position(place), before[start.character :])


def _popup(document: Document, cursor: Place, selected: Selected | None) -> Popup | None:
    """Place the selected entry; one that does not stand around the cursor, on its line, is of no use."""
    if selected is None:
        return None
    start, end = document.place(selected.start), document.place(selected.end)
    if start.line == end.line and start <= cursor <= end:
        return Popup(start, end, selected.text)
    return None
