"""Recurrent kernels under torch's autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function

from ..arrays import Floats
from .layer import IDLE, Sizes
from .plan import floats

Optional = Tensor | None


class Recurrence(Function):
    """States of a layer, of all steps and after the last one, with gradients.

    Called as `Recurrence.apply(Wx, R, b, s0, sizes, every, saves)`: `every` asks for all states of
    all steps [S, B, T, N, D] and not only the first, h [B, T, N, D]; `saves` says whether gradients
    will be asked for. Both results are the caller's own memory.
    """

    @staticmethod
    def forward(
        ctx: Any, Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor, sizes: Sizes, every: bool,
        saves: bool,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        ctx.set_materialize_grads(False)
        states = torch.empty(sizes.states)
        gates = torch.empty(sizes.gates if saves else (0,) * 5)
        start = floats(s0, "s0")
        with IDLE.forward(sizes, saves) as plan:
            plan.load(floats(R, "R"), floats(b, "b"))
            plan.run(floats(Wx, "Wx"), start, into=(states.numpy(), gates.numpy()))
        if saves:
            ctx.save_for_backward(R, s0, states)
            ctx.sizes, ctx.every, ctx.sums = sizes, every, gates
        last = states[:, :, -1:].clone() if sizes.steps else s0.detach().clone()
        return (states if every else states[0]), last

    @staticmethod
    def backward(ctx: Any, *arriving: Optional) -> tuple[Optional, ...]:
        R, s0, states = ctx.saved_tensors
        if ctx.sums is None:  # autograd itself says so first, unless the graph is kept alive
            raise RuntimeError("the graph of this recurrence has been used and not been retained")
        wanted = ctx.needs_input_grad[:4]
        sums = ctx.sums
        if _graph_is_kept():
            out = torch.empty_like(sums)
        else:  # sums become gradients in place: less memory, and less of it visited
            out, ctx.sums = sums, None
        with torch.no_grad():
            found = _gradients(ctx.sizes, ctx.every, sums, out, R, s0, states, arriving, wanted)
        if torch.is_grad_enabled():
            anchors = [t for t in (R, s0, states, *arriving) if t is not None and t.requires_grad]
            if anchors:
                kept = [g for g in found if g is not None]
                marked = iter(_OnlyOnce.apply(len(kept), *kept, *anchors))  # type: ignore[no-untyped-call]
                found = tuple(None if g is None else next(marked) for g in found)
        return (*found, None, None, None)


class _OnlyOnce(Function):
    """Passes gradients on, and refuses to be differentiated."""

    @staticmethod
    def forward(ctx: Any, count: int, *tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple(t.view_as(t) for t in tensors[:count])

    @staticmethod
    def backward(ctx: Any, *arriving: Optional) -> tuple[Optional, ...]:
        raise RuntimeError(
            "recurrent kernels have no second derivatives; "
            "`archwright.kernels.recurrent.functional.plain` has all of them, and is slower"
        )


def _graph_is_kept() -> bool:
    """Whether this backward pass may be run again; yes, where torch cannot tell."""
    ask = getattr(torch._C._autograd, "_get_current_graph_task_keep_graph", None)
    return ask is None or bool(ask())


def _gradients(
    sizes: Sizes, every: bool, sums: Tensor, out: Tensor, R: Tensor, s0: Tensor, states: Tensor,
    arriving: tuple[Optional, ...], wanted: tuple[bool, ...],
) -> tuple[Optional, ...]:  # fmt: skip
    """Gradients of Wx, R, b and s0 as far as they are wanted."""
    steps, last = arriving
    if steps is None and last is None:
        return (None,) * 4
    count = len(sizes.cell.states)
    if steps is None:
        places: tuple[int, ...] = ()
        outside: Floats = np.empty((0,) * 5, np.float32)
    else:
        places = tuple(range(count)) if every else (0,)
        outside = floats(steps if every else steps[None], "the gradient of the states")
    weighed = wanted[1] or wanted[2]
    dR, db, ds0 = torch.empty(sizes.weights), torch.empty(sizes.biases), torch.empty(sizes.starts)
    with IDLE.backward(sizes, places) as kernel:
        kernel.load(floats(R, "R"))
        kernel.run(
            sums.numpy(),
            floats(s0, "s0"),
            states.detach().numpy(),
            outside,
            out.numpy(),
            ds0.numpy(),
            (dR.numpy(), db.numpy()) if weighed else None,
            None if last is None else floats(last, "the gradient of the last states"),
        )
    given = sizes.cell.given
    low, high = given[0], given[-1] + 1
    together = given == tuple(range(low, high))
    dWx = out[:, :, low:high] if together else out[:, :, list(given)]
    every_one = (dWx, dR, db, ds0)
    return tuple(g if asked else None for g, asked in zip(every_one, wanted, strict=True))
