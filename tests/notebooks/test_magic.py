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
