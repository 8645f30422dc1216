"""What would mend a conflict, in the user's words: looser limits, dropped names, other choices.

Each repair has a solution that proves it. A looser limit is the least that will do: the excess of
the constraint is minimised with everything else kept, and the evaluator finds the same excess in
the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.units import format_quantity
from archwright.dsl.walk import walk
from archwright.solvers import questions as solver
from archwright.solvers.answers import Conflict
from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.relaxing import Relaxation

from .answers import Repair, deviation, shown
from .bound import Bound
from .evaluate import Evaluation
from .limits import Limit, spelled
from .lower import Lowered
from .lowering.excess import Excess
from .mistakes import value_text
from .tightness import limit_text


def repairs(lowered: Lowered, instance: Instance, conflict: Conflict) -> Iterator[Repair]:
    """Single changes that help: looser limits first, each the least that will do."""
    limits: dict[str, Excess] = {}

    def excess(_: Instance, group: str) -> Expr | None:
        try:
            limits[group] = lowered.reader.excess({group}, group)
        except ArchError:  # it is no limit
            return None
        return limits[group].expression

    by_variable = {c.variable: c for c in lowered.choices}
    for change in solver.relaxing(instance, conflict.groups, excess):
        if change.group is not None and change.excess is not None:
            _certify(lowered, change, limits[change.group])
            yield Repair(_loosened(lowered.bound, change, limits[change.group]), True)
        elif change.group is not None:
            yield Repair(f"drop `{change.group}`", True)
        elif change.variable is not None:
            choice = by_variable[change.variable]
            values = [value_text(choice.decode(v), choice.dimension) for v in change.values]
            some = ", ".join(values[:8]) + (", ..." if len(values) > 8 else "")
            yield Repair(f"{choice.key} = {some}", True)


def _certify(lowered: Lowered, change: Relaxation, excess: Excess) -> None:
    """Let the evaluator find the excess in the text; another one is an error here."""
    evaluation = Evaluation(lowered.bound, lowered.decode(change.witness))
    found = evaluation.excesses([change.group or ""])
    said = excess.decode(change.excess or 0)
    if max(found.values(), default=said) != said:
        raise RuntimeError(f"{change.group} is exceeded by {max(found.values())}, not by {said}")


def _loosened(bound: Bound, change: Relaxation, excess: Excess) -> str:
    """`raise `sram` to 336 KiB`, or `set deadline >= 84 ms` of a parameter that is the limit."""
    amount, limit = excess.decode(change.excess or 0), excess.limit
    if limit is None:
        more = "more than " if excess.strict else ""
        change_text = f"loosen `{change.group}` by {more}{_text(amount, excess)}"
    else:
        needed = limit.moved(amount)
        change_text = _set_parameter(bound, limit, needed, excess) or (
            f"{'raise' if limit.upper else 'lower'} `{change.group}` "
            f"{_beyond(limit, excess)} {_text(needed, excess)}"
        )
    if change.least is not None and change.least < (change.excess or 0):
        least = excess.decode(change.least)
        tightest = least if limit is None else limit.moved(least)
        change_text += f"; whether less will do is not proved, {_text(tightest, excess)} is needed"
    return change_text


def _beyond(limit: Limit, excess: Excess) -> str:
    if not excess.strict:
        return "to"
    return "above" if limit.upper else "below"


def _text(value: Fraction, excess: Excess) -> str:
    text = format_quantity(value, excess.dimension)
    if excess.error:
        text += f" ± {deviation(excess.error, shown(excess.error, excess.dimension))}"
    return text


def _set_parameter(bound: Bound, limit: Limit, needed: Fraction, excess: Excess) -> str | None:
    """The same as values of a parameter, where the limit is one and nothing else reads it."""
    node = spelled(limit.node)
    if not isinstance(node, nodes.Name):
        return None
    declared = bound.spec.names.get(node.text)
    if not isinstance(declared, nodes.Param) or _readers(bound, node.text) != 1:
        return None
    value = _next(bound, declared.domain, needed, limit.upper, excess.strict)
    if value is None:
        return None
    sign = ">" if limit.upper else "<"
    equal = "" if excess.strict and value == needed else "="
    return f"set {limit_text(limit)} {sign}{equal} {_text(value, excess)}"


def _readers(bound: Bound, name: str) -> int:
    """How often a name stands in the file, expected claims aside."""
    return sum(
        isinstance(node, nodes.Name) and node.text == name
        for item in bound.spec.file.items
        if not isinstance(item, nodes.Expect)
        for node in walk(item)
    )


def _next(
    bound: Bound, domain: nodes.Domain, needed: Fraction, upper: bool, strict: bool
) -> Fraction | None:
    """The first value of a parameter's domain from a number on, upwards or downwards.

    None where the domain ends before. A strict limit may be the number itself only in a range
    without steps, where it is the end that is left out.
    """
    evaluation = Evaluation(bound, {})
    if isinstance(domain, nodes.Range):
        lo, hi = evaluation.number(domain.lo), evaluation.number(domain.hi)
        if domain.step is None and not bound.spec.dimension(domain.lo).plain:
            inside = lo <= needed <= hi if not strict else lo < needed < hi
            return needed if inside else None
        step = Fraction(1) if domain.step is None else evaluation.number(domain.step)
        place = (needed - lo) / step
        if upper:
            value = lo + step * (floor(place) + 1 if strict else ceil(place))
        else:
            value = lo + step * (ceil(place) - 1 if strict else floor(place))
        return value if lo <= value <= hi else None
    values = [v for v in evaluation.domain(domain) if isinstance(v, Fraction)]
    if upper:
        return min((v for v in values if v > needed or (v == needed and not strict)), default=None)
    return max((v for v in values if v < needed or (v == needed and not strict)), default=None)
