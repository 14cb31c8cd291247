"""A tokenizer.json from elsewhere, made fit for the engine: what is a marker, and what is text, and nothing changed.

Invariant: a tokenizer that is handed on gives every text back as it was, byte for byte, and takes the name of a marker
in a text for text. Published files break the second habitually: the tokens for filling in the middle are often added
without being marked special.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import tokenizers

from engine.errors import BundleError
from engine.models.families import FAMILIES
from engine.tokenizer import Tokenizer

if TYPE_CHECKING:
    from pathlib import Path

_MARKER = re.compile(r"<[|｜].*[|｜]>", re.DOTALL)  # noqa: RUF001  DeepSeek's bars are wide
_NAMES = {name for family in FAMILIES for name in family.markers}
_PROBES = ("", "a", " a\n\tb  c\r\n", "é😀 ▁x", "    def f(x: int) -> None:\n        return <|endoftext|>\n")


def read_tokenizer(path: Path) -> tokenizers.Tokenizer:
    """Read a tokenizer.json and mark its markers as special. Raises BundleError where it is none, or alters text."""
    try:
        content = json.loads(path.read_text("utf-8"))
        for token in content.get("added_tokens", []):
            if token["special"] or token["content"] in _NAMES or _MARKER.fullmatch(token["content"]):
                token |= {"special": True, "normalized": False, "lstrip": False, "rstrip": False}
        found = tokenizers.Tokenizer.from_str(json.dumps(content))
    except OSError as error:
        raise BundleError(f"{path} cannot be read ({error.strerror}): put the model's tokenizer there.") from error
    except Exception as error:  # the library's errors have no base of their own
        reason = str(error).partition("\n")[0]
        raise BundleError(f"{path} is no tokenizer ({reason}): put the model's own one there.") from error
    _require_lossless(found, path)
    return found


def _require_lossless(found: tokenizers.Tokenizer, path: Path) -> None:
    """Raise BundleError unless texts come back as they were."""
    try:
        own = Tokenizer(tokenizers.Tokenizer.from_str(found.to_str()))
        if all(own.decode(own.encode(probe).ids) == probe for probe in _PROBES):
            return
    except (ValueError, UnicodeError):  # its tokens are spelt in another alphabet
        pass
    raise BundleError(f"{path} does not give every text back as it was: take a model with byte-level BPE.")
