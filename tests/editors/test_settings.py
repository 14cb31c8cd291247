"""What the server can be told, VS Code's settings and README's table are the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from lsp.settings import SOURCES, Settings

ROOT = Path(__file__).parents[2]
OURS = {"python", "tabInIndentation"}
"""What the extension alone reads."""
READ = {"enabled", "exclude", "languages", "context"}
"""What decides which files are read."""

manifest = json.loads((ROOT / "vscode-client/package.json").read_text("utf-8"))
shown = {
    name.removeprefix("tandem."): schema
    for page in manifest["contributes"]["configuration"]
    for name, schema in page["properties"].items()
}
schema = json.loads(msgspec.json.encode(msgspec.json.schema(Settings)))["$defs"]["Settings"]["properties"]
NAMES = sorted(schema)


def test_no_setting_is_missing_and_none_is_made_up() -> None:
    assert set(shown) == set(NAMES) | OURS


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_in_vs_code_is_the_servers(name: str) -> None:
    ours, theirs = schema[name], shown[name]
    assert theirs["type"] == ours.get("type", "string")
    assert theirs["default"] == ours["default"]
    assert [theirs.get(limit) for limit in ("minimum", "maximum")] == [ours.get("minimum"), ours.get("maximum")]
    assert sorted(theirs.get("enum", [])) == sorted(ours.get("enum", []))
    assert theirs["markdownDescription"].endswith(".")


def test_a_workspace_that_is_not_trusted_says_neither_what_runs_nor_what_is_read() -> None:
    declared = manifest["capabilities"]["untrustedWorkspaces"]
    runs = {name for name, schema in shown.items() if schema.get("scope") == "machine-overridable"}
    assert runs == {"python", "model", "device"}
    assert declared["supported"] == "limited"
    assert set(declared["restrictedConfigurations"]) == {f"tandem.{name}" for name in runs | READ}


@pytest.mark.parametrize("name", NAMES)
def test_readme_names_each_with_its_default(name: str) -> None:
    rows = [line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if re.match(r"\| `.*`.*\|", line)]
    (row,) = [row for row in rows if f"`{name}`" in row.split("|")[1]]
    names, defaults = (re.findall(r"`([^`]+)`", cell) for cell in row.split("|")[1:3])
    assert json.loads(defaults[names.index(name)]) == schema[name]["default"]


def test_each_source_of_context_can_be_switched_in_vs_code() -> None:
    assert tuple(shown["context"]["properties"]) == SOURCES
    assert shown["context"]["additionalProperties"] is False
