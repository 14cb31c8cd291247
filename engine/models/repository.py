"""A model from a repository of the hub's ONNX community, by `hf:OWNER/NAME`.

Invariant: one commit is fetched, whichever is the newest when the fetch begins; each file has the size that the hub
states for that commit, and the hash, where it states one (it does for weights). From then on the bundle's own hashes
hold. Nothing of it was published with a hash that we know: whose models these are is the user's to trust.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import FetchError, UnknownModel
from engine.messages import Loading
from engine.models.build import Named, write_export
from engine.models.catalog import Hub
from engine.models.community import CONFIG, TOKENIZER, choose, open_export
from engine.models.digest import is_sound, sha256_of
from engine.models.disk import require_room
from engine.models.download import SourceFailed
from engine.models.hub import fetch_from_hub, list_repository

if TYPE_CHECKING:
    from pathlib import Path

    from engine.config import EngineConfig
    from engine.models.bundle import Manifest
    from engine.models.export import Report
    from engine.models.hub import HubFile, Listing

PREFIX = "hf:"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class FromRepository:
    """A repository, by the name that stands behind `hf:`. Raises UnknownModel for what cannot be one."""

    repository: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.repository):
            raise UnknownModel(f"{PREFIX}{self.repository} is no repository of the hub: write {PREFIX}OWNER/NAME.")

    @property
    def name(self) -> str:
        """Owner and name, as a folder's name."""
        return self.repository.replace("/", "--")

    @property
    def bundle_bytes(self) -> int:
        """Not known before the hub is asked."""
        return 0

    @property
    def remedy(self) -> str:
        """Pulling it by the name it came by."""
        return f"run `tandem models pull {self._wanted}` to make it anew."

    def fits(self, manifest: Manifest) -> bool:
        """Tell whether it came from there, whichever commit: what is here is kept until it is pulled anew."""
        return manifest.source == f"{PREFIX}{self.repository}"

    def write(self, downloads: Path, into: Path, config: EngineConfig, report: Report) -> None:
        """Fetch, and copy into place. Raises FetchError and BundleError."""
        if not config.network:
            raise FetchError(
                f"{self._wanted} is not here and fetching is switched off: run `tandem models pull` first."
            )
        try:
            listing = list_repository(self.repository)
            files = _needed(listing, self.repository)
            root = downloads / listing.revision
            root.mkdir(parents=True, exist_ok=True)
            require_room(root, 2 * sum(file.size_bytes for file in files))
            self._fetch(listing, files, root, report)
        except SourceFailed as failure:
            raise FetchError(
                f"{self._wanted} could not be fetched: {failure}. Connect to the network and run "
                f"`tandem models pull {self._wanted}`, or name a folder that holds the repository's files."
            ) from failure
        export = open_export(root)
        graph = next(file for file in files if file.path == choose(each.path for each in files))
        named = Named(self.name, self.repository, listing.licence, self._wanted, sha256_of(root / graph.path))
        write_export(export, into, named, report)

    @property
    def _wanted(self) -> str:
        return f"{PREFIX}{self.repository}"

    def _fetch(self, listing: Listing, files: list[HubFile], root: Path, report: Report) -> None:
        done, total = 0, sum(file.size_bytes for file in files)
        for file in files:
            before, path = done, root / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            if not is_sound(path, file.size_bytes, file.sha256):

                def progress(have: int, before: int = before) -> None:
                    report(Loading(stage="download", done=before + have, total=total, unit="bytes"))

                fetch_from_hub(Hub(self.repository, listing.revision, file.path), path, file.size_bytes, progress)
            if file.sha256 and sha256_of(path) != file.sha256:
                path.unlink()
                raise SourceFailed(f"{file.path} is not the file that the hub states (wrong sha256)")
            done += file.size_bytes


def _needed(listing: Listing, repository: str) -> list[HubFile]:
    """Choose the graph, its weights, config and tokenizer. Raises SourceFailed where one is missing."""
    graph = choose(file.path for file in listing.files)
    if not graph:
        raise SourceFailed(f"{repository} has no ONNX graph of a decoder (onnx/model_q4.onnx or the like)")
    needed = [
        file
        for file in listing.files
        if file.path in {graph, CONFIG, TOKENIZER} or file.path.startswith((f"{graph}_data", f"{graph}.data"))
    ]
    missing = {graph, CONFIG, TOKENIZER} - {file.path for file in needed}
    if missing:
        raise SourceFailed(f"{repository} has no {min(missing)}")
    return needed
