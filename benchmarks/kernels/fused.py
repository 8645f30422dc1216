"""The widening blocks of MobileNetV2 as fused kernels, beside torch eager and optimised."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from archwright.kernels import timing
from archwright.kernels.fused.network import fuse
from archwright.kernels.outcome import OURS
from benchmarks import mbconv

from .part import FUSED, Found, Part
from .row import Row

SIDES = (224, 160, 96)
GOALS = ((mbconv.EAGER, "eager", 1.9), (mbconv.OPTIMISED, "`optimize_for_inference`", 1.4))


def measure(side: int, rounds: int) -> dict[str, Any]:
    """Milliseconds of the 16 blocks in a chain, batch 1, and their roofline."""
    with torch.no_grad(), timing.one_torch_thread():
        plain = mbconv.blocks_of(side)
        ours = fuse(plain, threads=1, measure=False)
        x = torch.randn(1, 16, side // 2, side // 2).contiguous(memory_format=torch.channels_last)
        return mbconv.against_peers(ours, plain, x, rounds)


def _rows(found: Found) -> list[Row]:
    rows = []
    for side in SIDES:
        for peer, shown, wanted in GOALS:
            what = f"fused blocks of MobileNetV2, {side} pixels, {shown} / ours"
            row = Row(what, wanted, None, "x")
            if figures := found.get(str(side)):
                theirs, ours = figures["times_ms"][peer], figures["times_ms"][OURS]
                limit = figures["roofline_ms"]
                row = Row(
                    what, wanted, theirs / ours, "x",
                    noise=figures["noise"], limit=theirs / limit, reached=limit / ours,
                )  # fmt: skip
            rows.append(row)
    return rows


PART = Part("fused", FUSED, {str(side): partial(measure, side) for side in SIDES}, _rows)
