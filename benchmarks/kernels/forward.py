"""Recurrent layers forward, planned once, beside the eager loop and torch's own layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from statistics import geometric_mean
from typing import Any

import numpy as np
import torch

from archwright.kernels import timing
from archwright.kernels.cells.standard import CELLS
from archwright.kernels.outcome import OURS
from archwright.kernels.recurrent import peers
from archwright.kernels.recurrent.choose import choose
from archwright.kernels.recurrent.packing import from_bfloat16, to_bfloat16
from archwright.kernels.recurrent.plan import Plan
from archwright.kernels.recurrent.reference import example, states

from .limits import SINGLE, floor
from .part import RECURRENT, Found, Part
from .row import Row

STEPS = 128
AGAIN = "again"
SHAPES = ((64, 1), (64, 12), (256, 1), (256, 3), (768, 1), (1024, 1))
ALL = [(*shape, batch) for shape, batch in product(SHAPES, (1, 8, 16, 64))]
CHECKED = 1 << 28  # multiply-adds of a step and head up to which float64 is asked, too


@dataclass(frozen=True)
class Goal:
    """A layer, and how many times as long the loop and torch's layer should take."""

    units: int
    heads: int
    batch: int
    loop: float | None = None
    layer: float | None = None
    narrow: bool = False

    @property
    def name(self) -> str:
        return name(self.units, self.heads, self.batch) + ", bf16 R" * self.narrow


LSTM = [
    Goal(64, 1, 1, 42, 3.3),
    Goal(64, 1, 16, 9, 1.8),
    Goal(64, 12, 1, 6.5, 3.5),
    Goal(64, 12, 16, 4.5, 1.6),
    Goal(256, 1, 1, 6.3, 2.1),
    Goal(256, 3, 16, 3.0, 1.25),
    Goal(768, 1, 1, 2.2, 2.0, narrow=True),
    Goal(768, 1, 16, 2.6, 1.35),
]
GRU = [
    Goal(64, 1, 1, layer=18),
    Goal(64, 1, 16, layer=4.5),
    Goal(256, 1, 1, layer=3.5),
    Goal(256, 1, 16, layer=2.5),
]
ELMAN = [Goal(64, 1, 1, layer=10), Goal(256, 1, 1, layer=3.5)]
SLSTM = [Goal(64, 1, 1, 65), Goal(64, 1, 16, 13), Goal(256, 1, 1, 9)]
SLSTM_MEAN = 4.5
ERROR = 3e-6


def name(units: int, heads: int, batch: int) -> str:
    """`64x12 B16`."""
    return f"{units}x{heads} B{batch}"


def measure(
    cell: str, units: int, heads: int, batch: int, rounds: int, *, narrow: bool = False
) -> dict[str, Any]:
    """Milliseconds of ours, twice, and of every peer; the floor; the error against float64.

    All read the same numbers; weights that ours keeps in bfloat16 are rounded for the peers, too.
    """
    kind = CELLS[cell]
    Wx, R, b, s0 = example(kind, batch, STEPS, heads, units)
    tile = choose(cell, batch, STEPS, heads, units, narrow=narrow)
    plan = Plan(R, b, batch, STEPS, tile, cell)
    rounded = from_bfloat16(to_bfloat16(R)) if tile.narrow else R
    results: dict[str, torch.Tensor] = {}
    calls: dict[str, Callable[[], object]] = {
        OURS: lambda: plan.run(Wx, s0),
        AGAIN: lambda: plan.run(Wx, s0),
        **peers.contestants(kind, Wx, rounded, b, s0, results),
    }
    with timing.one_torch_thread():
        times = timing.medians(timing.alternating(calls, rounds))
    found = np.asarray(plan.run(Wx, s0))
    exact = states(kind, Wx, rounded, b, s0)
    again = times.pop(AGAIN)
    return {
        "times_ms": times,
        "noise": abs(again / times[OURS] - 1),
        "floor_ms": floor(
            cell, batch, STEPS, heads, units, weight=2 if tile.narrow else SINGLE
        ),
        "error": _distance(found, exact),
        "loop_error": _distance(results[peers.EAGER].numpy(), exact),
        "tile": tile.to_json(),
    }  # fmt: skip


