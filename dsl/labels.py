"""Labels of the calls in a network: each call that has one can be told apart by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from . import nodes
from .diagnostics import Label
from .spec import Target
from .static import Constant
from .walk import walk

if TYPE_CHECKING:
    from .infer import Inference

Indices: TypeAlias = tuple[Constant | nodes.Expr, ...]


def labelled(op: nodes.Op) -> Iterator[tuple[nodes.Bind, tuple[nodes.Binder, ...]]]:
    """The statements of an op with a label, each with the binders of the loops around it."""
    for bind, binders in statements(op):
        if bind.label is not None:
            yield bind, binders


def statements(op: nodes.Op) -> Iterator[tuple[nodes.Bind, tuple[nodes.Binder, ...]]]:
    """All binding statements of an op in order, each with the binders of the loops around it."""
    todo: list[tuple[nodes.Node, tuple[nodes.Binder, ...]]]
    todo = [(statement, ()) for statement in reversed(op.body)]
    while todo:
        node, binders = todo.pop()
        if isinstance(node, nodes.Bind):
            yield node, binders
        elif isinstance(node, nodes.Loop):
            inner = (*binders, *node.binders)
            todo += [(statement, inner) for statement in reversed(node.body)]
        elif isinstance(node, nodes.Branch):
            inside = (*node.then, *node.otherwise)
            todo += [(statement, binders) for statement in reversed(inside)]


def check_labels(self: Inference, op: nodes.Op) -> None:
    """Report labels that come twice, or stay the same while a loop goes round."""
    seen: dict[str, dict[Indices, nodes.Bind]] = {}
    for bind, binders in labelled(op):
        assert bind.label is not None
        value = bind.value
        while isinstance(value, nodes.Group):
            value = value.inner
        if not isinstance(value, nodes.Call | nodes.Comprehension):
            self.report.add(
                "label-without-call",
                "a label names a call of an op, and nothing is called here",
                bind.label.span,
                labels=(Label(value.span, "no call"),),
            )
        used = [
            use.node
            for index in bind.label_indices
            for node in walk(index)
            if isinstance(use := self.use(node), Target)
        ]
        absent = [binder.name.text for binder in binders if binder not in used]
        if absent:
            wanted = ", ".join([binder.name.text for binder in binders])
            self.report.add(
                "duplicate-label",
                f"`{bind.label.text}` stays the same while `{absent[0]}` goes round",
                bind.label.span,
                notes=(f"write `as {bind.label.text}[{wanted}]`",),
            )
        alike = seen.setdefault(bind.label.text, {})
        other = _alike(alike, indices := _indices(self, bind))
        if other is not None and other.label is not None:
            self.report.add(
                "duplicate-label",
                f"two calls are labelled `{bind.label.text}`",
                bind.label.span,
                "the second one",
                labels=(Label(other.label.span, "the first one"),),
            )
        alike.setdefault(indices, bind)


def _indices(self: Inference, bind: nodes.Bind) -> Indices:
    """The constant indices of a label; the expression itself where one is none."""
    values = [(self.constants.value(index), index) for index in bind.label_indices]
    return tuple([index if value is None else value for value, index in values])


def _alike(seen: dict[Indices, nodes.Bind], indices: Indices) -> nodes.Bind | None:
    """A label of the same name that surely is the same: equal indices, or not as many."""
    if indices in seen:
        return seen[indices]
    first = next(iter(seen), indices)  # all before it have as many, or have been told already
    return seen[first] if len(first) != len(indices) else None
