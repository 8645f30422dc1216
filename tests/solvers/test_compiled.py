"""What compiled code promises: lazy numba, a cache of its own, threads that can stop it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from archwright.solvers import compiled
from archwright.solvers.control import Control, Progress, Stopped
from archwright.solvers.engine import run
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.search import Search


def test_modelling_does_not_import_numba() -> None:
    code = "import sys, archwright.solvers.problem; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_sources_are_those_of_the_kernels() -> None:
    names = {path.rsplit("/", 1)[-1] for path in compiled.source_files(run)}
    assert {"engine.py", "memory.py", "domains.py", "table.py", "arithmetic.py"} <= names
    assert "evaluate.py" not in names


def test_a_first_run_says_that_it_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Progress] = []
    monkeypatch.setattr(compiled, "is_compiled", lambda function: False)
    compiled.announce(Control(progress=said.append), run)
    assert [p.phase for p in said] == ["compiling the solver"]


def test_another_thread_can_stop_a_search() -> None:
    p = Problem()
    many = [p.integer(f"x{i}", range(30)) for i in range(20)]
    p.require(p.sum([x * x for x in many]) % 1_000_003 == 17)
    control = Control()
    search = Search(Instance.ask(p, control=control))
    search.propagate()  # compiled from here on
    timer = threading.Timer(0.1, control.cancel)
    timer.start()
    began = time.perf_counter()
    with pytest.raises(Stopped):
        search.all()
    assert time.perf_counter() - began < 5
