"""Which nodes the propagators of 62 bits can compute; the others are for `flatten_wide`.

The rules mirror how `flatten_definitions` and `flatten_conditions` post each kind of node, so that
nothing that passes here can leave 62 bits there.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd, prod
from typing import TYPE_CHECKING

from . import memory as layout
from .expressions import Op

if TYPE_CHECKING:
    from .flatten import Flat

Term = tuple[int, tuple[int, int], bool]  # factor, bounds, whether TOP_VALUE stands for more

# Stands for what a product too wide for 62 bits may reach.
UNBOUNDED = 1 << 200


def reach(flat: Flat, node: int) -> int:
    """The largest absolute value that the bounds of a node's variable allow."""
    return max(map(abs, flat.bounds(node)))


def usable(flat: Flat, node: int, wide: bool = False) -> bool:
    """Whether `flat.at(node, wide)` gives a variable."""
    if flat.problem.ops[node] is Op.VARIABLE:
        return True
    if max(map(abs, flat.problem.bounds[node])) < layout.TOP_VALUE:
        return True
    return wide and flat.is_wide(node) and computable(flat, node)


def is_positive(flat: Flat, node: int) -> bool:
    """Whether all factors of a product node are at least 1."""
    return all(flat.bounds(a)[0] >= 1 for a in flat.problem.args[node])


def computable(flat: Flat, node: int) -> bool:
    """Whether the node's definition stays within 62 bits on its way."""
    problem = flat.problem
    args = problem.args[node]
    match problem.ops[node]:
        case Op.SUM:
            return sum_fits(flat, node, problem.bounds[node])
        case Op.PRODUCT:
            return all(usable(flat, a) for a in args) and _product_fits(flat, node)
        case Op.QUOTIENT | Op.REMAINDER | Op.MINIMUM | Op.MAXIMUM | Op.ABSOLUTE:
            return all(usable(flat, a) for a in args)
        case Op.CHOOSE:
            return usable(flat, args[1]) and usable(flat, args[2])
    return True  # of look-ups only the keys can be too wide; conditions decide for themselves


def _product_fits(flat: Flat, node: int) -> bool:
    args = flat.problem.args[node]
    powers = {a: args.count(a) for a in args}
    if len(powers) == 1:
        return True  # powers saturate
    reaches = sorted(reach(flat, a) ** e for a, e in powers.items())
    for a, e in powers.items():
        if e > 1 and reach(flat, a) ** e >= layout.LARGEST:
            return False
    # Of signed factors the smallest are multiplied first; the last product saturates.
    return is_positive(flat, node) or prod(reaches[:-1]) < layout.LARGEST


def sum_fits(flat: Flat, node: int, result: tuple[int, int] | None = None) -> bool:
    """Whether a sum can be compared with 0, or made equal to a variable with the given bounds.

    One side may pass 62 bits, the positive or the negative terms, but not both.
    """
    problem = flat.problem
    constant, factors = problem.data[node]
    args = problem.args[node]
    if not all(usable(flat, a, wide=True) for a in args):
        return False
    common = 1 if result else gcd(*factors)
    terms = [
        (f // common, flat.bounds(a), not usable(flat, a))
        for f, a in zip(factors, args, strict=True)
    ]
    if result:
        terms.append((-1, result, False))
    if any(abs(f) >= layout.LARGEST for f, (lo, hi), _ in terms if lo != hi):
        return False
    constant, below, above = spread(-(-constant // common), terms)
    return not (below and above) and abs(constant) < layout.TOP_VALUE


def may_view(flat: Flat, view: tuple[int, int, int]) -> bool:
    """Whether 62 bits hold factor * node + offset on the way."""
    factor, node, offset = view
    if factor == 1 and not offset:
        return usable(flat, node)
    if not usable(flat, node) or max(abs(factor), abs(offset)) >= layout.LARGEST:
        return False
    ends = [factor * v for v in flat.bounds(node)]
    return all(abs(v) < layout.LARGEST and abs(v + offset) < layout.LARGEST for v in ends)


def spread(constant: int, terms: Iterable[Term]) -> tuple[int, bool, bool]:
    """The constant with all fixed terms, and whether a sum may pass 62 bits below or above."""
    lowest, highest = min(constant, 0), max(constant, 0)
    for factor, (lo, hi), saturates in terms:
        a, b = sorted((factor * lo, factor * hi))
        lowest += min(a, 0)
        highest += max(b, 0)
        if lo == hi:
            constant += factor * lo
        if saturates:
            lowest, highest = (lowest, UNBOUNDED) if factor > 0 else (-UNBOUNDED, highest)
    return constant, lowest <= -layout.TOP_VALUE, highest >= layout.TOP_VALUE
