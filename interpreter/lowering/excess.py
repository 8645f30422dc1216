"""By how much a named `require` is exceeded, as an integer expression like that of a goal.

The excess of `lesser <= greater` is `lesser - greater`, that of a family the largest of its
members'. Members that do not apply (their `where`, what stands before `implies`, a call that is not
there) count as the least that any of them can be.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.units import Dimension
from archwright.solvers.expressions import Expr

from ..limits import Inequality, Limit, inequalities
from ..origin import Origin
from .goals import whole_goal
from .logic import Truth
from .numbers import ManyDenominators, Number, Term
from .terms import error_of

if TYPE_CHECKING:
    from .core import Lowering


@dataclass(frozen=True)
class Excess:
    """The excess of a named `require`; the integer of the solver times `scale` is its value.

    Attributes
    ----------
    limit : Limit or None
        The number that all its members are compared with, where there is one.
    strict : bool
        Whether an excess of 0 breaks it.
    error : Fraction
        How far it may be from the true number, where logarithms went in.
    """

    expression: Expr = field(repr=False)
    scale: Fraction
    dimension: Dimension
    limit: Limit | None
    strict: bool
    origin: Origin = field(repr=False)
    error: Fraction = Fraction(0)

    def decode(self, number: int) -> Fraction:
        """The excess in base units."""
        return self.scale * number


def excess(low: Lowering, groups: Collection[str], name: str) -> Excess:
    """The excess of the `require` that the user calls `name`, whose groups are given.

    Raises
    ------
    ArchError
        `no-slack`.
    """
    stated = [(origin, scope) for origin, scope in low.stated if origin.group in groups]
    if not stated:
        raise _no_slack(low, None, name, "nothing in the spec states it under these inputs")
    origin = stated[0][0]
    numbers: list[tuple[Truth, Number]] = []
    limits: list[Limit | None] = []
    strict = False
    dimension: Dimension | None = None
    for origin, scope in stated:
        parts = inequalities(origin.node.body)  # type: ignore[attr-defined]
        if parts is None:
            why = "it is no comparison with `<=`, `<`, `>=` or `>`, so it has no limit to move"
            raise _no_slack(low, origin, name, why)
        for part in parts:
            inner = scope
            for condition in part.given:
                inner = inner.under(low.logic.both(inner.path, low.truth(condition, inner)))
            if inner.path is False:
                continue
            strict = strict or part.strict
            dimension = dimension or inner.module.spec.dimension(part.lesser)
            lesser, greater = low.number(part.lesser, inner), low.number(part.greater, inner)
            numbers.append((inner.path, _difference(low, lesser, greater, origin, name)))
            limits.append(_limit(part, lesser, greater, dimension))
    if dimension is None:
        raise _no_slack(low, origin, name, "no member of it applies under any choices")
    floor = min(low.numbers.bounds(number)[0] for _, number in numbers)
    number = low.numbers.extremum(
        "max", [low.numbers.choose(applies, number, floor) for applies, number in numbers]
    )
    scale, expression = whole_goal(low, number, origin.node, low.root.scope)
    limit = limits[0]
    if limit is not None and any(
        other is None or (other.value, other.upper) != (limit.value, limit.upper)
        for other in limits
    ):
        limit = None
    return Excess(expression, scale, dimension, limit, strict, origin, error_of(number))


def _difference(
    low: Lowering, lesser: Number, greater: Number, origin: Origin, name: str
) -> Number:
    """The difference of two sides, without a symbolic denominator."""
    try:
        number = low.numbers.add([(1, lesser), (-1, greater)])
        if isinstance(number, Fraction) or number.denominator is None:
            return number
        scale, expression = whole_goal(low, number, origin.node, low.root.scope)
    except (ManyDenominators, ArchError):
        why = "its sides are fractions without a common denominator"
        raise _no_slack(low, origin, name, why) from None
    return low.numbers.term(scale, expression)


def _limit(part: Inequality, lesser: Number, greater: Number, dimension: Dimension) -> Limit | None:
    """The side that no choice changes; the one written second where neither does."""
    sides = [(part.greater, greater, True), (part.lesser, lesser, False)]
    for node, number, upper in reversed(sides) if part.turned else sides:
        if isinstance(number, Fraction):
            return Limit(number, dimension, node, upper)
        if isinstance(number, Term) and number.known:
            return None
    return None


def _no_slack(low: Lowering, origin: Origin | None, name: str, why: str) -> ArchError:
    span = low.root.spec.header if origin is None else origin.node.span
    return ArchError(
        Diagnostic(
            "no-slack",
            f"`{name}` has no slack: {why}",
            span,
            label="in this spec" if origin is None else "stated here",
        )
    )
