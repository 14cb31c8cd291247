"""The user's settings that tests begin with: VS Code as it comes, without what moves by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CALM: dict[str, object] = {
    "breadcrumbs.enabled": False,
    "chat.disableAIFeatures": True,
    "editor.minimap.enabled": False,
    "editor.occurrencesHighlight": "off",
    "editor.quickSuggestions": {"other": "off", "comments": "off", "strings": "off"},
    "extensions.autoCheckUpdates": False,
    "files.autoSave": "off",
    "git.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "workbench.colorTheme": "Dark Modern",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}
_MENUS: dict[str, object] = {
    "[lua]": {"editor.quickSuggestions": {"other": "on"}, "editor.wordBasedSuggestions": "currentDocument"},
}
"""In one language the menu of words opens by itself, as it does by default."""

PATIENT: dict[str, object] = {"deadlineMs": 20_000, "coldDeadlineMs": 20_000}
"""Tandem's own settings with which what is suggested does not depend on how busy the machine is."""


def profile(python: Path, **tandem: object) -> dict[str, object]:
    """Settings with this Python, the null device unless told otherwise, and more of Tandem's own by their names."""
    own = {"python": str(python), "device": "null"} | tandem
    return CALM | _MENUS | {f"tandem.{name}": value for name, value in own.items()}
