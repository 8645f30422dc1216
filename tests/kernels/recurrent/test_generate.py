"""Generated kernels are kept between processes, and never taken for another's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from archwright.kernels.cells.standard import LSTM
from archwright.kernels.recurrent.generate import Variant, source
from archwright.kernels.recurrent.tile import Tile

PROGRAM = """
import numpy as np, time
from archwright.kernels.cells.standard import LSTM
from archwright.kernels.recurrent.plan import Plan
from archwright.kernels.recurrent.reference import example, states
from archwright.kernels.recurrent.tile import Tile
from archwright.kernels.recurrent.generate import Variant, kernel
Wx, R, b, s0 = example(LSTM, 2, 3, 1, 8)
plan = Plan(R, b, 2, 3, Tile(8, 2, 1, 2))
assert np.abs(plan.run(Wx, s0) - states(LSTM, Wx, R, b, s0)).max() < 3e-6
print(sum(kernel(Variant.of(LSTM, plan.tile, 8)).stats.cache_hits.values()))
"""


def run(folder: Path) -> tuple[int, str]:
    environment = {**os.environ, "ARCHWRIGHT_CACHE": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout), done.stderr


def test_the_second_process_compiles_nothing_and_damage_is_mended(tmp_path: Path) -> None:
    hits, said = run(tmp_path)
    assert hits == 0 and "compiling" in said
    hits, said = run(tmp_path)
    assert hits == 1 and not said
    (module,) = (tmp_path / "kernels").glob("recurrent_*.py")
    module.write_text("half of a fi")
    run(tmp_path)  # mended, and right again
    assert "def forward" in module.read_text()
    for kept in (tmp_path / "kernels" / "__pycache__").glob("*.nbc"):
        kept.write_bytes(b"nonsense")
    run(tmp_path)


def test_the_text_depends_on_what_the_code_depends_on() -> None:
    whole, odd = (
        Variant.of(LSTM, Tile(16, 4, 2, 8), 64),
        Variant.of(LSTM, Tile(16, 4, 2, 8), 50),
    )
    assert (whole.edge, whole.masked, whole.lesser) == (0, False, False)
    assert (odd.edge, odd.masked) == (2, True)
    assert Variant.of(LSTM, Tile(16, 4, 2, 8), 48) == Variant.of(LSTM, Tile(16, 4, 2, 4), 48)
    assert Variant.of(LSTM, Tile(16, 4, 2, 8), 48).edge == 1
    assert Variant.of(LSTM, Tile(16, 4, 2, 7), 64).lesser
    assert source(whole) != source(odd)


def test_two_processes_may_compile_at_once(tmp_path: Path) -> None:
    environment = {**os.environ, "ARCHWRIGHT_CACHE": str(tmp_path)}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for one in both:
        _, said = one.communicate()
        assert one.returncode == 0, said
    hits, said = run(tmp_path)
    assert hits == 1 and not said
