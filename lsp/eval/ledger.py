"""What was asked and what came of it, kept in a file, so that a run that was interrupted goes on and several add up.

Invariant: an entry is found again by what an answer depends on and by nothing else: model, device, settings, how many
files stood open, and the case. Which version of Tandem asked is no part of it: after a change that is to be measured,
another file is due. A file only ever grows, by whole lines; a last line that was cut off in writing is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lsp.errors import BadInput
from lsp.eval.score import Outcome
from lsp.eval.stretch import Stretch  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_encoder = msgspec.json.Encoder(order="deterministic")


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the file: an answer to a case, or a stretch that was typed."""

    model: str
    device: str
    visited: int
    settings: dict[str, object]
    outcome: Outcome | None = None
    stretch: Stretch | None = None


class Circumstances(NamedTuple):
    """All that an answer depends on but the case."""

    model: str
    device: str
    visited: int

    def asked(self, settings: Mapping[str, object], digest: str) -> tuple[str, ...]:
        """Name what was asked."""
        return (self.model, self.device, str(self.visited), _encoder.encode(dict(settings)).decode(), digest)


class Ledger:
    """Entries by what was asked; without a path they are kept in memory alone."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what is there. Raises BadInput for a file that is none of ours."""
        self._path = path
        self._entries: dict[tuple[str, ...], Entry] = {}
        for entry in _read(path) if path else ():
            self._note(entry)

    def circumstances(self) -> list[Circumstances]:
        """Tell under which ones anything was asked, in order."""
        return sorted({Circumstances(each.model, each.device, each.visited) for each in self._entries.values()})

    def outcome(self, where: Circumstances, settings: Mapping[str, object], digest: str) -> Outcome | None:
        """Find what came of a case."""
        entry = self._entries.get(where.asked(settings, digest))
        return entry.outcome if entry else None

    def stretch(self, where: Circumstances, settings: Mapping[str, object], digest: str) -> Stretch | None:
        """Find what came of a stretch."""
        entry = self._entries.get(where.asked(settings, digest))
        return entry.stretch if entry else None

    def entries(self, where: Circumstances, settings: Mapping[str, object]) -> list[Entry]:
        """Give all that was asked in one way."""
        *asked, _ = where.asked(settings, "")
        return [entry for key, entry in self._entries.items() if list(key[:-1]) == asked]

    def add(self, where: Circumstances, settings: Mapping[str, object], found: Outcome | Stretch) -> None:
        """Keep what came of a case or a stretch, at once."""
        outcome, stretch = (found, None) if isinstance(found, Outcome) else (None, found)
        entry = Entry(**where._asdict(), settings=dict(settings), outcome=outcome, stretch=stretch)
        self._note(entry)
        if self._path:
            with self._path.open("ab") as file:
                file.write(_encoder.encode(entry) + b"\n")

    def _note(self, entry: Entry) -> None:
        found = entry.outcome or entry.stretch
        if found is not None:
            where = Circumstances(entry.model, entry.device, entry.visited)
            self._entries[where.asked(entry.settings, found.digest)] = entry


def _read(path: Path) -> Iterator[Entry]:
    """Read a file's entries, cutting off what an interrupted run had begun to write. Raises BadInput."""
    if not path.exists():
        if not path.parent.is_dir():
            raise BadInput(f"{path.parent} is no folder; make it first, or keep the answers elsewhere.")
        return
    try:
        whole = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}; name another file.") from error
    lines = whole.splitlines(keepends=True)
    decoder = msgspec.json.Decoder(Entry)
    for number, line in enumerate(lines, start=1):
        if not line.endswith(b"\n"):
            _cut_short(path, len(whole) - len(line), line)
            return
        try:
            yield decoder.decode(line)
        except msgspec.DecodeError as error:
            raise BadInput(
                f"{path} has no answer of `tandem eval` in line {number}; name another file, or delete it."
            ) from error


def _cut_short(path: Path, length_bytes: int, rest: bytes) -> None:
    """Drop the line that was being written when a run was interrupted. Raises BadInput if it never was one of ours."""
    if not rest.startswith(b"{"):
        raise BadInput(f"{path} does not end with an answer of `tandem eval`; name another file, or delete it.")
    with path.open("r+b") as file:
        file.truncate(length_bytes)
