"""A model's graph, opened as a session of ONNX Runtime.

Invariant: a session that `open_session` hands out takes and gives exactly what a step binds, in the names, shapes and
types of `engine/models/export.py`; any other is refused before its first step. What `load_session` hands out was only
loaded: whoever has steps for a graph of another layout checks that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hardware.device import ModelRefused
from hardware.runtime import InferenceSession

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.device import ModelSpec
    from hardware.runtime import SessionOptions

    Configured = str | tuple[str, dict[str, str]]
    Shape = list[int | str]


class Value(NamedTuple):
    """An input or output of a graph: its type in ONNX Runtime's words, and its shape."""

    kind: str
    shape: Shape


FLOAT, HALF, INT32, INT64 = "tensor(float)", "tensor(float16)", "tensor(int32)", "tensor(int64)"

_OTHER_PRECISION = {
    False: "computes in float16, which is for --device gpu: take the model without -fp16, or that device.",
    True: "does not compute in float16, as --device gpu does: take a catalogue's model by its name, or --device cpu.",
}


def open_session(
    model: ModelSpec, options: SessionOptions, providers: Sequence[Configured], *, half: bool = False
) -> InferenceSession:
    """Load a graph of float32, or of float16 if `half`, onto the first of the providers. Raises ModelRefused."""
    if model.layout != "appended":
        raise ModelRefused(f"{model.name} came as a graph of its own, which only the processor runs: use --device cpu.")
    session = load_session(model, options, providers, half=half)
    _check(session, model, half=half)
    return session


def load_session(
    model: ModelSpec, options: SessionOptions, providers: Sequence[Configured], *, half: bool = False
) -> InferenceSession:
    """Load any graph onto the first of the providers. Raises ModelRefused when that cannot be done."""
    if model.graph is None:
        raise ModelRefused(f"{model.name} has no graph to run: start it with --device null.")
    try:
        return InferenceSession(model.graph, options, providers, enable_fallback=0)
    except Exception as error:  # ONNX Runtime's errors have no base of their own
        reason = str(error).splitlines()[0]
        raise ModelRefused(f"{model.graph} cannot be loaded ({reason}): {_mend(model, half=half)}") from error


def pasts(model: ModelSpec) -> list[str]:
    """Name the inputs that take keys and values, in the graph's order."""
    return [f"past_key_values.{layer}.{part}" for layer in range(model.layers) for part in ("key", "value")]


def present(past: str) -> str:
    """Name the output that goes with such an input: the same buffer, appended to."""
    return past.replace("past_key_values", "present")


def _check(session: InferenceSession, model: ModelSpec, *, half: bool) -> None:
    """Raise ModelRefused unless the graph takes and gives what a step binds."""
    for expected, values in zip(
        _signature(model, half=half), (session.get_inputs(), session.get_outputs()), strict=True
    ):
        found = {value.name: Value(value.type, value.shape) for value in values}
        if (HALF if not half else FLOAT) in {value.kind for name, value in found.items() if name in pasts(model)}:
            raise ModelRefused(f"{model.graph} {_OTHER_PRECISION[half]}")
        for name in sorted(expected.keys() | found.keys()):
            wanted, given = expected.get(name), found.get(name)
            if wanted != given:
                raise ModelRefused(
                    f"{model.graph} is not the graph of {model.name} ({name} is {_words(given, wanted)} "
                    f"instead of {_words(wanted, given)}): {_mend(model, half=half)}"
                )


def _signature(model: ModelSpec, *, half: bool) -> tuple[dict[str, Value], dict[str, Value]]:
    """Give what the graph must take, and what it must give."""
    cache = Value(HALF if half else FLOAT, [1, model.kv_heads, "capacity", model.head_dim])
    inputs = dict.fromkeys(pasts(model), cache) | {
        "input_ids": Value(INT64, [1, "T"]),
        "logit_indices": Value(INT64, ["R"]),
        "seqlens_k": Value(INT32, [1]),
        "total_sequence_length": Value(INT32, []),
    }
    outputs = dict.fromkeys(map(present, pasts(model)), cache) | {"logits": Value(FLOAT, ["R", model.vocabulary])}
    if half:
        outputs |= {"likeliest": Value(INT64, ["R"]), "log_probability": Value(FLOAT, ["R"])}
    return inputs, outputs


def _words(value: Value | None, other: Value | None) -> str:
    """Say what a value is, by that in which it differs from another."""
    if value is None:
        return "absent"
    return value.kind if other is not None and other.shape == value.shape else str(value.shape)


def _mend(model: ModelSpec, *, half: bool) -> str:
    instead = ", or use --device cpu" if half else ""  # a card may be short of memory
    return f"run `tandem models pull {model.name}` to make it anew, or mend its folder where that is your own{instead}."
