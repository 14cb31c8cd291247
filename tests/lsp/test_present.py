from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.context.window import Popup, Window
from lsp.document import Document, Place
from lsp.present.insertion import insertion
from lsp.present.rules import present

if TYPE_CHECKING:
    from engine.messages import Shape


def check(marked: str, text: str, shown: str, *, shape: Shape = "line") -> None:
    """Present a text at the | of a document."""
    prefix, _, suffix = marked.partition("|")
    assert present(text, Window(prefix, suffix), shape).text == shown


@pytest.mark.parametrize(
    ("marked", "text", "shown"),
    [
        ("x = |\n", "1", "1"),
        ("x = |\n", "1  ", "1"),
        ("x = |\n", " \t ", ""),
        ("x = |\n", "1\ny = 2", "1"),
        ("x = |\n", "\ny = 2", ""),
        ("x = |\n", "f('\ufffd')", "f('"),
        ("x = |\n", "\ufffd", ""),
        # what stands right of the cursor
        ("print(|)\n", "x)", "x"),
        ("print(|)\n", "f(x))", "f(x)"),
        ("print(|)\n", "f(x)", "f(x)"),
        ("print(|)\n", "x) + y", "x"),
        ("print([1|)\n", ", 2])", ", 2]"),
        ("print([1|)\n", ", 2]) + 1", ", 2]"),
        ("print([1|)\n", "]) + 1", ""),
        ("print([1|])\n", "])", ""),
        ("print([1|])\n", ", 2])", ", 2"),
        ("f(|, b)\n", "a, b)", "a"),
        ("f(|, b)\n", "a", "a"),
        ("x = | + b\n", "a + b", "a"),
        ("x |= 1\n", "=", ""),
        ("f(|x)\n", "max", "max"),
        ("f(|x)\n", "x)", ""),
        ("f(|bc)\n", "a, b", "a, b"),
        ("f(|b)\n", "a, ", "a, "),
        # quotes
        ("x = 'ab|'\n", "c'", "c"),
        ("x = 'ab|'\n", "c' + d", "c"),
        ("x = 'ab|\n", "c' + d", "c' + d"),
        ("x = f(')|')\n", "c)", "c)"),
        ("f(|)\n", "':)', b", "':)', b"),
        ("# don't f(|)\n", "x)", "x"),
        ('x = "|"\n', 'say \\"hi\\" now"', 'say \\"hi\\" now'),
        ('s = f"""|"""\n', 'say "hi"', 'say "hi"'),
        ('s = f"""|"""\n', 'say "hi""" + x', 'say "hi'),
        ("x = f'|'\n", "a' + b", "a"),
        ('f("|, "b")\n', 'a"', 'a"'),
        ('d["it\'s|"]\n', 'a key"] = 1', "a key"),
        ("x = 'it\\'s |'\n", "me')", "me"),
        ('print(f"{|}")\n', 'name}")', "name"),
        ("fn f<'a>(x: |) -> &'a str {\n", "&'a str", "&'a str"),
        ("g(|)\n", "f::<'a, 'b>(x: &'a str)", "f::<'a, 'b>(x: &'a str)"),
        ("g(|) // '\n", "|x: &'static T| (x)", "|x: &'static T| (x)"),
        ("f(|)\n", "a\r\nb", "a"),
        # lines that follow already
        ("import o|\nimport os\n", "s", ""),
        ("import o|\n\nimport os\n", "s", ""),
        ("    import o|\nimport os\n", "s", "s"),
        ("}|\n};\n", ";", ";"),
    ],
)
def test_a_line(marked: str, text: str, shown: str) -> None:
    check(marked, text, shown)


@pytest.mark.parametrize(
    ("marked", "text", "shown"),
    [
        ("def f():\n    |\n", "x = 1\n    return x\n", "x = 1\n    return x"),
        ("def f():\n    |\n", "x = 1\n\n    return x\n\ndef g():\n    pass", "x = 1\n\n    return x"),
        ("def f():\n|\n", "    x = 1\n    return x\nx = f()", "    x = 1\n    return x"),
        ("def f():\n\t|\n", "x = 1\n\treturn x\ny", "x = 1\n\treturn x"),
        ("if (a) {\n    |\n", "b();\n}\nc();", "b();\n}"),
        ("if (a) {\n    |\n}\n", "b();\n}\n", "b();"),
        ("if (a) {\n    |\n}\n", "if (b) {\n        c();\n    }\n}", "if (b) {\n        c();\n    }"),
        ("def f():\n    |\n    y = 2\n    return y\n", "x = 1\n    y = 2\n    return y\n", "x = 1"),
        ("def f():\n    |\n    y = 2\n    return y\n", "y = 2\n    return y\n    z", ""),
        ("def f():\n    |\n    return y\n", "y = 2\n    return y\n    z = 3", "y = 2\n    return y\n    z = 3"),
    ],
)
def test_a_block(marked: str, text: str, shown: str) -> None:
    check(marked, text, shown, shape="block")


def test_a_block_within_a_line_is_its_first_line() -> None:
    check("f(|)\n", "a,\n  b", "a,", shape="block")


PIECES = st.text(st.sampled_from("ab ()[]{}'\"\\\r\n\t,"), max_size=40)


@given(prefix=PIECES, suffix=PIECES, text=PIECES, shape=st.sampled_from(["line", "block"]))
def test_what_is_shown_is_a_beginning_of_what_the_model_said(prefix: str, suffix: str, text: str, shape: Shape) -> None:
    shown = present(text, Window(prefix, suffix), shape).text
    assert text.startswith(shown)
    assert shown == "" or shown.strip()
    assert shape == "block" or not {"\r", "\n"} & set(shown)


def test_an_insertion_has_the_document_s_line_endings() -> None:
    document = Document("file:///a", "python", 0, "def f():\r\n    \r\n", "utf-16")
    for text in ("a\n    b", "a\r\n    b", "a\r    b"):
        assert insertion(text, document, Place(1, 4)) == ("a\r\n    b", Place(1, 4), Place(1, 4))


def test_an_insertion_replaces_what_the_popup_would_replace() -> None:
    document = Document("file:///a", "python", 0, "os.pa", "utf-16")
    popup = Popup(Place(0, 3), Place(0, 5), "path")
    assert insertion(".join(a)", document, Place(0, 5), popup) == ("path.join(a)", Place(0, 3), Place(0, 5))
