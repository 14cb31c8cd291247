from __future__ import annotations

import io
import random
import tarfile
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.errors import PackageMissing
from lsp.eval.cut import KINDS, Case, Kind, choose, cut
from lsp.eval.lines import code_lines
from lsp.eval.manifest import LANGUAGES, Language, Package, manifest
from lsp.eval.names import Names, defined_in
from lsp.eval.sources import Source, laid_out, place_of, read_sources

if TYPE_CHECKING:
    from pathlib import Path

STORE = """\
\"\"\"Keeps things.

def not_code(): of a docstring
\"\"\"
import json


class ThingStore:
    # a comment
    def __init__(self, path):
        self.file_path = path

    def load_things(self, limit):
        for thing in json.load(self.file_path):
            if thing["kind"] != "big":
                yield thing
                limit -= 1
"""
SHOP = """\
from .store import ThingStore


def open_shop(path):
    return sorted(ThingStore(path).load_things(limit=3), key=len)
"""


def source(text: str, path: str = "a.py", language: Language = "python") -> Source:
    return Source("things", path, language, text)


THINGS = [source(SHOP, "shop.py"), source(STORE, "store.py")]


def of_kind(kind: Kind) -> list[Case]:
    return list(cut(THINGS, [kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_found_and_puts_the_file_together_again(kind: Kind) -> None:
    found = of_kind(kind)
    assert found
    for case in found:
        assert case.kind == kind
        assert case.hole == case.hole.rstrip()
        assert case.before + case.hole + case.after == case.source.text


@given(st.text(alphabet="ab_(){}.:\"'#/ \t\n", max_size=300), st.sampled_from(LANGUAGES))
def test_whatever_a_file_holds_its_cases_put_it_together_again(text: str, language: Language) -> None:
    for case in cut([source(text, language=language)]):
        assert 0 < case.start < case.end <= len(text)
        assert case.before + case.hole + case.after == text


def test_a_rest_of_line_begins_at_a_token_and_a_mid_word_inside_one() -> None:
    for case in of_kind("rest_of_line"):
        assert not (case.before[-1].isalnum() and case.hole[0].isalnum())
        assert case.after.startswith("\n")
    for case in of_kind("mid_word"):
        assert (case.before[-2:] + case.hole[0]).replace("_", "a").isalnum()


def test_a_hole_within_a_line_has_words_to_its_right_and_no_word_at_its_end() -> None:
    for case in of_kind("mid_line"):
        rest = case.after.split("\n", maxsplit=1)[0]
        assert not rest[0].isalnum()
        assert any(map(str.isalnum, rest))
        assert "\n" not in case.hole


def test_a_block_is_all_that_is_indented_below_its_opener() -> None:
    (block,) = (case for case in of_kind("block") if case.before.rstrip().endswith('"big":'))
    assert block.hole == "yield thing\n                limit -= 1"
    assert block.before.endswith("                ")


def test_a_foreign_name_is_defined_in_another_file_and_nowhere_to_be_seen_in_its_own() -> None:
    (case,) = of_kind("other_file")
    assert case.hole == "load_things(limit=3), key=len)"
    assert Names([THINGS[0]]).foreign(THINGS[0], case.hole) is None  # alone in the package, nobody defines it


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("python", "class A_B:\n    def do_it(self):\n        self.my_x = so_so == 3\n", {"A_B", "do_it", "my_x"}),
        ("typescript", "export function doIt() {}\ninterface A {\n  maxTurns?: number\n}\n", {"doIt", "maxTurns"}),
        ("rust", "pub fn do_it() {}\nenum Kind {\n    BigOne(u8),\n}\nstruct S {\n    my_x: u8,\n}\n",
         {"do_it", "BigOne", "my_x"}),
    ],
)  # fmt: skip
def test_names_are_found_where_they_are_defined(language: Language, text: str, names: set[str]) -> None:
    assert defined_in(source(text, language=language)) == names


def test_comments_docstrings_and_imports_are_no_code() -> None:
    assert [line.text.strip() for line in code_lines(THINGS[1])][:2] == [
        "class ThingStore:",
        "def __init__(self, path):",
    ]
    for language, text in (
        ("typescript", "// a\n/* b\n * c\nimport x from 'y'\nexport { a } from './b'\n"),
        ("rust", "use a;\n"),
    ):
        assert code_lines(source(text, language=language)) == []  # type: ignore[arg-type]  # two of the three


def test_python_that_nobody_can_read_has_no_lines() -> None:
    assert code_lines(source('x = """\ny = 2\n')) == []


def test_fewer_cases_are_the_first_of_more_and_the_order_of_files_does_not_matter() -> None:
    cases = list(cut(THINGS))
    drawn = choose(cases, 12)
    assert choose(cases, 5) == drawn[:5]
    random.Random(1).shuffle(cases)
    assert choose(cases, 12) == drawn
    assert {case.kind for case in drawn[:6]} == set(KINDS)


def test_another_file_changes_nothing_in_this_one() -> None:
    kinds: list[Kind] = ["rest_of_line", "mid_word", "mid_line", "whole_line", "block"]
    assert list(cut(THINGS, kinds))[-len(list(cut(THINGS[1:], kinds))) :] == list(cut(THINGS[1:], kinds))


def test_no_package_of_the_manifest_was_there_before_the_models() -> None:
    for package in manifest().packages:
        assert manifest().models_released < package.first_release <= package.released
        assert len(package.sha256) == 64
    assert {package.language for package in manifest().packages} == set(LANGUAGES)


def test_an_archive_gives_what_the_manifest_includes_and_writes_nowhere(tmp_path: Path) -> None:
    package = msgspec.structs.replace(manifest().packages[0], include=("src/*.py",), project="@a/b")
    files = {"p/src/b.py": "b = 1\n", "p/src/a.py": "a = 1\n", "p/src/../../e.py": "e = 1\n", "p/src/tests/c.py": "c\n",
             "p/src/long.py": "x" * 999, "p/src/dos.py": "a\r\n"}  # fmt: skip
    archive = packed(tmp_path / "p.tar.gz", files)
    sources = read_sources(package, archive)
    assert [(each.path, each.text) for each in sources] == [("src/a.py", "a = 1\n"), ("src/b.py", "b = 1\n")]
    with laid_out(sources) as root:
        assert place_of(root, sources[0]).read_text() == "a = 1\n"
        assert len([path for path in root.rglob("*") if path.is_file()]) == 2
    assert not root.exists()


def test_a_damaged_archive_is_a_sentence(tmp_path: Path, package: Package) -> None:
    (tmp_path / "p.tar.gz").write_bytes(b"no archive")
    with pytest.raises(PackageMissing, match="delete it"):
        read_sources(package, tmp_path / "p.tar.gz")


@pytest.fixture
def package() -> Package:
    return manifest().packages[0]


def packed(path: Path, files: dict[str, str]) -> Path:
    """Make an archive that holds these files."""
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return path
