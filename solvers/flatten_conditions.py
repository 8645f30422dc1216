"""Conditions: the propagators that tie a literal to a truth node.

At the root the literal is the constant that always holds, and a comparison is posted as it is.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from . import memory as layout
from .expressions import Op
from .flatten_definitions import (
    define,
    define_product,
    fits,
    key_grid,
    key_view,
    linear_terms,
    near_keys,
    post_element,
    post_linear,
    post_product,
    post_table,
)
from .flatten_wide import among_wide, any_of, compare_wide, different_wide, divides_wide
from .flatten_width import computable, is_positive, may_view, sum_fits, usable
from .memory import ANY, BOUNDS, FIXED
from .propagators.wide import AT_MOST, EQUAL
from .vectorised import Lookups

if TYPE_CHECKING:
    from .flatten import Flat, Literal


def state(flat: Flat, node: int, literal: Literal) -> None:
    """Post literal <-> node."""
    problem = flat.problem
    args = problem.args[node]
    match problem.ops[node]:
        case Op.CONSTANT:
            settle(flat, literal, bool(problem.data[node]))
        case Op.NOT:
            state(flat, args[0], negated(literal))
        case Op.AND | Op.OR as op:
            state_junction(flat, op, args, literal)
        case Op.AT_MOST_ZERO:
            state_at_most(flat, args[0], literal)
        case Op.IS_ZERO:
            state_zero(flat, args[0], literal)
        case Op.DIVIDES:
            state_divides(flat, args[0], args[1], literal)
        case Op.AMONG if not usable(flat, args[0]):
            among_wide(flat, args[0], problem.data[node], literal)
        case Op.AMONG:
            x = flat.at(args[0])
            values = problem.data[node]
            events = ANY if flat.records.is_listed(x) else BOUNDS
            watches = [(literal[0], FIXED), (x, events)]
            flat.post(layout.AMONG, (*literal, x, len(values), *values), watches)
        case Op.ALL_DIFFERENT:
            views = [flat.view(a) for a in args]
            if all(may_view(flat, v) for v in views):
                state_different(flat, views, literal)
            else:
                different_wide(flat, args, literal)
        case Op.HAS_ROW:
            state_row(flat, node, literal)
        case _:  # a variable or another number in 0 .. 1
            post_equality(flat, literal, flat.at(node), 1)


def negated(literal: Literal) -> Literal:
    """The opposite literal."""
    return literal[0], 1 - literal[1]


def settle(flat: Flat, literal: Literal, holds: bool) -> None:
    """Post that the literal holds, or not."""
    post_equality(flat, literal, flat.true[0], int(holds))


def post_equality(flat: Flat, literal: Literal, x: int, value: int) -> None:
    """Post literal <-> x == value."""
    watches = [(literal[0], FIXED), (x, ANY)]
    flat.post(layout.EQUALITY, (*literal, x, value), watches)


def post_comparison(flat: Flat, literal: Literal, x: int, value: int) -> None:
    """Post literal <-> x <= value."""
    watches = [(literal[0], FIXED), (x, BOUNDS)]
    flat.post(layout.COMPARISON, (*literal, x, value), watches)


def state_junction(flat: Flat, op: Op, args: tuple[int, ...], literal: Literal) -> None:
    """Post literal <-> all, or any, of the arguments."""
    if (op is Op.AND and literal == flat.true) or (op is Op.OR and literal == flat.false):
        for arg in args:
            state(flat, arg, literal)
        return
    literals = [flat.literal(a) for a in args]
    if op is Op.AND:  # not any of the negated ones
        literal, literals = negated(literal), [negated(i) for i in literals]
    any_of(flat, literals, literal)


def state_at_most(flat: Flat, node: int, literal: Literal) -> None:
    """Post literal <-> node <= 0."""
    factor, inner, offset = flat.view(node)
    if flat.problem.ops[node] is not Op.SUM or len(flat.problem.args[node]) == 1:
        if factor > 0:
            value = -offset // factor
        else:  # inner >= the quotient rounded up
            literal, value = negated(literal), -(-offset // -factor) - 1
        if usable(flat, inner) and abs(value) >= layout.TOP_VALUE:
            settle(flat, literal, value > 0)
        elif usable(flat, inner, wide=True) and abs(value) < layout.TOP_VALUE:
            post_comparison(flat, literal, flat.at(inner, wide=True), value)
        else:
            compare_wide(flat, inner, AT_MOST, literal, value)
        return
    certain = literal in (flat.true, flat.false)
    if certain and not sum_fits(flat, node):
        compare_wide(flat, node, AT_MOST, literal)
    elif certain:
        constant, terms = linear_terms(flat, node)
        if literal == flat.false:
            constant, terms = 1 - constant, [(-f, x) for f, x in terms]
        common = gcd(*(f for f, _ in terms)) or 1
        terms = [(f // common, x) for f, x in terms]
        post_linear(flat, layout.LINEAR_AT_MOST, -(-constant // common), terms, node)
    elif usable(flat, node) and computable(flat, node):
        post_comparison(flat, literal, flat.at(node), 0)
    else:
        compare_wide(flat, node, AT_MOST, literal)


def state_zero(flat: Flat, node: int, literal: Literal) -> None:
    """Post literal <-> node == 0."""
    problem = flat.problem
    factor, inner, offset = flat.view(node)
    if problem.ops[node] is not Op.SUM or len(problem.args[node]) == 1:
        value, rest = divmod(-offset, factor)
        lo, hi = flat.bounds(inner)
        if rest or not lo <= value <= hi:
            settle(flat, literal, False)
        elif abs(value) >= layout.TOP_VALUE:
            compare_wide(flat, inner, EQUAL, literal, value)
        elif value == 0 and problem.ops[inner] is Op.REMAINDER and inner not in flat.address:
            dividend, divisor = problem.args[inner]
            state_divides(flat, divisor, dividend, literal)
        elif literal == flat.true and may_define(flat, inner):
            define(flat, inner, flat.records.constant(value))
        elif usable(flat, inner, wide=True):
            post_equality(flat, literal, flat.at(inner, wide=True), value)
        else:
            compare_wide(flat, inner, EQUAL, literal, value)
        return
    if literal == flat.true:
        if state_equal(flat, node):
            return
        if not sum_fits(flat, node):
            compare_wide(flat, node, EQUAL, literal)
            return
        constant, terms = linear_terms(flat, node)
        common = gcd(*(f for f, _ in terms)) or 1
        if constant % common:
            settle(flat, literal, False)
            return
        terms = [(f // common, x) for f, x in terms]
        post_linear(flat, layout.LINEAR_EQUAL, constant // common, terms, node)
        return
    if literal == flat.false and len(problem.args[node]) == 2:
        constant, (f, g) = problem.data[node]
        if f == -g and abs(f) == 1:
            a, b = problem.args[node]
            views = [(f, a, constant), (f, b, 0)]
            if all(may_view(flat, v) for v in views):
                state_different(flat, views, flat.true)
                return
    if usable(flat, node) and computable(flat, node):
        post_equality(flat, literal, flat.at(node), 0)
    else:
        compare_wide(flat, node, EQUAL, literal)


def may_define(flat: Flat, node: int) -> bool:
    """Whether a node is computed for this one use only."""
    numeric = (Op.PRODUCT, Op.QUOTIENT, Op.REMAINDER, Op.MINIMUM, Op.MAXIMUM, Op.ABSOLUTE)
    return (
        flat.problem.ops[node] in (*numeric, Op.CHOOSE)
        and flat.uses[node] == 1
        and node not in flat.address
    )


def state_equal(flat: Flat, node: int) -> bool:
    """Post f * a + g * b == 0 as a definition of one side by the other, where that is possible."""
    problem = flat.problem
    constant, factors = problem.data[node]
    if constant or len(factors) != 2 or (factors[0] > 0) == (factors[1] > 0):
        return False
    f, g = map(abs, factors)
    a, b = problem.args[node]
    for (left, scale), (right, one) in (((a, f), (b, g)), ((b, g), (a, f))):
        if one != 1 or not may_define(flat, left) or not usable(flat, right):
            continue
        positive = problem.ops[left] is Op.PRODUCT and is_positive(flat, left)
        if not computable(flat, left) or scale >= layout.LARGEST:
            continue
        if scale == 1:
            if not positive and not usable(flat, left):  # one of positive factors saturates
                continue
            define(flat, left, flat.at(right))
            return True
        if positive:
            define_product(flat, left, flat.at(right), scale)
            return True
    return False


def state_divides(flat: Flat, divisor: int, dividend: int, literal: Literal) -> None:
    """Post literal <-> divisor divides dividend."""
    problem = flat.problem
    if (
        literal == flat.true
        and flat.bounds(divisor)[0] >= 1
        and flat.bounds(dividend)[0] >= 1
        and problem.ops[divisor] in (Op.PRODUCT, Op.SUM)
    ):
        factor, inner, offset = flat.view(divisor)
        node = inner if problem.ops[inner] is Op.PRODUCT and offset == 0 else divisor
        scale = factor if node == inner else 1
        if (
            problem.ops[node] is Op.PRODUCT
            and is_positive(flat, node)
            and computable(flat, node)
            and usable(flat, dividend)
            and scale < layout.LARGEST
        ):
            factors = list(problem.args[node])
            b = flat.at(dividend)
            lo, hi = flat.records.bounds(b)
            if lo == hi and lo % scale == 0:
                b, scale = flat.records.constant(lo // scale), 1
            xs = [flat.at(x) for x in factors]
            if scale > 1:
                xs.append(flat.records.constant(scale))
            xs.append(flat.records.interval(1, flat.records.bounds(b)[1]))
            post_product(flat, b, xs)
            return
    if not (usable(flat, divisor) and usable(flat, dividend)):
        divides_wide(flat, divisor, dividend, literal)
        return
    a, b = flat.at(divisor), flat.at(dividend)
    watches = [(literal[0], FIXED), (a, ANY), (b, ANY)]
    flat.post(layout.DIVIDES, (*literal, a, b), watches)


def state_different(flat: Flat, views: list[tuple[int, int, int]], literal: Literal) -> None:
    """Post literal <-> no two of factor * node + offset are equal."""
    arguments = [*literal, len(views), 0, 0]
    watches = [(literal[0], FIXED)]
    for factor, node, offset in views:
        x = flat.at(node)
        arguments += (x, factor, offset)
        watches.append((x, FIXED))
    flat.records.cells += 1
    flat.post(layout.ALL_DIFFERENT, arguments, watches, 2 if len(views) > 2 else 0)


def state_row(flat: Flat, node: int, literal: Literal) -> None:
    """Post literal <-> the table has a row with these keys."""
    problem = flat.problem
    keys = problem.args[node]
    table = problem.tables[problem.data[node]]
    if table.key_array.dtype == object:
        flat.refuse(node)
    if literal == flat.true and all(usable(flat, k) for k in keys):
        views = [key_view(flat, k) for k in keys]
        factors = np.array([f for f, _, _ in views])
        shifted = table.key_array - np.array([c for _, _, c in views])
        whole = (shifted % factors == 0).all(axis=1)
        post_table(flat, [flat.at(v[1]) for v in views], shifted[whole] // factors)
        return
    x, value = literal
    if fits(flat, keys):
        columns, values, shifted = key_grid(flat, keys)
        there = Lookups(table, -1).values(shifted)
        post_table(flat, [*columns, x], np.stack((*values, there == value), axis=1))
        return
    words = np.column_stack((table.key_array, np.full(len(table), value))).reshape(-1)
    post_element(flat, x, 1 - value, words.tolist(), near_keys(flat, table, keys))
