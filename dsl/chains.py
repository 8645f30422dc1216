"""Long chains of one operator as shallow trees: a sum of thousands of terms is not deep.

`a + b + c + d` parses to `((a + b) + c) + d`, one level a term. Sums, products, `and` and `or` may
be grouped in any way without changing their value, since numbers are exact; so a chain that is
long is made a balanced tree, `(a + b) + (c + d)`. Every pass may then simply recurse.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any, cast

from . import nodes
from .source import Span
from .walk import parts, run

LONG = 64  # terms; shorter chains keep the shape that the grammar gives them

# The operators of a chain: one that groups freely, and its inverse where it has one.
_GROUPS: dict[nodes.BinaryOp, tuple[nodes.BinaryOp, nodes.BinaryOp | None]] = {
    "+": ("+", "-"),
    "-": ("+", "-"),
    "*": ("*", "/"),
    "/": ("*", "/"),
    "and": ("and", None),
    "or": ("or", None),
}


def balance(root: nodes.Node) -> nodes.Node:
    """The same tree with long chains balanced; the same object where there are none."""
    return run(_balanced, root)


def _balanced(node: nodes.Node) -> Generator[nodes.Node, nodes.Node, nodes.Node]:
    if isinstance(node, nodes.Binary) and node.op in _GROUPS:
        chain, operators = _flat(node)
        if len(chain) > LONG:
            terms = []
            for term in chain:
                terms.append(cast(nodes.Expr, (yield term)))
            return _fold(terms, operators)
    changes: dict[str, Any] = {}
    for name in parts(type(node)):  # type: ignore[arg-type]
        part = getattr(node, name)
        if isinstance(part, nodes.Node):
            new: Any = yield part
        elif isinstance(part, tuple):
            new = yield from _members(part)
        else:
            continue
        if new is not part:
            changes[name] = new
    return replace(node, **changes) if changes else node


def _members(part: tuple[Any, ...]) -> Generator[nodes.Node, nodes.Node, tuple[Any, ...]]:
    """The members of a list of nodes, or of a list of lists."""
    new: list[Any] = []
    for item in part:
        if isinstance(item, nodes.Node):
            new.append((yield item))
        elif isinstance(item, tuple):
            new.append((yield from _members(item)))
        else:
            new.append(item)
    same = all(old is fresh for old, fresh in zip(part, new, strict=True))
    return part if same else tuple(new)


def _flat(node: nodes.Binary) -> tuple[list[nodes.Expr], list[nodes.BinaryOp]]:
    """The terms of a chain and the operators between them, in the order of the text."""
    group = _GROUPS[node.op]
    terms: list[nodes.Expr] = []
    operators: list[nodes.BinaryOp] = []
    at: nodes.Expr = node
    while isinstance(at, nodes.Binary) and at.op in group:
        terms.append(at.right)
        operators.append(at.op)
        at = at.left
    terms.append(at)
    return terms[::-1], operators[::-1]


def _fold(terms: list[nodes.Expr], operators: list[nodes.BinaryOp]) -> nodes.Expr:
    """A balanced tree; behind an inverse operator the others turn: `a - b - c` is `a - (b + c)`."""
    if len(terms) == 1:
        return terms[0]
    free, inverse = _GROUPS[operators[0]]
    middle = len(operators) // 2
    reach = len(operators) // 4
    near = sorted(range(middle - reach, middle + reach + 1), key=lambda i: abs(i - middle))
    at = next((i for i in near if operators[i] == free), middle)
    rest = operators[at + 1 :]
    if operators[at] == inverse:
        rest = [free if operator == inverse else inverse for operator in rest]
    left = _fold(terms[: at + 1], operators[:at])
    right = _fold(terms[at + 1 :], rest)
    span = Span(left.span.source, left.span.start, right.span.end)
    return nodes.Binary(span, operators[at], left, right)
