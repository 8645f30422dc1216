"""Modules that are generated, compiled, and kept between processes.

numba keeps compiled code only for functions with a source file, and cannot keep a function that
closes over an intrinsic. So every kernel becomes a small module in the user's cache folder. The
file's name holds a hash of everything that its machine code depends on, so a stale one is never
found; a damaged one is made anew. Where nothing can be written, kernels live in memory only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from types import ModuleType

from archwright.solvers.control import Progress

from . import cache

FOLDER = "kernels"
TOLD = "compiling a kernel (1 to 3 s, once per tile) ..."
KEPT = 512  # generated modules; beyond that the ones used longest ago go
_lock = Lock()


def module(
    name: str,
    text: str,
    sources: Sequence[Path],
    compile_: Callable[[ModuleType], None],
    told: str = TOLD,
) -> ModuleType:
    """The module of that text, compiled, or as another process compiled it.

    Parameters
    ----------
    name : str
        What it is a kernel of; a Python identifier.
    text : str
    sources : sequence of Path
        Files beside the text on which the machine code depends.
    compile_ : callable
        Compiles the module's functions for the types that they are called with.
    told : str
        What is said before it is compiled, if anything.
    """
    name = f"{name}_{_stamp(text, sources)}"
    with _lock:
        known = sys.modules.get(name)
        if known is not None:
            return known
        path = cache.folder(FOLDER) / f"{name}.py"
        if path.is_file():
            try:
                known = _load(name, path, text)
                compile_(known)
                return known
            except Exception:  # whatever a damaged file in the cache may raise
                sys.modules.pop(name, None)
                _forget(path)
        if told:
            _say(told)
        if cache.keep(path, text):
            tidy(path.parent, KEPT)
            known = _load(name, path, text)
            try:
                compile_(known)
                return known
            except OSError as error:  # numba could not write beside it
                cache.not_kept(path.parent, error)
                _forget(path)
        known = _in_memory(name, text)
        compile_(known)
        return known


def tell(progress: Progress) -> None:
    """Say what is compiled, of a question that a kernel asks; nothing else of it."""
    if progress.phase.startswith("compiling"):
        _say(f"{progress.phase} ...")


def _say(text: str) -> None:
    """A line on stderr, in the place of what a progress line shows there."""
    start = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(start + text, file=sys.stderr, flush=True)


def _in_memory(name: str, text: str) -> ModuleType:
    """The module without a file; what numba compiles for it is not kept either."""
    module = ModuleType(name)
    exec(compile(text.replace("cache=True", "cache=False"), name, "exec"), module.__dict__)
    sys.modules[name] = module
    return module


def _stamp(text: str, sources: Sequence[Path]) -> str:
    """The text, the code that it uses, and the compilers, as one short word."""
    import llvmlite  # type: ignore[import-untyped]
    import numba

    parts = [text, numba.__version__, llvmlite.__version__, platform.python_version()]
    parts += [path.read_text(encoding="utf-8") for path in sources]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def _load(name: str, path: Path, text: str) -> ModuleType:
    if path.read_text(encoding="utf-8") != text:
        raise ImportError(f"{path} is damaged")
    return load(name, path)


def load(name: str, path: Path) -> ModuleType:
    """The module of a generated file, known to the interpreter by that name."""
    made = importlib.util.spec_from_file_location(name, path)
    if made is None or made.loader is None:
        raise ImportError(f"cannot load {path}")
    module = importlib.util.module_from_spec(made)
    sys.modules[name] = module
    try:
        made.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def tidy(folder: Path, kept: int) -> None:
    """Drop the oldest modules, and what was kept for them, when there are more than `kept`."""
    modules = sorted(folder.glob("*.py"), key=_age)
    for path in modules[: max(0, len(modules) - kept)]:
        _forget(path)


def _age(path: Path) -> float:
    """When a file was written; long ago, if another process has just dropped it."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _forget(path: Path) -> None:
    """Drop a module, and what numba kept for it."""
    for kept in (path.parent / "__pycache__").glob(path.stem + "*"):
        kept.unlink(missing_ok=True)
    path.unlink(missing_ok=True)
