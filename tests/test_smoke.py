"""The whole way in under a minute: text to proof, to conflict, to a running network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import archwright as aw

GALLERY = Path(__file__).parent.parent / "gallery"

TILE = """arch 1
param budget: 1 .. 64 = 30
space tile {
  rows:    1 .. 8
  columns: {4, 8, 16}
}
require registers: rows * columns <= budget
maximize rows * columns as work
expect count == 11
expect best work == 28
expect unsat by registers with { rows = 8 }
"""


def test_import_brings_nothing_heavy() -> None:
    code = "import sys, archwright; print(sorted(set(sys.modules) & set(%r)))"
    heavy = ["numba", "torch", "numpy", "lark", "pandas", "xarray", "typer", "IPython"]
    run = subprocess.run(
        [sys.executable, "-c", code % heavy], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_text_to_proof() -> None:
    spec = aw.loads(TILE)
    assert spec.test()
    a = spec.bind().solve()
    assert a.status is aw.Status.OPTIMAL
    assert a.choices == {"rows": 7, "columns": 4}


def test_text_to_conflict() -> None:
    conflict = aw.loads(TILE).bind(budget=3).explain()
    assert conflict is not None
    assert conflict.constraints == ("registers",)
    assert "drop `registers`" in repr(conflict)


def test_a_tiling_is_proved_best() -> None:
    p = aw.load(GALLERY / "flashrnn" / "h100.arch").bind()
    a = p.solve()
    assert a.status is aw.Status.OPTIMAL
    assert str(a.goals["spilled"]) == "5 KiB"
    assert p.count() == 3177 * 5724


def test_a_phone_network_is_counted_and_chosen() -> None:
    p = aw.load(GALLERY / "single_path_nas" / "pixel1.arch").bind(deadline="80 ms")
    assert p.count() == 9_455_129_418_857
    assert int(p.solve().goals["capacity"]) == 351_817_376  # type: ignore[arg-type]
