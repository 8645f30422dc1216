"""A step with few divisions: sigmoids and tanhs stay fractions until their value is needed.

A division costs as much as ten multiplications, or an estimate with a Newton step. With
I = 1 + exp(-i), sigmoid(i) is 1 / I, and tanh(z) is (1 - exp(-2z)) / (1 + exp(-2z)); products and
sums of such fractions are brought to one denominator, so an LSTM's `f c + i z` divides once.
Exponentials inside are clamped to `BOUND`, and at most `FACTORS` of them multiply before a
division, so that nothing overflows in single precision. Where many nodes read the same sigmoid, as
in derivatives, dividing at once is cheaper; `lower` takes whichever is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .expression import (
    LEAVES,
    Expression,
    absolute,
    add,
    constant,
    log,
    minimum,
    multiply,
    negate,
    node,
    number,
    ordered,
    subtract,
)

BOUND = 29.0  # (1 + exp(29))**3 < 3.4e38; sigmoid(-29) is 2.5e-13
FACTORS = 3
WIDEST = 88.0  # exp(88) is the largest power that single precision holds
ONE = constant(1)
COSTS = {"bounded_exp": 12, "log": 14, "reciprocal": 4}


@dataclass(frozen=True)
class Fraction:
    """`top` over the product of `bottom`, each factor at most 1 + exp(BOUND)."""

    top: Expression
    bottom: tuple[Expression, ...] = ()


def lower(outputs: Sequence[Expression]) -> list[Expression]:
    """The same values from additions, multiplications, comparisons, `bounded_exp`, `log` and
    `reciprocal`, in the cheaper of two ways.

    Parameters
    ----------
    outputs : sequence of Expression
        Values that are needed as such; other nodes read them after their division.
    """
    return min((_lower(outputs, most) for most in (FACTORS, 0)), key=cost)


def cost(outputs: Sequence[Expression]) -> int:
    """About how many vector operations the lowered outputs take."""
    return sum(COSTS.get(x.op, 0 if x.op in LEAVES else 1) for x in ordered(outputs))


def _lower(outputs: Sequence[Expression], most: int) -> list[Expression]:
    """Lowered with at most that many factors in a denominator."""
    settled: dict[Expression, Expression] = {}
    fractions: dict[Expression, Fraction] = {}
    needed = set(outputs)

    def value(x: Expression) -> Expression:
        if x not in settled:
            settled[x] = settle(fractions[x])
        return settled[x]

    def fraction(x: Expression) -> Fraction:
        return Fraction(value(x)) if x in settled else fractions[x]

    for x in ordered(outputs):
        fractions[x] = _lowered(x, fraction, value, most)
        if x in needed or most == 0:
            value(x)
    return [settled[x] for x in outputs]


def settle(x: Fraction) -> Expression:
    """The fraction's value, with one division if it has a denominator."""
    if not x.bottom:
        return x.top
    below = x.bottom[0]
    for factor in x.bottom[1:]:
        below = multiply(below, factor)
    return multiply(x.top, node("reciprocal", below))


def bounded_exp(x: Expression, bound: float) -> Expression:
    """exp of x clamped to [-bound, bound]."""
    return node("bounded_exp", x, payload=bound)


def _lowered(
    x: Expression,
    fraction: Callable[[Expression], Fraction],
    value: Callable[[Expression], Expression],
    most: int,
) -> Fraction:
    if x.op in LEAVES:
        return Fraction(x)
    args = x.arguments
    match x.op:
        case "sigmoid":
            return Fraction(ONE, (add(bounded_exp(negate(value(args[0])), BOUND), ONE),))
        case "tanh":
            twice = bounded_exp(multiply(value(args[0]), -2), BOUND)
            return Fraction(subtract(ONE, twice), (add(twice, ONE),))
        case "negate":
            inner = fraction(args[0])
            return Fraction(negate(inner.top), inner.bottom)
        case "multiply":
            return _product(fraction(args[0]), fraction(args[1]), most)
        case "add" | "subtract":
            combine = add if x.op == "add" else subtract
            return _sum(fraction(args[0]), fraction(args[1]), combine, most)
        case "divide":
            return _product(fraction(args[0]), Fraction(node("reciprocal", value(args[1]))), most)
        case "exp":
            return Fraction(bounded_exp(value(args[0]), WIDEST))
        case "log_sigmoid":
            read = value(args[0])
            small = add(bounded_exp(negate(absolute(read)), WIDEST), ONE)
            return Fraction(subtract(minimum(read, constant(0)), log(small)))
    return Fraction(node(x.op, *map(value, args), payload=x.payload))


def _product(x: Fraction, y: Fraction, most: int) -> Fraction:
    if len(x.bottom) + len(y.bottom) > most:
        if len(x.bottom) >= len(y.bottom):
            x = Fraction(settle(x))
        else:
            y = Fraction(settle(y))
    return Fraction(multiply(x.top, y.top), x.bottom + y.bottom)


def _sum(
    x: Fraction, y: Fraction, combine: Callable[[Expression, Expression], Expression], most: int
) -> Fraction:
    common = Counter(x.bottom) | Counter(y.bottom)
    if common.total() > most:
        return Fraction(combine(settle(x), settle(y)))
    return Fraction(combine(_over(x, common), _over(y, common)), tuple(common.elements()))


def _over(x: Fraction, common: Counter[Expression]) -> Expression:
    """The fraction's top, brought over a common denominator."""
    missing = list((common - Counter(x.bottom)).elements())
    if not missing:
        return x.top
    factor = missing[0]
    for more in missing[1:]:
        factor = multiply(factor, more)
    return factor if number(x.top) == 1 else multiply(factor, x.top)
