"""Labels of the calls in a network: each call that has one can be told apart by it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from . import nodes
from .diagnostics import Label
from .spec import Target
from .static import Constant
from .walk import walk

if TYPE_CHECKING:
    from .infer import Inference

Indices: TypeAlias = tuple[Constant | nodes.Expr, ...]
Ways: TypeAlias = dict[nodes.Branch, bool]


class Placed(NamedTuple):
    """A statement that binds a tensor, and where it stands in its op.

    Attributes
    ----------
    binders : tuple of Binder
        Of the loops around it.
    ways : dict of Branch to bool
        The conditions around it, each with whether it stands in the first way.
    """

    bind: nodes.Bind
    binders: tuple[nodes.Binder, ...]
    ways: Ways

    def excludes(self, other: Placed) -> bool:
        """Whether the two stand in different ways of one `if`, so that only one of them runs."""
        return any(other.ways.get(branch, way) != way for branch, way in self.ways.items())


def statements(op: nodes.Op) -> Iterator[Placed]:
    """All binding statements of an op in order."""
    todo: list[tuple[nodes.Node, tuple[nodes.Binder, ...], Ways]]
    todo = [(statement, (), {}) for statement in reversed(op.body)]
    while todo:
        node, binders, ways = todo.pop()
        if isinstance(node, nodes.Bind):
            yield Placed(node, binders, ways)
        elif isinstance(node, nodes.Loop):
            inner = (*binders, *node.binders)
            todo += [(statement, inner, ways) for statement in reversed(node.body)]
        elif isinstance(node, nodes.Branch):
            for way, inside in ((False, node.otherwise), (True, node.then)):
                todo += [(s, binders, {**ways, node: way}) for s in reversed(inside)]


# Labels of one name: by how many indices they have, then by these.
Same: TypeAlias = dict[int, dict[Indices, list[Placed]]]


def check_labels(self: Inference, op: nodes.Op) -> None:
    """Report labels that come twice, or stay the same while a loop goes round."""
    seen: dict[str, Same] = {}
    for placed in statements(op):
        bind, binders = placed.bind, placed.binders
        if bind.label is None:
            continue
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
        indices = _indices(self, bind)
        other = next((p.bind for p in _alike(alike, indices) if not p.excludes(placed)), None)
        if other is not None and other.label is not None:
            self.report.add(
                "duplicate-label",
                f"two calls are labelled `{bind.label.text}`",
                bind.label.span,
                "the second one",
                labels=(Label(other.label.span, "the first one"),),
            )
        alike.setdefault(len(indices), {}).setdefault(indices, []).append(placed)


def _indices(self: Inference, bind: nodes.Bind) -> Indices:
    """The constant indices of a label; the expression itself where one is none."""
    values = [(self.constants.value(index), index) for index in bind.label_indices]
    return tuple([index if value is None else value for value, index in values])


def _alike(seen: Same, indices: Indices) -> Iterator[Placed]:
    """Those whose label is surely the same, of one name: with equal indices, or not as many."""
    for count, by_indices in seen.items():
        if count == len(indices):
            yield from by_indices.get(indices, ())
        else:
            yield from chain.from_iterable(by_indices.values())
