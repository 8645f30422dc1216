"""Which kernel runs a recurrent layer: one of ours, or torch's own where that is faster.

Ours is predicted by the spec of its tile. Torch's kernels are closed, so what they take a step is
measured on a grid of sizes, once on a machine and for a version of torch, and read between its
points. Where the two come close neither prediction decides: both are timed, and the answer is kept.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from .. import cache as files
from .. import timing
from ..cells.cell import Cell
from ..machine import processor
from ..outcome import OURS
from . import choose, peers
from .plan import Plan, cell_of
from .reference import example

FOLDER = "picks"
VERSION = 1  # of what is measured, and how
UNITS, BATCHES = (16, 64, 256, 1024), (1, 4, 16, 64)  # of the grid
STEPS = 16  # of a measured call
ROUNDS = 5
CLOSE = 1.3  # predictions that differ by less do not decide
MOST_STEPS = 64  # of a call that is timed to decide


@dataclass(frozen=True)
class Pick:
    """Which kernel, and why.

    Parameters
    ----------
    kernel : str
        `archwright`, or the name of torch's module.
    seconds : mapping
        Of every kernel that could run the layer, a call on one thread.
    measured : bool
        Whether those were timed for this layer, rather than predicted.
    reason : str
        One sentence.
    """

    kernel: str
    seconds: Mapping[str, float]
    measured: bool
    reason: str

    def __str__(self) -> str:
        return self.reason


def pick(cell: str | Cell, batch: int, steps: int, heads: int, units: int) -> Pick:
    """The faster kernel for a layer forward, on one thread.

    Torch's runs one module for each head; its projection of the inputs is not counted.

    Parameters
    ----------
    cell : str or Cell
    batch, steps, heads, units : int
    """
    kind = cell_of(cell)
    layer = choose.Layer.of(kind, batch, steps, heads, units)
    ours = choose.expected_seconds(layer)
    theirs = peers.module_name(kind)
    if theirs is None or not peers.has_torch():
        why = f"torch has no {kind}" if theirs is None else "torch is not installed"
        return Pick(OURS, {OURS: ours}, False, f"{OURS}: {why}")
    seconds = {OURS: ours, theirs: steps * heads * step_seconds(layer.cell, units, batch)}
    if max(seconds.values()) > CLOSE * min(seconds.values()) or min(batch, steps) < 1:
        return _picked(seconds, measured=False)
    kept = _timed(layer.cell, batch, min(steps, MOST_STEPS), heads, units)
    share = steps / min(steps, MOST_STEPS)
    return _picked({name: time * share for name, time in kept.items()}, measured=True)


def step_seconds(cell: str, units: int, batch: int) -> float:
    """What torch's module takes for one step of one head, read from what was measured.

    Powers of sizes between the points of the grid, and beyond its ends.
    """
    rates = _rates()[cell]
    a, b, u = _between(UNITS, units)
    c, d, v = _between(BATCHES, batch)

    def along(units: int) -> float:
        return (1 - v) * math.log(rates[units, c]) + v * math.log(rates[units, d])

    return math.exp((1 - u) * along(a) + u * along(b))


def _between(points: tuple[int, ...], size: int) -> tuple[int, int, float]:
    """The two points around a size, and where it lies between them on a logarithmic scale."""
    above = next((i for i, p in enumerate(points) if p >= size), len(points) - 1)
    low, high = points[max(0, above - 1)], points[max(1, above)]
    return low, high, math.log(max(1, size) / low) / math.log(high / low)


def _picked(seconds: Mapping[str, float], measured: bool) -> Pick:
    kernel = min(seconds, key=seconds.__getitem__)
    how = "takes" if measured else "should take"
    others = (f"{name} {time * 1e3:.3g} ms" for name, time in seconds.items() if name != kernel)
    reason = f"{kernel} {how} {seconds[kernel] * 1e3:.3g} ms, {', '.join(others)}"
    return Pick(kernel, seconds, measured, reason)


# ------------------------------------------------------------------------------------ measuring


@cache
def _rates() -> dict[str, dict[tuple[int, int], float]]:
    """Seconds a step of torch's modules: cell, units, batch."""
    found = _kept("rates", _measure_all)
    return {
        cell: {(units, batch): found[f"{cell} {units} {batch}"] for units in UNITS
               for batch in BATCHES}
        for cell in peers.MODULES
    }  # fmt: skip


def _measure_all() -> dict[str, float]:
    print("measuring torch's recurrent layers (a few seconds, once) ...", file=sys.stderr)
    found = {}
    for cell, units, batch in product(peers.MODULES, UNITS, BATCHES):
        work = peers.module_call(cell, batch, STEPS, 1, units)
        with timing.one_torch_thread():
            samples = timing.alternating({"it": work}, ROUNDS)["it"]
        found[f"{cell} {units} {batch}"] = min(samples) / STEPS
    return found


@cache
def _timed(cell: str, batch: int, steps: int, heads: int, units: int) -> dict[str, float]:
    """Seconds a call of both kernels, in alternating rounds."""

    def measure() -> dict[str, float]:
        kind = cell_of(cell)
        Wx, R, b, s0 = example(kind, batch, steps, heads, units)
        plan = Plan(R, b, batch, steps, choose.choose(kind, batch, steps, heads, units), kind)
        name = peers.module_name(kind) or ""
        contestants: dict[str, Callable[[], object]] = {
            OURS: lambda: plan.run(Wx, s0),
            name: peers.module_call(cell, batch, steps, heads, units),
        }
        with timing.one_torch_thread():
            times = timing.medians(timing.alternating(contestants, ROUNDS))
        return {name: time / 1e3 for name, time in times.items()}

    return _kept(f"{cell} {batch} {steps} {heads} {units}", measure)


def _kept(question: str, measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    """What was measured before on this machine, or now; a damaged file is measured anew."""
    path = _path(question)
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): float(time) for name, time in told["seconds"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        found = measure()
        files.keep(path, json.dumps({"question": question, "seconds": found}, indent=2))
        return found


def _path(question: str) -> Path:
    import torch

    parts = [VERSION, question, processor.name(), processor.registers(), torch.__version__]
    name = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return files.folder(FOLDER) / f"{name}.json"
