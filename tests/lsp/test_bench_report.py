from __future__ import annotations

from html.parser import HTMLParser

import pytest
from support.latencies import latency

from lsp.bench.chart import Bar, Curve, Part, bars, columns, curves
from lsp.bench.machine import machine
from lsp.bench.record import Record
from lsp.bench.report import Rival, page
from lsp.suggestion import StageTimes

STAGES = StageTimes(total_ms=19, queue_ms=1, prefill_ms=2, decode_ms=5, ring_ms=8, steps=2)
RECORDS = [
    Record(kind="warm", outcome="shown", ms=20, characters=7, stop="line", tokens=6, stages=STAGES),
    Record(kind="warm", outcome="empty", ms=30, reason="<nothing> & no more"),
    Record(kind="cold", outcome="overtaken", ms=40),
]


class Reader(HTMLParser):
    """Sees that tags close in order, and notes what would be fetched."""

    OPEN = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []
        self.tags: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [name for name, _ in attrs if name in {"src", "href"}]
        if tag not in self.OPEN:
            self.path.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.path.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert not reader.path
    return reader


@pytest.mark.parametrize("records", [[], RECORDS])
@pytest.mark.parametrize("rival", [None, Rival("other", [15.0, 25.0], [("p50", "20 ms", "15 ms")])])
def test_a_page_is_whole_and_fetches_nothing(records: list[Record], rival: Rival | None) -> None:
    text = page(latency(records), rival)
    reader = read(text)
    assert reader.fetched == []
    assert not {"script", "link", "iframe"} & set(reader.tags)
    assert reader.tags.count("svg") == 3
    assert "url(" not in text
    assert "@import" not in text


def test_a_page_shows_what_was_found() -> None:
    text = page(latency(RECORDS), Rival("other", [15.0], [("p50", "20 ms", "15 ms")]))
    assert "&lt;nothing&gt; &amp; no more" in text
    assert "Beside other" in text
    assert "20 ms" in text


def test_curves_end_at_their_last_share() -> None:
    picture = curves([Curve("a", "one", [(10.0, 0.5), (1e9, 1.0)]), Curve("none", "two", [])], aim_ms=100)
    assert read(picture).tags.count("path") == 1
    assert picture.count("V") == 2


def test_parts_of_a_bar_add_up_to_it() -> None:
    bar = Bar("a", [Part("x", "one", 1.5), Part("y", "two", 0.0)])
    assert bar.whole == 1.5
    assert "1.5 ms" in bars([bar], "ms")
    assert read(columns([bar], "characters")).tags.count("rect") == 1
    assert read(bars([], "ms")).tags == ["svg"]


def test_a_machine_is_named_by_what_it_is_made_of() -> None:
    assert "cores" in machine()
    assert "\n" not in machine()
