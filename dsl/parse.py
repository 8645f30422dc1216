"""Text to syntax tree."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from . import nodes
from .build_items import Items
from .diagnostics import ArchError, Diagnostic
from .source import Source, Span

if TYPE_CHECKING:
    import lark

_lock = Lock()
_built: tuple[Items, lark.Lark] | None = None


def parse(source: Source) -> nodes.File:
    """The syntax tree of a whole spec.

    Raises
    ------
    ArchError
        With one diagnostic where the text stops making sense, or with all that only need the tree.
    """
    tree = _run(source, "start", 0, len(source.text))
    assert isinstance(tree, nodes.File)
    return tree


def parse_expression(source: Source, start: int = 0, end: int | None = None) -> nodes.Expr:
    """The syntax tree of one expression, for instance of a hole `{...}` in a reason."""
    tree = _run(source, "expr", start, len(source.text) if end is None else end)
    assert isinstance(tree, nodes.Expr)
    return tree


def _run(source: Source, rule: str, start: int, end: int) -> object:
    global _built
    import lark
    from lark.exceptions import UnexpectedInput

    from .parser import parser

    with _lock:
        if _built is None:
            builder = Items(source)
            _built = builder, parser(builder)
        builder, machine = _built
        builder.source, builder.diagnostics = source, []
        try:
            tree: object = machine.parse(lark.TextSlice(source.text, start, end), start=rule)
        except UnexpectedInput as error:
            at = getattr(error, "pos_in_stream", None)
            at = min(at if at is not None and at >= 0 else end, end)
            span = Span(source, at, min(at + 1, end))
            raise ArchError(
                Diagnostic("unexpected-token", "the text stops making sense here", span)
            ) from None
        diagnostics = builder.diagnostics
    if diagnostics:
        raise ArchError(diagnostics)
    return tree
