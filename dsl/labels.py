"""Labels of the calls in a network: each call that has one can be told apart by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import nodes
from .diagnostics import Label
from .spec import Target
from .walk import walk

if TYPE_CHECKING:
    from .infer import Inference


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
    seen: dict[str, list[nodes.Bind]] = {}
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
        for other in seen.setdefault(bind.label.text, []):
            assert other.label is not None
            if _alike(self, bind, other):
                self.report.add(
                    "duplicate-label",
                    f"two calls are labelled `{bind.label.text}`",
                    bind.label.span,
                    "the second one",
                    labels=(Label(other.label.span, "the first one"),),
                )
                break
        seen[bind.label.text].append(bind)


def _alike(self: Inference, left: nodes.Bind, right: nodes.Bind) -> bool:
    """Whether two labels of one name surely are the same."""
    if len(left.label_indices) != len(right.label_indices):
        return True
    for a, b in zip(left.label_indices, right.label_indices, strict=True):
        first, second = self.constants.value(a), self.constants.value(b)
        if first is None or second is None or first != second:
            return False
    return True
