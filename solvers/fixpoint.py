"""Runs scheduled propagators until nothing changes, something fails, or the budget is used up."""

from __future__ import annotations

from . import memory as layout
from .compiled import Memory, inlined
from .events import forget, schedule, take
from .memory import BUDGET, DONE, FAILED, KIND, PAUSED, REFUTED
from .propagators.absolute import absolute
from .propagators.all_different import all_different
from .propagators.among import among
from .propagators.choose import choose
from .propagators.comparison import comparison
from .propagators.disjunction import disjunction
from .propagators.divides import divides
from .propagators.element import element
from .propagators.equality import equality
from .propagators.extremum import extremum
from .propagators.linear import linear_at_most, linear_equal
from .propagators.linear_wide import linear_wide
from .propagators.power import power
from .propagators.product import product
from .propagators.quotient import quotient
from .propagators.remainder import remainder
from .propagators.signed_product import signed_product
from .propagators.table import table
from .propagators.wide import wide


@inlined
def propagate(m: Memory, p: int) -> bool:
    """Run one propagator; False if it fails."""
    kind = m[p + KIND]
    if kind == layout.LINEAR_AT_MOST:
        return linear_at_most(m, p)
    if kind == layout.LINEAR_EQUAL:
        return linear_equal(m, p)
    if kind == layout.PRODUCT:
        return product(m, p)
    if kind == layout.SIGNED_PRODUCT:
        return signed_product(m, p)
    if kind == layout.POWER:
        return power(m, p)
    if kind == layout.QUOTIENT:
        return quotient(m, p)
    if kind == layout.REMAINDER:
        return remainder(m, p)
    if kind == layout.DIVIDES:
        return divides(m, p)
    if kind == layout.EXTREMUM:
        return extremum(m, p)
    if kind == layout.ABSOLUTE:
        return absolute(m, p)
    if kind == layout.CHOOSE:
        return choose(m, p)
    if kind == layout.TABLE:
        return table(m, p)
    if kind == layout.ELEMENT:
        return element(m, p)
    if kind == layout.COMPARISON:
        return comparison(m, p)
    if kind == layout.EQUALITY:
        return equality(m, p)
    if kind == layout.AMONG:
        return among(m, p)
    if kind == layout.DISJUNCTION:
        return disjunction(m, p)
    if kind == layout.LINEAR_WIDE:
        return linear_wide(m, p)
    if kind == layout.WIDE:
        return wide(m, p)
    return all_different(m, p)


@inlined
def fixpoint(m: Memory) -> int:
    """DONE, REFUTED (then FAILED says by which propagator) or PAUSED (call again to go on)."""
    while True:
        p = take(m)
        if p == 0:
            return DONE
        m[BUDGET] -= 1
        if m[BUDGET] < 0:
            schedule(m, p)
            return PAUSED
        if not propagate(m, p):
            m[FAILED] = p
            forget(m)
            return REFUTED
