"""`tandem wafer` as the engine's own command line runs it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from engine.cli import main

if TYPE_CHECKING:
    from pathlib import Path

LLAMA_8B = (
    "--layers 32 --dim 4200 --ffn 14700 --heads 1 --kv-heads 1 --head-dim 4200 --context 4200 --grid 420 --spec wse2"
)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


class Run:
    """Runs the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, code: int, line: str) -> tuple[str, str]:
        """Expect this exit code; give what went to standard output and to standard error."""
        try:
            found = main(["wafer", *line.split()])
        except SystemExit as leaving:
            found = int(str(leaving.code))
        out, err = self._capsys.readouterr()
        assert found == code, err
        return out, err

    def json(self, line: str) -> dict[str, Any]:
        """Expect one JSON object on one line, and nothing else."""
        out, err = self(0, f"{line} --json")
        assert out.count("\n") == 1
        assert not err
        found: dict[str, Any] = json.loads(out)
        return found


def test_a_gemv_comes_near_what_was_measured(run: Run) -> None:
    found = run.json("estimate gemv --spec wse3 --grid 720 --group 4")
    assert found["cycles"] == pytest.approx(2937.22, rel=0.05)
    assert found["group"] == 4
    more = run.json("estimate gemv --spec wse3 --grid 720 --group 4 --elements 8")
    assert more["cycles"] == pytest.approx(2968.22, rel=0.05)
    assert more["cycles"] > found["cycles"]


def test_parts_add_up_and_a_clock_changes_time_only(run: Run) -> None:
    found = run.json("estimate gemm --grid 16 --tile 8,8,8")
    slow = run.json("estimate gemm --grid 16 --tile 8,8,8 --clock-ghz 0.425")
    assert sum(found[f"{part}_cycles"] for part in ("compute", "communication", "overhead")) == pytest.approx(
        found["cycles"]
    )
    assert slow["cycles"] == found["cycles"]
    assert slow["microseconds"] == pytest.approx(2 * found["microseconds"], rel=1e-5)
    assert 0 < found["utilisation"] < 1


@pytest.mark.parametrize(
    "line",
    ["estimate gemm --grid 16 --tile 8,8,8", "estimate reduce --grid 500", f"estimate decode {LLAMA_8B}", "validate"],
)
def test_figures_have_no_more_digits_than_they_are_worth(run: Run, line: str) -> None:
    out, _ = run(0, f"{line} --json")
    figures = re.findall(r"\d+\.\d+(?:e-\d+)?", re.sub(r'"[^"]*"', "", out))
    assert figures
    for figure in figures:
        decimals = len(figure.partition(".")[2])
        assert decimals <= 2 or len(figure.replace(".", "").lstrip("0").partition("e")[0]) <= 6, figure


@pytest.mark.parametrize("collective", ["allreduce", "reduce", "broadcast"])
def test_a_collective_names_its_way_and_all_others(run: Run, collective: str) -> None:
    found = run.json(f"estimate {collective} --spec wse2 --grid 512 --elements 64")
    assert found["cycles"] == found["algorithms"][found["algorithm"]] == min(found["algorithms"].values())
    for name, cycles in found["algorithms"].items():
        if " " not in name:
            assert run.json(f"estimate {collective} --spec wse2 --grid 512 --elements 64 --algorithm {name}")[
                "cycles"
            ] == pytest.approx(cycles)


def test_a_group_asks_for_a_k_tree(run: Run) -> None:
    assert run.json("estimate allreduce --grid 64 --group 8")["algorithm"] == "k-tree"


def test_a_token_comes_near_what_was_measured(run: Run) -> None:
    found = run.json(f"estimate decode {LLAMA_8B}")
    assert found["cycles_per_layer"] == pytest.approx(12_732, rel=0.15)
    assert found["cycles_per_token"] == pytest.approx(32 * found["cycles_per_layer"])
    assert found["tokens_per_second"] == pytest.approx(2699.9, rel=0.15)
    assert sum(each["cycles"] for each in found["operators"]) == pytest.approx(found["cycles_per_layer"], abs=0.1)


