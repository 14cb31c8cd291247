from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lsp.context.scopes import headers
from lsp.text import split_lines

PYTHON = """\
class Cart:
    # about
    @cached
    async def pay(
        self,
        how: str,
    ) -> bool:
        for item in self.items:
            if item:

                x
# a comment at the margin
                y
"""
SCRIPT = """\
export class Cart
{
  pay(how) {
    while (true) {
    } else {
      x
"""


def test_definitions_around_a_place_are_named_and_loops_are_not() -> None:
    pay = "    async def pay(\n        self,\n        how: str,\n    ) -> bool:"
    lines = split_lines(PYTHON)
    for line in (9, 10, 12):
        assert headers(lines, line, 99) == ["class Cart:", pay]
    assert headers(lines, 4, 99) == ["class Cart:", pay]
    assert headers(lines, 0, 99) == []


def test_only_what_stands_above_the_window_counts() -> None:
    assert headers(split_lines(PYTHON), 10, 1) == ["class Cart:"]
    assert headers(split_lines(PYTHON), 10, 0) == []


def test_a_brace_on_a_line_of_its_own_stands_for_the_line_above() -> None:
    found = headers(split_lines(SCRIPT), 5, 99)
    assert [header.split("\n")[0] for header in found] == ["export class Cart", "  pay(how) {"]


def test_crlf_and_tabs() -> None:
    lines = split_lines("func (c *Cart) Pay() {\r\n\tfor {\r\n\t\tx\r\n")
    (header,) = headers(lines, 2, 99)
    assert header == "func (c *Cart) Pay() {"


@given(lines=st.lists(st.text("ab \t({})\n\r#é", max_size=12), min_size=1, max_size=30), data=st.data())
def test_whatever_the_text_headers_are_lines_above(lines: list[str], data: st.DataObject) -> None:
    split = split_lines("\n".join(lines))
    line = data.draw(st.integers(0, len(split) - 1))
    first = data.draw(st.integers(0, len(split)))
    for header in headers(split, line, first):
        assert header.split("\n")[0] in {text.rstrip("\r\n") for text in split[: min(first, line)]}
