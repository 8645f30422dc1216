"""Launches of the generated kernels over torch tensors.

A team's programs wait for each other, so all of them must be at work at once: its launches are
cooperative, which the driver refuses where they are not, whatever else runs on the card. Counters
start at zero in every call, in the order of the stream. One room serves one stream at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..cells.cell import Cell
from .generate import kernels
from .tile import GpuTile, GpuTileError

PATIENCE = 2**20  # polls, each well over 0.1 us: a second or so, then results become NaN
POLLS_A_STEP = 64
COUNTERS = 32  # integers between one team's counter and the next, so that none share a line
PRECISIONS = ("tf32x3", "ieee")  # of products of fp32 numbers
WEIGHTS = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def _operand(weights: str) -> Any:
    """Numbers that products multiply; the interpreter cannot multiply bf16, so it gets them exactly
    as fp32."""
    import triton
    import triton.language as tl

    if triton.knobs.runtime.interpret:
        return tl.float32
    return {"bf16": tl.bfloat16, "fp16": tl.float16, "fp32": tl.float32}[weights]


@dataclass(frozen=True)
class Layer:
    """A recurrent layer's sizes and how it runs.

    Parameters
    ----------
    cell : Cell
    batch, steps, heads, units : int
    weights : str
        Numbers of R and of h inside products: bf16, fp16 or fp32. Sums and states are fp32.
    precision : str
        Of fp32 products: `tf32x3` splits each number in two on the tensor cores, `ieee` multiplies
        outside them.
    programs : int
        How many programs the card holds at once: its multiprocessors.
    one_step : bool
        Launch once a step, so that no program waits for another (as the interpreter needs).
    """

    cell: Cell
    batch: int
    steps: int
    heads: int
    units: int
    weights: str = "bf16"
    precision: str = "tf32x3"
    programs: int = 1
    one_step: bool = False

    @property
    def dtype(self) -> torch.dtype:
        return WEIGHTS[self.weights]

    def packed(self, R: Tensor, tile: GpuTile) -> Tensor:
        """Recurrent weights [Gr, N, Dp, Dp], zero where padded."""
        more = tile.padded(self.units) - self.units
        R = R.detach().to(self.dtype)
        return (
            torch.nn.functional.pad(R, (0, more, 0, more)).contiguous() if more else R.contiguous()
        )

    def rooms(self, tile: GpuTile, wide: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """What a team exchanges, in two turns, and its counters."""
        tiles, padded = tile.tiles(self.batch), tile.padded(self.units)
        counters = torch.zeros(self.heads * tiles * COUNTERS, dtype=torch.int32, device=device)
        if tile.parts(self.units) == 1:
            return torch.zeros(1, dtype=self.dtype, device=device), counters
        shape = (2, self.heads, tiles * tile.rows, wide, padded)
        return torch.zeros(shape, dtype=self.dtype, device=device), counters

    def _launches(self, tile: GpuTile) -> Iterator[tuple[int, int, int, int]]:
        """First and last step, first team and number of teams of each launch."""
        teams = self.heads * tile.tiles(self.batch)
        if self.one_step:
            for step in range(self.steps):
                yield step, step + 1, 0, teams
            return
        parts = tile.parts(self.units)
        at_once = teams if parts == 1 else self.programs // parts
        if at_once < 1:
            raise GpuTileError(
                f"a head takes {parts} programs that wait for each other, "
                f"the card holds {self.programs} at once"
            )
        for team in range(0, teams, at_once):
            yield 0, self.steps, team, min(at_once, teams - team)

    def _run(self, kernel: Any, tile: GpuTile, tensors: tuple[Tensor, ...], **more: Any) -> None:
        parts = tile.parts(self.units)
        options: dict[str, Any] = {
            "num_warps": tile.warps,
            "num_stages": 1,
            "enable_fp_fusion": True,
        }
        if parts > 1 and not self.one_step:
            options["launch_cooperative_grid"] = True  # refused where not all can run at once
        sizes = (self.batch, self.steps, self.heads, self.units, tile.padded(self.units))
        for first, last, team, count in self._launches(tile):
            kernel[(count * parts,)](
                *tensors,
                *sizes, tile.tiles(self.batch), first, last, team,
                PATIENCE + POLLS_A_STEP * self.steps,
                ROWS=tile.rows, UNITS=tile.units, DEPTH=tile.depth, PARTS=parts,
                STAGES=tile.stages, PRECISION=self.precision, OPERAND=_operand(self.weights),
                **more, **options,
            )  # fmt: skip

    def forward(
        self,
        tile: GpuTile,
        Wx: Tensor,
        R: Tensor,
        b: Tensor,
        s0: Tensor,
        states: Tensor,
        saved: Tensor | None,
        rooms: tuple[Tensor, Tensor],
    ) -> None:
        """Fill `states` [S, B, T, N, D], and `saved` [B, T, G, N, D] with the gates.

        Parameters
        ----------
        R : Tensor
            As `packed` made it.
        rooms : tuple of Tensor
            As `rooms` made them, for one value wide.
        """
        exchange, arrivals = rooms
        arrivals.zero_()
        if tile.parts(self.units) > 1:
            exchange[0, :, : self.batch, 0, : self.units] = s0[0, :, 0].transpose(0, 1)
        kernel = kernels(self.cell, tile, self.units).forward
        keep = saved is not None
        tensors = (Wx, R, b, s0, exchange, arrivals, states, saved if keep else states)
        self._run(kernel, tile, tensors, SAVE=keep)  # type: ignore[arg-type]

    def backward(
        self,
        tile: GpuTile,
        dstates: Tensor,
        R: Tensor,
        saved: Tensor,
        states: Tensor,
        s0: Tensor,
        dgates: Tensor,
        ds0: Tensor,
        rooms: tuple[Tensor, Tensor],
    ) -> None:
        """Fill `dgates` [B, T, G, N, D] and `ds0` [S, B, 1, N, D] from the states' gradients.

        Parameters
        ----------
        rooms : tuple of Tensor
            As `rooms` made them, as many values wide as gates recur.
        """
        exchange, arrivals = rooms
        arrivals.zero_()
        ds0.zero_()
        kernel = kernels(self.cell, tile, self.units).backward
        tensors = (dstates, R, saved, states, s0, exchange, arrivals, dgates, ds0)
        self._run(kernel, tile, tensors)
        if tile.parts(self.units) > 1:  # what reaches h before the first step
            units = self.units
            weights = R[:, :, :units, :units].float()
            first = dgates[:, 0, list(self.cell.recurring)].float()
            ds0[0, :, 0] += torch.einsum("bgno,gnoi->bni", first, weights)
