"""The background of each open document, and when it is chosen anew.

Invariant: a document keeps its background, byte for byte, while somebody types in it: another one costs reading all of
the prompt again. It is chosen anew where that is due anyway, or where nobody waits, and at no other time:

- the document gets the focus: the one before it, that was asked for or warmed, was another;
- the cursor is more than `FAR_LINES` from where it was last: there the window is another one, too;
- nothing has happened for `PAUSE_S`, and there is news: the window has hopped since, or the disk had more to say. A hop
  by itself changes nothing, since what comes after it was read ahead, with the background as it is;
- settings or folders have changed: all are dropped at once, so that what is refused now is in none. Where the documents
  are at home stays known, or is asked for at once: what was done in one of them is of use to another right away.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from lsp.context.aside import Aside
from lsp.context.choice import NOTHING, choose
from lsp.context.clipped import Clipped
from lsp.context.gathering import Gathered, Library, Wanted
from lsp.context.languages.table import language_of
from lsp.context.recent import Recent
from lsp.context.sight import Elsewhere, Sight, material
from lsp.context.statements import imports
from lsp.later import Later, on_the_loop
from lsp.power import POLICIES
from lsp.settings import SOURCES, Settings
from lsp.trigger import refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lsp.context.choice import Chosen
    from lsp.context.window import Window
    from lsp.context.workspace import Home
    from lsp.document import Document, Edit, Place

FAR_LINES = 32
PAUSE_S = 2.0
CHOICE_S = 0.010
"""How long choosing may take where somebody types on meanwhile."""
PATIENCE_S = 5.0
"""How long a document that was just opened waits for the disk, before it is read without what that has to say."""


@dataclass(slots=True)
class _Holder:
    """What is held for one document.

    `sight` is where it was looked at last, `asked` the gathering under way; `moments` counts what happened. `placed` is
    whether it is known where in it somebody is: what was chosen before, when it was only open, does not bind.
    """

    document: Document
    chosen: Chosen | None = None
    chosen_first: int = 0
    sight: Sight | None = None
    gathered: Gathered = field(default_factory=Gathered)
    asked: Wanted | None = None
    arrival: asyncio.Future[None] | None = None
    placed: bool = False
    news: bool = False
    moments: int = 0


class Backgrounds:
    """The backgrounds of one session's documents; `changed` is called when one was chosen though nobody asked."""

    def __init__(
        self,
        changed: Callable[[str], None],
        clock: Callable[[], float] = time.perf_counter,
        later: Later = on_the_loop,
    ) -> None:
        self._changed = changed
        self._later = later
        self._clock = clock
        self._settings = Settings()
        self._folders: tuple[Path, ...] = ()
        self._holders: dict[str, _Holder] = {}
        self._focus = self._latest = ""
        self._steps = 0
        self._recent = Recent()
        self._clipped = Clipped()
        self._elsewhere = Elsewhere(self._recent, self._clipped, self._known)
        self._library = Library()
        self._aside: Aside[Gathered] = Aside("lsp-context")

    def configure(self, settings: Settings) -> None:
        """Use other settings; what was chosen by the old ones is dropped."""
        self._settings = settings
        for holder in self._holders.values():
            self._reset(holder, holder.gathered.home)

    def settle(self, folders: tuple[Path, ...]) -> None:
        """Take the workspace's folders; without any, each file's project bounds what is read for it."""
        if folders == self._folders:
            return
        self._folders = folders
        for holder in self._holders.values():
            looked = holder.asked is not None or holder.gathered.home is not None
            self._reset(holder, None)
            if looked and not refusal(holder.document, self._settings):
                self._gather(holder)

    def open(self, document: Document) -> None:
        """Follow a document."""
        self._holders[document.uri] = _Holder(document)

    def close(self, uri: str) -> None:
        """Let go of a document."""
        holder = self._holders.pop(uri, None)
        if holder is not None:
            self._reset(holder, None)
            self._recent.forget(holder.document)
            self._clipped.forget(holder.document)

    def edited(self, document: Document, edit: Edit) -> None:
        """Note where somebody is at work, and what was cut out or put in at once."""
        self._recent.edited(document, edit)
        if not edit.was.strip():
            self._clipped.add(document, edit.now)
        elif not edit.now.strip():
            self._clipped.add(document, edit.was)
        self._place(self._holders[document.uri])

    def taken(self, text: str) -> None:
        """Note that a suggestion was taken."""
        self._clipped.taken(text)

    def rested(self, document: Document, line: int) -> None:
        """Note where the cursor came to rest."""
        self._recent.visited(document, line)
        self._place(self._holders[document.uri])

    def arrival(self, uri: str) -> asyncio.Future[None] | None:
        """Give what to wait for before a document is read for the first time; None where that is over."""
        holder = self._holders.get(uri)
        if holder is None or not self._reads_anything() or refusal(holder.document, self._settings):
            return None
        if holder.arrival is None:
            holder.arrival = asyncio.get_running_loop().create_future()
            self._later(PATIENCE_S, partial(_resolve, holder.arrival))
            self._gather(holder)
        return None if holder.arrival.done() else holder.arrival

    def puts_off(self, uri: str, then: Callable[[str], None]) -> bool:
        """Whether reading a document is to wait for the disk; it is called for then, unless somebody is elsewhere."""
        arrival, steps = self.arrival(uri), self._steps

        def arrived(_: asyncio.Future[None]) -> None:
            if self._steps == steps or self._latest == uri:
                then(uri)

        if arrival is not None:
            arrival.add_done_callback(arrived)
        return arrival is not None

    def at(self, document: Document, cursor: Place, around: Window) -> Chosen:
        """Give what the model reads before this window, for somebody who asks there."""
        if document.uri in self._holders:
            self._place(self._holders[document.uri])
        return self.expected(document, cursor, around)

    def expected(self, document: Document, cursor: Place, around: Window) -> Chosen:
        """Give what the model would read before this window, if somebody asked there."""
        holder = self._holders.get(document.uri)
        if holder is None or not self._reads_anything():
            return NOTHING
        before, holder.sight = holder.sight, Sight(document, cursor.line, around)
        far = before is None or abs(before.line - cursor.line) > FAR_LINES
        if holder.chosen is None or far or self._focus != document.uri:
            self._focus = document.uri
            return self._choose(holder, holder.sight)
        if around.first != holder.chosen_first:
            holder.news = True
        self._wait(holder)
        return holder.chosen

    def _choose(self, holder: _Holder, sight: Sight) -> Chosen:
        """Choose within the time that there is, and ask the disk for what the next choice may want."""
        end = math.inf if self._settings.unhurried else self._clock() + CHOICE_S
        holder.moments += 1
        holder.news = False
        there = material(sight, self._settings, holder.gathered, self._elsewhere)
        chosen = choose(there, self._settings.context_characters, lambda: self._clock() > end)
        if holder.chosen is None or chosen != holder.chosen:  # else the same object goes on
            holder.chosen = chosen
        holder.chosen_first = sight.around.first
        self._gather(holder)
        return holder.chosen

    def _gather(self, holder: _Holder) -> None:
        """Ask the disk once more, aside."""
        document, settings = holder.document, self._settings
        found = imports(document.lines, language_of(document.language).statement)
        statements = tuple(statement.text for statement in found)
        asked = Wanted(document.uri, document.language, statements, self._folders, settings)
        if holder.asked == asked:
            return
        holder.asked = asked
        self._aside.do(lambda: self._library.gather(asked), lambda gathered: self._gathered(holder, asked, gathered))

    def _gathered(self, holder: _Holder, asked: Wanted, gathered: Gathered) -> None:
        if holder.asked is not asked:
            return  # settings, folders or imports are others by now
        holder.asked = None
        if gathered != holder.gathered:
            holder.gathered = gathered
            holder.news = holder.chosen is not None
            self._wait(holder)
        _resolve(holder.arrival)

    def _place(self, holder: _Holder) -> None:
        """Learn that somebody is at work there."""
        self._steps, self._latest = self._steps + 1, holder.document.uri
        if not holder.placed:
            holder.placed, holder.sight = True, None
        self._wait(holder)

    def _wait(self, holder: _Holder) -> None:
        """Choose anew after a pause, if there is news by now; the pause begins again with whatever happens."""
        holder.moments += 1
        if holder.news and POLICIES[self._settings.power].early:
            self._later(PAUSE_S, partial(self._paused, holder, holder.moments))

    def _paused(self, holder: _Holder, moments: int) -> None:
        """Choose anew where somebody still is, unless the lines that were looked at have gone since."""
        document, sight, before = holder.document, holder.sight, holder.chosen
        if holder.moments != moments or self._focus != document.uri:
            return  # whoever works in another document is not to lose what is read there
        if sight is not None and sight.line < len(document.lines) and self._choose(holder, sight) is not before:
            self._changed(document.uri)

    def _known(self, uri: str) -> Gathered:
        """Tell what the disk said of another document."""
        holder = self._holders.get(uri)
        return holder.gathered if holder else Gathered()

    def _reads_anything(self) -> bool:
        return any(map(self._settings.reads, SOURCES))

    def _reset(self, holder: _Holder, home: Home | None) -> None:
        """Forget what was chosen, and what was found but for a home; whoever waits for the disk need not any more."""
        holder.moments += 1
        _resolve(holder.arrival)
        holder.chosen = holder.asked = holder.arrival = holder.sight = None
        holder.gathered, holder.news = Gathered(home), False


def _resolve(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
