"""How deep a text may nest, so that every later pass may simply recurse."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from . import nodes
from .chains import balance
from .diagnostics import ArchError, Diagnostic
from .source import Source, Span
from .walk import children

_BRACKET = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|[(\[{]|[)\]}]')


def check_brackets(source: Source, start: int, end: int) -> None:
    """Refuse a text with too many open brackets before anything is parsed.

    Raises
    ------
    ArchError
        `too-deep`, at the first bracket that is too deep.
    """
    limits = source.limits
    depth = 0
    for match in _BRACKET.finditer(source.text, start, end):
        mark = match.group()
        if mark in ("(", "[", "{"):
            depth += 1
            if depth > limits.nesting:
                span = Span(source, *match.span())
                message = f"more than {limits.nesting} brackets are open here"
                notes = ("name a part with `let`", limits.note("nesting"))
                raise ArchError(Diagnostic("too-deep", message, span, notes=notes))
        elif mark in (")", "]", "}"):
            depth = max(0, depth - 1)


def shallow(root: nodes.Node) -> tuple[nodes.Node, list[Diagnostic]]:
    """The tree with long chains of `+`, `*`, `and`, `or` balanced, and what is too deep even then.

    Operators nest without brackets, `not not a` and `a ^ b ^ c`.
    """
    if not isinstance(root, nodes.File):
        tops: tuple[nodes.Node, ...] = (root,)
    else:
        tops = root.items
    limits = root.span.source.limits
    found: list[Diagnostic] = []
    changed: dict[int, nodes.Node] = {}
    for i, top in enumerate(tops):
        if top.span.end - top.span.start <= limits.nesting or _too_deep(top) is None:
            continue  # each level takes at least one character
        changed[i] = balance(top)
        beyond = _too_deep(changed[i])
        if beyond is not None:
            message = (
                f"this nests more than {limits.nesting} levels deep, counting each operator as one"
            )
            notes = ("name parts with `let`", limits.note("nesting"))
            found.append(Diagnostic("too-deep", message, beyond.span, "this deep", notes=notes))
    if not changed:
        return root, found
    if not isinstance(root, nodes.File):
        return changed[0], found
    items = tuple(changed.get(i, top) for i, top in enumerate(tops))
    return replace(root, items=cast(tuple[nodes.Item, ...], items)), found


def depth(node: nodes.Node) -> int:
    """How many levels of nodes an expression has."""
    level, found = [node], 0
    while level:
        level = [child for node in level for child in children(node)]
        found += 1
    return found


def _too_deep(top: nodes.Node) -> nodes.Node | None:
    """The first node below the deepest level that is allowed."""
    level: list[nodes.Node] = [top]
    for _ in range(top.span.source.limits.nesting + 1):
        level = [child for node in level for child in children(node)]
        if not level:
            return None
    return level[0]
