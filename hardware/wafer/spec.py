"""A wafer-scale device as data: how many cores, how they are wired, what each step of theirs costs.

Invariant: every number has its unit in its name and its source beside it, in one TOML file per device; a spec that was
loaded is sensible (all numbers above zero and within what one could build, code within the memory). A clock turns
cycles into seconds and nothing else, so it can be replaced without touching what was calibrated.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path

from hardware.device import SimulatedSeconds
from hardware.wafer.errors import SpecError

_TITLE = "title"
_SPECS = resources.files("hardware.wafer") / "specs"

LEAST = 1e-6
MOST = {"columns": 1e4, "rows": 1e4, "lanes": 1e4, "colours": 1e4, "cycle": 1e6, "cycles": 1e6, "ghz": 100.0}
"""What a number may be by the end of its key: far beyond what can be built, and little enough to reckon with."""
MOST_OF_ALL = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class WaferSpec:
    """One device. What each number means stands here, where it comes from in the device's file."""

    name: str
    title: str
    columns: int
    """Cores from west to east that programs can use."""
    rows: int
    """Cores from north to south that programs can use."""
    sram_bytes: int
    """Memory of one core."""
    code_bytes: int
    """What of it a decoder's program takes."""
    read_bytes_per_cycle: int
    write_bytes_per_cycle: int
    simd_lanes: int
    """16-bit floating-point operations that one instruction does in a cycle."""
    link_bytes_per_cycle: int
    """What a link carries in a cycle, in each direction: one word."""
    routing_colours: int
    hop_cycles: float
    """From one router to the next."""
    ramp_cycles: float
    """From a router into its core, or out of it."""
    stage_cycles: float
    """What a core adds to a word's way by taking it in, adding to it and passing it on, hop excluded."""
    operation_cycles: float
    """Loading a vector instruction's descriptors and getting it going."""
    step_cycles: float
    """The same for one step of a loop in hardware over a vector instruction (the SDK's `@map`)."""
    function_cycles: float
    """Computing a function such as exp of one element, which no vector instruction does."""
    operator_cycles: float
    """What each operator of a decoder costs before it does anything: overhead and no more, as MeshGEMM's are."""
    gemm_step_cycles: float
    """What one step of MeshGEMM costs whatever its tile: four asynchronous moves, their tasks, half a skewing shift."""
    gemm_row_cycles: float
    """Setting up one of the tile's outer products within a step."""
    clock_ghz: float
    power_w: float
    """Of the whole system, all cores under power."""
    host_loop_us: float
    """From the host to the wafer and back, with nothing computed."""
    wafer_hop_us: float
    """For a token's activations to reach the next wafer."""
    wafer_link_gbit_per_s: float
    """Off-wafer input and output."""

    @property
    def cores(self) -> int:
        """All that programs can use."""
        return self.columns * self.rows

    def at_clock(self, clock_ghz: float) -> WaferSpec:
        """Give the same device at another clock. Raises SpecError unless it is one that could be."""
        _check("clock_ghz", clock_ghz, self.name)
        return replace(self, clock_ghz=clock_ghz)

    def seconds(self, cycles: float) -> SimulatedSeconds:
        """How long that many cycles take."""
        return SimulatedSeconds(cycles / (self.clock_ghz * 1e9))


def names() -> tuple[str, ...]:
    """List the devices that are known by name."""
    files = _SPECS.iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def load(name: str) -> WaferSpec:
    """Load a device by name, or from a TOML file of one's own by its path. Raises SpecError."""
    if name in names():
        return parse(_SPECS.joinpath(f"{name}.toml").read_text(encoding="utf-8"), name)
    path = Path(name)
    if path.suffix != ".toml":
        raise SpecError(f"There is no wafer {name!r}: take {' or '.join(names())}, or the path of a .toml file.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"The wafer's data cannot be read from {name} ({error}): name a readable TOML file.") from error
    return parse(text, path.stem)


def parse(text: str, name: str) -> WaferSpec:
    """Read a device's TOML. Raises SpecError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"The wafer's data in {name} are no TOML ({error}): correct that place.") from error
    numbers = {field.name: str(field.type) for field in fields(WaferSpec) if field.name not in {"name", _TITLE}}
    strange = sorted(table.keys() - numbers.keys() - {_TITLE})
    if strange:
        raise SpecError(f"The wafer's data in {name} have an unknown key {strange[0]!r}: remove or correct it.")
    values = {key: _number(table, key, name, whole=kind == "int") for key, kind in numbers.items()}
    spec = WaferSpec(name=name, title=str(table.get(_TITLE, name)), **values)  # type: ignore[arg-type]  # by `kind`
    if spec.code_bytes >= spec.sram_bytes:
        raise SpecError(f"{name}: code of {spec.code_bytes} bytes leaves nothing of a core's {spec.sram_bytes} bytes.")
    return spec


def _number(table: dict[str, object], key: str, name: str, *, whole: bool) -> float:
    entry = table.get(key)
    if not isinstance(entry, dict) or "value" not in entry or not entry.get("source"):
        raise SpecError(f"The wafer's data in {name} lack [{key}] with a value and its source: add them.")
    value = entry["value"]
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise SpecError(f"{name}: {key} is {value!r}; it must be a {'whole ' if whole else ''}number.")
    _check(key, value, name)
    return int(value) if whole else float(value)


def _check(key: str, value: float, name: str) -> None:
    most = MOST.get(key.rsplit("_", 1)[-1], MOST_OF_ALL)
    if not LEAST <= value <= most:  # a NaN is not either
        raise SpecError(f"{name}: {key} is {value}; it must be above zero, from {LEAST:f} to {most:,.0f}.")
