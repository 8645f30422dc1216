"""What one limit is worth: its slack at the optimum, and the best goal against that limit.

The excess of a comparison `left <= right` is `left - right`, that of a group of comparisons the
largest of theirs. A group holds where its excess is at most 0; a limit that is looser by `e` lets
through what has an excess of at most `e`. The best value of the first goal against the excess, with
the group dropped, is a Pareto front of two goals, so the step curve is exact and complete.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from .answers import Point, Proof, Solution
from .expressions import Expr, Op
from .instance import Instance
from .problem import Goal, Problem
from .relaxing import dropped
from .rewriting import fork


class NoSlack(ValueError):
    """A group of constraints that has no limit to move."""


@dataclass(frozen=True)
class Step:
    """The best goal under a limit that lets through `excess`, and no better one under a tighter.

    Attributes
    ----------
    excess : int
        How much looser the limit has to be for this step; not above 0 where it holds as it is.
    goal : int or None
        The best value of the first goal; None for a problem without goals.
    values : tuple of int
        The lexicographically first assignment that reaches both.
    """

    excess: int
    goal: int | None
    values: tuple[int, ...]


@dataclass(frozen=True)
class Tightness:
    """The slack of a group, and what moving its limit is worth.

    Attributes
    ----------
    optimum : Solution
        Of the question as it is.
    slack : dict of int to int
        For each constraint of the group, by index, by how much it holds at the optimum.
    steps : tuple of Step
        By rising excess, the goal better from step to step; none where nothing fits at all.
    """

    optimum: Solution
    slack: dict[int, int]
    steps: tuple[Step, ...]
    proof: Proof


def excesses_of(instance: Instance, group: str) -> dict[int, Expr]:
    """The excess of each active constraint of a group, by its index.

    Raises
    ------
    NoSlack
        If there is none, or one of them is no comparison.
    """
    problem = instance.problem
    found: dict[int, Expr] = {}
    for index in instance.active:
        constraint = problem.constraints[index]
        if constraint.group == group:
            lo, hi = problem.bounds[constraint.node]
            if lo == hi:
                raise NoSlack(f"a constraint of {group} {'always' if lo else 'never'} holds")
            if problem.ops[constraint.node] is not Op.AT_MOST_ZERO:
                raise NoSlack(f"{problem.text(constraint.node)} is no comparison of two sides")
            found[index] = Expr(problem, problem.args[constraint.node][0])
    if not found:
        raise NoSlack(f"no constraint is called {group}")
    return found


def own_excess(instance: Instance, group: str) -> Expr | None:
    """The excess of a group of comparisons, None for any other group."""
    problem = fork(instance.problem)
    try:
        return largest(problem, excesses_of(replace(instance, problem=problem), group))
    except NoSlack:
        return None


def largest(problem: Problem, excesses: dict[int, Expr]) -> Expr:
    """The excess of a group: the largest of its constraints'."""
    return problem.maximum(excesses.values())


def against(instance: Instance, group: str | None, excess: Expr) -> Instance:
    """The question for the front of the first goal and the excess of a group, which is dropped."""
    problem = fork(excess.problem, goals=False)
    problem.goals = [*instance.problem.goals[:1], Goal(excess.node, "minimize", "excess")]
    problem.front = True
    kept = instance if group is None else dropped(instance, {group})
    return replace(kept, problem=problem)


def steps_of(points: tuple[Point, ...]) -> tuple[Step, ...]:
    """Points of that front as steps, by rising excess."""
    steps = sorted(
        (Step(p.goals[-1], p.goals[0] if len(p.goals) > 1 else None, p.values) for p in points),
        key=lambda step: step.excess,
    )
    if any(a.excess >= b.excess for a, b in pairwise(steps)):
        raise RuntimeError("two steps of a front with one excess")
    return tuple(steps)
