from __future__ import annotations

import pytest

from lsp.context.window import window
from lsp.document import Document, Place
from lsp.settings import Settings
from lsp.trigger import HUGE_CHARACTERS, Ask, Silence, decide, refusal

LINE, BLOCK = Ask("line", Settings().line_tokens), Ask("block", Settings().block_tokens)
INSIDE_A_WORD = Silence("the cursor stands inside a word")


def check(marked: str, *, language: str = "python", explicit: bool = False) -> Ask | Silence:
    """Decide at the | in a text."""
    before, _, after = marked.partition("|")
    document = Document("file:///a", language, 0, before + after, "utf-16")
    cursor = Place(before.count("\n"), len(before.rpartition("\n")[2]))
    around = window(document, cursor, prefix_characters=2400, suffix_characters=600)
    return decide(document, cursor, around, Settings(), explicit=explicit)


@pytest.mark.parametrize(
    ("marked", "language", "expected"),
    [
        ("def f():\n    |\n", "python", BLOCK),
        ("def f():\n\n    |", "python", BLOCK),
        ('def f():\n    """Say what."""\n    |\n', "python", BLOCK),
        ('def f():\n    """Say what.\n\n    And how.\n    """\n    |\n', "python", BLOCK),
        ('"""What the module is."""\n\n|\n', "python", LINE),
        ('x = 1\n"""A note."""\n|\n', "python", LINE),
        ("x = 1\n|\n", "python", LINE),
        ("def f():\n    retu|\n", "python", LINE),
        ("print(|)\n", "python", LINE),
        ("def f():\n    |x\n", "python", INSIDE_A_WORD),
        ("wo|rd\n", "python", INSIDE_A_WORD),
        ("x = |é\n", "python", INSIDE_A_WORD),
        ("if (x) {\n    |\n}\n", "java", BLOCK),
        ("case 1:\n    |\n", "go", LINE),
        ("if true; then\n  |\nfi\n", "shellscript", BLOCK),
        ("list.each do |x|\n", "ruby", INSIDE_A_WORD),
        ("while x do\n  |\nend", "lua", BLOCK),
        ("begin:\n  |", "a language nobody knows", BLOCK),
        ("begin\n  |", "a language nobody knows", LINE),
        ("|", "python", Silence("the document is empty")),
        ("\n\n|\n", "python", Silence("the document is empty")),
        ("x" * 3000 + "|", "python", Silence("the line is too long to have been written by hand")),
    ],
)
def test_an_automatic_request_gets_the_shape_of_its_place(marked: str, language: str, expected: Ask | Silence) -> None:
    assert check(marked, language=language) == expected


@pytest.mark.parametrize(
    ("marked", "expected"), [("x = 1\n|\n", BLOCK), ("wo|rd\n", LINE), ("|", BLOCK), ("x = |\n", LINE)]
)
def test_an_explicit_request_is_always_served(marked: str, expected: Ask) -> None:
    assert check(marked, explicit=True) == expected


def refused(uri: str = "file:///a.py", language: str = "python", text: str = "x = 1\n", **settings: object) -> str:
    return refusal(Document(uri, language, 0, text, "utf-16"), Settings(**settings))  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    "uri",
    [
        "file:///home/me/project/.env",
        "file:///home/me/project/.env.local",
        "file:///home/me/project/prod.env",
        "file:///home/me/.ssh/id_rsa",
        "file:///home/me/.ssh/config",
        "file:///home/me/server.PEM",
        "file:///home/me/server.key",
        "file:///home/me/.netrc",
        "file:///home/me/.aws/credentials",
        "file:///c%3A/Users/me/.aws/config",
        "file:///home/me/%2Eenv",
        "file:///home/me/.git-credentials",
        "file:///home/me/project/.git/config",
        "file:///home/me/.docker/config.json",
        "file:///home/me/.config/gh/hosts.yml",
        "file:///home/me/.config/gcloud/access_tokens.db",
        "file:///home/me/.my.cnf",
        "file:///home/me/.vault-token",
        "file:///home/me/.bash_history",
        "file:///home/me/putty.ppk",
        "file:///home/me/project/secret.yaml",
        "file:///home/me/project/secrets.yml",
        "file:///home/me/project/service-account-1.json",
    ],
)
def test_files_that_hold_secrets_are_excluded(uri: str) -> None:
    assert refused(uri).startswith("the file is excluded by the pattern ")


@pytest.mark.parametrize(
    "uri",
    [
        "file:///a/environment.py",
        "file:///a/secrets.py",
        "file:///a/keys.py",
        "file:///a/config.json",
        "untitled:Untitled-1",
        "a",
    ],
)
def test_other_files_are_served(uri: str) -> None:
    assert refused(uri) == ""


def test_an_address_that_cannot_be_read_is_refused() -> None:
    assert "cannot be read" in refused("file://[x/a.py")


def test_the_user_can_exclude_more_and_take_a_file_back_in() -> None:
    assert refused("file:///w/generated/x.py", exclude=("generated/*",)) != ""
    assert refused("file:///w/x.py", exclude=("generated/*",)) == ""
    assert refused("file:///w/example.env", exclude=("!example.env",)) == ""


@pytest.mark.parametrize(
    ("languages", "served"),
    [
        ({}, True),
        ({"python": False}, False),
        ({"*": False}, False),
        ({"*": False, "python": True}, True),
        ({"go": False}, True),
    ],
)
def test_a_language_can_be_switched_off(languages: dict[str, bool], served: bool) -> None:
    assert (refused(languages=languages) == "") is served


def test_tandem_can_be_switched_off() -> None:
    assert refused(enabled=False) == "Tandem is switched off"


def test_views_of_the_editor_are_no_documents() -> None:
    assert refused("output:tandem").endswith("is a view of the editor, no file")


def test_binary_huge_and_minified_files_get_nothing() -> None:
    assert refused(text="a\0b") == "the file is binary"
    assert refused(text="x = 1\n" * (HUGE_CHARACTERS // 6 + 1)) == "the file is larger than 4 million characters"
    assert "too long" in refused(text="function(){return 1};" * 1000)
    assert refused(text="x" * 3000 + "\nshort\n") == ""
