"""The cell magic: names, missing headers, and mistakes without tracebacks."""

from __future__ import annotations

from typing import Any

import pytest

import archwright as aw

testing = pytest.importorskip("IPython.core.interactiveshell")


@pytest.fixture
def shell() -> Any:
    shell = testing.InteractiveShell()
    aw.load_ipython_extension(shell)
    return shell


def test_a_cell_is_a_spec_by_name(shell: Any) -> None:
    shell.run_cell("%%arch tile\nspace s { a: 1 .. 3 }")
    assert shell.user_ns["tile"].bind().count() == 3
    shell.run_cell("%%arch tile\n# again\narch 1\nspace s { a: 1 .. 5 }")
    assert shell.user_ns["tile"].bind().count() == 5
    shell.run_cell("%%arch\nspace s { a: 1 .. 2 }")
    assert shell.user_ns["spec"].bind().count() == 2


def test_loading_twice_changes_nothing(shell: Any) -> None:
    aw.load_ipython_extension(shell)
    shell.run_cell("%%arch tile\nspace s { a: 1 .. 3 }")
    assert shell.user_ns["tile"].bind().count() == 3


@pytest.mark.parametrize("name", ["1bad", "two words", "for"])
def test_what_is_no_name(shell: Any, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell(f"%%arch {name}\nspace s {{ a: 1 .. 3 }}")
    assert "one Python name" in capsys.readouterr().err
    assert name not in shell.user_ns


def test_a_mistake_shows_its_diagnostic(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%%arch tile\nspace s { a: 1 .. 3 }")
    shell.run_cell("%%arch tile\nspace s { a: 1 .. b }")
    shown = "".join(capsys.readouterr())
    assert "nothing called `b`" in shown and "Traceback" not in shown
    assert shell.user_ns["tile"].bind().count() == 3


TILE = """%%arch tile
param budget: 1 .. 64 = 30
space t { rows: 1 .. 8  columns: {4, 8, 16} }
require registers: rows * columns <= budget
maximize rows * columns as work
"""


@pytest.fixture
def tiled(shell: Any) -> Any:
    shell.run_cell(TILE)
    shell.user_ns["limit"] = 40
    return shell


def asked(shell: Any, line: str) -> Any:
    return shell.run_line_magic("arch", line)


def test_a_line_asks_and_binds_variables_to_parameters(tiled: Any) -> None:
    assert asked(tiled, "solve tile").goals == {"work": 28}
    assert asked(tiled, "solve tile budget=limit").goals == {"work": 40}
    assert asked(tiled, "count tile budget=64") == 20
    assert asked(tiled, "solve tile rows=8 columns=16").status == "infeasible"
    assert asked(tiled, "solve tile rows=8 columns=16 without=registers").goals == {"work": 128}
    tiled.user_ns["budget"] = 12
    assert asked(tiled, "solve tile budget").goals == {"work": 12}
    assert asked(tiled, "test tile").passed == 0
    assert len(asked(tiled, "sample tile 3")) == 3
    tiled.user_ns["p"] = asked(tiled, "bind tile budget=8")
    assert asked(tiled, "count p") == 3 and asked(tiled, "count p budget=limit") > 3


@pytest.mark.parametrize("line", ["", "solve", "guess tile", "solve nothing", "solve limit"])
def test_a_line_that_is_no_question(
    tiled: Any, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(tiled, line) is None
    said = capsys.readouterr().err
    assert "usage: %arch QUESTION SPEC" in said and "Traceback" not in said


def test_a_wrong_value_in_a_line_is_a_diagnostic(
    tiled: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    tiled.run_cell("%arch solve tile budget=99")
    said = "".join(capsys.readouterr())
    assert "budget" in said and "Traceback" not in said


def completed(shell: Any, text: str) -> list[str]:
    """What is offered at `|`, as the front end would show it."""
    place = text.index("|")
    found = shell.Completer.completions(text.replace("|", ""), place)
    return [c.text for c in found]


@pytest.mark.filterwarnings("ignore::IPython.core.completer.ProvisionalCompleterWarning")
def test_completion(tiled: Any) -> None:
    cell = TILE + "require more: ro|"
    assert completed(tiled, cell) == ["rows"]
    assert "require" in completed(tiled, TILE + "req|")
    assert "budget" in completed(tiled, TILE.replace("columns <= budget", "columns <= bud|"))
    assert "solve" in completed(tiled, "%arch so|")
    assert "tile" in completed(tiled, "%arch solve ti|")
    assert "budget=" in completed(tiled, "%arch solve tile bu|")
    assert "tiled" not in completed(tiled, "x = ti|")
