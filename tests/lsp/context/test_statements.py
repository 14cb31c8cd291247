from __future__ import annotations

import pytest

from lsp.context.languages.table import language_of
from lsp.context.statements import HEAD_LINES, LONGEST_LINE, imports
from lsp.text import split_lines


def found(text: str, language: str) -> list[tuple[int, str]]:
    return [(each.line, each.text) for each in imports(split_lines(text), language_of(language).statement)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "python",
            "import os\r\nx = 1\r\nfrom a import (\r\n    b,\r\n)\r\n",
            [(0, "import os"), (2, "from a import (\n    b,\n)")],
        ),
        ("python", '"""from here on\nimport this, it says"""\nimportant = 1\n', [(1, 'import this, it says"""')]),
        (
            "typescript",
            'import {\n  a,\n} from "./a";\nimport("./b");\nexport { c };\n',
            [(0, 'import {\n  a,\n} from "./a";')],
        ),
        ("go", 'import (\n\t"fmt"\n)\n', [(0, 'import (\n\t"fmt"\n)')]),
        ("rust", "pub(crate) use a::{b, c};\nmod d {\n}\n", [(0, "pub(crate) use a::{b, c};")]),
        ("c", "#include <a.h>\nint imported;\n", [(0, "#include <a.h>")]),
        ("csharp", "using System.Text;\nusing (var x = y()) {\n", [(0, "using System.Text;")]),
    ],
)
def test_imports_are_found_with_all_their_lines(language: str, text: str, expected: list[tuple[int, str]]) -> None:
    assert found(text, language) == expected


def test_only_the_top_of_a_file_is_looked_at() -> None:
    assert found("\n" * HEAD_LINES + "import os\n", "python") == []


def test_a_bracket_that_is_never_closed_does_not_take_the_file_along() -> None:
    ((_, text),) = found("from a import (\n" + "    b,\n" * 1000, "python")
    assert text.count("\n") < 100


@pytest.mark.parametrize("language", ["python", "typescript", "go", "rust", "c"])
def test_lines_that_nobody_wrote_are_not_looked_into(language: str) -> None:
    for text in ("using" + " " * 100_000 + "!", "import " + "a" * LONGEST_LINE, "use " + "{" * 100_000):
        assert found(text + "\n", language) == []