def test_tokens_together_come_cheaper_each(run: Run) -> None:
    one, four = (run.json(f"estimate decode {LLAMA_8B} --tokens {count}") for count in (1, 4))
    assert four["cycles_per_token"] < one["cycles_per_token"]
    assert four["cycles_per_layer"] > one["cycles_per_layer"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("estimate gemv --grid 720", "2,"),
        ("estimate gemm --grid 16 --tile 1,1,1", "cycles,"),
        ("estimate reduce --grid 16", "two-phase"),
        (f"estimate decode {LLAMA_8B}", "tokens/s at 1.1 GHz"),
        ("validate", "LLaMA2-13B, grid 660"),
    ],
)
def test_without_json_there_is_something_to_read(run: Run, line: str, says: str) -> None:
    assert says in run(0, line)[0]


def test_validating_tells_rows_that_were_used_from_the_others(run: Run) -> None:
    found = run.json("validate")
    decode = [check for check in found["checks"] if check["family"] == "decode"]
    assert [check["calibrates"] for check in decode] == [True, False, False, False, False, False]
    (family,) = [family for family in found["families"] if family["name"] == "decode"]
    assert family["unseen"]["rows"] == 5
    assert family["unseen"]["worst_percent"] == pytest.approx(
        max(abs(check["error_percent"]) for check in decode if not check["calibrates"])
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("estimate gemv --grid 800", "does not fit WSE-3, which has 755 x 1170: choose a side of at most 755"),
        ("estimate gemv --grid 16 --group 17", "cannot have 17 groups"),
        ("estimate gemv --grid 16 --spec wse9", "There is no wafer 'wse9': take wse2 or wse3"),
        ("estimate gemv --grid 16 --clock-ghz 0", "clock_ghz is 0.0; it must be above zero"),
        ("estimate reduce --grid 16 --algorithm ring", "There is no algorithm 'ring' for this: take k-tree"),
        ("estimate gemv --grid 16 --elements 200", "takes 80800 bytes of each core on 16 x 16, where 34816 of 49152"),
        ("estimate gemm --grid 16 --tile 100,100,100", "The tile takes 100000 bytes"),
        ("estimate reduce --grid 16 --elements 5000", "What a core adds up takes 40000 bytes"),
        (f"estimate decode {LLAMA_8B} --context 9000000", "choose a larger grid or a shorter context"),
        (f"estimate decode {LLAMA_8B} --heads 3 --kv-heads 2", "3 query heads cannot share 2"),
    ],
)
def test_what_a_wafer_does_not_have_is_one_sentence(run: Run, line: str, says: str) -> None:
    out, err = run(2, line)
    assert not out
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "ACTION"),
        ("estimate", "OP"),
        ("estimate gemv", "--grid"),
        ("estimate gemv --grid -4", "'-4' is not a whole number above 0"),
        ("estimate gemv --grid 4.5", "'4.5' is not a whole number above 0"),
        ("estimate gemm --grid 16", "--tile"),
        ("estimate gemm --grid 16 --tile 8,8", "'8,8' is not Mt,Kt,Nt"),
        ("estimate gemm --grid 16 --tile 8,8,0", "'0' is not a whole number above 0"),
        ("estimate gemv --grid 16 --clock-ghz fast", "invalid float value"),
    ],
)
def test_a_wrong_call_shows_the_usage(run: Run, line: str, says: str) -> None:
    _, err = run(2, line)
    assert "usage: tandem wafer" in err
    assert says in err


def test_nonsense_in_a_spec_of_one_s_own_is_one_sentence(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[hop_cycles]\nvalue = -1\nsource = 'a guess'\n")
    _, err = run(2, f"estimate gemv --grid 4 --spec {path}")
    assert err.count("\n") == 1
    assert "mine" in err
