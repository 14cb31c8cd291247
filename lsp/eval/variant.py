"""The ways of asking that are compared, each of them a handful of the server's settings.

Invariant: a way differs from another by settings alone, so that what is measured is what a user would get with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from lsp.errors import BadInput
from lsp.replay.clock import UNHURRIED
from lsp.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

Name = Literal["bare", "filtered", "tandem"]
NAMES: tuple[Name, ...] = get_args(Name)

_SETTINGS: dict[Name, dict[str, object]] = {
    "bare": {"filters": False, "eagerness": "everything"},
    "filtered": {"eagerness": "everything"},
    "tandem": {},
}


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """A way of asking. `bare` is the model between prefix and suffix; `filtered` what is left of what it says.

    `tandem` is as users have it: silent where it is unsure.
    """

    name: Name
    settings: dict[str, object]


def variant(name: Name, changes: Mapping[str, object], *, unhurried: bool) -> Variant:
    """Build a way of asking; the changes are for all but the bare model. Raises BadInput for no setting's value."""
    if problems := resolve(dict(changes)).problems:
        raise BadInput(problems[0])
    time = UNHURRIED if unhurried else {}
    return Variant(name=name, settings={**time, **_SETTINGS[name], **({} if name == "bare" else changes)})
