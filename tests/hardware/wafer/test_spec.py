from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import hardware.wafer
from hardware.wafer.errors import SpecError
from hardware.wafer.spec import load, names, parse

SPECS = Path(hardware.wafer.__file__).parent / "specs"
TEXT = (SPECS / "wse2.toml").read_text()


def test_both_devices_are_known() -> None:
    assert names() == ("wse2", "wse3")
    assert load("wse2").cores == 750 * 994
    assert load("wse3").cores > load("wse2").cores


@pytest.mark.parametrize("name", names())
def test_every_number_has_a_source(name: str) -> None:
    table = tomllib.loads((SPECS / f"{name}.toml").read_text())
    entries = {key: entry for key, entry in table.items() if key != "title"}
    assert all(entry["value"] > 0 and len(entry["source"]) > 10 for entry in entries.values())


def test_a_clock_changes_seconds_and_nothing_else() -> None:
    spec = load("wse2")
    slower = spec.at_clock(0.55)
    assert slower.seconds(1100).seconds == pytest.approx(2 * spec.seconds(1100).seconds)
    assert slower.hop_cycles == spec.hop_cycles


@pytest.mark.parametrize("clock", [0.0, -1.0, 1e-300, 1e308, float("nan"), float("inf")])
def test_a_clock_that_cannot_be_is_refused(clock: float) -> None:
    with pytest.raises(SpecError, match="clock_ghz"):
        load("wse3").at_clock(clock)


def test_a_file_of_one_s_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(_with("columns", "100"))
    spec = load(str(path))
    assert (spec.name, spec.columns) == ("mine", 100)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[hop_cycles", "no TOML"),
        ("", r"lack \[columns\] with a value and its source"),
        (TEXT.replace("[columns]", "[kolumns]"), "unknown key 'kolumns'"),
        (re.sub(r'(\[hop_cycles\]\nvalue = 1.0\n)source = ".*"\n', r"\1", TEXT), r"lack \[hop_cycles\]"),
    ],
)
def test_data_that_are_no_device_are_refused(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        parse(text, "mine")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("hop_cycles", "-1", "hop_cycles is -1; it must be above zero"),
        ("hop_cycles", "nan", "hop_cycles is nan"),
        ("hop_cycles", '"fast"', "hop_cycles is 'fast'; it must be a number"),
        ("hop_cycles", "true", "hop_cycles is True"),
        ("columns", "7.5", "columns is 7.5; it must be a whole number"),
        ("columns", "0", "columns is 0; it must be above zero"),
        ("columns", "200000", "columns is 200000; it must be above zero, from 0.000001 to 10,000."),
        ("sram_bytes", "1" + "0" * 400, "sram_bytes is 1000"),
        ("hop_cycles", "1e7", "from 0.000001 to 1,000,000."),
        ("code_bytes", "49152", "code of 49152 bytes leaves nothing of a core's 49152 bytes"),
    ],
)
def test_a_nonsense_number_is_named(key: str, value: str, says: str) -> None:
    with pytest.raises(SpecError, match=re.escape(says)):
        parse(_with(key, value), "mine")


def test_a_name_that_is_none_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="take wse2 or wse3"):
        load("wse9")
    with pytest.raises(SpecError, match="cannot be read"):
        load(str(tmp_path / "missing.toml"))


def _with(key: str, value: str) -> str:
    changed, count = re.subn(rf"(\[{key}\]\nvalue = ).*", rf"\g<1>{value}", TEXT)
    assert count == 1
    return changed
