"""The rows of a CUDA card: as `benchmarks/gpu_rnn.py` measured them, or as the model predicts."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from archwright.kernels.cells.standard import LSTM
from archwright.kernels.gpu.choose import choose

from .part import Found, Part
from .row import Row

CARD, BATCH, STEPS = "h200", 16, 1024
GOALS = [  # units, heads, batch, training, goal in milliseconds
    (64, 12, BATCH, False, 1.4),
    (768, 1, BATCH, False, 4.9),
    (2560, 1, 8, False, None),
    (64, 12, BATCH, True, 6.0),
]


def predicted(units: int, heads: int, batch: int, training: bool, rounds: int) -> dict[str, Any]:
    """Milliseconds by the model of the spec that chooses the tile."""
    passes = (False, True) if training else (False,)
    chosen = [
        choose(LSTM, batch, STEPS, heads, units, card=CARD, backward=backward)
        for backward in passes
    ]
    return {"predicted_ms": sum(c.milliseconds for c in chosen)}


def _name(units: int, heads: int, batch: int, training: bool) -> str:
    how = "forward and backward" if training else "forward"
    return f"LSTM {how} {units}x{heads} B{batch} T{STEPS}, bf16, {CARD.upper()}"


def _rows(found: Found) -> list[Row]:
    here = torch.cuda.is_available()
    rows = []
    for *sizes, goal in GOALS:
        name = _name(*sizes)  # type: ignore[arg-type]
        told = found.get(name, {})
        rows.append(Row(name, goal, told.get("predicted_ms"), "ms", least=False, predicted=True))
    what = f"LSTM forward 64x12 B{BATCH} T{STEPS}, bf16, {CARD.upper()}, eager loop / ours"
    rows.append(Row(what, 100.0, None, "x", predicted=not here))
    return rows


PART = Part(
    "gpu",
    ("kernels/gpu", "gallery/flashrnn/persistent_gpu.arch", "benchmarks/kernels/card.py"),
    {_name(*sizes): partial(predicted, *sizes) for *sizes, _ in GOALS},  # type: ignore[arg-type]
    _rows,
)
