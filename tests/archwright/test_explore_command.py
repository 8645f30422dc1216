"""`archwright explore`: mistakes are told before there is a server."""

from __future__ import annotations

import ast
import socket
from pathlib import Path
from typing import Any

import pytest

from archwright.notebooks.explorer import serving

from .command import Command

SPEC = """arch 1
param budget: 1 .. 64 = 30
space tile { rows: 1 .. 8  columns: {4, 8, 16} }
require registers: rows * columns <= budget
maximize rows * columns as work
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tile.arch"
    path.write_text(SPEC)
    return path


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*given: object) -> None:
        raise AssertionError("a server was started")

    monkeypatch.setattr(serving, "Server", started)


@pytest.mark.usefixtures("no_server")
@pytest.mark.parametrize(
    ("options", "told", "code"),
    [
        (["-p", "bugdet=3"], "budget", 2),
        (["-p", "budget=300"], "budget", 2),
        (["--fix", "row=3"], "rows", 2),
        (["--fix", "rows=9"], "rows", 2),
        (["--without", "register"], "registers", 2),
        (["--port", "70000"], "--port", 2),
        (["-p", "budget"], "name=value", 2),
    ],
)
def test_wrong_options(
    options: list[str], told: str, code: int, file: Path, command: Command
) -> None:
    found = command("explore", file, *options)
    assert found.code == code
    assert told in found.err
    assert found.out == ""


@pytest.mark.usefixtures("no_server")
def test_a_wrong_spec_and_no_spec(tmp_path: Path, file: Path, command: Command) -> None:
    assert command("explore", tmp_path / "none.arch").code == 2
    file.write_text(SPEC.replace("rows * columns <= budget", "rows * colums <= budget"))
    found = command("explore", file)
    assert found.code == 1
    assert "colums" in found.err


@pytest.mark.usefixtures("no_server")
def test_without_voila_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, file: Path, command: Command
) -> None:
    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == "voila" else object())
    found = command("explore", file)
    assert found.code == 2
    assert "voila" in found.err
    assert "pip install 'archwright[explore]'" in found.err


def test_a_port_that_is_taken(file: Path, command: Command, monkeypatch: Any) -> None:
    monkeypatch.setattr(serving, "missing", list)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = command("explore", file, "--port", port)
    assert found.code == 2
    assert f"port {port}" in found.err


def test_the_cell_is_python_whatever_the_names() -> None:
    wild = '"""\'; raise SystemExit #\n'
    source = serving.code(Path(wild), {"a": wild}, {"card": wild}, {f"k[{wild}]": wild}, [wild])
    tree = ast.parse(source)
    assert [type(part) for part in tree.body] == [ast.Import, *3 * [ast.Assign], ast.Expr]
    sheet = serving.notebook(wild, source)
    assert sheet["nbformat"] == 4
