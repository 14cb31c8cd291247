"""The files of a bundle: from a GGUF file a graph of our own, from an export the graph that came with it.

Invariant: the manifest is written last, over files that stand there, so a folder without one is no bundle.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import BundleError
from engine.messages import Loading
from engine.models import bundle
from engine.models.bundle import Manifest, Shape

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer

    from engine.models.community import Export
    from engine.models.export import Report
    from engine.models.quantize import Precision
    from engine.prompt import PromptFormat
    from hardware.device import GraphLayout

AS_PUBLISHED = "as published"


@dataclass(frozen=True)
class Named:
    """What a manifest says of where a bundle comes from."""

    name: str
    title: str
    licence: str
    source: str
    source_sha256: str


def write_export(export: Export, into: Path, named: Named, report: Report) -> None:
    """Copy a graph from elsewhere with its weights, and its tokenizer with its markers marked.

    Raises BundleError; OSError when the disk is full.
    """
    from engine.models.families import recognise  # noqa: PLC0415  loads tokenizers, which is only needed here
    from engine.models.spelling import read_tokenizer  # noqa: PLC0415

    tokenizer = read_tokenizer(export.tokenizer)
    _, prompt = recognise(tokenizer)
    done, total = 0, export.size_bytes
    for path in (export.graph, *export.data):
        report(Loading(stage="export", done=done, total=total, unit="bytes"))
        shutil.copyfile(path, into / (bundle.GRAPH if path == export.graph else path.name))
        done += path.stat().st_size
    tokenizer.save(str(into / bundle.TOKENIZER))
    config = export.config
    shape = Shape(
        layers=config.num_hidden_layers,
        kv_heads=config.kv_heads,
        head_dim=config.head_width,
        vocabulary=config.vocab_size,
        context_tokens=config.max_position_embeddings,
    )
    _write_manifest(
        into,
        named,
        architecture=config.model_type,
        precision=AS_PUBLISHED,
        layout="grown",
        shape=shape,
        prompt=prompt,
        tokenizer=tokenizer,
    )


def write_gguf(
    gguf: Path, into: Path, named: Named, report: Report, *, precision: Precision, prompt: PromptFormat
) -> None:
    """Write a graph of our own from a GGUF file. Raises GraphError and BundleError; OSError when the disk is full."""
    # These are slow to import and only needed here.
    import tokenizers  # noqa: PLC0415

    from engine.models.export import write_graph  # noqa: PLC0415
    from engine.models.gguf import read_facts  # noqa: PLC0415
    from engine.models.vocabulary import write_tokenizer  # noqa: PLC0415

    facts = read_facts(gguf)
    write_graph(gguf, into, precision, report)
    write_tokenizer(gguf, into)
    tokenizer = tokenizers.Tokenizer.from_file(str(into / bundle.TOKENIZER))
    shape = Shape(
        layers=facts.layers,
        kv_heads=facts.kv_heads,
        head_dim=facts.head_dim,
        vocabulary=facts.vocabulary,
        context_tokens=facts.context,
    )
    _write_manifest(
        into,
        named,
        architecture=facts.architecture,
        precision=precision.name,
        layout="appended",
        shape=shape,
        prompt=prompt,
        tokenizer=tokenizer,
    )


def _write_manifest(
    into: Path,
    named: Named,
    *,
    architecture: str,
    precision: str,
    layout: GraphLayout,
    shape: Shape,
    prompt: PromptFormat,
    tokenizer: Tokenizer,
) -> None:
    manifest = Manifest(
        format=bundle.FORMAT,
        name=named.name,
        title=named.title,
        licence=named.licence,
        source=named.source,
        source_sha256=named.source_sha256,
        architecture=architecture,
        precision=precision,
        stop_tokens=tuple(_id(tokenizer, token) for token in prompt.stops),
        shape=shape,
        prompt=prompt,
        files=bundle.list_files(into),
        layout=layout,
    )
    bundle.write_manifest(into, manifest)


def _id(tokenizer: Tokenizer, token: str) -> int:
    number = tokenizer.token_to_id(token)
    if number is None:
        raise BundleError(f"The weights have no token {token}: the catalogue's prompt does not fit them.")
    return number
