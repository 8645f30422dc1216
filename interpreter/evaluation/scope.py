"""Where an expression stands: its spec and the local names around it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archwright.dsl import nodes

from .failures import Undefined
from .frames import MISSING, Frame, Run

if TYPE_CHECKING:
    from .domains import Domain
    from .instance import Instance


class LocalLet:
    """A `let` of an op or block; worked out when first read in a call, in the frame of that call.

    Parameters
    ----------
    let : nodes.Let
    scope : Scope
    block : object
        For one in a loop or condition: the slot of the frame that keeps the values of this round.
    """

    def __init__(self, let: nodes.Let, scope: Scope, block: Hashable | None = None) -> None:
        self.let = let
        self._scope = scope
        self._block = block
        self._slots = [b.name for b in let.binders]

    @cached_property
    def _parts(self) -> tuple[Run | None, Run]:
        scope = self._scope
        for slot in self._slots:
            scope = scope.binder(slot)
        guard = None if self.let.guard is None else scope.expression(self.let.guard)
        return guard, scope.expression(self.let.value)

    def read(self, frame: Frame, indices: tuple[Any, ...] = ()) -> Any:
        """Its value, or that of one member."""
        key = (self, indices)
        known = frame.values if self._block is None else frame.values[self._block]
        value = known.get(key, MISSING)
        if value is MISSING:
            guard, body = self._parts
            inner = frame
            if indices:
                members = dict(zip(self._slots, indices, strict=True))
                inner = Frame(frame.world, {**frame.values, **members}, frame.call)
            if guard is not None and not guard(inner):
                why = f"`{self.let.name}` is read where its guard does not hold"
                raise Undefined("unguarded-read", why, self.let.name.span)
            value = known[key] = body(inner)
        return value


class Scope:
    """The instance that an expression belongs to and its locals.

    A local is a key into the values of a frame, or a `LocalLet`. Tensors are no values; a frame
    keeps them under their plain names.
    """

    def __init__(self, instance: Instance, names: Mapping[str, Hashable | LocalLet]) -> None:
        self.instance = instance
        self.locals = dict(names)

    def declares(self, name: str) -> bool:
        """Whether a name is that of something local or of the file."""
        return name in self.locals or name in self.instance.spec.names

    def bind(self, names: Mapping[str, Hashable | LocalLet]) -> Scope:
        """This scope with more local names."""
        return Scope(self.instance, {**self.locals, **names})

    def binder(self, name: nodes.Ident) -> Scope:
        """This scope with one more value, in a slot of its own."""
        return self.bind({name.text: name})

    def block(self, lets: Sequence[nodes.Let], block: Hashable) -> tuple[Scope, list[LocalLet]]:
        """This scope with the `let`s of a block, which see one another."""
        scope = self.bind({})
        local = [LocalLet(let, scope, block) for let in lets]
        scope.locals.update({found.let.name.text: found for found in local})
        return scope, local

    def expression(self, node: nodes.Expr) -> Run:
        """Compile an expression that stands here."""
        from .expressions import compile_expression

        return compile_expression(node, self)

    def domain(self, node: nodes.Domain) -> Domain:
        """Compile a domain that stands here."""
        from .domains import compile_domain

        return compile_domain(node, self)
