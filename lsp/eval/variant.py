"""The ways of asking that are compared, each of them a handful of the server's settings.

    bare       the model between what stands before and after, and nothing of Tandem's
    filtered   without context from elsewhere; what Tandem cuts off is cut off
    informed   as users have it, but showing everything, however unsure
    tandem     as users have it

Invariant: a way differs from another by settings alone, so that what is measured is what a user would get with them.
What is tried by leaving it out or changing it is laid over `informed`, where no silence hides what it does.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from lsp.errors import BadInput
from lsp.replay.clock import UNHURRIED
from lsp.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Name = Literal["bare", "filtered", "informed", "tandem"]
NAMES: tuple[Name, ...] = get_args(Name)
BASE: Name = "informed"

_SHOWN: dict[str, object] = {"eagerness": "everything"}
"""What shows everything."""


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """A way of asking."""

    name: str
    settings: dict[str, object]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that can be left out; parts.toml says how."""

    name: str
    sort: Literal["context", "filter"]
    off: dict[str, object]


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A size of what is read around the cursor."""

    name: str
    settings: dict[str, object]


class Parts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of parts.toml."""

    parts: tuple[Part, ...]
    windows: tuple[Window, ...]


@cache
def parts() -> Parts:
    """Read the list that comes with Tandem."""
    return msgspec.toml.decode(files("lsp.eval").joinpath("parts.toml").read_bytes(), type=Parts)


def variant(name: Name, changes: Mapping[str, object], *, unhurried: bool) -> Variant:
    """Build a way of asking; the changes are for all but the bare model. Raises BadInput for no setting's value."""
    if {"model", "device"} & changes.keys():
        raise BadInput("All ways are asked of one model on one device; choose those with --model and --device.")
    if problems := resolve(dict(changes)).problems:
        raise BadInput(problems[0])
    own: dict[Name, dict[str, object]] = {
        "bare": {"filters": False} | _SHOWN,
        "filtered": _merged(_SHOWN, *_without("context")),
        "informed": _SHOWN,
        "tandem": {},
    }
    time = UNHURRIED if unhurried else {}
    return Variant(name=name, settings=_merged(time, own[name], {} if name == "bare" else changes))


def ablations(changes: Mapping[str, object], *, unhurried: bool) -> list[Variant]:
    """Build what is compared with `informed`: without each part, with one source of context alone, other windows.

    Raises BadInput for changes that are no setting's value.
    """
    base = variant(BASE, changes, unhurried=unhurried).settings
    return [Variant(name=name, settings=_merged(base, *layers)) for name, layers in _ablated()]


def _ablated() -> Iterator[tuple[str, list[dict[str, object]]]]:
    sources = [part for part in parts().parts if part.sort == "context"]
    for part in parts().parts:
        yield f"without {part.name}", [part.off]
    if len(sources) > 1:
        yield "without context", _without("context")
        for part in sources:
            yield f"{part.name} alone", [other.off for other in sources if other is not part]
    for window in parts().windows:
        yield window.name, [window.settings]


def _without(sort: str) -> list[dict[str, object]]:
    return [part.off for part in parts().parts if part.sort == sort]


def _merged(*layers: Mapping[str, object]) -> dict[str, object]:
    """Lay settings over one another, later ones over earlier ones; those that are objects, key by key."""
    merged: dict[str, object] = {}
    for layer in layers:
        for name, value in layer.items():
            before = merged.get(name)
            merged[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged
