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
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import numba
import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from .collecting import no_collecting
from .control import Control
from .user_cache import user_folder

__all__ = [
    "Memory",
    "Words",
    "announce",
    "entry",
    "inlined",
    "is_compiled",
    "kernel",
    "leading_zeros",
    "pointer",
    "prepare",
    "trailing_zeros",
]

Words: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
config: Any = numba.config


class Memory(Protocol):
    """The engine's words as kernels see them: a bare pointer."""

    def __getitem__(self, address: int) -> int: ...

    def __setitem__(self, address: int, word: int) -> None: ...


if TYPE_CHECKING:

    def leading_zeros(word: int) -> int:
        """The number of zeros before the first one bit."""

    def trailing_zeros(word: int) -> int:
        """The number of zeros after the last one bit."""

    def pointer(array: Words) -> Memory:
        """Where an array's data begin."""

else:
    from numba.cpython.unsafe.numbers import leading_zeros, trailing_zeros

    @intrinsic
    def pointer(_context, array):
        """Where an array's data begin.

        Kernels index a bare pointer instead of an array: one argument instead of seven, no
        counting of references, no wrapping of negative indices; they run twice as fast.
        """
        if not isinstance(array, types.Array) or array.layout != "C":
            raise TypingError("pointer needs a contiguous array")
        signature = types.CPointer(array.dtype)(array)

        def code(context, builder, signature, arguments):
            return context.make_array(signature.args[0])(context, builder, arguments[0]).data

        return signature, code


# What compiling takes on a machine of 2020, for users who wait for it.
SECONDS_FOR_ENTRY = 2.0
SECONDS_FOR_KERNEL = 0.17

Function = TypeVar("Function", bound=Callable[..., Any])


# Kernels in the order of their definition, so that callees come before their callers.
_KERNELS: list[tuple[Any, Callable[..., Any]]] = []


def kernel(function: Function) -> Function:
    """Compile a function that only other compiled functions call, as its annotations say."""
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}
    dispatcher = _jit(function, options)
    _KERNELS.append((dispatcher, function))
    return dispatcher


def inlined(function: Function) -> Function:
    """Paste a function into its callers: for small functions with few callers.

    Every compiled function carries all that it calls through the optimiser once more, so that a
    tower of small functions takes far longer to compile than their sum.
    """
    return _jit(function, {"inline": "always", "error_model": "numpy"})


def entry(function: Function) -> Function:
    """Compile a function that Python calls: without the GIL, and cached between processes."""
    folder = cache_folder(function)
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
    if config.DISABLE_JIT or dispatcher.signatures:
        return True
    folder = cache_folder(function)
    name = f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}-*.nbi"
    return folder is not None and any(folder.rglob(name))


def announce(control: Control, function: Callable[..., Any]) -> None:
    """Tell the listener that the next call compiles first, where it does."""
    if not is_compiled(function):
        files = source_files(function)
        kernels = sum(source.__code__.co_filename in files for _, source in _KERNELS)
        seconds = SECONDS_FOR_ENTRY + SECONDS_FOR_KERNEL * kernels
        control.report(f"compiling the solver, once: about {seconds:.0f} s")


def prepare(control: Control, function: Callable[..., Any]) -> None:
    """Announce and compile an entry and the kernels that it calls, unless it is compiled.

    Each kernel is compiled for exactly one signature; left to itself numba would make one for each
    constant that some caller passes.
    """
    if is_compiled(function):
        return
    announce(control, function)
    files = source_files(function)
    with no_collecting():
        for dispatcher, source in _KERNELS:
            if source.__code__.co_filename in files and not dispatcher.signatures:
                dispatcher.compile(_signature(source))
                dispatcher.disable_compile()
        entry_dispatcher: Any = function
        entry_dispatcher.compile(_signature(entry_dispatcher.py_func))


def _signature(function: Callable[..., Any]) -> tuple[Any, ...]:
    """The machine types of a function's parameters, as its annotations name them."""
    pointer_to: Any = types.CPointer
    word: Any = types.int64
    kinds: dict[str, Any] = {
        "Memory": pointer_to(word),
        "Words": word[::1],
        "Rows": word[:, ::1],
        "int": word,
        "bool": types.boolean,
    }
    annotations = function.__annotations__
    return tuple(kinds[annotations[name]] for name in annotations if name != "return")


def source_files(function: Callable[..., Any]) -> set[str]:
    """The files of this package that a function's module builds on, its own included."""
    package = __name__.rpartition(".")[0]
    files: set[str] = set()
    stack = [getattr(function, "py_func", function).__globals__]
    while stack:
        module = stack.pop()
        if module["__file__"] in files:
            continue
        files.add(module["__file__"])
        for value in module.values():
            if hasattr(value, "py_func"):
                stack.append(value.py_func.__globals__)
            elif isinstance(value, ModuleType) and value.__name__.startswith(package):
                stack.append(vars(value))
    return files


def cache_folder(function: Callable[..., Any]) -> Path | None:
    """The folder for machine code of exactly these sources, or None if none is writable."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for path in sorted({*source_files(function), __file__}):
        digest.update(Path(path).name.encode() + Path(path).read_bytes())
    return _writable(digest.hexdigest()[:16])


@cache
def _writable(name: str) -> Path | None:
    for base in _bases():
        folder = base / "solver" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


def _bases() -> list[Path]:
    """Folders to try, best first."""
    spare = Path(tempfile.gettempdir()) / f"archwright-{os.environ.get('USER', 'user')}"
    return [user_folder(), spare]
