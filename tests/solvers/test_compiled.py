"""What compiled code promises: lazy numba, a cache of its own, threads that can stop it."""

from __future__ import annotations

import ast
import gc
import importlib
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from archwright.solvers import compiled
from archwright.solvers.control import Control, Progress, Stopped
from archwright.solvers.engine import run
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.search import Search

UNCOMPILED = """
import sys, archwright.solvers
print("numpy" in sys.modules, "numba" in sys.modules)
from archwright.solvers import Problem, questions
p = Problem()
p.require(p.sum([p.integer(f"x{i}", range(6)) for i in range(30)]) <= 60)
print(questions.count(p) > 2**64, "numba" in sys.modules)
"""


def test_modelling_and_a_count_of_sums_do_not_import_numba() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNCOMPILED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False", "True", "False"]


def test_sources_are_those_of_the_kernels() -> None:
    names = {path.rsplit("/", 1)[-1] for path in compiled.source_files(run)}
    assert {"engine.py", "memory.py", "domains.py", "table.py", "arithmetic.py"} <= names
    assert "evaluate.py" not in names


def test_an_edit_of_any_kernel_file_changes_the_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "edited"
    shutil.copytree(Path(compiled.__file__).parent, package)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("ARCHWRIGHT_CACHE", str(tmp_path / "cache"))
    own, engine = (importlib.import_module(f"edited.{name}") for name in ("compiled", "engine"))
    try:
        before = own.cache_folder(engine.run)
        for file in kernel_files(package):
            text = file.read_text()
            file.write_text(text + "# edited\n")
            assert own.cache_folder(engine.run) != before, file.name
            file.write_text(text)
        (package / "evaluate.py").write_text("# edited\n")
        assert own.cache_folder(engine.run) == before
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "edited"]:
            del sys.modules[name]


def kernel_files(package: Path) -> list[Path]:
    """What `engine.py` imports from its package, directly or not, but for `compiled.py`'s own."""
    found = {package / "compiled.py"}
    waiting = [package / "engine.py"]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                folder = file.parents[node.level - 1]
                names = [node.module] if node.module else [alias.name for alias in node.names]
                waiting += [folder / f"{name.replace('.', '/')}.py" for name in names]
    assert len(found) > 25
    return sorted(found)


def test_compiling_leaves_the_garbage_collector_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    while_compiling: list[bool] = []
    monkeypatch.setattr(compiled, "is_compiled", lambda function: False)
    monkeypatch.setattr(compiled, "_KERNELS", [])
    monkeypatch.setattr(
        type(run), "compile", lambda dispatcher, kinds: while_compiling.append(gc.isenabled())
    )
    compiled.prepare(Control(), run)
    assert while_compiling == [False]
    assert gc.isenabled()


def test_a_first_run_says_that_it_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Progress] = []
    monkeypatch.setattr(compiled, "is_compiled", lambda function: False)
    compiled.announce(Control(progress=said.append), run)
    assert len(said) == 1
    assert re.fullmatch(r"compiling the solver, once: about 1\d s", said[0].phase)


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
