"""What is chosen: the kernel by the picker, and the tile by the solver, on layers of their own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from statistics import mean
from typing import Any

from archwright.kernels import timing
from archwright.kernels.cells.standard import CELLS
from archwright.kernels.outcome import OURS
from archwright.kernels.recurrent import peers
from archwright.kernels.recurrent.choose import choose
from archwright.kernels.recurrent.pick import pick
from archwright.kernels.recurrent.plan import Plan
from archwright.kernels.recurrent.reference import example
from benchmarks import rnn

from .part import RECURRENT, Found, Part
from .row import Row

PICKED = [  # cell, units, heads, batch, steps: where the two kernels come close, and where not
    ("lstm", 64, 1, 64, 128),
    ("lstm", 64, 12, 64, 64),
    ("lstm", 256, 1, 16, 128),
    ("lstm", 256, 3, 64, 32),
    ("lstm", 512, 1, 32, 32),
    ("lstm", 768, 1, 64, 16),
    ("lstm", 1024, 1, 8, 16),
    ("lstm", 1024, 1, 64, 8),
    ("gru", 1024, 1, 16, 16),
    ("elman", 512, 1, 8, 32),
]
WORST = 0.10
SWEPT = [  # chosen after the model of the tile was frozen
    ("lstm", 112, 4, 20),
    ("gru", 144, 3, 12),
    ("lstm", 72, 9, 10),
    ("lstm", 288, 2, 6),
    ("slstm", 48, 6, 18),
    ("elman", 96, 6, 14),
    ("lstm", 176, 1, 28),
    ("gru", 64, 7, 4),
    ("lstm", 352, 1, 3),
    ("lstm", 128, 3, 2),
]
TILES = 24  # of each that are timed beside the solver's
STEPS = 128
EACH, AVERAGE = 1.10, 1.04


def picked(
    cell: str, units: int, heads: int, batch: int, steps: int, rounds: int
) -> dict[str, Any]:
    """Milliseconds of both kernels, and which one is picked."""
    choice = pick(cell, batch, steps, heads, units)
    Wx, R, b, s0 = example(CELLS[cell], batch, steps, heads, units)
    plan = Plan(R, b, batch, steps, choose(cell, batch, steps, heads, units), cell)
    theirs = peers.module_name(CELLS[cell])
    assert theirs is not None
    calls: dict[str, Callable[[], object]] = {
        OURS: lambda: plan.run(Wx, s0),
        "again": lambda: plan.run(Wx, s0),
        theirs: peers.module_call(cell, batch, steps, heads, units),
    }
    with timing.one_torch_thread():
        times = timing.medians(timing.alternating(calls, rounds))
    again = times.pop("again")
    return {
        "times_ms": times,
        "noise": abs(again / times[OURS] - 1),
        "picked": choice.kernel,
        "measured": choice.measured,
        "lost": times[choice.kernel] / min(times.values()) - 1,
    }


def swept(cell: str, units: int, heads: int, batch: int, rounds: int) -> dict[str, Any]:
    """The solver's tile beside others; see `benchmarks.rnn`, whose lines go to stderr."""
    asked = argparse.Namespace(
        cells=[cell], shapes=[(units, heads)], batches=[batch], steps=STEPS, bf16=False,
        most=TILES, rounds=rounds, drawn=0, seed=0,
    )  # fmt: skip
    with timing.one_torch_thread(), redirect_stdout(sys.stderr):
        (row,) = rnn.sweep(asked)
    return {name: row[name] for name in ("tiles", "timed", "worst", "solver", "noise")}


def _picked_rows(found: Found) -> list[Row]:
    what = f"picker, worst loss against the faster kernel of {len(PICKED)} layers"
    if len(found) < len(PICKED):
        return [Row(what, WORST, None, "%", least=False)]
    worst = max(found, key=lambda name: found[name]["lost"])
    noise = found[worst]["noise"]
    return [
        Row(f"{what} ({worst})", WORST, found[worst]["lost"], "%", least=False, noise=noise,
            limit=0.0)
    ]  # fmt: skip


def _swept_rows(found: Found) -> list[Row]:
    told = f"solver's tile over the best of a sweep, at most {TILES} kinds of tiles"
    if len(found) < len(SWEPT):
        return [
            Row(f"{told}, worst", EACH, None, "x", least=False),
            Row(f"{told}, mean", AVERAGE, None, "x", least=False),
        ]
    worst = max(found, key=lambda name: found[name]["solver"])
    noise = mean(f["noise"] for f in found.values())
    average = mean(f["solver"] for f in found.values())
    rows = [
        Row(f"{told}, worst of {len(SWEPT)} layers ({worst})", EACH, found[worst]["solver"], "x",
            least=False, noise=found[worst]["noise"], limit=1.0),
        Row(f"{told}, mean", AVERAGE, average, "x", least=False, noise=noise, limit=1.0),
    ]  # fmt: skip
    tiles = mean(f["worst"] for f in found.values())
    rows.append(Row("worst tile of the sweep over its best, mean", None, tiles, "x"))
    return rows


def _layer(cell: str, units: int, heads: int, batch: int, steps: int = STEPS) -> str:
    return f"{cell} {units}x{heads} B{batch}" + f" T{steps}" * (steps != STEPS)


PICKER = Part(
    "picker",
    (*RECURRENT, "benchmarks/kernels/choice.py"),
    {_layer(*layer): partial(picked, *layer) for layer in PICKED},
    _picked_rows,
)
SWEEP = Part(
    "tiles",
    (*RECURRENT, "benchmarks/rnn.py", "benchmarks/kernels/choice.py"),
    {_layer(*layer): partial(swept, *layer) for layer in SWEPT},
    _swept_rows,
)
