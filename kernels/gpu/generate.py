"""Generated modules: written to the user's cache folder, where Triton can read their source."""

from __future__ import annotations

import hashlib
import sys
from importlib.util import find_spec
from threading import Lock
from types import ModuleType

from .. import cache
from ..cells.cell import Cell
from ..generated import load, tidy
from .source import Form, module
from .tile import GpuTile

FOLDER = "gpu"
KEPT = 256
_lock = Lock()


def has_triton() -> bool:
    """Whether Triton and torch are installed."""
    return find_spec("triton") is not None and find_spec("torch") is not None


def form(tile: GpuTile, units: int) -> Form:
    """What the text depends on, for heads of that many units."""
    chunks = tile.padded(units) // tile.depth if tile.resident else 0
    return Form(chunks, split=tile.parts(units) > 1)


def kernels(cell: Cell, tile: GpuTile, units: int) -> ModuleType:
    """The module with the kernels `forward` and `backward` of a cell, for heads of that size.

    Raises
    ------
    GpuTileError
        Where the tile does not suit.
    ImportError
        Where Triton is not installed.
    """
    tile.fit(units)
    text = module(cell, form(tile, units))
    name = f"{cell.name}_{hashlib.sha256(text.encode()).hexdigest()[:20]}"
    with _lock:
        known = sys.modules.get(name)
        if known is None:
            path = cache.folder(FOLDER) / f"{name}.py"
            if not path.is_file() or path.read_bytes() != text.encode():
                cache.write(path, text)
                tidy(path.parent, KEPT)
            known = load(name, path)
    return known
