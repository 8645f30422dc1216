"""Arithmetic on exact symbolic numbers: sums, products, rounding, selection and extremes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import gcd
from typing import Literal

from archwright.solvers.expressions import Expr, Op

from .comparing import Comparing
from .logic import Truth
from .precision import Precision, Steps, merged
from .terms import (
    NUMBERS,
    ONE,
    ZERO,
    Comparison,
    ManyDenominators,
    Number,
    Term,
    TooLong,
    agree,
    common_scale,
    denominator_of,
    error_of,
    folded,
    precision_of,
    same,
    scale_of,
    steps,
)

__all__ = [
    "NUMBERS",
    "ONE",
    "ZERO",
    "Arithmetic",
    "Comparison",
    "ManyDenominators",
    "Number",
    "Term",
    "TooLong",
    "common_scale",
]

LONG = 256  # terms of a sum that stays whole within another one


class Arithmetic(Comparing):
    """Operations on numbers over one problem."""

    # ----------------------------------------------------------------------------------- arithmetic

    def add(self, parts: Sequence[tuple[int, Number]]) -> Number:
        """The sum of numbers, each with a sign or whole factor.

        Raises
        ------
        ManyDenominators
        """
        constant = ZERO
        terms: list[tuple[Fraction, Term]] = []
        below: Expr | None = None
        for factor, number in parts:
            if isinstance(number, Term):
                scale = number.scale
                terms.append((scale if factor == 1 else factor * scale, number))
                below = agree(below, number.denominator)
            elif number:
                constant = self.check(constant + factor * number)
        if not terms:
            return constant
        precision = self._together(
            [term for _, term in terms],
            lambda: sum((abs(f) * error_of(n) for f, n in parts), ZERO),
        )
        scale = common_scale([constant, *(s for s, _ in terms)])
        above: list[Expr | int] = []
        factors: list[int] = []
        for own, term in terms:
            if below is None or term.denominator is not None:
                above.append(term.numerator)
            else:
                above.append(self.problem.product([term.numerator, below]))
            factors.append(steps(own, scale))
        above.append(1 if below is None else below)
        factors.append(steps(constant, scale))
        total = self.problem.sum(above, factors, LONG)
        return self.term(scale, total, below, precision)

    def negate(self, number: Number) -> Number:
        """The number with the other sign."""
        if isinstance(number, Fraction):
            return -number
        return Term(-number.scale, number.numerator, number.denominator, number.precision)

    def multiply(self, left: Number, right: Number) -> Number:
        """The product."""
        if not isinstance(left, Term):
            left, right = right, left
        if not isinstance(left, Term):
            if not isinstance(right, Term):
                return self.check(left * right)
            return self.multiply(right, left)
        if not isinstance(right, Term):
            precision = left.precision
            if not right and precision is None:
                return ZERO
            scale = left.scale if right == 1 else left.scale * right
            product = Term(scale, left.numerator, left.denominator)
            if precision is None:
                return product
            return self._rounded(product, precision.off_by(abs(right) * precision.error))
        below = [d for d in (left.denominator, right.denominator) if d is not None]
        number = self.term(
            right.scale if left.scale == 1 else left.scale * right.scale,
            self.problem.product([left.numerator, right.numerator]),
            self.problem.product(below) if below else None,
        )
        return self._rounded(number, self._together((left, right), lambda: self._off(left, right)))

    def divide(self, left: Number, right: Number) -> Number:
        """The quotient; a symbolic divisor has a numerator of at least 1 and a positive scale."""
        if not isinstance(right, Term):
            if not isinstance(left, Term):
                return self.check(left / right)
            return self.multiply(left, 1 / right)
        above = [right.denominator] if right.denominator is not None else []
        below = [right.numerator]
        if isinstance(left, Term):
            above.append(left.numerator)
            if left.denominator is not None:
                below.append(left.denominator)
        scale = (left if isinstance(left, Fraction) else left.scale) / right.scale
        number = self.term(scale, self.problem.product(above), self.problem.product(below))

        def error() -> Fraction:
            off, least = error_of(right), self.bounds(right)[0]
            largest = self._largest(number) * off + error_of(left)
            return largest / max(least - off, right.scale)

        return self._rounded(number, self._together((left, right), error))

    def power(self, base: Number, exponent: int) -> Number:
        """The base multiplied with itself, at least once."""
        if isinstance(base, Fraction):
            return base**exponent
        result: Number = base
        for _ in range(exponent - 1):
            result = self.multiply(result, base)
        return result

    def _rounded(self, number: Number, precision: Precision | None) -> Number:
        """The number at its precision: rounded to the finest step whose condition holds."""
        if precision is None:
            return number
        result, error = number, precision.error
        for step, condition in reversed(precision.steps):
            if self._in_steps(number, step):
                rounded = number
            else:
                rounded, error = (
                    self._nearest(number, step),
                    precision.error + precision.coarsest / 2,
                )
            if condition is not True and not self._vanishes(number, condition):
                rounded = self.choose(condition, rounded, result)
            result = rounded
        precision = precision.off_by(error)
        if not isinstance(result, Term):
            return Term(result, self.one, None, precision)
        return Term(result.scale, result.numerator, result.denominator, precision)

    def _nearest(self, number: Number, step: Fraction) -> Number:
        """The nearest multiple of a step; halves go up."""
        steps = self.add([(1, self.multiply(number, 1 / step)), (1, Fraction(1, 2))])
        return self.multiply(self.floor(steps), step)

    def _in_steps(self, number: Number, step: Fraction) -> bool:
        """Whether a number is surely a multiple of a step."""
        return denominator_of(number) is None and (scale_of(number) / step).denominator == 1

    def _vanishes(self, number: Number, condition: Truth) -> bool:
        """Whether a number is surely 0 where a condition does not hold, so needs no rounding."""
        if not isinstance(number, Term) or isinstance(condition, bool):
            return False
        problem = self.problem
        either = problem.args[condition.node] if condition.op is Op.OR else (condition.node,)
        waiting = [number.numerator.node]
        while waiting:
            node = waiting.pop()
            op, args = problem.ops[node], problem.args[node]
            if op is Op.SUM and not problem.data[node][0]:
                waiting += args
            elif op is not Op.CHOOSE or args[0] not in either or problem.bounds[args[2]] != (0, 0):
                return False
        return True

    def _together(
        self, numbers: Sequence[Number], error: Callable[[], Fraction]
    ) -> Precision | None:
        """The precision of what is made from numbers; None, and no error, where none has one."""
        found = [p for p in map(precision_of, numbers) if p is not None]
        return merged(self.problem, [(p, True) for p in found], error()) if found else None

    def _off(self, left: Number, right: Number) -> Fraction:
        """A bound of the error of a product, before it is rounded."""
        a, b = error_of(left), error_of(right)
        return a * self._largest(right) + b * self._largest(left) + a * b

    def _largest(self, number: Number) -> Fraction:
        return max(map(abs, self.bounds(number)))

    def doubtful(self, op: Comparison, left: Number, right: Number) -> Truth:
        """Whether a comparison may come out otherwise for the true numbers.

        `==` says that two are the same as they are rounded, which is never in doubt.
        """
        error = error_of(left) + error_of(right)
        if not error or op == "==":
            return False
        if op in (">", ">="):
            left, right, op = right, left, "<" if op == ">" else "<="
        left, right = self.settled(left), self.settled(right)
        low, high = self.add([(1, left), (-1, error)]), self.add([(1, left), (1, error)])
        below: Comparison = "<" if op == "<" else "<="
        above: Comparison = "<" if op == "<=" else "<="
        parts = (self.compare(below, low, right), self.compare(above, right, high))
        return folded(self.problem.conjunction(parts))

    # ------------------------------------------------------------------------------------- rounding

    def floor(self, number: Number) -> Number:
        """The largest integer that is not above."""
        return self._round(number, up=False)

    def ceil(self, number: Number) -> Number:
        """The least integer that is not below."""
        return self._round(number, up=True)

    def _round(self, number: Number, *, up: bool) -> Number:
        number = self.settled(number)
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
        number = self.settled(number)
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
        precision = self._together((left, right), lambda: error_of(left) + error_of(right))
        return self.term(scale, self.problem.remainder(a, b), below, precision)

    def divides(self, left: Number, right: Number) -> Truth:
        """Some whole `q` has `right == left * q`; 0 divides only 0."""
        left, right = self.settled(left), self.settled(right)
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return (right / left).denominator == 1 if left else right == 0
        if isinstance(left, Fraction) and left:
            return self.exact(self.divide(right, abs(left)))[1]
        if isinstance(left, Term) and left.numerator.lo >= 1 and left.scale > 0:
            return self.exact(self.divide(right, left))[1]
        scale = common_scale((scale_of(left), scale_of(right)))
        a, b = self.whole(left, scale), self.whole(right, scale)
        under_a, under_b = denominator_of(left), denominator_of(right)
        if not same(under_a, under_b):  # both are positive, so they may change sides
            a = a if under_b is None else self.problem.product([a, under_b])
            b = b if under_a is None else self.problem.product([b, under_a])
        return self._divides(a, b)

    def _divides(self, divisor: Expr | int, dividend: Expr | int) -> Truth:
        return self._fold(self.problem.divides(divisor, dividend))

    # ----------------------------------------------------------------------- selection and extremes

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
        if zero or (all(same(d, first) for d in below[1:]) and len(below) == 2):
            denominator = first
        elif any(d is not None for d in below):
            ends = [1 if isinstance(n, Fraction) else n.denominator for n in (then, otherwise)]
            denominator = self.problem.choose(condition, *(1 if d is None else d for d in ends))
        else:
            denominator = None
        precision = self._chosen(condition, then, otherwise)
        scale = common_scale((scale_of(then), scale_of(otherwise)))
        a, b = self.whole(then, scale), self.whole(otherwise, scale)
        if not isinstance(b, Expr) and b == 0 and isinstance(a, Expr):
            one = a.op is not Op.SUM and a.lo >= 0 and a.hi <= 1
            chosen = self.problem.conjunction([condition, a]) if one else None
            if chosen is not None:
                return self.term(scale, chosen, denominator, precision)
        return self.term(scale, self.problem.choose(condition, a, b), denominator, precision)

    def _chosen(self, condition: Expr, then: Number, otherwise: Number) -> Precision | None:
        first, second = precision_of(then), precision_of(otherwise)
        if first is None and second is None:
            return None
        error = max(error_of(then), error_of(otherwise))
        if first is not None and second is not None and _alike(first.steps, second.steps):
            return first.off_by(error)
        there: list[tuple[Precision | None, Truth]] = [(first, condition)]
        if second is not None:
            there.append((second, folded(self.problem.negation(condition))))
        return merged(self.problem, there, error)

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
        error = max(map(error_of, items))
        return self.term(scale, combine(flat), below, self._together(items, lambda: error))

    def _inside(self, expr: Expr | int, op: Op) -> list[Expr | int] | None:
        """The operands of an extremum, perhaps times a positive factor; None for anything else."""
        if not isinstance(expr, Expr):
            return None
        constant, terms, factors = self._parts(expr)
        if constant or len(terms) != 1 or factors[0] < 0 or self.problem.ops[terms[0]] is not op:
            return None
        operands = [Expr(self.problem, a) for a in self.problem.args[terms[0]]]
        return [self.problem.sum([a], [factors[0]]) for a in operands]

    def absolute(self, number: Number) -> Number:
        """The number without its sign."""
        if isinstance(number, Fraction):
            return abs(number)
        return self.term(
            abs(number.scale),
            self.problem.absolute(number.numerator),
            number.denominator,
            number.precision,
        )


def _alike(first: Steps, second: Steps) -> bool:
    """Whether two numbers are rounded alike, whatever is chosen."""
    return len(first) == len(second) and all(
        a == b and (c is d is True) for (a, c), (b, d) in zip(first, second, strict=True)
    )
