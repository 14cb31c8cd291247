from __future__ import annotations

from dataclasses import replace

from lsp.eval.sources import Source
from lsp.eval.visits import visits

BODY = "def thing():\n    return 1\n"
FAR = Source("p", "src/far/deep.py", "python", BODY)
UNRELATED = Source("p", "src/other/unrelated.py", "python", BODY)
NEAR = [Source("p", f"src/near{each}.py", "python", BODY) for each in range(4)]
FILE = Source("p", "src/file.py", "python", "from .far.deep import thing\n\nx = thing()\n")
PACKAGE = [FAR, UNRELATED, *NEAR, FILE]


def test_what_stands_open_is_in_the_same_folder_or_imported_and_never_the_file_itself() -> None:
    everything = visits(FILE, PACKAGE, 100)
    assert {each.source.path for each in everything} == {FAR.path, *(each.path for each in NEAR)}
    assert visits(FILE, PACKAGE, 2) == everything[:2]
    assert visits(FILE, PACKAGE, 0) == []
    for visit in everything:
        assert visit.source.text[: visit.cursor].endswith(("thing():", "return 1"))


def test_an_index_file_goes_by_the_name_of_its_folder() -> None:
    package = Source("p", "src/far/mod.rs", "rust", "fn thing() {}\n")
    importing = Source("p", "src/file.rs", "rust", "use crate::far::thing;\n")
    assert [each.source for each in visits(importing, [package, importing], 2)] == [package]


def test_another_text_below_the_imports_changes_nothing() -> None:
    changed = replace(FILE, text=FILE.text.replace("x = thing()", "y = near0.other(near1)"))
    assert visits(changed, [*PACKAGE[:-1], changed], 3) == visits(FILE, PACKAGE, 3)


def test_a_file_without_code_is_looked_at_from_its_top() -> None:
    empty = Source("p", "src/empty.py", "python", "# nothing\n")
    assert visits(FILE, [empty, FILE], 1) == [(empty, 0)]
