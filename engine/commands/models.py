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
from engine.models.prepare import State, brought, prepare, remove, state
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
    pull.add_argument(
        "name",
        nargs="?",
        default=DEFAULT.name,
        help=f"a name, hf:OWNER/NAME, a GGUF file or a folder with an ONNX export (default: {DEFAULT.name})",
    )
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
    rows = tuple(_row(entry, config) for entry in entries) + tuple(_own_row(name, config) for name in brought(config))
    if options.json:
        return answer(ModelList(rows))
    table = Table("model", "state", "download", "on disk", "licence", "", box=None, header_style="bold")
    for row in rows:
        on_disk = megabytes(row.bundle_bytes) if row.bundle_bytes else ""
        default = "default" if row.default else ""
        download = megabytes(row.weights_bytes) if row.weights_bytes else ""
        table.add_row(row.name, row.state, download, on_disk, row.licence, default)
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


def _own_row(name: str, config: EngineConfig) -> ModelRow:
    """Show a bundle that is in no catalogue; what it was made from is not here any more, or elsewhere."""
    root = config.bundles / name
    try:
        manifest = bundle.read_manifest(root)
    except ModelError:
        return ModelRow(
            name=name,
            title=name,
            licence="",
            state="damaged",
            default=False,
            weights_bytes=0,
            bundle_bytes=0,
            folder=str(root),
        )
    return ModelRow(
        name=name,
        title=manifest.title,
        licence=manifest.licence,
        state="ready",
        default=False,
        weights_bytes=0,
        bundle_bytes=manifest.size_bytes,
        folder=str(root),
    )


def _pull(options: argparse.Namespace) -> int:
    with ProgressScreen() as screen:
        made = prepare(options.name, EngineConfig(cache_dir=options.cache_dir), screen.report, repair=True)
    say(f"{made.manifest.name} is ready: {megabytes(made.manifest.size_bytes)} in {made.root}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    config = _config(options)
    here = [each.name for each in BUNDLES if state(each, config) != "absent"] + brought(config)
    names = [_known(options.name, config)] if options.name else here
    verdicts = tuple(_verdict(name, config) for name in names)
    if options.json:
        answer(Verdicts(verdicts))
    else:
        for verdict in verdicts:
            say(verdict.problem or f"{verdict.name} is sound: every file has its hash")
        if not verdicts:
            say(f"There are no models in {config.bundles} yet: run `tandem models pull`.")
    return 1 if any(verdict.problem for verdict in verdicts) else 0


def _known(name: str, config: EngineConfig) -> str:
    """Give the name back if it is a bundle's or a catalogue's. Raises UnknownModel."""
    return name if name in brought(config) else find(name).name


def _verdict(name: str, config: EngineConfig) -> Verdict:
    root, problem = config.bundles / name, ""
    try:
        with ProgressScreen() as screen:
            bundle.load(root, screen.report)
    except ModelError as error:
        problem = str(error)
    return Verdict(name=name, folder=str(root), problem=problem)


def _remove(options: argparse.Namespace) -> int:
    config = EngineConfig(cache_dir=options.cache_dir)
    name = _known(options.name, config)
    with ProgressScreen() as screen:
        removed = remove(name, config, screen.report)
    say(f"{name} was removed" if removed else f"{name} was not there")
    return 0
