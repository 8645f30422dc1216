"""Pieces of this folder's own source: a class with everything that it uses, as text to be kept."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable
from types import ModuleType

PACKAGE = __package__ or ""


def pieces(objects: Iterable[object]) -> list[str]:
    """The source of classes and functions of this folder and of what they use, in a usable order.

    Names that their files take from torch are left to the reader of the text.
    """
    found: dict[tuple[str, str], str] = {}
    for item in objects:
        name: str = item.__name__  # type: ignore[attr-defined]
        _collect(sys.modules[item.__module__], name, found)
    return list(found.values())


def _collect(module: ModuleType, name: str, found: dict[tuple[str, str], str]) -> None:
    """Put a name of a file into `found`, what it uses first."""
    if (module.__name__, name) in found:
        return
    source = inspect.getsource(module)
    tree = ast.parse(source)
    node = _definition(tree, name)
    if node is None:
        home = _home(tree, name)
        if home is not None:
            _collect(sys.modules[f"{PACKAGE}.{home}"], name, found)
        return
    for other in sorted(_read(node) - {name}):
        if _definition(tree, other) is not None or _home(tree, other) is not None:
            _collect(module, other, found)
    lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
    found[module.__name__, name] = "\n".join(lines)


def _read(node: ast.stmt) -> set[str]:
    """Names that a definition reads and does not bind itself."""
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    bound = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    bound |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    return {n.id for n in names} - bound


def _definition(tree: ast.Module, name: str) -> ast.stmt | None:
    """The statement at the top of a file that defines a name."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return node
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == name for t in node.targets
        ):
            return node
    return None


def _home(tree: ast.Module, name: str) -> str | None:
    """The file of this folder that a name is imported from."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return node.module
    return None
