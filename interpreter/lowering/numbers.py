"""Exact symbolic numbers: `scale * numerator / denominator`.

What is known is a plain `Fraction`. A `Term` has a rational scale, an integer expression without
common factors, and perhaps a positive integer expression below it. Scales never reach the solver:
additions and comparisons bring both sides to whole numbers that are as small as they can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Literal, TypeAlias

from archwright.solvers.expressions import Expr, Op
from archwright.solvers.problem import Problem

from .compact import Compact
from .logic import Truth

Comparison: TypeAlias = Literal["==", "!=", "<=", ">=", "<", ">"]
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A number that depends on choices, or on a logarithm.

    `resolution` is set where a logarithm went in: a product is rounded to its multiples, halves up.
    """

    scale: Fraction
    numerator: Expr
    denominator: Expr | None = None
    resolution: Fraction | None = None

    @property
    def known(self) -> bool:
        """Whether it is the same under all choices."""
        return self.numerator.constant is not None and self.denominator is None


Number: TypeAlias = Fraction | Term


class ManyDenominators(Exception):
    """A sum, comparison or extremum of terms with different symbolic denominators."""

    def __init__(self, first: Expr, second: Expr) -> None:
        super().__init__(first, second)
        self.first, self.second = first, second


def common_scale(scales: Iterable[Fraction]) -> Fraction:
    """The largest rational that divides all of them into whole numbers (1 if all are 0)."""
    some = [s for s in scales if s]
    if not some:
        return ONE
    return Fraction(gcd(*(s.numerator for s in some)), lcm(*(s.denominator for s in some)))


