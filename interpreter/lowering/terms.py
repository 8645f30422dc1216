"""Exact symbolic numbers and their normal form: `scale * numerator / denominator`.

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

from archwright.dsl.limits import Limits
from archwright.solvers.expressions import Expr, Op
from archwright.solvers.problem import Problem

from .compact import Compact
from .logic import Truth
from .precision import Precision

Comparison: TypeAlias = Literal["==", "!=", "<=", ">=", "<", ">"]
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(slots=True, eq=False)  # not frozen, which would make each of them dearer
class Term:
    """A number that depends on choices, or on a logarithm; it is never changed.

    `precision` is set where a logarithm may have gone in.
    """

    scale: Fraction
    numerator: Expr
    denominator: Expr | None = None
    precision: Precision | None = None

    @property
    def known(self) -> bool:
        """Whether it is the same under all choices."""
        return self.numerator.constant is not None and self.denominator is None


Number: TypeAlias = Fraction | Term
NUMBERS = (Term, Fraction)  # in this order the test for either is quick


class ManyDenominators(Exception):
    """A sum, comparison or extremum of terms with different symbolic denominators."""

    def __init__(self, first: Expr, second: Expr) -> None:
        super().__init__(first, second)
        self.first, self.second = first, second


class TooLong(Exception):
    """A number with more binary digits than the limit `bits`."""


def common_scale(scales: Iterable[Fraction]) -> Fraction:
    """The largest rational that divides all of them into whole numbers (1 if all are 0)."""
    above, below = 0, 1
    for scale in scales:
        p, q = scale.numerator, scale.denominator
        if p:
            above = gcd(above, p)
            if q != 1:
                below = lcm(below, q)
    if above < 2 and below == 1:
        return ONE
    return Fraction(above, below)


class Forms:
    """Numbers over one problem in their normal form, and brought to a common one."""

    def __init__(self, problem: Problem, compact: Compact, bits: int = Limits().bits) -> None:
        self.problem = problem
        self.compact = compact
        self.bits = bits
        self.one = problem.constant(1)

    def term(
        self,
        scale: Fraction,
        numerator: Expr,
        denominator: Expr | None = None,
        precision: Precision | None = None,
    ) -> Number:
        """The number in normal form: constants and common factors move into the scale."""
        if denominator is not None and denominator.constant is not None:
            scale, denominator = scale / denominator.constant, None
        numerator = self.compact.number(numerator)
        self.check(scale)
        if max(numerator.lo.bit_length(), numerator.hi.bit_length()) > self.bits:
            raise TooLong
        value = numerator.constant
        if value is not None:
            if denominator is None or not value:
                plain = scale * value
                return plain if precision is None else Term(plain, self.one, None, precision)
            return Term(scale * value, self.one, denominator, precision)
        if not scale and precision is None:
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
                return self.term(scale, numerator, denominator, precision)
        return Term(scale, numerator, denominator, precision)

    def check(self, number: Fraction) -> Fraction:
        """The number, if it is not too long to work with.

        Raises
        ------
        TooLong
        """
        if max(number.numerator.bit_length(), number.denominator.bit_length()) > self.bits:
            raise TooLong
        return number

    def settled(self, number: Number) -> Number:
        """The number as its fixed-point value, not to be rounded any more."""
        if not isinstance(number, Term) or number.precision is None:
            return number
        return self.term(number.scale, number.numerator, number.denominator)

    def whole(self, number: Number, scale: Fraction) -> Expr | int:
        """`number / scale` as an integer expression; the caller has made sure that it is one."""
        if not isinstance(number, Term):
            return steps(number, scale)
        factor = steps(number.scale, scale)
        return number.numerator if factor == 1 else self.problem.sum([number.numerator], [factor])

    def bounds(self, number: Number) -> tuple[Fraction, Fraction]:
        """Bounds that follow from the domains alone."""
        if not isinstance(number, Term):
            return number, number
        lo, hi = number.numerator.lo, number.numerator.hi
        if number.denominator is None:
            ends = [number.scale * lo, number.scale * hi]
        else:
            below = (number.denominator.lo, number.denominator.hi)
            ends = [number.scale * Fraction(x, d) for x in (lo, hi) for d in below]
        return min(ends), max(ends)

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

    def _aligned(self, numbers: Sequence[Number]) -> tuple[Fraction, list[Expr | int], Expr | None]:
        """Numbers as integer expressions over one scale and one denominator."""
        below: Expr | None = None
        for number in numbers:
            below = agree(below, denominator_of(number))
        scale = common_scale([scale_of(n) for n in numbers])
        exprs = [self.whole(n, scale) for n in numbers]
        if below is not None:
            exprs = [
                e if denominator_of(n) is not None else self.problem.product([e, below])
                for e, n in zip(exprs, numbers, strict=True)
            ]
        return scale, exprs, below

    def _fold(self, condition: Expr) -> Truth:
        return folded(self.compact.truth(condition))

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


def steps(number: Fraction, scale: Fraction) -> int:
    """`number / scale`, which is whole."""
    if scale is ONE and number.denominator == 1:
        return number.numerator
    value, rest = divmod(number.numerator * scale.denominator, number.denominator * scale.numerator)
    if rest:
        raise ArithmeticError(f"{number} / {scale} is not whole")  # a bug here
    return value


def scale_of(number: Number) -> Fraction:
    """What one step of a number is worth; all of it where it is known."""
    return number.scale if isinstance(number, Term) else number


def precision_of(number: Number) -> Precision | None:
    """What a number owes to logarithms, if it does."""
    return number.precision if isinstance(number, Term) else None


def error_of(number: Number) -> Fraction:
    """How far a number may be from the true one; 0 without logarithms."""
    precision = precision_of(number)
    return ZERO if precision is None else precision.error


def denominator_of(number: Number) -> Expr | None:
    """The symbolic denominator of a number, if it has one."""
    return number.denominator if isinstance(number, Term) else None


def same(first: Expr | None, second: Expr | None) -> bool:
    """Whether two denominators are the same expression."""
    if first is None or second is None:
        return first is second
    return first.node == second.node


def agree(first: Expr | None, second: Expr | None) -> Expr | None:
    """The one denominator of two numbers, of which one may have none.

    Raises
    ------
    ManyDenominators
    """
    if first is None or second is None or first.node == second.node:
        return second if first is None else first
    raise ManyDenominators(first, second)


def folded(condition: Expr) -> Truth:
    """A condition, as `bool` where it is known."""
    constant = condition.constant
    return condition if constant is None else bool(constant)
