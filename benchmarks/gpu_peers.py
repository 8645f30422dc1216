"""What the GPU kernels are measured against: torch's own ways to run the same layer on a card."""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

LOOP, GRAPH, ALTERNATING, NN = "eager loop", "loop in a graph", "alternating", "nn.LSTM"


@triton.jit  # type: ignore[untyped-decorator]
def _lstm_gates(  # type: ignore[no-untyped-def]
    product, Wx, b, memory, hidden, states, t, steps, batch, line, plane, SIZE: tl.constexpr
):
    """One step's gates and states for all heads: product [B, 4, N D], hidden [B, N D]."""
    at = tl.program_id(0) * SIZE + tl.arange(0, SIZE)
    mask = at < batch * line
    row, column = at // line, at % line
    wx = Wx + (row.to(tl.int64) * steps + t) * 4 * line + column
    gates = product + row * 4 * line + column
    i = tl.load(gates, mask).to(tl.float32) + tl.load(wx, mask).to(tl.float32) + tl.load(b + column)
    f = tl.load(gates + line, mask).to(tl.float32) + tl.load(wx + line, mask).to(tl.float32)
    f += tl.load(b + line + column)
    z = tl.load(gates + 2 * line, mask).to(tl.float32) + tl.load(wx + 2 * line, mask).to(tl.float32)
    z += tl.load(b + 2 * line + column)
    o = tl.load(gates + 3 * line, mask).to(tl.float32) + tl.load(wx + 3 * line, mask).to(tl.float32)
    o += tl.load(b + 3 * line + column)
    c = tl.load(memory + at, mask)
    c = tl.sigmoid(f) * c + tl.sigmoid(i) * (2 * tl.sigmoid(2 * z) - 1)
    h = tl.sigmoid(o) * (2 * tl.sigmoid(2 * c) - 1)
    tl.store(memory + at, c, mask)
    tl.store(hidden + at, h, mask)
    out = states + (row.to(tl.int64) * steps + t) * line + column
    tl.store(out, h, mask)
    tl.store(out + plane, c, mask)


def alternating(Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor) -> Tensor:
    """An LSTM by turns of one batched product and one fused pointwise kernel."""
    batch, steps, _, heads, units = Wx.shape
    line = heads * units
    weights = R.permute(1, 3, 0, 2).contiguous().view(heads, units, 4 * units)
    hidden = s0[0, :, 0].to(R.dtype, copy=True)  # [B, N, D]
    memory = s0[1, :, 0].to(torch.float32, copy=True)
    states = torch.empty((2, batch, steps, heads, units), device=Wx.device)
    product = torch.empty((batch, 4, heads, units), device=Wx.device, dtype=R.dtype)
    size = 256
    for t in range(steps):
        found = torch.bmm(hidden.transpose(0, 1), weights)  # [N, B, 4 D]
        product.copy_(found.view(heads, batch, 4, units).permute(1, 2, 0, 3))
        _lstm_gates[(triton.cdiv(batch * line, size),)](
            product, Wx, b, memory, hidden, states, t, steps, batch, line,
            batch * steps * line, SIZE=size,
        )  # fmt: skip
    return states


def cudnn(units: int, dtype: torch.dtype, device: str) -> Any:
    """`nn.LSTM` for one head with inputs as wide as the head: it also does the projection."""
    return torch.nn.LSTM(units, units, batch_first=True, device=device, dtype=dtype)