def _distance(found: Any, exact: Any) -> float:
    return float(np.nan_to_num(np.abs(found - exact), nan=np.inf).max())


def part(cell: str, goals: list[Goal], others: list[tuple[int, int, int]] | None = None) -> Part:
    """Rows of a cell: a ratio for each goal, a mean over all shapes where asked, the error."""
    items = {
        goal.name: partial(_goal, cell, goal) for goal in goals
    } | {
        name(*sizes): partial(_layer, cell, sizes) for sizes in others or []
    }  # fmt: skip
    reads = (*RECURRENT, "benchmarks/kernels/forward.py")
    return Part(cell, reads, items, partial(_rows, cell, goals, list(map(_name, others or []))))


def _name(sizes: tuple[int, int, int]) -> str:
    return name(*sizes)


def _goal(cell: str, goal: Goal, rounds: int) -> dict[str, Any]:
    return measure(cell, goal.units, goal.heads, goal.batch, rounds, narrow=goal.narrow)


def _layer(cell: str, sizes: tuple[int, int, int], rounds: int) -> dict[str, Any]:
    return measure(cell, *sizes, rounds)


def _rows(cell: str, goals: list[Goal], mean: list[str], found: Found) -> list[Row]:
    rows = []
    shown = {"lstm": "LSTM", "gru": "GRU", "slstm": "sLSTM", "elman": "Elman"}[cell]
    theirs = peers.module_name(CELLS[cell])
    for goal in goals:
        figures = found.get(goal.name)
        for peer, wanted in ((peers.EAGER, goal.loop), (theirs, goal.layer)):
            if wanted is not None and peer is not None:
                what = f"{shown} {goal.name}, {peer} / ours"
                rows.append(ratio(what, wanted, figures, peer))
    if mean:
        rows.append(_mean(f"{shown}, geometric mean of {len(mean)} shapes, {peers.EAGER} / ours",
                          SLSTM_MEAN, mean, found))  # fmt: skip
    exact = [f for f in found.values() if not f["tile"]["narrow"]]
    error = max((f["error"] for f in exact), default=None)
    limit = max((f["loop_error"] for f in exact), default=None)
    what = f"{shown}, largest error of these against float64 (limit: the eager loop's)"
    rows.append(Row(what, ERROR, error, "", least=False, limit=limit))
    return rows


def ratio(what: str, wanted: float, figures: Any, peer: str) -> Row:
    """A peer's time over ours, and over the floor."""
    if figures is None:
        return Row(what, wanted, None, "x")
    theirs, ours = figures["times_ms"][peer], figures["times_ms"][OURS]
    limit = figures["floor_ms"]
    return Row(
        what, wanted, theirs / ours, "x",
        noise=figures["noise"], limit=theirs / limit, reached=limit / ours,
    )  # fmt: skip


def _mean(what: str, wanted: float, names: list[str], found: Found) -> Row:
    if not set(names) <= set(found):
        return Row(what, wanted, None, "x")
    return mean_row(what, wanted, [found[n] for n in names], peers.EAGER)


def mean_row(what: str, wanted: float, some: list[Any], peer: str) -> Row:
    """The geometric mean of a peer's ratios, of their noises and limits."""
    each = [ratio(what, wanted, figures, peer) for figures in some]
    noise = geometric_mean([1 + (row.noise or 0) for row in each]) - 1
    return Row(
        what,
        wanted,
        geometric_mean([row.figure or 0 for row in each]),
        "x",
        noise=noise,
        limit=geometric_mean([row.limit or 0 for row in each]),
        reached=geometric_mean([row.reached or 0 for row in each]),
    )
