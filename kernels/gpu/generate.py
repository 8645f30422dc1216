"""Generated modules: written to the user's cache folder, where Triton can read their source."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import ModuleType

from .. import cache
from ..cells.cell import Cell
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
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                cache.write(path, text)
                _tidy(path.parent)
            known = _load(name, path)
    return known


def _load(name: str, path: Path) -> ModuleType:
    made = importlib.util.spec_from_file_location(name, path)
    if made is None or made.loader is None:
        raise ImportError(f"cannot load {path}")
    found = importlib.util.module_from_spec(made)
    sys.modules[name] = found
    try:
        made.loader.exec_module(found)
    except BaseException:
        del sys.modules[name]
        raise
    return found


def _tidy(folder: Path) -> None:
    """Drop the oldest modules when there are too many."""
    found = sorted(folder.glob("*.py"), key=lambda path: path.stat().st_mtime)
    for path in found[: max(0, len(found) - KEPT)]:
        path.unlink(missing_ok=True)
