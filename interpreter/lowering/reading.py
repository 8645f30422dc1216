"""Expressions of the text read after the lowering: claims of `expect`, terms of a conflict."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction

from archwright.dsl import nodes
from archwright.solvers.expressions import Expr

from ..values import Value
from .core import Lowering
from .excess import Excess, excess
from .numbers import Number, Term
from .scope import Scope
from .turning import turn_to


class Reader:
    """Lowers further expressions of the same spec into the same problem."""

    def __init__(self, low: Lowering) -> None:
        self.lowering = low
        self._bound, self._stated = low.root.bound, low.stated

    @contextmanager
    def _turned(self) -> Iterator[Lowering]:
        """The lowering with the inputs that this reader is for."""
        low = self.lowering
        with low.lock:
            if low.root.bound is not self._bound and not turn_to(low, self._bound):
                raise RuntimeError("a lowering that cannot be turned back to earlier inputs")
            low.stated = self._stated
            yield low

    @contextmanager
    def looking(self) -> Iterator[Lowering]:
        """The lowering, to read what is there: nothing that this demands is kept."""
        with self._turned() as low, low.trial():
            yield low

    def condition(self, node: nodes.Expr) -> Expr:
        """A truth at the file level; what it demands of the structure counts as part of it."""
        return self.claim(node)[0]

    def claim(self, node: nodes.Expr) -> tuple[Expr, Expr]:
        """A truth as `condition` gives it, and where it is in doubt.

        It is in doubt where two numbers that it compares differ by no more than the errors of the
        logarithms in them.
        """
        with self._turned() as low:
            low.doubts = []
            try:
                with low.trial() as posts:
                    truth = low.truth(node, low.root.scope)
                doubts = low.doubts
            finally:
                low.doubts = None
            parts = [truth, *(p.condition for p in posts)]
            return low.problem.conjunction(parts), low.problem.disjunction(doubts)

    def number(
        self,
        node: nodes.Expr,
        bindings: Mapping[str, Value],
        prefix: str = "",
        given: Sequence[nodes.Expr] = (),
        inside: Scope | None = None,
    ) -> Number | None:
        """A number under loop variables, in the file whose names start with `prefix`.

        `given` are conditions that enclose it; `inside` is the scope of a call, where it stands in
        an op. None where the expression is no number, or reads what only an enclosing call knows.
        """
        with self._turned() as low, low.trial():
            value = low.value(node, self._scope(bindings, prefix, given, inside))
        return value if isinstance(value, Fraction | Term) else None

    @property
    def groups(self) -> frozenset[str]:
        """The groups of all `require`s, also of those that always hold."""
        return frozenset(o.group for o, _ in self._stated if o.group is not None)

    def excess(self, groups: Collection[str], name: str) -> Excess:
        """By how much the `require` that the user calls `name` is exceeded.

        Raises
        ------
        ArchError
            `no-slack`.
        """
        with self._turned() as low, low.trial():
            return excess(low, groups, name)

    def path(
        self,
        bindings: Mapping[str, Value],
        prefix: str,
        given: Sequence[nodes.Expr],
        inside: Scope | None = None,
    ) -> Expr:
        """The conjunction of conditions that each may presuppose the ones before it."""
        with self._turned() as low, low.trial():
            path = self._scope(bindings, prefix, given, inside).path
            return path if isinstance(path, Expr) else low.problem.constant(int(path))

    def _scope(
        self,
        bindings: Mapping[str, Value],
        prefix: str,
        given: Sequence[nodes.Expr],
        inside: Scope | None,
    ) -> Scope:
        low, module = self.lowering, self.lowering.root
        for alias in prefix.split(".")[:-1]:
            module = module.imports[alias]
        scope = inside or Scope(module, dict(bindings), True, tuple(bindings.items()))
        for condition in given:
            scope = scope.under(low.logic.both(scope.path, low.truth(condition, scope)))
        return scope
