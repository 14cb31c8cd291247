"""What a device has chosen is what the engine would have, and then nobody fetches logits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.choosing import ChoosingModel
from support.cores import CODE, answer, complete, merging_tokenizer, null_core

from engine.core import Core
from engine.prompt import NULL_FORMAT
from engine.tokenizer import NULL_SPECIALS
from hardware.null import NULL_MODEL

if TYPE_CHECKING:
    from engine.messages import Completed

CURSORS = [CODE.index("prices):") + 3, CODE.index("return total\n") + 7, CODE.index("self.count") + 6]


def choosing_core() -> tuple[Core, ChoosingModel]:
    tokenizer = merging_tokenizer()
    end = tokenizer.special(NULL_SPECIALS[-1])
    model = ChoosingModel(replace(NULL_MODEL, vocabulary=tokenizer.size, stop_tokens=(end,)))
    return Core(model, tokenizer, NULL_FORMAT, context_tokens=1024, caches=3), model


def said(completed: Completed) -> tuple[str, int, str]:
    return completed.text, completed.tokens, completed.stop


@pytest.mark.parametrize("cursor", CURSORS)
def test_the_text_is_that_of_a_device_that_leaves_choosing_to_the_engine(cursor: int) -> None:
    core, _ = choosing_core()
    request = complete(1, CODE + CODE[:cursor], shape="block")
    chosen, usual = answer(core, request), answer(null_core(merging_tokenizer()), request)
    assert said(chosen) == said(usual)
    assert chosen.confidence == pytest.approx(usual.confidence)
    assert chosen.text


def test_logits_are_fetched_once_for_a_prompt_and_not_for_the_steps_behind_it() -> None:
    core, model = choosing_core()
    text = CODE + CODE[: CODE.index("for price")]
    answer(core, complete(1, text, shape="block", max_tokens=40))
    assert (model.steps > 2, model.fetched) == (True, 1)
