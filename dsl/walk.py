"""Walking the syntax tree without recursion, so that no text is too deep for it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from . import nodes

Result = TypeVar("Result")


PLAIN = frozenset(("Span", "Source", "str", "bool", "int", "Fraction", "BinaryOp"))


@cache
def parts(kind: type[nodes.Node]) -> tuple[str, ...]:
    """Names of the fields of a class of nodes that may hold nodes."""
    return tuple([field.name for field in fields(kind) if field.type not in PLAIN])


def children(node: nodes.Node) -> list[nodes.Node]:
    """The nodes directly below, in the order of their fields."""
    found: list[nodes.Node] = []
    for name in parts(type(node)):  # type: ignore[arg-type]
        part = getattr(node, name)
        if isinstance(part, tuple):
            for item in part:
                if isinstance(item, nodes.Node):
                    found.append(item)
                elif isinstance(item, tuple):
                    found += item
        elif isinstance(part, nodes.Node):
            found.append(part)
    return found


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """The node and all below it, parents first."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(children(node))


def independent(binders: Sequence[nodes.Binder]) -> tuple[nodes.Binder, ...]:
    """The first binders of some: those whose domains read none of the others."""
    names: set[str] = set()
    for i, binder in enumerate(binders):
        if any(isinstance(n, nodes.Name) and n.text in names for n in walk(binder.domain)):
            return tuple(binders[:i])
        names.add(binder.name.text)
    return tuple(binders)


def run(
    rule: Callable[[nodes.Node], Generator[nodes.Node, Result, Result]], root: nodes.Node
) -> Result:
    """Run a rule that asks for the results of other nodes by yielding them.

    A chain of ten thousand sums is ten thousand entries of a list here, not of Python's own stack.
    """
    stack: list[Generator[nodes.Node, Result, Result]] = [rule(root)]
    value: Any = None
    while stack:
        try:
            wanted = stack[-1].send(value)
        except StopIteration as done:
            stack.pop()
            value = done.value
        else:
            stack.append(rule(wanted))
            value = None
    result: Result = value
    return result
