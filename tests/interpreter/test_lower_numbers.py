"""Scaled symbolic numbers behave like the rationals that they stand for."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.interpreter.lowering.compact import Compact
from archwright.interpreter.lowering.logic import Logic
from archwright.interpreter.lowering.numbers import Arithmetic, ManyDenominators, Number, Term
from archwright.interpreter.lowering.reach import Reach
from archwright.solvers.evaluate import evaluate
from archwright.solvers.expressions import Expr
from archwright.solvers.problem import Problem

VALUES = ((1, 2, 3), (-2, 0, 5), (1, 4))
Plain: TypeAlias = Callable[[tuple[int, ...]], Fraction]
Pair: TypeAlias = tuple[Number, Plain]

scales = st.fractions(-3, 3, max_denominator=6).filter(bool)


class Space:
    """Three variables and the arithmetic over them."""

    def __init__(self) -> None:
        self.problem = Problem()
        self.variables = [self.problem.integer(f"x{i}", v) for i, v in enumerate(VALUES)]
        logic = Logic(self.problem)
        compact = Compact(self.problem, Reach(self.problem, logic))
        self.numbers = Arithmetic(self.problem, compact)

    def value(self, number: Number, at: tuple[int, ...]) -> Fraction:
        if isinstance(number, Fraction):
            return number
        above = evaluate(self.problem, at, [number.numerator.node])[0]
        below = 1
        if number.denominator is not None:
            below = evaluate(self.problem, at, [number.denominator.node])[0]
        return number.scale * Fraction(above, below)


def combine(draw: st.DrawFn, space: Space, depth: int) -> Pair:
    """A random number with what it is."""
    numbers = space.numbers
    kind = draw(st.integers(0, 2 if depth == 0 else 11))
    if kind == 0:
        constant = draw(scales)
        return constant, lambda at: constant
    if kind <= 2:
        i, scale = draw(st.integers(0, 2)), draw(scales)
        return numbers.term(scale, space.variables[i]), lambda at: scale * at[i]
    left, f = combine(draw, space, depth - 1)
    right, g = combine(draw, space, depth - 1)
    if kind == 3:
        return numbers.add([(1, left), (-2, right)]), lambda at: f(at) - 2 * g(at)
    if kind == 4:
        return numbers.multiply(left, right), lambda at: f(at) * g(at)
    if kind == 5:  # by a positive variable
        below = numbers.term(Fraction(2, 3), space.variables[2])
        return numbers.divide(left, below), lambda at: f(at) / (Fraction(2, 3) * at[2])
    if kind == 6:
        return numbers.floor(left), lambda at: Fraction(f(at).__floor__())
    if kind == 7:
        return numbers.ceil(left), lambda at: Fraction(f(at).__ceil__())
    if kind == 8:
        return numbers.extremum("max", [left, right]), lambda at: max(f(at), g(at))
    if kind == 9:
        condition = numbers.compare("<", left, right)
        chosen = numbers.choose(condition, right, left)
        return chosen, lambda at: g(at) if f(at) < g(at) else f(at)
    if kind == 10:
        return numbers.absolute(left), lambda at: abs(f(at))
    divisor = numbers.term(Fraction(1, 2), space.variables[0])
    return numbers.remainder(left, divisor), lambda at: f(at) % Fraction(at[0], 2)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Space, Pair, Pair]:
    space = Space()
    try:
        return space, combine(draw, space, 3), combine(draw, space, 2)
    except ManyDenominators:
        return space, (Fraction(0), lambda at: Fraction(0)), (Fraction(1), lambda at: Fraction(1))


@settings(max_examples=150, deadline=None)
@given(pairs())
def test_numbers_are_what_they_stand_for(case: tuple[Space, Pair, Pair]) -> None:
    space, (left, f), (right, g) = case
    truths = {op: space.numbers.compare(op, left, right) for op in ("<=", "==", "<", "!=")}
    whole = space.numbers.exact(left)
    divides = space.numbers.divides(left, right)
    for at in product(*VALUES):
        a, b = f(at), g(at)
        assert space.value(left, at) == a
        held = {op: holds(space, truth, at) for op, truth in truths.items()}
        assert held == {"<=": a <= b, "==": a == b, "<": a < b, "!=": a != b}
        assert holds(space, whole[1], at) == (a.denominator == 1)
        if a.denominator == 1:
            assert space.value(whole[0], at) == a
        assert holds(space, divides, at) == ((b / a).denominator == 1 if a else b == 0)


def holds(space: Space, truth: bool | Expr, at: tuple[int, ...]) -> bool:
    if isinstance(truth, bool):
        return truth
    return bool(evaluate(space.problem, at, [truth.node])[0])


def test_equal_functions_of_one_choice_are_one_node() -> None:
    numbers = (space := Space()).numbers
    x = numbers.term(Fraction(24), space.variables[0])
    rounded = numbers.floor(numbers.divide(numbers.add([(1, x), (1, Fraction(4))]), Fraction(8)))
    eight = numbers.multiply(Fraction(8), numbers.extremum("max", [rounded, Fraction(1)]))
    assert isinstance(eight, Term) and isinstance(x, Term)
    assert (eight.scale, eight.numerator.node) == (x.scale, x.numerator.node)


def test_factors_cancel() -> None:
    numbers = (space := Space()).numbers
    a, b = (numbers.term(Fraction(6), space.variables[i]) for i in (0, 2))
    ratio = numbers.divide(numbers.multiply(a, b), b)
    assert isinstance(ratio, Term) and ratio.denominator is None
    assert numbers.divides(a, numbers.multiply(a, b)) is True


def test_two_denominators_do_not_add() -> None:
    numbers = (space := Space()).numbers
    a, b = (numbers.divide(Fraction(1), numbers.term(Fraction(1), v)) for v in space.variables[::2])
    with pytest.raises(ManyDenominators):
        numbers.add([(1, a), (1, b)])
