"""How likely a model finds real Python: the mean negative log-likelihood of a token of the standard library."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.models.gguf import read_facts
from hardware.device import ModelSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer

    from hardware.device import Model

# Modules of many kinds that every supported version has; their text differs between versions: compare within one run.
_NAMES = """
    argparse ast bdb calendar cmd codecs configparser csv dataclasses difflib dis enum filecmp fractions ftplib getopt
    gettext glob gzip heapq imaplib inspect ipaddress locale mailbox mimetypes netrc optparse pdb pickle pprint queue
    random sched shelve shlex smtplib socket statistics string tarfile textwrap threading timeit trace uuid warnings
    weakref zipapp
"""
MODULES = tuple(_NAMES.split())
STEP_TOKENS = 128  # logits for that many tokens at a time: 80 MB with the larger vocabulary
SKIPPED_CHARACTERS = 2000  # licences and long docstrings


def stdlib_text(module: str) -> str:
    """The source of a module of the standard library."""
    return (Path(sysconfig.get_path("stdlib")) / f"{module}.py").read_text(encoding="utf-8")


def windows(tokenizer: Tokenizer, count: int, tokens: int) -> list[list[int]]:
    """Token ids of `count` pieces of Python, each `tokens` long and from another module."""
    found: list[list[int]] = []
    for module in MODULES:
        text = stdlib_text(module)[SKIPPED_CHARACTERS : SKIPPED_CHARACTERS + 8 * tokens]
        ids: list[int] = tokenizer.encode(text).ids[:tokens]
        if len(ids) == tokens:
            found.append(ids)
    if len(found) < count:
        raise ValueError(f"only {len(found)} modules have {tokens} tokens")
    return found[:count]


def spec_of(gguf: Path, graph: Path) -> ModelSpec:
    """The model as a device opens it, outside of a bundle."""
    facts = read_facts(gguf)
    return ModelSpec(
        name=facts.name,
        graph=graph,
        layers=facts.layers,
        kv_heads=facts.kv_heads,
        head_dim=facts.head_dim,
        vocabulary=facts.vocabulary,
        context=facts.context,
        stop_tokens=(),
    )


def mean_nll(model: Model, sequences: Sequence[Sequence[int]]) -> float:
    """The mean over all tokens but each sequence's first, in nats."""
    losses = [loss for ids in sequences for loss in _losses(model, ids)]
    return float(np.mean(losses))


def _losses(model: Model, ids: Sequence[int]) -> list[float]:
    cache = model.new_cache(len(ids))
    losses: list[float] = []
    for start in range(0, len(ids) - 1, STEP_TOKENS):
        chunk = ids[start : start + STEP_TOKENS]
        logits = model.step(cache, start, chunk, len(chunk)).logits
        following = ids[start + 1 : start + 1 + len(chunk)]
        for row, token in zip(logits, following, strict=False):
            peak = row.max()
            losses.append(float(np.log(np.exp(row - peak).sum(dtype=np.float64)) + peak - row[token]))
    return losses
