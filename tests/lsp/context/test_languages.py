"""Where imports lead, by language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.project import imported, write

if TYPE_CHECKING:
    from pathlib import Path

PY, TS, RS, GO = "def f(): ...\n", "export function f() {}\n", "pub fn f() {}\n", "package p\nfunc F() {}\n"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import shop.money", ["shop/money.py"]),
        ("import os, shop.money as m", ["shop/money.py"]),
        ("from shop import money", ["shop/money.py", "shop/__init__.py"]),
        ("from shop.money import (\n    Euro,  # of shop.parcel\n    Cent,\n)", ["shop/money.py"]),
        ("from .money import Euro", ["shop/money.py"]),
        ("from . import money, nothing", ["shop/money.py", "shop/__init__.py"]),
        ("from .parts.wheel import Wheel", ["shop/parts/wheel.py"]),
        ("from .parts import wheel", ["shop/parts/wheel.py"]),
        ("from ..tools import hammer", ["tools/hammer.py"]),
        ("from tools import hammer", ["tools/hammer.py"]),
        ("import inner.core", ["src/inner/core.py"]),
        ("if x:\n    from shop.money import Euro", ["shop/money.py"]),
        ("from .......... import x", []),
        ("import numpy\nfrom .absent import x\nfrom . impor", []),
    ],
)
def test_python(tmp_path: Path, statement: str, expected: list[str]) -> None:
    names = ("shop/__init__", "shop/money", "shop/parts/wheel", "tools/hammer", "src/inner/__init__", "src/inner/core")
    write(tmp_path, {f"{name}.py": PY for name in names} | {"shop/cart.py": statement + "\n"})
    assert imported(tmp_path, "shop/cart.py") == expected


def test_a_script_beside_its_module(tmp_path: Path) -> None:
    write(tmp_path, {"scripts/run.py": "import helper\n", "scripts/helper.py": PY})
    assert imported(tmp_path, "scripts/run.py") == ["scripts/helper.py"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('import { f } from "./money";', ["src/money.ts"]),
        ("import {\n  f,\n  g,\n} from './money.js'", ["src/money.ts"]),
        ('import * as parts from "./parts";', ["src/parts/index.tsx"]),
        ('import "../setup";', ["setup.mjs"]),
        ('export * from "./plain.js";', ["src/plain.js"]),
        ('export { f } from "./money";', ["src/money.ts"]),
        ('const { f } = require("./plain");', ["src/plain.js"]),
        ('import type { F } from "./types";', ["src/types.d.ts"]),
        ('import react from "react"; import x from "./absent"; import y from "."', []),
    ],
)
def test_scripts(tmp_path: Path, statement: str, expected: list[str]) -> None:
    names = ("src/money.ts", "src/parts/index.tsx", "setup.mjs", "src/plain.js", "src/types.d.ts")
    write(tmp_path, dict.fromkeys(names, TS) | {"src/cart.ts": statement + "\n"})
    assert imported(tmp_path, "src/cart.ts") == expected


@pytest.mark.parametrize(
    ("path", "statement", "expected"),
    [
        ("src/lib.rs", "mod money;\npub mod parts;", ["src/money.rs", "src/parts/mod.rs"]),
        ("src/parts/mod.rs", "mod wheel;", ["src/parts/wheel.rs"]),
        ("src/money.rs", "mod euro;", ["src/money/euro.rs"]),
        ("src/money.rs", "use crate::parts::wheel::Wheel;", ["src/parts/wheel.rs"]),
        (
            "src/money.rs",
            "use crate::{parts::{wheel, Part as P}, Shop};",
            ["src/parts/wheel.rs", "src/parts/mod.rs", "src/lib.rs"],
        ),
        ("src/parts/wheel.rs", "use super::Part;", ["src/parts/mod.rs"]),
        ("src/parts/wheel.rs", "use super::super::money::Euro;", ["src/money.rs"]),
        ("src/money.rs", "use self::euro::Euro;", ["src/money/euro.rs"]),
        ("src/money.rs", "use std::fmt;\nuse serde::{a, b::{c}};\nmod inline {\n}\nuse crate::{{", ["src/lib.rs"]),
    ],
)
def test_rust(tmp_path: Path, path: str, statement: str, expected: list[str]) -> None:
    names = ("src/lib.rs", "src/money.rs", "src/money/euro.rs", "src/parts/mod.rs", "src/parts/wheel.rs")
    write(tmp_path, dict.fromkeys(names, RS) | {path: statement + "\n"})
    assert imported(tmp_path, path) == expected


def test_rust_crates_that_lie_beside_each_other(tmp_path: Path) -> None:
    names = ("crates/shop/src/main.rs", "crates/shop-money/src/lib.rs", "crates/shop-money/src/euro.rs")
    write(
        tmp_path, dict.fromkeys(names, RS) | {"crates/shop/src/cart.rs": "use shop_money::euro::Euro;\nuse serde::X;\n"}
    )
    assert imported(tmp_path, "crates/shop/src/cart.rs") == ["crates/shop-money/src/euro.rs"]


def test_go(tmp_path: Path) -> None:
    names = ("shop/cart_test.go", "shop/ship.go", "money/euro.go", "money/euro_test.go", "root.go")
    text = 'package shop\nimport (\n\t"fmt"\n\tm "example.com/shop/money"\n\t"example.com/shopping"\n)\n'
    write(tmp_path, dict.fromkeys(names, GO) | {"go.mod": "module example.com/shop\n", "shop/cart.go": text})
    assert imported(tmp_path, "shop/cart.go") == ["shop/ship.go", "money/euro.go"]
    write(tmp_path, {"main.go": 'package main\nimport "example.com/shop"\n', "shop/cart_test.go": "package shop\n"})
    assert imported(tmp_path, "main.go") == ["root.go"]
    write(tmp_path, {"shop/cart.go": GO})
    assert imported(tmp_path, "shop/cart_test.go") == ["shop/cart.go", "shop/ship.go"]


def test_files_that_import_each_other_and_themselves(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "import a, b\ndef a(): ...\n", "b.py": "import a, b\ndef b(): ...\n"})
    assert imported(tmp_path, "a.py") == ["b.py"]
    assert imported(tmp_path, "b.py") == ["a.py"]


def test_of_other_languages_imports_lead_nowhere(tmp_path: Path) -> None:
    write(tmp_path, {"a.c": '#include "b.h"\n', "b.h": "int f(void);\n"})
    assert imported(tmp_path, "a.c") == []
