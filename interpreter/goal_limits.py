"""Limits on goals that one question states: read, and posted beside the constraints of the spec.

A limit is named by its text, `latency <= 30 ms`, so that conflicts and repairs speak of it as of
any named constraint. It stays out of the spec: the next question does not know of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, did_you_mean
from archwright.dsl.suggest import nearest
from archwright.dsl.types import Num
from archwright.dsl.units import format_quantity
from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Constraint, Problem

from .lower import Lowered, LoweredGoal
from .origin import Origin
from .python_values import read_value


@dataclass(frozen=True, eq=False)
class GoalLimit:
    """A goal that is to be at most (`upper`) or at least a value, in base units."""

    goal: LoweredGoal
    node: nodes.Goal
    value: Fraction
    upper: bool

    @property
    def text(self) -> str:
        """`latency <= 30 ms`: what the limit is called."""
        sign = "<=" if self.upper else ">="
        return f"{self.goal.name} {sign} {format_quantity(self.value, self.goal.dimension)}"

    @property
    def origin(self) -> Origin:
        """Where conflicts find it: at the goal."""
        return Origin(self.text, self.text, self.node, self.node.span)

    def excess(self, problem: Problem) -> Expr:
        """By how much the goal is beyond the limit, in integers of the solver; 0 or less holds."""
        goal = Expr(problem, self.goal.expression.node)
        exact = self.value / self.goal.scale
        return goal - floor(exact) if self.upper else ceil(exact) - goal

    def reached(self, excess: int) -> Fraction:
        """The goal's value, in base units, that is beyond the limit by an excess."""
        exact = self.value / self.goal.scale
        whole = floor(exact) + excess if self.upper else ceil(exact) - excess
        return self.goal.decode(whole)


def read_goal_limits(lowered: Lowered, goals: Mapping[str, object]) -> list[GoalLimit]:
    """The limits that a question states on goals.

    Parameters
    ----------
    goals : mapping of str to object
        For each goal (least, most), None where an end is open; one value alone is the most that a
        goal to minimize, the least that a goal to maximize may be.

    Raises
    ------
    ArchError
        `unknown-goal`, `bad-value` or `unit-mismatch`.
    TypeError
        If `goals` is no mapping, or the ends are not two.
    """
    if not isinstance(goals, Mapping):
        raise TypeError(f"goals map names to limits, as in {{'time': '30 ms'}}; found {goals!r}")
    return [limit for name, ends in goals.items() for limit in _limits(lowered, name, ends)]


def _limits(lowered: Lowered, name: str, ends: object) -> Iterator[GoalLimit]:
    named = {g.name: g for g in lowered.goals if g.node is not None}
    goal = named.get(name)
    if goal is None or goal.node is None:
        raise ArchError(
            Diagnostic(
                "unknown-goal",
                f"there is no goal called `{name}`",
                lowered.bound.spec.header,
                "in this spec",
                fixes=did_you_mean(nearest(name, named)),
                notes=(f"the spec has {', '.join(named)}",) if named else ("the spec has none",),
            )
        )
    if isinstance(ends, Sequence) and not isinstance(ends, str):
        if len(ends) != 2:
            raise TypeError(f"the limits of {name} are (least, most); found {ends!r}")
        pairs = [(ends[0], False), (ends[1], True)]
    else:
        pairs = [(ends, goal.sense == "minimize")]
    for end, upper in pairs:
        if end is not None:
            type_ = Num(goal.dimension)
            value = read_value(lowered.bound.spec, goal.node, end, type_, name)
            assert isinstance(value, Fraction)  # of a type that is a number
            yield GoalLimit(goal, goal.node, value, upper)


def limited(
    lowered: Lowered, instance: Instance, limits: Sequence[GoalLimit]
) -> tuple[Lowered, Instance]:
    """The same problem and question with limits on goals as named constraints.

    Nodes are shared with the problem itself, so that what is lowered later means the same in both.
    """
    problem = copy(lowered.problem)
    problem.constraints = list(problem.constraints)
    problem.goals = list(problem.goals)
    for limit in limits:
        node = problem.at_most_zero(limit.excess(problem)).node
        problem.constraints.append(Constraint(node, limit.text, limit.origin))
    own = range(len(lowered.problem.constraints), len(problem.constraints))
    asked = replace(instance, problem=problem, active=(*instance.active, *own))
    return replace(lowered, problem=problem), asked
