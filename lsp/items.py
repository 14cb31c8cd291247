"""A suggestion as LSP's items: ghost text, or an entry of the completion list for editors that have no ghost text.

Invariant: an entry inserts exactly what the ghost text would; its label and filter are only for showing and finding it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from lsprotocol import types

if TYPE_CHECKING:
    from lsp.suggestion import Suggestion

ACCEPTED = "tandem.accepted"
"""The command that an editor runs when a suggestion was taken."""
COMPLETION_TRIGGERS = tuple(" .,:=([{<\"'/")
"""What besides letters makes an editor ask for completions: after these a suggestion is most often wanted."""

_LABEL_CHARACTERS = 80
_FIRST = "\t"  # sorts before every word


def inline_items(suggestion: Suggestion | None) -> list[types.InlineCompletionItem]:
    """Write a suggestion, and the others that may be cycled to, as ghost text; without one there are none."""
    return [_inline_item(one) for one in (suggestion, *suggestion.others)] if suggestion else []


def completion_items(suggestion: Suggestion | None) -> list[types.CompletionItem]:
    """Write a suggestion as the first entry of the completion list; its text begins with the word at the cursor."""
    if suggestion is None:
        return []
    text = suggestion.text
    label = text.strip().split("\n")[0].rstrip()
    item = types.CompletionItem(
        label=label[:_LABEL_CHARACTERS] + ("…" if "\n" in text or len(label) > _LABEL_CHARACTERS else ""),
        label_details=types.CompletionItemLabelDetails(description="Tandem"),
        kind=types.CompletionItemKind.Text,
        detail="Tandem",
        documentation=text if "\n" in text else None,
        sort_text=_FIRST,
        filter_text=label,
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(_range(suggestion), text),
        command=_accepted(suggestion),
    )
    return [item]


def _inline_item(suggestion: Suggestion) -> types.InlineCompletionItem:
    return types.InlineCompletionItem(
        insert_text=suggestion.text, range=_range(suggestion), command=_accepted(suggestion)
    )


def _range(suggestion: Suggestion) -> types.Range:
    return types.Range(types.Position(*suggestion.start), types.Position(*suggestion.end))


def _accepted(suggestion: Suggestion) -> types.Command:
    account = msgspec.to_builtins(suggestion.provenance)
    return types.Command(title="Suggestion accepted", command=ACCEPTED, arguments=[account])
