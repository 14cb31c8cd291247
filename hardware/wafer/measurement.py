"""What others measured on wafers and published: one file for each table, with its source beside it.

Invariant: a file holds the figures as they were published (cycles, milliseconds, tokens a second) and nothing of ours;
whether a row was used to calibrate is written in the row. Turning a speed into cycles takes the clock that the source
itself used.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

Value = int | float | str | list[int]
Shape = Mapping[str, Value]
"""What was measured, by the names that the kind of row has."""

_FILES = resources.files("hardware.wafer") / "published"
_NAMES = ("model", "part", "constant")
_WIDTHS = {"dim", "ffn", "context"}
_FIGURES = ("measured", "milliseconds", "tokens_per_second", "calibrates")

ORDER = (
    "gemv", "gemm", "decode", "prefill", "gemv_wse2", "requests", "energy", "qwen3_parts", "qwen3_tokens", "micro",
)  # fmt: skip
"""The files, in the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One published row. `measured` is in `unit`; `target_percent` is None where no accuracy was aimed for."""

    family: str
    kind: str
    device: str
    unit: str
    source: str
    note: str
    target_percent: float | None
    shape: Shape
    measured: float
    calibrates: bool

    @property
    def title(self) -> str:
        """What was measured, in words. A model's widths go without saying."""
        named = [str(self.shape[key]) for key in _NAMES if key in self.shape]
        unsaid = {*_NAMES, "layers"} | (_WIDTHS if "model" in self.shape else set())
        return ", ".join(named + [f"{key} {_plain(value)}" for key, value in self.shape.items() if key not in unsaid])


def published() -> list[Measurement]:
    """Give every row there is."""
    return [row for name in ORDER for row in _read(name)]


def _read(name: str) -> list[Measurement]:
    table = tomllib.loads(_FILES.joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    return [
        Measurement(
            family=table["family"],
            kind=table["kind"],
            device=table["device"],
            unit=table["unit"],
            source=table["source"],
            note=table.get("note", ""),
            target_percent=table.get("target_percent"),
            shape={key: value for key, value in row.items() if key not in _FIGURES},
            measured=_measured(row, table.get("clock_ghz", 0.0) * 1e9),
            calibrates=row.get("calibrates", False),
        )
        for row in table["rows"]
    ]


def _measured(row: dict[str, float], clock_hz: float) -> float:
    """Give the row's figure, as cycles where time was published: of one layer, where that was for all layers."""
    if "milliseconds" in row:
        return row["milliseconds"] * 1e-3 * clock_hz
    if "tokens_per_second" in row:
        return clock_hz * row.get("tokens", 1) / (row["tokens_per_second"] * row["layers"])
    return row["measured"]


def _plain(value: Value) -> str:
    return " x ".join(map(str, value)) if isinstance(value, list) else str(value)
