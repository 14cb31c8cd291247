"""How models that fill in the middle want to be asked, by family, told from the special tokens of their tokenizers.

Invariant: every token of a format that is handed out is one token, never text: it is known under its name and comes out
of the tokenizer as that one id. All special tokens end a completion, so none is ever shown.

Every family is asked in the order that it documents, with nothing before the hole, so that the suffix comes first and
what stands before the cursor is the beginning of what the model writes. For one that has learned "prefix, suffix,
middle" this is a text with an empty prefix; Codestral and SantaCoder's second form have the suffix first themselves.
Typing then only appends, and for Qwen it is also what fills most lines right.

Sources: Qwen2.5-Coder (arXiv 2409.12186), StarCoder (2305.06161), SantaCoder (2301.03988), DeepSeek-Coder (2401.14196),
CodeGemma (2406.11409), Codestral (mistral-common, `encode_fim`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine.errors import BundleError
from engine.prompt import PromptFormat

if TYPE_CHECKING:
    import tokenizers


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """A family's tokens: `opening` before the suffix, `middle` between it and the prefix.

    `marks` are tokens by which it differs from another family with the same ones; `start`, if the vocabulary has it, is
    what every text of that family begins with. `project` and `file`, if the vocabulary has them, stand before the name
    of a project and the path of each file; a family without `file` writes paths as text, or has learned single files.
    """

    name: str
    opening: tuple[str, ...]
    middle: tuple[str, ...]
    marks: tuple[str, ...] = ()
    start: str = ""
    project: str = ""
    file: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """All tokens without which a tokenizer is not of this family."""
        return (*self.opening, *self.middle, *self.marks)

    @property
    def markers(self) -> tuple[str, ...]:
        """All tokens that are no text in this family, where a vocabulary has them."""
        return tuple(filter(None, (*self.needed, self.start, self.project, self.file)))


FAMILIES = (
    Family(
        name="CodeGemma",
        opening=("<|fim_prefix|>", "<|fim_suffix|>"),
        middle=("<|fim_middle|>",),
        marks=("<|file_separator|>",),
        start="<bos>",
        file="<|file_separator|>",
    ),
    Family(
        name="Qwen",
        opening=("<|fim_prefix|>", "<|fim_suffix|>"),
        middle=("<|fim_middle|>",),
        project="<|repo_name|>",
        file="<|file_sep|>",
    ),
    Family(
        name="StarCoder",
        opening=("<fim_prefix>", "<fim_suffix>"),
        middle=("<fim_middle>",),
        project="<repo_name>",
        file="<file_sep>",
    ),
    Family(name="SantaCoder", opening=("<fim-prefix>", "<fim-suffix>"), middle=("<fim-middle>",)),
    Family(
        name="DeepSeek",
        opening=("<｜fim▁begin｜>", "<｜fim▁hole｜>"),  # noqa: RUF001  these are the characters
        middle=("<｜fim▁end｜>",),  # noqa: RUF001
        start="<｜begin▁of▁sentence｜>",  # noqa: RUF001
    ),
    Family(name="Codestral", opening=("[SUFFIX]",), middle=("[PREFIX]",), start="<s>"),
)
"""The one with marks before the one without."""


def recognise(tokenizer: tokenizers.Tokenizer) -> tuple[Family, PromptFormat]:
    """Tell a tokenizer's family and how to ask its models. Raises BundleError where it can fill in no middle.

    To be asked of a tokenizer whose special tokens are marked as such; `engine/models/spelling.py` does so.
    """
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special}
    for family in FAMILIES:
        if special.issuperset(family.needed):
            start = (family.start,) if family.start in special else ()
            form = PromptFormat(
                opening=start + family.opening,
                middle=family.middle,
                stops=tuple(sorted(special)),
                project=family.project if family.project in special else "",
                file=family.file if family.file in special else "",
            )
            for name in filter(None, (*form.opening, *form.middle, form.project, form.file)):
                _require_one_token(tokenizer, name, family)
            return family, form
    names = ", ".join(family.name for family in FAMILIES)
    raise BundleError(
        f"This model's tokenizer has none of the tokens for filling in the middle that are known ({names}): "
        "take a code model of one of these families."
    )


def _require_one_token(tokenizer: tokenizers.Tokenizer, name: str, family: Family) -> None:
    ids = tokenizer.encode(name, add_special_tokens=False).ids
    if ids != [tokenizer.token_to_id(name)]:
        raise BundleError(
            f"This model's tokenizer makes {len(ids)} tokens of {name}, which is one in {family.name} models: "
            "take a tokenizer.json that fits the weights."
        )
