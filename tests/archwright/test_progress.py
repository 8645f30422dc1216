"""The progress line: goals with their names and units, never the solver's own numbers."""

from __future__ import annotations

import io
import sys
import threading

import pytest

import archwright as aw
from archwright.asking import ProgressLine, asking, unrolling
from archwright.solvers.control import Progress


def test_goals_are_shown_as_quantities() -> None:
    bound = aw.loads("""arch 1
        space s { rows: 1 .. 8 }
        optimize lex { maximize rows * 4 KiB as size  minimize rows / 2 as half }
    """).bind()
    stream = io.StringIO()
    line = ProgressLine(stream, after=0, goals=bound.model)
    line(Progress("proving the optimum", 3.0, 1200, incumbent=(3, 3), bound=(8,)))
    written = stream.getvalue().strip()
    assert written.startswith("proving the optimum · 3 s · 1_200 nodes · best size 12 KiB, half 1")
    assert written.endswith(" · bound size 32 KiB")


def test_without_units_the_numbers_of_the_solver_are_not_shown() -> None:
    stream = io.StringIO()
    ProgressLine(stream)(Progress("proving the optimum", 3.0, 7, incumbent=(10**10,), bound=(1,)))
    assert stream.getvalue() == "proving the optimum · 3 s · 7 nodes\n"


def test_a_file_gets_few_lines() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    for second in range(1, 60):
        line(Progress("listing", second))
        line(Progress("finding", second + 0.5))
    assert stream.getvalue() == "listing · 1 s\nfinding · 6 s\n"


def test_long_work_before_a_question_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = threading.Event()
    with unrolling(lambda progress: told.set()):
        assert told.wait(10)
    with unrolling(True):
        pass
    assert capsys.readouterr().err == ""


def test_without_a_terminal_only_compiling_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    with asking() as control:
        control.report("compiling the solver, once: about 13 s")
        control.started -= 100
        control.report("looking for a solution", 7)
    assert capsys.readouterr().err == "compiling the solver, once: about 13 s\n"
    with asking(progress=False) as control:
        control.report("compiling the solver, once: about 13 s")
    assert not capsys.readouterr().err
