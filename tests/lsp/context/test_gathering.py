"""What is read for a document from the disk, and what is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.project import gather, imported, write

from lsp.context.disk import MOST_LOOKS, MOST_NAMES, Disk
from lsp.context.gathering import MOST_BYTES, MOST_FILES, Gathered, Library, Wanted
from lsp.context.workspace import MARKS, file_of, home_of
from lsp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

DEF = "def secret(): ...\n"


@pytest.mark.parametrize(
    "settings",
    [Settings(exclude=("money.py",)), Settings(languages={"python": False}), Settings(context={"imported": False})],
)
def test_what_the_user_shut_out_is_not_read(tmp_path: Path, settings: Settings) -> None:
    write(tmp_path, {"cart.py": "import money\n", "money.py": DEF})
    assert imported(tmp_path, "cart.py") == ["money.py"]
    assert imported(tmp_path, "cart.py", settings=settings) == []


@pytest.mark.parametrize(
    "text",
    ["\0" + DEF, DEF + "#" * MOST_BYTES, DEF + "x = 1; " * 1200, "# nothing\n", ""],
    ids=["binary", "huge", "minified", "nothing defined", "empty"],
)
def test_binary_huge_and_minified_files_are_not_read(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"cart.py": "import money\n", "money.py": text})
    assert imported(tmp_path, "cart.py") == []


def test_what_is_no_text_no_file_or_not_to_be_read_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, {"cart.py": "import latin, folder, gone, pipe\nfrom . import latin\n"})
    (tmp_path / "latin.py").write_bytes(DEF.encode() + b"# \xe9\n")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    os.mkfifo(tmp_path / "pipe.py")
    assert imported(tmp_path, "cart.py") == []


def test_a_file_that_may_not_be_opened_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    write(tmp_path, {"cart.py": "import money\n", "money.py": DEF})
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        assert Disk().text(tmp_path / "money.py", 100) is None


def test_links_are_followed_before_anything_is_let_through(tmp_path: Path) -> None:
    root = tmp_path / "work"
    write(tmp_path, {"outside.py": DEF})
    write(root, {"cart.py": "import out, env, pem, good, cart2\n", "secrets.toml": DEF, "real.py": DEF})
    (root / "out.py").symlink_to(tmp_path / "outside.py")
    (root / "env.py").symlink_to(root / "secrets.toml")
    (root / "good.py").symlink_to(root / "real.py")
    (root / "cart2.py").symlink_to(root / "cart.py")
    assert imported(root, "cart.py") == ["real.py"]
    assert imported(root, "cart.py", settings=Settings(exclude=("good.py",))) == []
    link = tmp_path / "link"
    link.symlink_to(root)
    assert imported(link, "cart.py") == ["real.py"]


def test_relative_imports_do_not_leave_the_workspace(tmp_path: Path) -> None:
    root = tmp_path / "work"
    write(tmp_path, {"outside.ts": "export function f() {}\n", "work/cart.ts": 'import "../outside";\n'})
    assert imported(root, "cart.ts") == []


def test_a_repository_of_a_hundred_thousand_files_costs_what_a_small_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    class Many:
        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(map(Entry, range(100_000)))  # type: ignore[arg-type]  # all that is read of them is the name

        def __exit__(self, *_: object) -> None:
            pass

    class Entry:
        def __init__(self, number: int) -> None:
            nonlocal looks
            looks += 1
            self.name = f"f{number}.go"

    write(tmp_path, {"go.mod": "module m\n", "a.go": 'package a\nimport "m/b"\n', ".git/x": ""})
    monkeypatch.setattr(os, "scandir", lambda _: Many())
    monkeypatch.setattr(os, "walk", None)
    assert gather(tmp_path, "a.go").outlines == ()
    assert 0 < looks <= 2 * (MOST_NAMES + 1)


def test_a_gathering_looks_a_bounded_number_of_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = tuple(f"from .m{number} import x, y, z" for number in range(1000))
    stats = 0
    stat = Path.stat

    def counting(path: Path) -> os.stat_result:
        nonlocal stats
        stats += 1
        return stat(path)

    monkeypatch.setattr(Path, "stat", counting)
    wanted = Wanted((tmp_path / "a.py").as_uri(), "python", statements, (tmp_path,), Settings())
    assert Library().gather(wanted).outlines == ()
    assert 100 < stats <= MOST_LOOKS


def test_no_more_files_are_outlined_than_may_be(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(2 * MOST_FILES)]
    write(tmp_path, {f"{name}.py": DEF for name in names} | {"a.py": "".join(f"import {name}\n" for name in names)})
    assert len(imported(tmp_path, "a.py")) == MOST_FILES


def test_a_file_is_read_once_and_again_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = Disk.text

    def counting(disk: Disk, file: Path, most_bytes: int) -> str | None:
        reads.append(file.name)
        return read(disk, file, most_bytes)

    monkeypatch.setattr(Disk, "text", counting)
    write(tmp_path, {"cart.py": "import money\n", "money.py": DEF})
    library = Library()
    assert gather(tmp_path, "cart.py", library=library) == gather(tmp_path, "cart.py", library=library)
    assert reads == ["money.py"]
    write(tmp_path, {"money.py": "def longer_than_before(): ...\n"})
    (found,) = gather(tmp_path, "cart.py", library=library).outlines
    assert [each.name for each in found.definitions] == ["longer_than_before"]


@pytest.mark.parametrize("mark", MARKS)
def test_without_a_workspace_the_project_bounds_what_is_read(tmp_path: Path, mark: str) -> None:
    write(tmp_path, {f"outer/{mark}/x" if mark == ".git" else f"outer/{mark}": "", "outer/in/deep/a.py": "import b\n"})
    home = gather(tmp_path, "outer/in/deep/a.py", workspace=False).home
    assert home is not None
    assert (home.folder.name, home.path) == ("outer", "in/deep/a.py")


def test_without_project_or_workspace_the_folder_does(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    home = home_of(file, (), Disk())
    assert home is not None
    assert home.file == file.resolve()
    assert home.folder in file.resolve().parents  # the temporary folder may lie in a project itself


def test_the_innermost_of_the_folders_is_home_and_outside_there_is_none(tmp_path: Path) -> None:
    write(tmp_path, {"w/in/a.py": "", "b.py": ""})
    folders = (tmp_path / "w", tmp_path / "w/in", tmp_path / "gone")
    home = home_of(tmp_path / "w/in/a.py", folders, Disk())
    assert home is not None
    assert (home.folder.name, home.path) == ("in", "a.py")
    assert home_of(tmp_path / "b.py", folders, Disk()) is None


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///w/a%20b.py", "/w/a b.py"),
        ("vscode-notebook-cell:/w/n.ipynb#W0s", "/w/n.ipynb"),
        ("vscode-notebook-cell:///w/n.ipynb#W0s", "/w/n.ipynb"),
        ("untitled:Untitled-1", None),
        ("git:/w/a.py", None),
        ("file:///w/%00", None),
        ("http://[bad", None),
        ("file:///\ud800", None),
        ("", None),
    ],
)
def test_which_file_an_address_means(uri: str, path: str | None) -> None:
    assert file_of(uri) == (Path(path) if path else None)


def test_a_document_without_a_file_gets_nothing_from_the_disk() -> None:
    assert Library().gather(Wanted("untitled:1", "python", ("import os",), (), Settings())) == Gathered()


def test_what_imported_files_import_comes_after_all_that_is_imported(tmp_path: Path) -> None:
    files = {"a.py": "import b, c\n", "b.py": "import d\ndef b(): ...\n", "c.py": "import e\ndef c(): ...\n"}
    write(tmp_path, files | {f"{name}.py": f"import f\ndef {name}(): ...\n" for name in "def"})
    assert imported(tmp_path, "a.py") == ["b.py", "c.py", "d.py", "e.py"]
