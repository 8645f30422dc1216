"""What undecided expressions can still be, in terms of what is decided: tests that prune early.

Interval arithmetic on expressions (Moore 1966) with the static bounds of what no placed variable
touches; the bounds are instructions like any others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..expressions import Op
from . import layout
from .emitter import Emitter, Form, number
from .equations import Equation


def reach(emitter: Emitter, node: int, upper: bool) -> Form:
    """A bound of a node given the decided variables, as a form of registers."""
    mask = emitter.masks[node]
    if not mask & ~emitter.placed:
        return emitter.form(node) if mask else emitter.static(node, upper)
    placed = emitter.wide(node) & emitter.placed
    if not placed:
        return emitter.static(node, upper)
    known = emitter.reached.get((node, upper))
    if known is None or known[0] != placed:
        known = emitter.reached[node, upper] = (placed, _bound(emitter, node, upper))
    return known[1]


def _bound(emitter: Emitter, node: int, upper: bool) -> Form:
    """The bound of a node of which something, but not all, is decided."""
    problem = emitter.problem
    op, args = problem.ops[node], problem.args[node]
    match op:
        case Op.VARIABLE:
            return _defined(emitter, node, upper)
        case Op.SUM:
            total = emitter.gather(node)
            for i in emitter.rest(node):
                factor = problem.data[node][1][i]
                total = emitter.add(total, reach(emitter, args[i], upper == (factor > 0)), factor)
            return total
        case Op.PRODUCT if emitter.natural(node):
            total = emitter.gather(node)
            for i in emitter.rest(node):
                total = emitter.times(total, reach(emitter, args[i], upper))
            return total
        case Op.PRODUCT:
            return _signed(emitter, node, upper)
        case Op.MINIMUM | Op.MAXIMUM | Op.AND | Op.OR:
            return _extreme(emitter, node, upper)
        case Op.QUOTIENT if problem.bounds[args[0]][0] >= 0:
            top, bottom = reach(emitter, args[0], upper), reach(emitter, args[1], not upper)
            return emitter.over(top, bottom)
        case Op.CHOOSE:
            then, other = reach(emitter, args[1], upper), reach(emitter, args[2], upper)
            if emitter.decided(args[0]):
                condition = emitter.whole(emitter.form(args[0]))
                then_at, other_at = emitter.whole(then), emitter.whole(other)
                return 0, 1, emitter.emit(layout.CHOOSE, condition, then_at, other_at)
            return emitter.merge(Op.MAXIMUM if upper else Op.MINIMUM, then, other)
        case Op.NOT:
            constant, factor, register = reach(emitter, args[0], not upper)
            return 1 - constant, -factor, register
        case Op.AT_MOST_ZERO:
            return emitter.at_most(reach(emitter, args[0], not upper))
        case Op.IS_ZERO if upper:
            above_zero = reach(emitter, args[0], True)
            low = emitter.at_most(reach(emitter, args[0], False))
            high = emitter.at_most(emitter.negative(above_zero))
            return emitter.merge(Op.AND, low, high)
    return emitter.static(node, upper)


def _signed(emitter: Emitter, node: int, upper: bool) -> Form:
    """The bound of a product of which one factor may be negative, once the others are decided."""
    bounds, args = emitter.problem.bounds, emitter.problem.args[node]
    signed = [a for a in args if bounds[a][0] < 0]
    if len(signed) > 1 or not all(emitter.decided(a) for a in args if a != signed[0]):
        return emitter.static(node, upper)
    return emitter.times(emitter.gather(node), reach(emitter, signed[0], upper))


def numerator(emitter: Emitter, equation: Equation, upper: bool) -> Form:
    """A bound of an open variable times the absolute value of its equation's factor."""
    sign = equation.sign
    total = emitter.negative(emitter.gather(equation.node), sign)
    for scale, node in equation.others:
        if not emitter.decided(node):
            factor = -sign * scale
            total = emitter.add(total, reach(emitter, node, upper == (factor > 0)), factor)
    return total


def _defined(emitter: Emitter, node: int, upper: bool) -> Form:
    """The bound of an open variable by its equation."""
    equation = emitter.definitions[emitter.problem.data[node]]
    bounds = emitter.problem.bounds
    static = bounds[node][upper]
    found = numerator(emitter, equation, upper)
    lo, hi = equation.lo, equation.hi
    if abs(equation.constant) != 1:
        divisor = number(abs(equation.constant))
        if not equation.constant:
            if (
                lo < 0
                or len(equation.shares) > 1
                or any(bounds[n][0] < 0 for n in equation.shares[0][1])
            ):
                return number(static)
            ((scale, nodes),) = equation.shares
            divisor = number(abs(scale))
            for inner in nodes:
                divisor = emitter.times(divisor, reach(emitter, inner, not upper))
        found = emitter.over(found, divisor)
        return emitter.merge(Op.MINIMUM if upper else Op.MAXIMUM, found, number(static))
    if upper and hi > static:
        return emitter.merge(Op.MINIMUM, found, number(static))
    if not upper and lo < static:
        return emitter.merge(Op.MAXIMUM, found, number(static))
    return found


def _extreme(emitter: Emitter, node: int, upper: bool) -> Form:
    op, args = emitter.problem.ops[node], emitter.problem.args[node]
    rest = emitter.rest(node)
    total: Form | None = None
    if any(emitter.decided(a) for a in args):
        total = emitter.gather(node)
        rest = emitter.rest(node)
    for i in rest:
        other = reach(emitter, args[i], upper)
        total = other if total is None else emitter.merge(op, total, other)
    assert total is not None
    return total


def direction(emitter: Emitter, node: int) -> int | None:
    """1 if a node never falls as the level's variable grows, -1 if it never rises, 0 without it.

    None if that is not known. The bounds that `reach` gives of the node behave alike.
    """
    if not emitter.masks[node] & emitter.bit:
        return 0
    if node not in emitter.directions:  # variables are there
        emitter.directions[node] = _direction(emitter, node)
    return emitter.directions[node]


def _direction(emitter: Emitter, node: int) -> int | None:
    problem = emitter.problem
    op, args = problem.ops[node], problem.args[node]
    signs: Sequence[int] = (1,) * len(args)
    if op is Op.SUM:
        signs = problem.data[node][1]
    elif op is Op.QUOTIENT and problem.bounds[args[0]][0] >= 0:
        signs = (1, -1)
    elif op is Op.LOOKUP:
        if not emitter.rises(node):
            return None
    elif op is Op.PRODUCT and not emitter.natural(node):
        signed = [a for a in args if problem.bounds[a][0] < 0]
        if len(signed) > 1 or any(emitter.masks[a] & emitter.bit for a in args if a != signed[0]):
            return None
    elif op not in (Op.MINIMUM, Op.MAXIMUM, Op.PRODUCT):
        return None
    return common(emitter, zip(signs, args, strict=True))


def common(emitter: Emitter, terms: Iterable[tuple[int, int]]) -> int | None:
    """The direction in which (sign, node) all go; None if they differ."""
    found = 0
    for sign, node in terms:
        own = direction(emitter, node)
        if own is None or found * sign * own < 0:
            return None
        if own:
            found = 1 if sign * own > 0 else -1
    return found
