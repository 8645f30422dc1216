"""The `let`s of ops, and of the blocks of loops and conditions in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archwright.dsl import nodes

from ..values import Value
from . import choices, domains
from .definitions import Definition
from .logic import Truth
from .scope import Scope
from .values import Lowered

if TYPE_CHECKING:
    from .core import Lowering


class LocalLet:
    """A `let` of an op or block: what its members stand for, worked out when they are read.

    Parameters
    ----------
    node : nodes.Let
    scope : Scope
        The op or block, with all of its `let`s: they see one another.
    """

    __slots__ = ("_keys", "_low", "_members", "node", "scope")

    def __init__(self, low: Lowering, node: nodes.Let, scope: Scope) -> None:
        self._low, self.node, self.scope = low, node, scope
        self._keys: list[tuple[Value, ...]] | None = None
        self._members: dict[tuple[Value, ...], tuple[Definition, Truth]] = {}

    def keys(self) -> list[tuple[Value, ...]]:
        """The indices of its members; one empty tuple for a plain name."""
        if self._keys is None:
            turns = domains.unroll(self._low, self.node.binders, None, self.scope)
            names = [binder.name.text for binder in self.node.binders]
            self._keys = [tuple(turn.scope.names[name] for name in names) for turn in turns]
        return self._keys

    def read(self, indices: tuple[Value, ...], use: nodes.Node, scope: Scope) -> Lowered:
        """The value, or that of one member, for a reader."""
        definition, guard = self._member(indices, use, scope)
        if guard is not True and not self._low.proves(guard, scope.path):
            choices.unguarded(self._low, self.scope.module, self.node, indices, use, scope)
        return definition.read(scope.path)

    def unguarded(self) -> Definition | None:
        """What it is wherever it is read; None for one with a guard, or a family."""
        if self.node.binders or self.node.guard is not None:
            return None
        return self._member((), self.node, self.scope)[0]

    def demand(self) -> None:
        """Demand what it needs, whether or not anything reads it."""
        for indices in self.keys():
            definition, _ = self._member(indices, self.node, self.scope)
            definition.demand()

    def _member(
        self, indices: tuple[Value, ...], use: nodes.Node, scope: Scope
    ) -> tuple[Definition, Truth]:
        if indices not in self._members:
            low, node = self._low, self.node
            inner = member_scope(low, self.scope, node, indices, use, scope)
            guard = True if node.guard is None else low.truth(node.guard, inner)

            def compute(path: Truth) -> Lowered:
                return low.value(node.value, inner.under(low.logic.both(guard, path)))

            path = low.logic.both(self.scope.path, guard)
            self._members[indices] = Definition(low, compute, path, demanded=True), guard
        return self._members[indices]


def member_scope(
    low: Lowering,
    outer: Scope,
    node: nodes.Let,
    indices: tuple[Value, ...],
    use: nodes.Node,
    scope: Scope,
) -> Scope:
    """The scope of one member of a family: `outer` with its indices."""
    inner = outer
    for binder, value in zip(node.binders, indices, strict=True):
        where = domains.domain(low, binder.domain, inner)
        if domains.contains(low, where, value, binder) is False:
            choices.no_member(low, node, indices, binder, use, scope)
        inner = inner.binding(binder.name.text, value, value)
    return inner


def block(low: Lowering, body: Sequence[nodes.Statement], scope: Scope) -> Scope:
    """The scope of a block with its `let`s."""
    lets = [statement for statement in body if isinstance(statement, nodes.Let)]
    if not lets:
        return scope
    names = dict(scope.names)
    inner = Scope(scope.module, names, scope.path, scope.loops)
    names.update({let.name.text: LocalLet(low, let, inner) for let in lets})
    return inner
