"""What the editor at the other end can do, as it says in its capabilities.

Invariant: what an editor did not say that it can do is not asked of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsp.settings import SECTION

if TYPE_CHECKING:
    from lsprotocol import types


class Abilities(NamedTuple):
    """Answers questions for settings; learns of changes, or of completion, after the start; has a place for progress.

    `follows` is for our own clients, which want to hear how every request went; `replaces` for those that take a longer
    suggestion in place of the one on screen.
    """

    answers_configuration: bool = False
    registers_configuration: bool = False
    registers_completion: bool = False
    shows_progress: bool = False
    follows: bool = False
    replaces: bool = False


def abilities(capabilities: types.ClientCapabilities) -> Abilities:
    """Read the editor's capabilities."""
    workspace, window, documents = capabilities.workspace, capabilities.window, capabilities.text_document
    configuration = workspace.did_change_configuration if workspace else None
    completion = documents.completion if documents else None
    experimental = capabilities.experimental
    ours = experimental.get(SECTION) if isinstance(experimental, dict) else None
    return Abilities(
        answers_configuration=bool(workspace and workspace.configuration),
        registers_configuration=bool(configuration and configuration.dynamic_registration),
        registers_completion=bool(completion and completion.dynamic_registration),
        shows_progress=bool(window and window.work_done_progress),
        follows=isinstance(ours, dict),
        replaces=isinstance(ours, dict) and ours.get("grown") is True,
    )
