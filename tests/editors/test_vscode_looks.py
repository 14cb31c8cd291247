"""How ghost text looks in VS Code, for people to look at: pictures are kept of each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors.profile import PATIENT, profile

if TYPE_CHECKING:
    from editors.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

CODE = '''\
class Celsius:
    """A temperature, in degrees."""

    def __init__(self, degrees):
        self.degrees = degrees

    def __repr__(self):
        rounded = round(self.degrees, 1)
        return f"{type(self).__name__}({rounded})"


class Fahrenheit:
    """A temperature, as some still write it."""

    def __init__(self, degrees):
        self.degrees = degrees

    def __repr__(self):¦
'''


@pytest.mark.parametrize(("kind", "theme"), [("vs-dark", "Dark Modern"), ("vs", "Light Modern")])
async def test_ghost_text_is_told_apart_from_the_file(workbench: Workbench, kind: str, theme: str) -> None:
    workbench.host.settle(
        profile(workbench.recording.python, eagerness="everything", **PATIENT) | {"workbench.colorTheme": theme}
    )
    await workbench.page.locator(f".monaco-workbench.{kind}").wait_for()
    await workbench.open(f"{kind}.py", CODE)
    await workbench.press("Enter")
    await workbench.shows('rounded = round(self.degrees, 1)\n        return f"{type(self).__name__}({rounded})"')
    await workbench.picture(f"vscode_{kind}")
    style = await workbench.page.evaluate(
        """() => {
            const {fontStyle, opacity} = getComputedStyle(document.querySelector('.view-line .ghost-text-decoration'));
            return {fontStyle, opacity: Number(opacity)};
        }"""
    )
    assert style["fontStyle"] == "italic"
    assert 0 < style["opacity"] < 1
