"""Kernels where something is missing: vectors, compilers, room on the disk, memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_{0}, ({1}, {1}))\n"
RECURRENCE = """
import numpy as np
from archwright.kernels.cells.standard import LSTM
from archwright.kernels.machine.probe import probe
from archwright.kernels.recurrent.plan import Plan
from archwright.kernels.recurrent.reference import example, states
from archwright.kernels.recurrent.tile import Tile
Wx, R, b, s0 = example(LSTM, 2, 3, 1, 8)
plan = Plan(R, b, 2, 3, Tile(8, 2, 1, 2))
assert np.abs(plan.run(Wx, s0) - states(LSTM, Wx, R, b, s0)).max() < 3e-6
print(probe()["vector_bits"], probe()["fma_units"])
"""
TOO_LARGE = """
import torch
from archwright.kernels.recurrent import functional, modules
layer = modules.LSTM(4, 8)
good = torch.randn(3, 2, 4)
before = layer(good)[0]
many = torch.zeros(1, 1, 4).expand(1 << 28, 1, 4)
for call in (
    lambda: layer(many),
    lambda: functional.recurrent(torch.zeros(1, 1, 4, 1, 8).expand(1, 1 << 28, 4, 1, 8),
                                 torch.zeros(4, 1, 8, 8), torch.zeros(4, 1, 8)),
):
    try:
        call()
    except (MemoryError, RuntimeError) as error:
        assert "allocate" in str(error), error
    else:
        raise AssertionError("there was room")
assert torch.equal(layer(good)[0], before)  # and what fits still runs
print("refused")
"""


def run(program: str, folder: Path | None, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {} if folder is None else {"ARCHWRIGHT_CACHE": str(folder)}
    told = {**os.environ, **kept, **environment}
    done = subprocess.run(
        [sys.executable, "-c", program], env=told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def test_without_vectors_that_are_known_and_without_any_compiler(tmp_path: Path) -> None:
    done = run(RECURRENCE, tmp_path, NUMBA_CPU_NAME="generic", PATH="", CC="", CXX="")
    assert done.stdout.split()[0] in {"128", "32"}  # what every processor of this family has


def test_without_room_for_files_kernels_live_in_memory_and_that_is_said(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    done = run(LIMITED.format("FSIZE", 64) + RECURRENCE, tmp_path)
    assert done.stderr.count("nothing can be kept") == 2  # machines, kernels
    assert done.stderr.count("measuring this machine") == 1
    assert not list(tmp_path.rglob("*.py"))


def test_more_memory_than_there_is() -> None:
    pytest.importorskip("torch"), pytest.importorskip("resource")
    if sys.platform != "linux":
        pytest.skip("only Linux keeps to this limit")
    done = run(LIMITED.format("AS", 12 << 30) + TOO_LARGE, None)
    assert done.stdout == "refused\n"
