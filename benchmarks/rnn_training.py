"""A step of training: ours beside the eager loop and nn.LSTM, part by part.

    python benchmarks/rnn_training.py
    python benchmarks/rnn_training.py --shapes 64x1,64x12 --batches 1,16 --steps 128

Shapes are units x heads. One thread; milliseconds are medians of alternating rounds in time of the
thread. `load` brings the weights into their reading order, `forward` keeps the sums of the gates,
`gates` runs back through time, and `weights` is what gradients of R and b add to that. `autograd`
is the same step by `recurrent(...).backward()`, with memory of its own in every call. The loop has
one batched product a step and is differentiated by autograd; nn.LSTM is one module a head with
inputs of size 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import torch

from archwright.kernels import timing
from archwright.kernels.cells.standard import LSTM
from archwright.kernels.recurrent.functional import plain, recurrent
from archwright.kernels.recurrent.reference import example
from archwright.kernels.recurrent.training import TrainingPlan

ROUNDS = 7


def contestants(
    batch: int, steps: int, heads: int, units: int, peers: bool
) -> dict[str, Callable[[], object]]:
    """Every part and every peer as a call without arguments, on the same numbers."""
    Wx, R, b, s0 = map(torch.from_numpy, example(LSTM, batch, steps, heads, units))
    arriving = torch.zeros(2, batch, steps, heads, units)
    arriving[0].normal_()
    plan = TrainingPlan(R, b, batch, steps)

    def gates() -> None:
        plan.forward(Wx, s0)
        plan.backward(arriving, weights=False)

    def step() -> None:
        plan.load(R, b)
        plan.forward(Wx, s0)
        plan.backward(arriving)

    def by(layer: Callable[..., Any]) -> Callable[[], object]:
        leaves = [t.clone().requires_grad_() for t in (Wx, R, b, s0)]
        return lambda: torch.autograd.grad(layer(*leaves), leaves, arriving)

    calls: dict[str, Callable[[], object]] = {
        "load": lambda: plan.load(R, b),
        "forward": lambda: plan.forward(Wx, s0),
        "gates": gates,
        "step": step,
        "autograd": by(recurrent),
    }
    if peers:
        calls["loop"] = by(plain)
        modules = [torch.nn.LSTM(1, units, batch_first=True) for _ in range(heads)]
        x, dy = torch.randn(batch, steps, 1), arriving[0, :, :, 0].clone()
        calls["nn.LSTM"] = lambda: torch.autograd.backward([m(x)[0] for m in modules], [dy] * heads)
    return calls


def sizes(text: str) -> list[tuple[int, int]]:
    """`64x1,64x12` as pairs of units and heads."""
    return [(int(u), int(n)) for u, n in (shape.split("x") for shape in text.split(","))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shapes", type=sizes, default=sizes("64x1,64x12,256x1"))
    parser.add_argument("--batches", type=lambda t: [int(n) for n in t.split(",")], default=[1, 16])
    parser.add_argument("--steps", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--no-peers", action="store_true", help="only our own parts")
    told = parser.parse_args()
    print("| units x heads | B | load | forward | gates | weights | step | autograd "
          "| eager loop / step | nn.LSTM / step |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    with timing.one_torch_thread():
        for units, heads in told.shapes:
            for batch in told.batches:
                calls = contestants(batch, told.steps, heads, units, not told.no_peers)
                ms = timing.medians(timing.alternating(calls, told.rounds))
                weights = ms["step"] - ms["gates"] - ms["load"]
                back = ms["gates"] - ms["forward"]
                peers = [f"{ms[p] / ms['step']:.2f}x" if p in ms else "-" for p in
                         ("loop", "nn.LSTM")]  # fmt: skip
                parts = (ms["load"], ms["forward"], back, weights, ms["step"], ms["autograd"])
                print(f"| {units}x{heads} | {batch} | {' | '.join(f'{x:.3f}' for x in parts)} "
                      f"| {' | '.join(peers)} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
