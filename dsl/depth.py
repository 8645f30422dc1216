"""How deep a text may nest, so that every later pass may simply recurse."""

from __future__ import annotations

import re

from . import nodes
from .diagnostics import ArchError, Diagnostic
from .source import Source, Span
from .walk import children

DEEPEST = 256

_BRACKET = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|[(\[{]|[)\]}]')


def check_brackets(source: Source, start: int, end: int) -> None:
    """Refuse a text with too many open brackets before anything is parsed.

    Raises
    ------
    ArchError
        `too-deep`, at the first bracket that is too deep.
    """
    depth = 0
    for match in _BRACKET.finditer(source.text, start, end):
        mark = match.group()
        if mark in ("(", "[", "{"):
            depth += 1
            if depth > DEEPEST:
                span = Span(source, *match.span())
                message = f"more than {DEEPEST} brackets are open here"
                raise ArchError(
                    Diagnostic("too-deep", message, span, notes=("name a part with `let`",))
                )
        elif mark in (")", "]", "}"):
            depth = max(0, depth - 1)


def check_tree(root: nodes.Node) -> list[Diagnostic]:
    """Find the items whose tree is too deep: a chain of operators deepens it without brackets."""
    found = []
    tops = root.items if isinstance(root, nodes.File) else (root,)
    for top in tops:
        if top.span.end - top.span.start <= DEEPEST:
            continue  # each level takes at least one character
        level: list[nodes.Node] = [top]
        depth = 0
        while level and depth <= DEEPEST:
            level = [child for node in level for child in children(node)]
            depth += 1
        if level:
            message = f"this nests more than {DEEPEST} levels deep, counting each operator as one"
            notes = ("name parts with `let`, or write a long sum as `sum(... for i in ...)`",)
            span = level[0].span
            found.append(Diagnostic("too-deep", message, span, "this deep", notes=notes))
    return found