class Arithmetic:
    """Operations on numbers over one problem."""

    def __init__(self, problem: Problem, compact: Compact) -> None:
        self.problem = problem
        self.compact = compact
        self.one = problem.constant(1)

    # ----------------------------------------------------------------------------- normal form

    def term(
        self,
        scale: Fraction,
        numerator: Expr,
        denominator: Expr | None = None,
        resolution: Fraction | None = None,
    ) -> Number:
        """The number in normal form: constants and common factors move into the scale."""
        if denominator is not None and denominator.constant is not None:
            scale, denominator = scale / denominator.constant, None
        numerator = self.compact.number(numerator)
        value = numerator.constant
        if value is not None:
            if denominator is None or not value:
                plain = scale * value
                return plain if resolution is None else Term(plain, self.one, None, resolution)
            return Term(scale * value, self.one, denominator, resolution)
        if not scale and resolution is None:
            return ZERO
        if numerator.op is Op.SUM:
            constant, factors = self.problem.data[numerator.node]
            factor = gcd(constant, *factors)
            if factor > 1:
                numerator = self._linear(
                    constant // factor,
                    self.problem.args[numerator.node],
                    [f // factor for f in factors],
                )
                scale *= factor
        if denominator is not None:
            numerator, denominator = self._cancel(numerator, denominator)
            if denominator is None or numerator.constant is not None:
                return self.term(scale, numerator, denominator, resolution)
        return Term(scale, numerator, denominator, resolution)

    def whole(self, number: Number, scale: Fraction) -> Expr | int:
        """`number / scale` as an integer expression; the caller has made sure that it is one."""
        if isinstance(number, Fraction):
            return _integer(number / scale)
        return self.problem.sum([number.numerator], [_integer(number.scale / scale)])

    # ----------------------------------------------------------------------------- arithmetic

    def add(self, parts: Sequence[tuple[int, Number]]) -> Number:
        """The sum of numbers, each with a sign or whole factor.

        Raises
        ------
        ManyDenominators
        """
        constant = ZERO
        terms: list[tuple[Fraction, Term]] = []
        below: Expr | None = None
        resolution = _finest(number for _, number in parts)
        for factor, number in parts:
            if isinstance(number, Fraction):
                constant += factor * number
            else:
                terms.append((factor * number.scale, number))
                below = _agree(below, number.denominator)
        if not terms:
            return constant
        scale = common_scale([constant, *(s for s, _ in terms)])
        above: list[Expr | int] = []
        factors: list[int] = []
        for own, term in terms:
            if below is None or term.denominator is not None:
                above.append(term.numerator)
            else:
                above.append(self.problem.product([term.numerator, below]))
            factors.append(_integer(own / scale))
        above.append(1 if below is None else below)
        factors.append(_integer(constant / scale))
        return self.term(scale, self.problem.sum(above, factors), below, resolution)

    def negate(self, number: Number) -> Number:
        """The number with the other sign."""
        if isinstance(number, Fraction):
            return -number
        return Term(-number.scale, number.numerator, number.denominator, number.resolution)

    def multiply(self, left: Number, right: Number) -> Number:
        """The product."""
        if isinstance(left, Fraction):
            left, right = right, left
        if isinstance(left, Fraction):
            return left * right if isinstance(right, Fraction) else self.multiply(right, left)
        if isinstance(right, Fraction):
            if not right and left.resolution is None:
                return ZERO
            product = Term(left.scale * right, left.numerator, left.denominator)
            return self._rounded(product, left.resolution)
        below = [d for d in (left.denominator, right.denominator) if d is not None]
        number = self.term(
            left.scale * right.scale,
            self.problem.product([left.numerator, right.numerator]),
            self.problem.product(below) if below else None,
        )
        return self._rounded(number, _finest((left, right)))

    def divide(self, left: Number, right: Number) -> Number:
        """The quotient; a symbolic divisor has a numerator of at least 1 and a positive scale."""
        if isinstance(right, Fraction):
            return self.multiply(left, 1 / right)
        above = [right.denominator] if right.denominator is not None else []
        below = [right.numerator]
        if isinstance(left, Term):
            above.append(left.numerator)
            if left.denominator is not None:
                below.append(left.denominator)
        scale = (left if isinstance(left, Fraction) else left.scale) / right.scale
        number = self.term(scale, self.problem.product(above), self.problem.product(below))
        return self._rounded(number, _finest((left, right)))

    def power(self, base: Number, exponent: int) -> Number:
        """The base multiplied with itself, at least once."""
        if isinstance(base, Fraction):
            return base**exponent
        result: Number = base
        for _ in range(exponent - 1):
            result = self.multiply(result, base)
        return result

    def _rounded(self, number: Number, resolution: Fraction | None) -> Number:
        """The nearest multiple of a resolution, halves up; the number itself without one."""
        if resolution is None:
            return number
        steps = self.add([(1, self.multiply(number, 1 / resolution)), (1, Fraction(1, 2))])
        whole = self.floor(steps)
        if isinstance(whole, Fraction):
            return Term(whole * resolution, self.one, None, resolution)
        return Term(whole.scale * resolution, whole.numerator, whole.denominator, resolution)

    # -------------------------------------------------------------------------------- rounding

    def floor(self, number: Number) -> Number:
        """The largest integer that is not above."""
        return self._round(number, up=False)

    def ceil(self, number: Number) -> Number:
        """The least integer that is not below."""
        return self._round(number, up=True)

    def _round(self, number: Number, *, up: bool) -> Number:
        if isinstance(number, Fraction):
            return Fraction(number.__ceil__() if up else number.__floor__())
        p, q = number.scale.numerator, number.scale.denominator
        if number.denominator is None:
            if q == 1:
                return number
            constant, terms, factors = self._parts(number.numerator)
            scaled = [p * f for f in factors]
            return self._floor_by(p * constant + (q - 1 if up else 0), terms, scaled, q)
        below = self.problem.product([number.denominator, q])
        above = self.problem.product([number.numerator, p])
        if up:
            above = above + below - 1
        return self.term(ONE, self.problem.quotient(above, below))

    def _floor_by(self, constant: int, terms: Sequence[int], factors: list[int], q: int) -> Number:
        """floor((constant + sum of factor * term) / q), whole parts drawn out of the quotient."""
        whole = [(t, f // q) for t, f in zip(terms, factors, strict=True) if f % q == 0]
        rest = [(t, f) for t, f in zip(terms, factors, strict=True) if f % q]
        out = constant // q
        parts: list[Expr | int] = [Expr(self.problem, t) for t, _ in whole]
        weights = [f for _, f in whole]
        if rest:
            # floor((g * r + c) / (g * d)) is floor((r + floor(c / g)) / d)
            g = gcd(q, *(f for _, f in rest))
            inner = self._linear(
                (constant % q) // g, [t for t, _ in rest], [f // g for _, f in rest]
            )
            parts.append(self.problem.quotient(inner, q // g))
            weights.append(1)
        return self.term(ONE, self.problem.sum([*parts, 1], [*weights, out]))

    def exact(self, number: Number) -> tuple[Number, Truth]:
        """The number as an integer, and the condition under which it is one.

        Where the condition does not hold the integer is the floor of the quotient.
        """
        if isinstance(number, Fraction):
            return number, number.denominator == 1
        p, q = number.scale.numerator, number.scale.denominator
        if number.denominator is None:
            if q == 1:
                return number, True
            constant, terms, factors = self._parts(number.numerator)
            rest = [(t, f) for t, f in zip(terms, factors, strict=True) if f % q]
            inner = self._linear(constant % q, [t for t, _ in rest], [f for _, f in rest])
            whole = self._floor_by(constant, terms, list(factors), q)
            return self.multiply(Fraction(p), whole), self._divides(q, inner)
        below = self.problem.product([number.denominator, q])
        above = self.problem.product([number.numerator, p])
        value = self.term(ONE, self.problem.quotient(above, below))
        return value, self._divides(below, above)

    def remainder(self, left: Number, right: Number) -> Number:
        """`left - right * floor(left / right)` for a positive divisor."""
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return left % right
        scale, (a, b), below = self._aligned([left, right])
        return self.term(scale, self.problem.remainder(a, b), below)

    def divides(self, left: Number, right: Number) -> Truth:
        """Some whole `q` has `right == left * q`; 0 divides only 0."""
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return (right / left).denominator == 1 if left else right == 0
        if isinstance(left, Fraction) and left:
            return self.exact(self.divide(right, abs(left)))[1]
        if isinstance(left, Term) and left.numerator.lo >= 1 and left.scale > 0:
            return self.exact(self.divide(right, left))[1]
        _, (a, b), _ = self._aligned([left, right])
        return self._divides(a, b)

    # ------------------------------------------------------------------- selection and extremes

    def choose(self, condition: Truth, then: Number, otherwise: Number) -> Number:
        """One of two numbers; what is 0 otherwise keeps its denominator."""
        if isinstance(condition, bool):
            return then if condition else otherwise
        if isinstance(then, Fraction) and isinstance(otherwise, Fraction):
            step = then - otherwise
            if not step:
                return then
            return self.add([(1, otherwise), (1, self.term(step, condition))])
        below = [n.denominator for n in (then, otherwise) if isinstance(n, Term)]
        first = below[0]
        zero = then == 0 if isinstance(then, Fraction) else otherwise == 0
        if zero or (all(_same(d, first) for d in below[1:]) and len(below) == 2):
            denominator = first
        elif any(d is not None for d in below):
            ends = [1 if isinstance(n, Fraction) else n.denominator for n in (then, otherwise)]
            denominator = self.problem.choose(condition, *(1 if d is None else d for d in ends))
        else:
            denominator = None
        resolution = _finest((then, otherwise))
        scale = common_scale(n if isinstance(n, Fraction) else n.scale for n in (then, otherwise))
        a, b = self._numerator(then, scale), self._numerator(otherwise, scale)
        if not isinstance(b, Expr) and b == 0 and isinstance(a, Expr):
            one = a.op is not Op.SUM and a.lo >= 0 and a.hi <= 1
            chosen = self.problem.conjunction([condition, a]) if one else None
            if chosen is not None:
                return self.term(scale, chosen, denominator, resolution)
        return self.term(scale, self.problem.choose(condition, a, b), denominator, resolution)

    def extremum(self, kind: Literal["min", "max"], items: Sequence[Number]) -> Number:
        """The least or largest of at least one number over one denominator.

        Raises
        ------
        ManyDenominators
        """
        if all(isinstance(i, Fraction) for i in items):
            pick = min if kind == "min" else max
            return pick(i for i in items if isinstance(i, Fraction))
        scale, exprs, below = self._aligned(items)
        combine = self.problem.minimum if kind == "min" else self.problem.maximum
        op = Op.MINIMUM if kind == "min" else Op.MAXIMUM
        flat: list[Expr | int] = []
        for expr in exprs:
            inner = self._inside(expr, op)
            flat += [expr] if inner is None else inner
        return self.term(scale, combine(flat), below, _finest(items))

    def absolute(self, number: Number) -> Number:
        """The number without its sign."""
        if isinstance(number, Fraction):
            return abs(number)
        return self.term(
            abs(number.scale),
            self.problem.absolute(number.numerator),
            number.denominator,
            number.resolution,
        )

    # ------------------------------------------------------------------------------ comparison

    def compare(self, op: Comparison, left: Number, right: Number) -> Truth:
        """A comparison by cross-multiplication, cleared of common factors."""
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return {
                "==": left == right,
                "!=": left != right,
                "<=": left <= right,
                ">=": left >= right,
                "<": left < right,
                ">": left > right,
            }[op]
        if op in (">=", ">"):
            left, right, op = right, left, "<=" if op == ">=" else "<"
        scale = common_scale(n if isinstance(n, Fraction) else n.scale for n in (left, right))
        sides = [self._numerator(left, scale), self._numerator(right, scale)]
        if not _same(_below(left), _below(right)):
            for i, other in ((0, right), (1, left)):
                if isinstance(other, Term) and other.denominator is not None:
                    sides[i] = self.problem.product([sides[i], other.denominator])
        difference = self._without_factor(self.problem.sum(sides, [1, -1]))
        constant, terms, factors = self._parts(difference)
        if not factors:
            return _holds(op, constant)
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

    def bounds(self, number: Number) -> tuple[Fraction, Fraction]:
        """Bounds that follow from the domains alone."""
        if isinstance(number, Fraction):
            return number, number
        lo, hi = number.numerator.lo, number.numerator.hi
        if number.denominator is None:
            ends = [number.scale * lo, number.scale * hi]
        else:
            below = (number.denominator.lo, number.denominator.hi)
            ends = [number.scale * Fraction(x, d) for x in (lo, hi) for d in below]
        return min(ends), max(ends)

    # --------------------------------------------------------------------------------- internals

    def _parts(self, expr: Expr) -> tuple[int, Sequence[int], Sequence[int]]:
        """Constant, terms and factors of an expression read as a sum."""
        if expr.constant is not None:
            return expr.constant, (), ()
        if expr.op is Op.SUM:
            constant, factors = self.problem.data[expr.node]
            return constant, self.problem.args[expr.node], factors
        return 0, (expr.node,), (1,)

    def _linear(self, constant: int, terms: Sequence[int], factors: Sequence[int]) -> Expr:
        parts: list[Expr | int] = [Expr(self.problem, t) for t in terms]
        return self.problem.sum([*parts, 1], [*factors, constant])

    def _inside(self, expr: Expr | int, op: Op) -> list[Expr | int] | None:
        """The operands of an extremum, perhaps times a positive factor; None for anything else."""
        if not isinstance(expr, Expr):
            return None
        constant, terms, factors = self._parts(expr)
        if constant or len(terms) != 1 or factors[0] < 0 or self.problem.ops[terms[0]] is not op:
            return None
        operands = [Expr(self.problem, a) for a in self.problem.args[terms[0]]]
        return [self.problem.sum([a], [factors[0]]) for a in operands]

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
        return not held if isinstance(held, bool) else _fold(self.problem.negation(held))

    def _bounded(self, constant: int, terms: Sequence[int], factors: Sequence[int]) -> Truth:
        return self.compare("<=", self.term(ONE, self._linear(constant, terms, factors)), ZERO)

    def _unless(self, condition: Expr, held: Truth) -> Truth:
        """The condition or each part of what else must hold."""
        if isinstance(held, bool):
            return True if held else _fold(condition)
        if held.op is Op.AND:
            parts = [Expr(self.problem, a) for a in self.problem.args[held.node]]
            return self._all(_fold(self.problem.disjunction([condition, p])) for p in parts)
        return _fold(self.problem.disjunction([condition, held]))

    def _all(self, conditions: Iterable[Truth]) -> Truth:
        return _fold(self.problem.conjunction(conditions))

    def _numerator(self, number: Number, scale: Fraction) -> Expr | int:
        if isinstance(number, Fraction):
            return _integer(number / scale)
        return self.problem.sum([number.numerator], [_integer(number.scale / scale)])

    def _aligned(self, numbers: Sequence[Number]) -> tuple[Fraction, list[Expr | int], Expr | None]:
        """Numbers as integer expressions over one scale and one denominator."""
        below: Expr | None = None
        for number in numbers:
            below = _agree(below, _below(number))
        scale = common_scale(n if isinstance(n, Fraction) else n.scale for n in numbers)
        exprs = [self._numerator(n, scale) for n in numbers]
        if below is not None:
            exprs = [
                e if _below(n) is not None else self.problem.product([e, below])
                for e, n in zip(exprs, numbers, strict=True)
            ]
        return scale, exprs, below

    def _divides(self, divisor: Expr | int, dividend: Expr | int) -> Truth:
        return self._fold(self.problem.divides(divisor, dividend))

    def _fold(self, condition: Expr) -> Truth:
        return _fold(self.compact.truth(condition))

    def _factors(self, expr: Expr) -> Sequence[int]:
        if expr.constant is not None:
            return ()
        return self.problem.args[expr.node] if expr.op is Op.PRODUCT else (expr.node,)

    def _cancel(self, above: Expr, below: Expr) -> tuple[Expr, Expr | None]:
        """Shared factors taken out of a fraction; the denominator is positive, so they are too."""
        up, down = Counter(self._factors(above)), Counter(self._factors(below))
        shared = up & down
        if not shared:
            return above, below
        rest = [Expr(self.problem, n) for n in (up - shared).elements()]
        left = [Expr(self.problem, n) for n in (down - shared).elements()]
        return self.problem.product(rest), self.problem.product(left) if left else None

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


def _integer(value: Fraction) -> int:
    if value.denominator != 1:
        raise ArithmeticError(f"{value} is not whole")  # a scale that does not fit: a bug here
    return value.numerator


def _finest(numbers: Iterable[Number]) -> Fraction | None:
    """The finest resolution of the logarithms in some numbers."""
    found = [n.resolution for n in numbers if isinstance(n, Term) and n.resolution is not None]
    return min(found) if found else None


def _below(number: Number) -> Expr | None:
    return number.denominator if isinstance(number, Term) else None


def _same(first: Expr | None, second: Expr | None) -> bool:
    if first is None or second is None:
        return first is second
    return first.node == second.node


def _agree(first: Expr | None, second: Expr | None) -> Expr | None:
    if first is None or second is None or first.node == second.node:
        return second if first is None else first
    raise ManyDenominators(first, second)


def _fold(condition: Expr) -> Truth:
    constant = condition.constant
    return condition if constant is None else bool(constant)


def _holds(op: Comparison, constant: int) -> bool:
    return {"==": constant == 0, "!=": constant != 0, "<=": constant <= 0, "<": constant < 0}[op]
