"""The layer as one differentiable function of torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .launch import Layer
from .tile import GpuTile


class Recurrence(torch.autograd.Function):
    """States of a layer from Wx, R, b and s0, with gradients for all four."""

    @staticmethod
    def forward(
        ctx: Any, Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor, layer: Layer, *tiles: GpuTile
    ) -> Tensor:
        tile = tiles[0]
        given, bias, start = Wx.contiguous(), b.contiguous(), s0.float().contiguous()
        states = torch.empty(
            (len(layer.cell.states), layer.batch, layer.steps, layer.heads, layer.units),
            device=Wx.device,
        )
        saved = None
        if any(ctx.needs_input_grad):
            gates = len(layer.cell.gates)
            shape = (layer.batch, layer.steps, gates, layer.heads, layer.units)
            saved = torch.empty(shape, device=Wx.device)
        packed = layer.packed(R, tile)
        rooms = layer.rooms(tile, 1, Wx.device)
        layer.forward(tile, given, packed, bias, start, states, saved, rooms)
        ctx.layer, ctx.tile = layer, tiles[-1]
        ctx.dtypes = Wx.dtype, R.dtype, b.dtype, s0.dtype
        ctx.save_for_backward(R, start, states, saved)
        return states

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, dstates: Tensor) -> tuple[Any, ...]:
        R, s0, states, saved = ctx.saved_tensors
        layer: Layer = ctx.layer
        tile: GpuTile = ctx.tile
        wx_type, r_type, b_type, s0_type = ctx.dtypes
        dgates = torch.empty_like(saved)
        ds0 = torch.empty_like(s0)
        rooms = layer.rooms(tile, len(layer.cell.recurring), saved.device)
        layer.backward(
            tile, dstates.float().contiguous(), layer.packed(R, tile), saved, states, s0,
            dgates, ds0, rooms,
        )  # fmt: skip
        need = ctx.needs_input_grad
        given = list(layer.cell.given)
        whole = len(given) == len(layer.cell.gates)
        dWx = (dgates if whole else dgates[:, :, given]).to(wx_type) if need[0] else None
        dR = weights_gradient(layer, dgates, states[0], s0[0]).to(r_type) if need[1] else None
        db = dgates.sum((0, 1)).to(b_type) if need[2] else None
        return dWx, dR, db, ds0.to(s0_type), None, *(None for _ in ctx.needs_input_grad[5:])


def weights_gradient(layer: Layer, dgates: Tensor, hidden: Tensor, start: Tensor) -> Tensor:
    """dR [Gr, N, D, D]: a product over all steps and rows for each gate that recurs."""
    former = torch.cat((start, hidden[:, :-1]), 1).to(layer.dtype)
    former = former.flatten(0, 1).transpose(0, 1)  # [N, B T, D]
    found = []
    for g in layer.cell.recurring:
        d = dgates[:, :, g].to(layer.dtype).flatten(0, 1)  # [B T, N, D]
        found.append(torch.bmm(d.permute(1, 2, 0), former))
    return torch.stack(found)
