"""From a block and a tile to the text of a module, and to its compiled kernel."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import generated
from . import packing, row_loop
from .block import Block
from .tile import Tile

HERE = Path(__file__).parent
GATE_VECTORS = row_loop.GATE_VECTORS
SOURCES = (HERE / "register_tiles.py", HERE.parent / "vector_ir.py")


@dataclass(frozen=True)
class Variant:
    """What the machine code depends on; sizes are arguments at run time.

    Parameters
    ----------
    lanes, widen_pixels, widen_vectors, filter_pixels, project_pixels, project_vectors
        As in the tile.
    kernel, stride, widens, skips, widen_act, filter_act, project_act
        As in the block.
    widen_unroll, project_unroll : int
        Channels per turn of the products.
    widen_edge, project_edge : int
        Vectors in a last part of channels that needs a tile of its own, or 0.
    uneven, masked : bool
        Whether the last vector of channels of the input, and of the result, is partial.
    squeeze_unroll, excite_unroll : int
        Channels per turn of the layers of a gate, or 0 where there is none.
    squeeze_act, excite_act : str
    """

    lanes: int
    widen_pixels: int
    widen_vectors: int
    filter_pixels: int
    project_pixels: int
    project_vectors: int
    kernel: int
    stride: int
    widens: bool
    skips: bool
    widen_act: str
    filter_act: str
    project_act: str
    widen_unroll: int
    project_unroll: int
    widen_edge: int
    project_edge: int
    uneven: bool
    masked: bool
    squeeze_unroll: int = 0
    excite_unroll: int = 0
    squeeze_act: str = "none"
    excite_act: str = "none"

    @classmethod
    def of(cls, block: Block, tile: Tile) -> Variant:
        """The variant that runs a block with a tile."""
        lanes, widens, gate = tile.lanes, block.widens, block.gate
        return cls(
            lanes,
            tile.widen_pixels if widens else 1,
            tile.widen_vectors,
            tile.filter_pixels,
            tile.project_pixels,
            tile.project_vectors,
            block.kernel,
            block.stride,
            widens,
            block.skips,
            block.widen_act if widens else "none",
            block.filter_act,
            block.project_act,
            _unroll(block.inputs),
            _unroll(block.middle),
            packing.edge_vectors(block.middle, tile.widen_vectors, lanes, masked=False),
            packing.edge_vectors(block.outputs, tile.project_vectors, lanes, masked=True),
            uneven=block.inputs % lanes != 0,
            masked=block.outputs % lanes != 0,
            squeeze_unroll=_unroll(block.middle) if gate else 0,
            excite_unroll=_unroll(gate.channels) if gate else 0,
            squeeze_act=gate.squeeze_act if gate else "none",
            excite_act=gate.excite_act if gate else "none",
        )

    def _tiles(self) -> dict[str, str]:
        """Each register tile by its name in `row_loop`, as the call that makes it."""

        def product(
            pixels: int, vectors: int, unroll: int, act: str, adds: bool = False,
            masked: bool = False,
        ) -> str:  # fmt: skip
            return (
                f"tiles.product(lanes=LANES, pixels={pixels}, vectors={vectors}, unroll={unroll}, "
                f"act={act!r}, adds={adds}, masked={masked})"
            )

        def widen(vectors: int) -> str:
            return product(self.widen_pixels, vectors, self.widen_unroll, self.widen_act)

        def project(vectors: int, masked: bool = False) -> str:
            return product(
                self.project_pixels, vectors, self.project_unroll, self.project_act, self.skips,
                masked,
            )  # fmt: skip

        made = {
            "filtering": f"tiles.depthwise(lanes=LANES, pixels={self.filter_pixels}, "
            f"kernel=KERNEL, stride=STRIDE, act={self.filter_act!r})",
            "project": project(self.project_vectors),
            "project_edge": "project",
            "copy": "tiles.copy(lanes=LANES, masked=False)",
            "copy_edge": "tiles.copy(lanes=LANES, masked=True)",
            "clear": "tiles.clear(lanes=LANES)",
        }
        if self.project_edge:
            made["project_edge"] = project(self.project_edge, self.masked)
        if self.widens:
            made["widen"] = widen(self.widen_vectors)
            made["widen_edge"] = widen(self.widen_edge) if self.widen_edge else "widen"
        if self.gated:
            made["total"] = "tiles.total(lanes=LANES, planes=GATE_VECTORS)"
            made["squeeze"] = product(1, GATE_VECTORS, self.squeeze_unroll, self.squeeze_act)
            made["excite"] = product(1, GATE_VECTORS, self.excite_unroll, self.excite_act)
            made["scale"] = "tiles.scale(lanes=LANES)"
        return made

    @property
    def gated(self) -> bool:
        return self.squeeze_unroll > 0

    def header(self) -> str:
        """Definitions of the names that the functions of `row_loop` read."""
        lines = [
            '"""Generated by archwright; safe to delete."""',
            "import numba",
            "import numpy as np",
            "from archwright.kernels.fused import register_tiles as tiles",
            f"{', '.join(row_loop.FIXED)} = range({len(row_loop.FIXED)})",
            f"LANES, KERNEL, STRIDE = {self.lanes}, {self.kernel}, {self.stride}",
            f"WIDENS, UNEVEN, GATED = {self.widens}, {self.uneven}, {self.gated}",
            f"WIDEN_PIXELS, WIDEN_VECTORS = {self.widen_pixels}, {self.widen_vectors}",
            f"WIDEN_EDGE = {self.widen_edge}",
            f"FILTER_PIXELS = {self.filter_pixels}",
            f"PROJECT_PIXELS, PROJECT_VECTORS = {self.project_pixels}, {self.project_vectors}",
            f"PROJECT_EDGE, GATE_VECTORS = {self.project_edge}, {GATE_VECTORS}",
            *(f"{name} = {made}" for name, made in self._tiles().items()),
        ]
        return "\n".join(lines) + "\n"

    def loops(self) -> list[Callable[..., None]]:
        """The functions of `row_loop` that this variant uses, each before those that call it."""
        first = [row_loop.take_in, row_loop.widen_row] if self.widens else [row_loop.copy_row]
        gate = [row_loop.weigh] if self.gated else []
        return [
            row_loop.clear_sides, *first, row_loop.filter_plane, *gate, row_loop.project_pixels,
            row_loop.forward,
        ]  # fmt: skip


def _unroll(channels: int) -> int:
    """The most channels a turn, up to 4, that divide them all."""
    return next(turn for turn in (4, 2, 1) if channels % turn == 0)


def source(variant: Variant) -> str:
    """The text of the module for a variant."""
    *inner, forward = (inspect.getsource(function) for function in variant.loops())
    parts = [f"@numba.njit(nogil=True)\n{text}" for text in inner]
    parts.append(f"@numba.njit(cache=True, nogil=True)\n{forward}")
    return "\n\n".join([variant.header(), *parts])


def _compile(module: ModuleType) -> None:
    from numba import types

    fixed = types.Array(types.int64, 1, "C")
    module.forward.compile((fixed, *[types.int64] * 5))


@cache
def kernel(variant: Variant) -> Any:
    """The compiled function `forward` of `row_loop` for a variant."""
    return generated.module("inverted_residual", source(variant), SOURCES, _compile).forward
