"""Steps of training, planned once, beside the eager loop under autograd and nn.LSTM."""

from __future__ import annotations

from functools import partial
from typing import Any

from archwright.kernels import timing
from archwright.kernels.outcome import OURS
from benchmarks.rnn_training import contestants

from .forward import ALL, STEPS, mean_row, name, ratio
from .limits import training_floor
from .part import RECURRENT, Found, Part
from .row import Row

LOOP, LAYER = "loop", "nn.LSTM"  # as `contestants` calls them
GOALS = ((LOOP, "eager loop", 4.5), (LAYER, LAYER, 1.5))
LONG = (64, 1, 1, 1024)  # units, heads, batch, steps
LONG_GOALS = ((LOOP, "eager loop", 70.0), (LAYER, LAYER, 3.0))
LONG_NAME = "64x1 B1 T1024"


def measure(units: int, heads: int, batch: int, rounds: int, steps: int = STEPS) -> dict[str, Any]:
    """Milliseconds of our whole step, twice, and of both peers, and the floor."""
    made = contestants(batch, steps, heads, units, peers=True)
    calls = {OURS: made["step"], "again": made["step"], LOOP: made[LOOP], LAYER: made[LAYER]}
    with timing.one_torch_thread():
        times = timing.medians(timing.alternating(calls, rounds))
    again = times.pop("again")
    return {
        "times_ms": times,
        "noise": abs(again / times[OURS] - 1),
        "floor_ms": training_floor("lstm", batch, steps, heads, units),
    }


def _item(sizes: tuple[int, int, int], rounds: int) -> dict[str, Any]:
    return measure(*sizes, rounds)


def _long(rounds: int) -> dict[str, Any]:
    units, heads, batch, steps = LONG
    return measure(units, heads, batch, rounds, steps)


def _rows(found: Found) -> list[Row]:
    names = [name(*sizes) for sizes in ALL]
    rows = []
    for peer, shown, wanted in GOALS:
        what = f"LSTM training, geometric mean of {len(ALL)} shapes, {shown} / ours"
        if set(names) <= set(found):
            rows.append(mean_row(what, wanted, [found[n] for n in names], peer))
        else:
            rows.append(Row(what, wanted, None, "x"))
    for peer, shown, wanted in LONG_GOALS:
        what = f"LSTM training {LONG_NAME}, {shown} / ours"
        rows.append(ratio(what, wanted, found.get(LONG_NAME), peer))
    return rows


PART = Part(
    "training",
    (*RECURRENT, "benchmarks/rnn_training.py", "benchmarks/kernels/training.py"),
    {name(*sizes): partial(_item, sizes) for sizes in ALL} | {LONG_NAME: _long},
    _rows,
)
