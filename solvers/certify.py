"""Checks answers with the referees before anyone sees them; a wrong one never leaves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .answers import Front, Point, Solution
from .columns import evaluate_columns
from .control import Stopped
from .evaluate import evaluate_points
from .instance import Instance
from .ordering import rising
from .problem import Problem, Values

ROWS = 4096  # of longer lists that many rows, evenly spread, are checked
POINTS = 256  # points that are checked at a time
FEW = 8  # values of a domain that are compared one by one


class WrongAnswer(RuntimeError):
    """An engine's answer failed its check: a fault of the solver, never of the user."""


def check_values(instance: Instance, values: Sequence[int], goals: Sequence[int]) -> None:
    """Every active condition holds under the values, and the goals are what was said.

    Raises
    ------
    WrongAnswer
        Naming the first condition or goal that differs.
    """
    check_points(instance, [Point(tuple(goals), tuple(values))])


def check_points(instance: Instance, points: Sequence[Point]) -> None:
    """The same for several points."""
    problem = instance.problem
    variables = problem.variables
    for point in points:
        if len(point.values) != len(variables):
            raise WrongAnswer(f"{len(point.values)} values for {len(variables)} variables")
        for variable, domain, value in zip(variables, instance.domains, point.values, strict=True):
            if value not in domain:
                raise WrongAnswer(f"{value} is outside the domain of {variable.name}")
    conditions = [problem.constraints[i].node for i in instance.active]
    nodes = [*conditions, *instance.assumptions, *(g.node for g in problem.goals)]
    found = evaluate_points(problem, [point.values for point in points], nodes)
    last = len(found) - len(problem.goals)
    for position, holds in enumerate(found[:last]):
        if not all(holds):
            raise WrongAnswer(f"a solution breaks {describe(instance, position)}")
    for place, point in enumerate(points):
        goals = tuple(values[place] for values in found[last:])
        if goals != tuple(point.goals):
            raise WrongAnswer(f"the goals are {goals}, an engine said {tuple(point.goals)}")


def check_solution(instance: Instance, solution: Solution) -> Solution:
    """The solution, checked."""
    if solution.values is not None:
        check_values(instance, solution.values, solution.goals)
    return solution


def check_front(instance: Instance, front: Front) -> Front:
    """The front, each point checked and none dominated by another."""
    problem = instance.problem
    signs = [1 if g.sense == "minimize" else -1 for g in problem.goals]
    costs = []
    for start in range(0, len(front.points), POINTS):
        check_points(instance, front.points[start : start + POINTS])
    for point in front.points:
        costs.append(tuple(s * g for s, g in zip(signs, point.goals, strict=True)))
    if costs != sorted(set(costs)):
        raise WrongAnswer("the points of a front are out of order")
    if len(signs) == 2:  # in this order only the one before can dominate
        for row, (before, after) in enumerate(pairwise(costs), 1):
            if before[1] <= after[1]:
                raise WrongAnswer(f"point {front.points[row].goals} of a front is dominated")
        return front
    table = np.array(costs, object).reshape(len(costs), len(signs))
    for row, cost in enumerate(table[:, 1:]):  # an earlier point is better in the first goal
        if row and (table[:row, 1:] <= cost).all(axis=1).any():
            raise WrongAnswer(f"point {front.points[row].goals} of a front is dominated")
    return front


def check_rows(instance: Instance, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The array, its rows strictly rising and all conditions met in up to `ROWS` of them."""
    n = len(rows)
    if not rising(rows):
        raise WrongAnswer("the solutions are out of order, or one comes twice")
    few = np.linspace(0, n - 1, ROWS).astype(np.int64) if n > ROWS else np.arange(n)
    _check_columns(instance, rows.T.take(few, axis=1))
    return rows


def verify_rows(instance: Instance, rows: NDArray[np.int64]) -> int:
    """Check every row with Python's integers: rising, in its domains, all conditions met.

    Returns
    -------
    int
        How many rows there are.

    Raises
    ------
    WrongAnswer
        Naming the first condition that a row breaks.
    Stopped
        If the question was stopped; `partial` is how many rows were checked.
    """
    n = len(rows)
    if rows.shape[1:] != (len(instance.domains),):
        shape = f"an array of shape {rows.shape}"
        raise WrongAnswer(f"{shape} for {len(instance.domains)} variables")
    if not rising(rows):
        raise WrongAnswer("the solutions are out of order, or one comes twice")
    for start in range(0, n, ROWS):
        if instance.control.stopped:
            raise Stopped(f"stopped after {start:,} of {n:,} solutions were verified", start)
        instance.control.report("verifying solutions", start)
        _check_columns(instance, rows[start : start + ROWS].T.astype(object))
    return n


def _check_columns(instance: Instance, columns: NDArray[Any]) -> None:
    """Conditions and domains hold in every column: one for each variable, int64 or Python's."""
    problem = instance.problem
    conditions = [problem.constraints[i].node for i in instance.active]
    nodes = [*conditions, *instance.assumptions]
    found = evaluate_columns(problem, dict(enumerate(columns)), nodes, columns.shape[1])
    for position, holds in enumerate(found):
        if not holds.all():
            raise WrongAnswer(f"a solution breaks {describe(instance, position)}")
    for variable, domain, column in zip(problem.variables, instance.domains, columns, strict=True):
        if not _within(domain, column):
            raise WrongAnswer(f"a value is outside the domain of {variable.name}")


def _within(domain: Values, column: NDArray[Any]) -> bool:
    """Whether a domain has all values of a column."""
    if not len(column):
        return True
    if isinstance(domain, range):
        inside = domain[0] <= column.min() and column.max() <= domain[-1]
        return bool(inside and (domain.step == 1 or not ((column - domain[0]) % domain.step).any()))
    if len(domain) > FEW:
        return bool(np.isin(column, np.array(domain)).all())
    inside = column == domain[0]
    for value in domain[1:]:
        inside |= column == value
    return bool(inside.all())


def describe(instance: Instance, position: int) -> str:
    """A condition of an instance, its active constraints first, in words."""
    if position >= len(instance.active):
        node = instance.assumptions[position - len(instance.active)]
        return f"an assumption: {instance.problem.text(node)}"
    return describe_constraint(instance.problem, instance.active[position])


def describe_constraint(problem: Problem, index: int) -> str:
    """A constraint in words."""
    constraint = problem.constraints[index]
    group = f" ({constraint.group})" if constraint.group else ""
    return f"constraint {index}{group}: {problem.text(constraint.node)}"
