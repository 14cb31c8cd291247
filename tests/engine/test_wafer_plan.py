from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import tiny

from engine.cli import main
from engine.commands.wafer.report import report
from hardware.wafer.architecture import architectures, find_architecture, workload_of
from hardware.wafer.plan import Question, make_plan
from hardware.wafer.spec import load
from hardware.wafer.workload import Unknown

if TYPE_CHECKING:
    from engine.models.bundle import Bundle

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def empty_cache(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in this machine's cache is not to decide between a bundle and a shape."""
    if not request.node.get_closest_marker("model"):
        monkeypatch.setattr("engine.config.platformdirs.user_cache_dir", lambda *_, **__: str(tmp_path / "cache"))


def planned(capsys: Capture, *arguments: str) -> dict[str, Any]:
    """The JSON's shape is what these tests look at, so that it has no type here."""
    assert main(["wafer", "plan", *arguments, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.count("\n") == 1
    found: dict[str, Any] = json.loads(captured.out)
    return found


def refused(capsys: Capture, *arguments: str) -> str:
    assert main(["wafer", "plan", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("tandem: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_shape_is_planned_by_name_and_the_answer_says_from_where(capsys: Capture) -> None:
    found = planned(capsys, "Llama-3.1-8B", "--context", "2048")
    assert (found["model"], found["device"], found["context_tokens"]) == ("llama-3.1-8b", "WSE-3", 2048)
    assert found["source"].startswith("shape of https://")
    assert found["weight_gb"] == pytest.approx(2 * 8.030261248)
    assert sum(part["cycles"] for part in found["budget"]) == pytest.approx(found["single_stream"]["cycles"])
    layers = [layer for stage in found["placement"]["stages"] for layer in stage["layers"]]
    assert set(layers) == set(range(32))
    assert found["placement"]["fullest_core_bytes"] <= found["placement"]["core_bytes"]
    assert [service["tokens_per_s"] for service in found["services"]] == [1800]


def test_the_table_says_what_the_json_does(capsys: Capture) -> None:
    found = planned(capsys, "smollm2-135m")
    assert main(["wafer", "plan", "smollm2-135m"]) == 0
    table = capsys.readouterr().out
    for figure in (found["single_stream"]["tokens_per_second"], found["single_stream"]["cycles"]):
        assert f"{figure:,.0f}" in table
    for each in ("warm_ms", "warm_stepwise_ms", "cold_ms"):
        assert f"{found['suggestion'][each]:,.2f} ms" in table
    for part in found["budget"]:
        assert re.search(rf"^ {re.escape(part['name'])} +{part['cycles']:,.0f} ", table, re.MULTILINE)
    for note in found["notes"]:
        assert note in table


def test_the_verdict_follows_the_budget(capsys: Capture) -> None:
    answered = planned(capsys, "smollm2-135m")["suggestion"]
    warm_ms, cold_ms = answered["warm_ms"], answered["cold_ms"]
    assert warm_ms < cold_ms
    between = planned(capsys, "smollm2-135m", "--budget-ms", str((warm_ms + cold_ms) / 2))["suggestion"]
    assert (between["warm_meets"], between["cold_meets"]) == (True, False)
    neither = planned(capsys, "smollm2-135m", "--budget-ms", str(warm_ms * 0.99))["suggestion"]
    assert (neither["warm_meets"], neither["cold_meets"]) == (False, False)
    longer = planned(capsys, "smollm2-135m", "--tokens", "80", "--fresh", "1")["suggestion"]
    assert longer["warm_ms"] > warm_ms


def test_the_verdict_on_the_largest_coder_turns_on_the_host(capsys: Capture) -> None:
    """README says both."""
    answered = planned(capsys, "qwen2.5-coder-32b")["suggestion"]
    assert (answered["warm_meets"], answered["warm_stepwise_meets"]) == (True, False)
    longer = planned(capsys, "qwen2.5-coder-32b", "--context", "4096")["suggestion"]
    assert not longer["warm_meets"]
    said = "{warm_ms:.0f} ms, {warm_stepwise_ms:.0f} with the host in every step, {longer:.0f} with 4,096 tokens"
    assert said.format(**answered, longer=longer["warm_ms"]) in " ".join(README.split())


def test_clock_grid_wafers_and_device_are_taken_as_given(capsys: Capture) -> None:
    found = planned(capsys, "smollm2-135m", "--spec", "wse2", "--clock-ghz", "0.5", "--grid", "130", "--wafers", "1")
    assert (found["device"], found["clock_ghz"]) == ("WSE-2", 0.5)
    assert (found["placement"]["grid"], found["placement"]["wafers"]) == (130, 1)
    assert found["filled"]["grid"] == 130
    assert found["single_stream"]["microseconds"] == pytest.approx(found["single_stream"]["cycles"] / 500)


def test_the_picture_is_written_where_it_was_asked_for(capsys: Capture, tmp_path: Path) -> None:
    found = planned(capsys, "qwen2.5-coder-7b", "--svg", str(tmp_path / "plan.svg"))
    root = ET.fromstring((tmp_path / "plan.svg").read_text("utf-8"))
    texts = " ".join(words.text or "" for words in root.iter("{http://www.w3.org/2000/svg}text"))
    assert f"{found['single_stream']['tokens_per_second']:,.0f} tokens/s" in texts


def test_bad_input_is_refused_in_a_sentence(capsys: Capture, tmp_path: Path) -> None:
    assert ", ".join(architectures()) in refused(capsys, "gpt-5")
    assert "65.5 GB" in refused(capsys, "qwen2.5-coder-32b", "--wafers", "1")
    assert "at most 755" in refused(capsys, "smollm2-135m", "--grid", "1000")
    assert "shorter --context" in refused(capsys, "smollm2-135m", "--context", "9000000", "--wafers", "1")
    assert "longer --context" in refused(capsys, "smollm2-135m", "--context", "40")
    assert "take wse2 or wse3" in refused(capsys, "smollm2-135m", "--spec", "wse9")
    assert "above zero" in refused(capsys, "smollm2-135m", "--clock-ghz", "nan")
    (tmp_path / "bundle.toml").write_text("format = 1\n")
    assert str(tmp_path) in refused(capsys, str(tmp_path))


@pytest.mark.parametrize(
    "option", [["--budget-ms", "-1"], ["--budget-ms", "nan"], ["--tokens", "0"], ["--context", "x"]]
)
def test_numbers_that_are_none_show_the_usage(capsys: Capture, option: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["wafer", "plan", "smollm2-135m", *option])
    assert ended.value.code == 2
    assert "usage: tandem wafer plan" in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_is_no_crash(capsys: Capture, tmp_path: Path) -> None:
    assert main(["wafer", "plan", "smollm2-135m", "--svg", str(tmp_path / "none" / "plan.svg")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_an_operator_that_nobody_knows_is_named_with_its_bound() -> None:
    known = workload_of("smollm2-135m", find_architecture("smollm2-135m"))
    strange = Unknown(name="blk.0.bent", operator="far.Bend", inputs=576, outputs=576, held=0)
    bent = replace(known, operations=(*known.operations[:5], strange, *known.operations[5:]))
    found = report(make_plan(bent, load("wse3"), Question()), 100.0)
    assert found.unknown_operators == ("far.Bend",)
    assert "far.Bend (bound)" in {part.name for part in found.budget}
    assert any("far.Bend" in note and "upper bound" in note for note in found.notes)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("default model, 0.5B", "qwen2.5-coder-0.5b"),
        ("Qwen2.5-Coder 7B", "qwen2.5-coder-7b"),
        ("Qwen2.5-Coder 32B", "qwen2.5-coder-32b"),
        ("Llama 3.1 8B", "llama-3.1-8b"),
        ("Llama 3.1 70B", "llama-3.1-70b"),
    ],
)
def test_the_readme_has_the_figures_that_the_command_prints(title: str, name: str, capsys: Capture) -> None:
    found = planned(capsys, name)
    row = next(line for line in README.splitlines() if line.startswith(f"| {title} | "))
    place, one, many, answered = (found[key] for key in ("placement", "single_stream", "filled", "suggestion"))
    assert f"| {place['wafers']}, {place['squares']} of {place['grid']} x {place['grid']} |" in row
    assert f"| {one['tokens_per_second']:,.0f} tokens/s | {found['first_token_ms']:,.0f} ms |" in row
    assert f"| {answered['warm_ms']:,.0f} / {answered['cold_ms']:,.0f} ms |" in row
    assert f"| {many['tokens_per_second']:,.0f}, {many['streams']} |" in row
    assert f"| {one['joules_per_token']:,.0f} / {many['joules_per_token']:.2g} |" in row


def test_a_bundle_in_float16_is_read_by_its_name(capsys: Capture, tmp_path: Path) -> None:
    made = tiny.make_bundle(tmp_path / "cache", half=True)
    found = planned(capsys, "tiny-fp16", "--context", "64", "--tokens", "8")
    assert found["source"] == f"graph {made.root / 'model.onnx'}"
    assert found["unknown_operators"] == []


@pytest.mark.model
def test_a_bundle_goes_before_a_shape_of_the_same_name(smollm_bundle: Bundle, capsys: Capture) -> None:
    by_name, by_folder = planned(capsys, "smollm2-135m"), planned(capsys, str(smollm_bundle.root))
    assert by_name == by_folder
    assert by_name["source"] == f"graph {smollm_bundle.root / 'model.onnx'}"
