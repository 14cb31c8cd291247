"""`tandem models`: list, fetch, verify or remove what suggestions come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from engine.commands.output import answer, say, show
from engine.config import EngineConfig
from engine.errors import ModelError
from engine.models import bundle
from engine.models.catalog import BUNDLES, CATALOGUE, DEFAULT, Entry, find
from engine.models.disk import megabytes, require_folder
from engine.models.prepare import State, prepare_entry, remove, state
from engine.progress import ProgressScreen

if TYPE_CHECKING:
    import argparse

    from engine.commands.output import Actions, Command


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """A model as `tandem models list --json` shows it."""

    name: str
    title: str
    licence: str
    state: State
    default: bool
    weights_bytes: int
    bundle_bytes: int
    folder: str


class ModelList(msgspec.Struct, frozen=True):
    """The answer of `tandem models list --json`."""

    models: tuple[ModelRow, ...]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What verifying one model found; `problem` is empty when it is sound."""

    name: str
    folder: str
    problem: str


class Verdicts(msgspec.Struct, frozen=True):
    """The answer of `tandem models verify --json`."""

    models: tuple[Verdict, ...]


def add(areas: Actions) -> None:
    """Declare `models` and what can be done with them."""
    models = areas.add_parser("models", help="list, fetch, verify or remove models")
    models.set_defaults(command=_list, cache_dir="", json=False)
    actions = models.add_subparsers(metavar="ACTION")
    _add(actions, "list", _list, "which models there are, and which are ready", json=True)
    pull = _add(actions, "pull", _pull, "fetch a model and make it ready, or mend it")
    pull.add_argument("name", nargs="?", default=DEFAULT.name, help=f"default: {DEFAULT.name}")
    verify = _add(actions, "verify", _verify, "check every file of a model against its hash", json=True)
    verify.add_argument("name", nargs="?", help="default: every model that is there")
    _add(actions, "remove", _remove, "delete a model").add_argument("name")


def _add(
    actions: Actions,
    name: str,
    command: Command,
    help_text: str,
    *,
    json: bool = False,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
    parser.add_argument("--cache-dir", default="", metavar="DIR", help="where models are kept (the user's cache)")
    if json:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=command)
    return parser


def _list(options: argparse.Namespace) -> int:
    config = _config(options)
    entries = [entry for entry in BUNDLES if entry in CATALOGUE or state(entry, config) != "absent"]
    rows = tuple(_row(entry, config) for entry in entries)
    if options.json:
        return answer(ModelList(rows))
    table = Table("model", "state", "download", "on disk", "licence", "", box=None, header_style="bold")
    for row in rows:
        on_disk = megabytes(row.bundle_bytes) if row.bundle_bytes else ""
        default = "default" if row.default else ""
        table.add_row(row.name, row.state, megabytes(row.weights_bytes), on_disk, row.licence, default)
    show(table)
    say(f"in {config.bundles}")
    return 0


def _config(options: argparse.Namespace) -> EngineConfig:
    """Say where models are. Raises FetchError where none can be."""
    config = EngineConfig(cache_dir=options.cache_dir)
    require_folder(config.bundles)
    return config


def _row(entry: Entry, config: EngineConfig) -> ModelRow:
    found, root = state(entry, config), config.bundles / entry.name
    return ModelRow(
        name=entry.name,
        title=entry.title,
        licence=entry.licence,
        state=found,
        default=entry is DEFAULT,
        weights_bytes=entry.size_bytes,
        bundle_bytes=bundle.read_manifest(root).size_bytes if found == "ready" else 0,
        folder=str(root),
    )


def _pull(options: argparse.Namespace) -> int:
    entry = find(options.name)
    with ProgressScreen() as screen:
        made = prepare_entry(entry, EngineConfig(cache_dir=options.cache_dir), screen.report, repair=True)
    say(f"{entry.name} is ready: {megabytes(made.manifest.size_bytes)} in {made.root}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    config = _config(options)
    entries = [find(options.name)] if options.name else [each for each in BUNDLES if state(each, config) != "absent"]
    verdicts = tuple(_verdict(entry, config) for entry in entries)
    if options.json:
        answer(Verdicts(verdicts))
    else:
        for verdict in verdicts:
            say(verdict.problem or f"{verdict.name} is sound: every file has its hash")
        if not verdicts:
            say(f"There are no models in {config.bundles} yet: run `tandem models pull`.")
    return 1 if any(verdict.problem for verdict in verdicts) else 0


def _verdict(entry: Entry, config: EngineConfig) -> Verdict:
    root, problem = config.bundles / entry.name, ""
    try:
        with ProgressScreen() as screen:
            bundle.load(root, screen.report)
    except ModelError as error:
        problem = str(error)
    return Verdict(name=entry.name, folder=str(root), problem=problem)


def _remove(options: argparse.Namespace) -> int:
    entry, config = find(options.name), EngineConfig(cache_dir=options.cache_dir)
    with ProgressScreen() as screen:
        removed = remove(entry, config, screen.report)
    say(f"{entry.name} was removed" if removed else f"{entry.name} was not there")
    return 0
