"""What would mend a conflict, in the user's words: looser limits, dropped names, other choices.

Each repair has a solution that proves it. A looser limit is the least that will do: the excess of
the constraint is minimised with everything else kept, and the evaluator finds the same excess in
the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

from .answers import Change, GoalRepair, Repair, deviation, shown
from .bound import Bound
from .evaluate import Evaluation
from .goal_limits import GoalLimit
from .limits import Limit, spelled
from .lower import Lowered
from .lowering.excess import Excess
from .mistakes import value_text
from .tightness import limit_text


def repairs(
    lowered: Lowered,
    instance: Instance,
    conflict: Conflict,
    on_goals: Sequence[GoalLimit] = (),
) -> Iterator[Repair]:
    """Single changes that help: looser limits first, each the least that will do.

    `on_goals` are limits of the question alone, which are named constraints of the instance.
    """
    limits: dict[str, Excess] = {}
    asked = {limit.text: limit for limit in on_goals}

    def excess(_: Instance, group: str) -> Expr | None:
        if group in asked:
            return asked[group].excess(instance.problem)
        try:
            limits[group] = lowered.reader.excess({group}, group)
        except ArchError:  # it is no limit
            return None
        return Expr(instance.problem, limits[group].expression.node)

    by_variable = {c.variable: c for c in lowered.choices}
    for change in solver.relaxing(instance, conflict.groups, excess):
        if change.group in asked:
            if change.excess is not None:
                yield _reachable(lowered, change, asked[change.group])
        elif change.group is not None and change.excess is not None:
            _certify(lowered, change, limits[change.group])
            words, action = _loosened(lowered.bound, change, limits[change.group])
            yield Repair(words, True, action=action)
        elif change.group is not None:
            yield Repair(f"drop `{change.group}`", True, action=Change("drop", change.group))
        elif change.variable is not None:
            choice = by_variable[change.variable]
            found = [choice.decode(v) for v in change.values]
            values = [value_text(v, choice.dimension) for v in found]
            some = ", ".join(values[:8]) + (", ..." if len(values) > 8 else "")
            action = Change("choice", choice.key, tuple(shown(v, choice.dimension) for v in found))
            yield Repair(f"{choice.key} = {some}", True, action=action)


def _certify(lowered: Lowered, change: Relaxation, excess: Excess) -> None:
    """Let the evaluator find the excess in the text; another one is an error here."""
    evaluation = Evaluation(lowered.bound, lowered.decode(change.witness))
    found = evaluation.excesses([change.group or ""])
    said = excess.decode(change.excess or 0)
    if max(found.values(), default=said) != said:
        raise RuntimeError(f"{change.group} is exceeded by {max(found.values())}, not by {said}")


def _reachable(lowered: Lowered, change: Relaxation, limit: GoalLimit) -> GoalRepair:
    """The best that a goal can be within the rest; the evaluator finds the same in the text."""
    goal, excess = limit.goal, change.excess or 0
    needed = limit.reached(excess)
    found = Evaluation(lowered.bound, lowered.decode(change.witness)).goal(goal.name)
    if found != needed:
        raise RuntimeError(f"{goal.name} is {found}, not {needed}")
    text = format_quantity(needed, goal.dimension)
    if goal.error:
        text += f" ± {deviation(goal.error, shown(goal.error, goal.dimension))}"
    words = f"let `{goal.name}` be {'up' if limit.upper else 'down'} to {text}"
    if change.least is not None and change.least < excess:
        best = format_quantity(limit.reached(change.least), goal.dimension)
        words += f"; whether less will do is not proved, {best} is needed"
    return GoalRepair(words, True, goal.name, shown(needed, goal.dimension))


def _loosened(bound: Bound, change: Relaxation, excess: Excess) -> tuple[str, Change | None]:
    """`raise `sram` to 336 KiB`, or `set deadline >= 84 ms` of a parameter that is the limit."""
    action = None
    amount, limit = excess.decode(change.excess or 0), excess.limit
    if limit is None:
        more = "more than " if excess.strict else ""
        change_text = f"loosen `{change.group}` by {more}{_text(amount, excess)}"
    else:
        needed = limit.moved(amount)
        change_text = (
            f"{'raise' if limit.upper else 'lower'} `{change.group}` "
            f"{_beyond(limit, excess)} {_text(needed, excess)}"
        )
        parameter = _set_parameter(bound, limit, needed, excess)
        if parameter is not None:
            change_text, action = parameter
    if change.least is not None and change.least < (change.excess or 0):
        least = excess.decode(change.least)
        tightest = least if limit is None else limit.moved(least)
        change_text += f"; whether less will do is not proved, {_text(tightest, excess)} is needed"
    return change_text, action


def _beyond(limit: Limit, excess: Excess) -> str:
    if not excess.strict:
        return "to"
    return "above" if limit.upper else "below"


def _text(value: Fraction, excess: Excess) -> str:
    text = format_quantity(value, excess.dimension)
    if excess.error:
        text += f" ± {deviation(excess.error, shown(excess.error, excess.dimension))}"
    return text


def _set_parameter(
    bound: Bound, limit: Limit, needed: Fraction, excess: Excess
) -> tuple[str, Change] | None:
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
    words = f"set {limit_text(limit)} {sign}{equal} {_text(value, excess)}"
    return words, Change("parameter", node.text, (shown(value, excess.dimension),))


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
