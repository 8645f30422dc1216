"""Truth values: a Python `bool` where known, else an expression with bounds 0 .. 1.

A *path* is the conjunction of the conditions that surround a place in the text.
"""

from __future__ import annotations

from typing import TypeAlias

from archwright.solvers.expressions import Expr, Op
from archwright.solvers.problem import Problem

Truth: TypeAlias = bool | Expr
Atom: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


class Logic:
    """Connectives over one problem, and what a path says about a condition at a glance."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._known: dict[tuple[int, int], bool | None] = {}
        self._facts: dict[int, tuple[frozenset[int], dict[Atom, int]]] = {}

    def fold(self, condition: Truth) -> Truth:
        """A condition that is constant becomes a `bool`."""
        if isinstance(condition, bool):
            return condition
        constant = condition.constant
        return condition if constant is None else bool(constant)

    def both(self, *conditions: Truth) -> Truth:
        """All of them hold."""
        rest: list[Truth] = []
        for condition in conditions:
            if condition is False:
                return False
            if condition is not True:
                rest.append(condition)
        if len(rest) < 2:
            return self.fold(rest[0]) if rest else True
        return self.fold(self.problem.conjunction(rest))

    def either(self, *conditions: Truth) -> Truth:
        """At least one of them holds; `a` and `not a` together always do."""
        rest: list[Truth] = []
        for condition in conditions:
            if condition is True:
                return True
            if condition is not False:
                rest.append(condition)
        if len(rest) < 2:
            return self.fold(rest[0]) if rest else False
        found = {c.node for c in rest if not isinstance(c, bool)}
        for condition in rest:
            opposite = self.negate(condition)
            if not isinstance(opposite, bool) and opposite.node in found:
                return True
        return self.fold(self.problem.disjunction(rest))

    def negate(self, condition: Truth) -> Truth:
        """The condition does not hold."""
        if isinstance(condition, bool):
            return not condition
        return self.fold(self.problem.negation(condition))

    def implies(self, condition: Truth, result: Truth) -> Truth:
        """The result holds wherever the condition does."""
        return self.either(self.negate(condition), result)

    def iff(self, left: Truth, right: Truth) -> Truth:
        """Both hold or neither."""
        if isinstance(left, bool):
            return right if left else self.negate(right)
        if isinstance(right, bool):
            return left if right else self.negate(left)
        return self.fold(left.iff(right))

    def choose(self, condition: Truth, then: Truth, otherwise: Truth) -> Truth:
        """One of two truth values."""
        if isinstance(condition, bool):
            return then if condition else otherwise
        if isinstance(then, bool) or isinstance(otherwise, bool):
            return self.either(
                self.both(condition, then), self.both(self.negate(condition), otherwise)
            )
        return self.fold(self.problem.choose(condition, then, otherwise))

    def parts(self, condition: Expr) -> list[Expr]:
        """The conditions of a conjunction, or the condition itself."""
        if condition.op is Op.AND:
            return [Expr(self.problem, a) for a in self.problem.args[condition.node]]
        return [condition]

    # --------------------------------------------------------------------------- what is known

    def known(self, condition: Truth, path: Truth) -> Truth:
        """The condition as far as the path settles it by its own words: True, False or itself.

        Looks for the condition among the path's parts, and compares linear conditions over the
        same terms: `4 <= d` settles `3 <= d`.
        """
        condition = self.fold(condition)
        if isinstance(condition, bool) or isinstance(path, bool):
            return condition
        key = condition.node, path.node
        if key not in self._known:
            self._known[key] = self._find(condition, path)
        found = self._known[key]
        return condition if found is None else found

    def _find(self, condition: Expr, path: Expr) -> bool | None:
        if self._settled(condition, path):
            return True
        opposite = self.negate(condition)
        if not isinstance(opposite, bool) and self._settled(opposite, path):
            return False
        return None

    def _settled(self, condition: Expr, path: Expr) -> bool:
        facts, least = self._about(path)
        if condition.node in facts:
            return True
        match condition.op:
            case Op.AND:
                return all(self._settled(p, path) for p in self.parts(condition))
            case Op.OR:
                args = self.problem.args[condition.node]
                return any(self._settled(Expr(self.problem, a), path) for a in args)
            case Op.AT_MOST_ZERO:
                atom, constant = self._linear(self.problem.args[condition.node][0])
                return atom in least and least[atom] >= constant
        return False

    def _about(self, path: Expr) -> tuple[frozenset[int], dict[Atom, int]]:
        """The path's parts, and for each linear form the strongest `form + constant <= 0`."""
        if path.node not in self._facts:
            parts = self.parts(path)
            least: dict[Atom, int] = {}

            def note(atom: Atom, constant: int) -> None:
                least[atom] = max(constant, least.get(atom, constant))

            for part in parts:
                if part.op in (Op.AT_MOST_ZERO, Op.IS_ZERO):
                    (terms, factors), constant = self._linear(self.problem.args[part.node][0])
                    note((terms, factors), constant)
                    if part.op is Op.IS_ZERO:
                        note((terms, tuple(-f for f in factors)), -constant)
            self._facts[path.node] = frozenset(p.node for p in parts), least
        return self._facts[path.node]

    def _linear(self, node: int) -> tuple[Atom, int]:
        if self.problem.ops[node] is Op.SUM:
            constant, factors = self.problem.data[node]
            return (self.problem.args[node], factors), constant
        return ((node,), (1,)), 0
