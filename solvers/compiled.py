"""The one place that wraps numba: how kernels are compiled, cached and announced.

The compiled machine code is kept in the user's cache folder, in a subfolder named by a hash of all
kernel sources, because numba itself notices a change in a function's own file only.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numba
import numpy as np
from numba import config
from numba.cpython.unsafe.numbers import leading_zeros, trailing_zeros

from .control import Control

__all__ = [
    "Memory",
    "announce",
    "entry",
    "is_compiled",
    "kernel",
    "leading_zeros",
    "trailing_zeros",
]

Memory: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function that only other compiled functions call."""
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}
    return _jit(function, options)


def entry(function: Function) -> Function:
    """Compile a function that Python calls: without the GIL, and cached between processes."""
    folder = cache_folder()
    if folder is None:
        return _jit(function, {"nogil": True, "error_model": "numpy"})
    before = config.CACHE_DIR  # numba chooses the place when `cache=True` is given
    config.CACHE_DIR = str(folder)
    try:
        return _jit(function, {"nogil": True, "error_model": "numpy", "cache": True})
    finally:
        config.CACHE_DIR = before


def _jit(function: Function, options: dict[str, Any]) -> Function:
    compiled: Function = numba.njit(**options)(function)
    return compiled


def is_compiled(function: Callable[..., Any]) -> bool:
    """Whether calling an entry will find machine code, in this process or in the cache."""
    dispatcher: Any = function
    if dispatcher.signatures or config.DISABLE_JIT:
        return True
    folder = cache_folder()
    name = f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}-*.nbi"
    return folder is not None and any(folder.rglob(name))


def announce(control: Control, function: Callable[..., Any]) -> None:
    """Tell the listener that the next call compiles first, where it does."""
    if not is_compiled(function):
        control.report("compiling the solver")


@cache
def cache_folder() -> Path | None:
    """The folder for the machine code of exactly these sources, or None if none is writable."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    here = Path(__file__).resolve().parent
    for path in sorted([*here.glob("*.py"), *here.glob("propagators/*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    for base in _bases():
        folder = base / "archwright" / "kernels" / digest.hexdigest()[:16]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


def _bases() -> list[Path]:
    """Where caches of a user belong on this system, best first."""
    home = Path.home()
    if sys.platform == "win32":
        usual = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        usual = home / "Library" / "Caches"
    else:
        usual = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return [usual, Path(tempfile.gettempdir()) / f"archwright-{os.environ.get('USER', 'user')}"]
