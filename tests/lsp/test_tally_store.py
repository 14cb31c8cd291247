from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from lsp.tally import store as store_module
from lsp.tally.page import MOST_DAYS, MOST_LANGUAGES, OTHER, Figures, Pages, Row, language_name
from lsp.tally.store import FILE, Store, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

ADD = """
from lsp.tally.page import Figures, Row
from lsp.tally.store import Store
import sys
for _ in range(20):
    Store(sys.argv[1]).add([Row(day="2026-03-01", language="python", kind="line", figures=Figures(shown=1))])
"""


def row(day: str = "2026-03-01", language: str = "python", **figures: int) -> Row:
    return Row(day=day, language=language, kind="line", figures=Figures(**figures))


def test_figures_under_one_label_add_up(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "new"))
    store.add([row(shown=3, accepted=1)])
    store.add([row(shown=1, retained_30_s=1), row(language="rust", shown=2)])
    rows = store.read().rows
    assert rows == (row(shown=4, accepted=1, retained_30_s=1), row(language="rust", shown=2))
    assert {path.name for path in store.path.parent.iterdir()} <= {FILE, f"{FILE}.lock"}


def test_no_server_s_figures_are_lost_to_another_s(tmp_path: Path) -> None:
    call = [sys.executable, "-c", ADD, str(tmp_path)]
    servers = [subprocess.Popen(call) for _ in range(3)]
    assert [server.wait() for server in servers] == [0, 0, 0]
    assert Store(str(tmp_path)).read().rows == (row(shown=60),)


def test_old_days_and_many_languages_make_no_large_file() -> None:
    days = [row(day=f"{year}-01-{day:02}", shown=1) for year in range(1000, 1020) for day in range(1, 29)]
    kept = Pages().with_rows(days).rows
    assert len(kept) == MOST_DAYS
    assert kept[-1].day == "1019-01-28"
    languages = Pages().with_rows([row(language=f"l{number}", shown=1) for number in range(1000)]).rows
    assert len(languages) == MOST_LANGUAGES + 1
    assert sum(each.figures.shown for each in languages) == 1000


@pytest.mark.parametrize(
    ("identifier", "name"), [("c++", "c++"), ("objective-c", "objective-c"), ("a secret", OTHER), ("x" * 40, OTHER)]
)
def test_a_language_is_a_short_plain_name(identifier: str, name: str) -> None:
    assert language_name(identifier) == name


@pytest.mark.parametrize("damage", [b"", b"{", b'{"rows": [1]}', b"\xff\x00"])
def test_a_damaged_file_is_told_and_makes_room(tmp_path: Path, damage: bytes) -> None:
    store = Store(str(tmp_path))
    store.path.write_bytes(damage)
    with pytest.raises(Unavailable, match="damaged"):
        store.read()
    store.add([row(shown=1)])
    assert store.read().rows == (row(shown=1),)


def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path))
    store.add([row(shown=1)])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(Unavailable, match="No space left"):
        store.add([row(shown=1)])
    assert store.read().rows == (row(shown=1),)


def test_a_file_that_another_holds_is_not_waited_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PATIENCE_S", 0.05)
    store = Store(str(tmp_path))
    store.add([row(shown=1)])
    with FileLock(tmp_path / f"{FILE}.lock"):
        with pytest.raises(Unavailable, match="another server"):
            store.add([row(shown=1)])
        with pytest.raises(Unavailable, match="another server"):
            store.delete()
    assert store.delete()
    assert not store.delete()
    assert store.read() == Pages()
