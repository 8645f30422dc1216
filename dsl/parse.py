"""Text to syntax tree.

The parser is built, or fetched from the cache folder, when the first text is parsed. It calls the
methods of `Items` at each reduction, so that no tree but ours is ever made.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from . import nodes
from .build_items import Items
from .depth import check_brackets, shallow
from .diagnostics import ArchError, Diagnostic
from .reading import check_text
from .source import Source

if TYPE_CHECKING:
    import lark

MOST_ERRORS = 20  # after so many the rest of the text is left alone

_lock = Lock()
_built: tuple[Items, lark.Lark] | None = None


def parse(source: Source) -> nodes.File:
    """The syntax tree of a whole spec.

    After a mistake the parse goes on at the next line that begins with the keyword of an item, so
    that one run finds the mistakes of all items.

    Raises
    ------
    ArchError
        With one diagnostic for each mistake.
    """
    check_text(source)
    tree = _run(source, "start", 0, len(source.text))
    assert isinstance(tree, nodes.File)
    return tree


def parse_expression(source: Source, start: int = 0, end: int | None = None) -> nodes.Expr:
    """The syntax tree of one expression, for instance of a hole `{...}` in a reason.

    Raises
    ------
    ArchError
        With the first mistake.
    """
    tree = _run(source, "expr", start, len(source.text) if end is None else end)
    assert isinstance(tree, nodes.Expr)
    return tree


def _run(source: Source, rule: str, start: int, end: int) -> nodes.Node:
    check_brackets(source, start, end)
    with _lock:
        tree, found = _reduce(source, rule, start, end)
    if isinstance(tree, nodes.Node) and not found:
        tree, found = shallow(tree)
        if not found:
            return tree
    raise ArchError(sorted(found, key=lambda d: d.span.start if d.span else 0))


def _reduce(source: Source, rule: str, start: int, end: int) -> tuple[object, list[Diagnostic]]:
    """The tree, or what is wrong."""
    global _built
    import lark
    from lark.exceptions import UnexpectedInput

    from .parser import parser

    if _built is None:
        builder = Items(source)
        _built = builder, parser(builder)
    builder, machine = _built
    found: list[Diagnostic] = []
    tree: object = None
    at: int | None = start
    while at is not None and len(found) < MOST_ERRORS:
        builder.source, builder.diagnostics = source, []
        try:
            tree = machine.parse(lark.TextSlice(source.text, at, end), start=rule)
            found += builder.diagnostics
            break
        except UnexpectedInput as error:
            from .syntax_errors import explain, merge, resume

            found += builder.diagnostics
            mistake = explain(error, machine, rule, source, at, end)
            found = merge(found, mistake)
            at = None if rule == "expr" else resume(mistake, at + (rule == "rest"), end)
            rule = "rest"
    return tree, found
