"""Comparisons of symbolic numbers, cleared of common factors and taken apart where that helps."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import gcd

from archwright.solvers.expressions import Expr, Op

from .logic import Truth
from .terms import (
    ONE,
    ZERO,
    Comparison,
    Forms,
    Number,
    Term,
    common_scale,
    denominator_of,
    folded,
    same,
    scale_of,
)

PLAIN: dict[Comparison, Callable[[Fraction, Fraction], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


class Comparing(Forms):
    """Comparisons over one problem."""

    def compare(self, op: Comparison, left: Number, right: Number) -> Truth:
        """A comparison by cross-multiplication, cleared of common factors."""
        if not isinstance(left, Term) and not isinstance(right, Term):
            return PLAIN[op](left, right)
        if op in (">=", ">"):
            left, right, op = right, left, "<=" if op == ">=" else "<"
        scale = common_scale((scale_of(left), scale_of(right)))
        sides = [self.whole(left, scale), self.whole(right, scale)]
        if not same(denominator_of(left), denominator_of(right)):
            for i, other in ((0, right), (1, left)):
                if isinstance(other, Term) and other.denominator is not None:
                    sides[i] = self.problem.product([sides[i], other.denominator])
        difference = self._without_factor(self.problem.sum(sides, [1, -1]))
        constant, terms, factors = self._parts(difference)
        if not factors:
            return holds(op, constant)
        g = gcd(*factors)
        if op in ("<=", "<"):
            bound = constant + (op == "<")  # whole numbers: a < b is a + 1 <= b
            return self._at_most_zero(-(-bound // g), terms, [f // g for f in factors])
        if constant % g:
            return op == "!="
        reached = self._reached(constant, terms, factors)
        if reached is not None:
            return reached if op == "==" else self._not(reached)
        equal = self.problem.is_zero(self._linear(constant // g, terms, [f // g for f in factors]))
        held = self._fold(equal)
        return held if op == "==" else self._not(held)

    def _at_most_zero(self, constant: int, terms: Sequence[int], factors: Sequence[int]) -> Truth:
        """constant + sum of factor * term <= 0, taken apart where that leaves smaller conditions.

        A bound on a maximum bounds each operand; a bound on a selection alone bounds its branches.
        """
        problem = self.problem
        for i, (term, factor) in enumerate(zip(terms, factors, strict=True)):
            if problem.ops[term] is (Op.MAXIMUM if factor > 0 else Op.MINIMUM):
                rest = [*terms[:i], *terms[i + 1 :]]
                weights = [*factors[:i], *factors[i + 1 :]]
                return self._all(
                    self._bounded(constant, [*rest, a], [*weights, factor])
                    for a in problem.args[term]
                )
        if len(terms) == 1 and problem.ops[terms[0]] is Op.CHOOSE:
            condition, then, otherwise = problem.args[terms[0]]
            guard = Expr(problem, condition)
            first = self._bounded(constant, [then], factors)
            second = self._bounded(constant, [otherwise], factors)
            return self._all(
                (self._unless(problem.negation(guard), first), self._unless(guard, second))
            )
        return self._fold(problem.at_most_zero(self._linear(constant, terms, factors)))

    def _reached(self, constant: int, terms: Sequence[int], factors: Sequence[int]) -> Truth | None:
        """constant + factor * extremum == 0 where an operand always reaches the value.

        Then it is the bound on each of the other operands; None where none is known to.
        """
        problem = self.problem
        if len(terms) != 1 or problem.ops[terms[0]] not in (Op.MAXIMUM, Op.MINIMUM):
            return None
        value, rest = divmod(-constant, factors[0])
        lo, hi = problem.bounds[terms[0]]
        upper = problem.ops[terms[0]] is Op.MAXIMUM
        if rest or value != (lo if upper else hi):
            return None
        sign = 1 if upper else -1
        return self._at_most_zero(-sign * value, terms, (sign,))

    def _not(self, held: Truth) -> Truth:
        return not held if isinstance(held, bool) else folded(self.problem.negation(held))

    def _bounded(self, constant: int, terms: Sequence[int], factors: Sequence[int]) -> Truth:
        return self.compare("<=", self.term(ONE, self._linear(constant, terms, factors)), ZERO)

    def _unless(self, condition: Expr, held: Truth) -> Truth:
        """The condition or each part of what else must hold."""
        if isinstance(held, bool):
            return True if held else folded(condition)
        if held.op is Op.AND:
            parts = [Expr(self.problem, a) for a in self.problem.args[held.node]]
            return self._all(folded(self.problem.disjunction([condition, p])) for p in parts)
        return folded(self.problem.disjunction([condition, held]))

    def _all(self, conditions: Iterable[Truth]) -> Truth:
        return folded(self.problem.conjunction(conditions))

    def _without_factor(self, difference: Expr) -> Expr:
        """A sum of products divided by the positive factors that all of them share."""
        constant, terms, factors = self._parts(difference)
        if constant or not terms:
            return difference
        shared = Counter(self._factors(Expr(self.problem, terms[0])))
        for term in terms[1:]:
            shared &= Counter(self._factors(Expr(self.problem, term)))
        for node in list(shared):
            if self.problem.bounds[node][0] < 1:
                del shared[node]
        if not shared:
            return difference
        kept = []
        for term in terms:
            rest = Counter(self._factors(Expr(self.problem, term))) - shared
            kept.append(self.problem.product([Expr(self.problem, n) for n in rest.elements()]))
        return self.problem.sum(kept, factors)


def holds(op: Comparison, constant: int) -> bool:
    return {"==": constant == 0, "!=": constant != 0, "<=": constant <= 0, "<": constant < 0}[op]
