"""What the server asks of the editor: its settings, to hear when they change, and to be asked for completions.

Invariant: an editor is asked only for what it can do, and may refuse; nothing depends on its answer.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.items import COMPLETION_TRIGGERS
from lsp.settings import SECTION

if TYPE_CHECKING:
    from lsp.server import TandemServer

logger = logging.getLogger(__name__)


async def follow_settings(ls: TandemServer) -> None:
    """Register for changes of our section with an editor that tells only those who did."""
    if not ls.abilities.registers_configuration:
        return
    method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
    options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
    await _register(ls, method, options)


async def pull_settings(ls: TandemServer) -> None:
    """Ask the editor for the settings of our section, if it answers such questions."""
    if not ls.abilities.answers_configuration:
        return
    wanted = types.ConfigurationParams(items=[types.ConfigurationItem(section=SECTION)])
    try:
        answer = await ls.workspace_configuration_async(wanted)
    except JsonRpcException as error:
        logger.info("the editor did not give its settings: %s", error.message)
        return
    ls.configuration.change(answer[0] if answer else None)
    await follow_completion(ls)


async def follow_completion(ls: TandemServer) -> None:
    """Register for completion once the user wants suggestions there, with an editor that can learn of it so late."""
    if ls.session.settings.completion_items and ls.abilities.registers_completion and ls.offer_completion():
        options = types.CompletionRegistrationOptions(trigger_characters=COMPLETION_TRIGGERS)
        await _register(ls, types.TEXT_DOCUMENT_COMPLETION, options)


async def _register(ls: TandemServer, method: str, options: object) -> None:
    registration = types.Registration(id=method, method=method, register_options=options)
    try:
        await ls.client_register_capability_async(types.RegistrationParams([registration]))
    except JsonRpcException as error:
        logger.info("the editor will not send %s: %s", method, error.message)
