"""The least and the largest value of an expression over the solutions of an instance."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Literal

from .answers import Status
from .expressions import Expr
from .instance import Instance
from .problem import Goal
from .questions import solve


def extent(instance: Instance, value: Expr) -> tuple[int, int] | None:
    """Exact where both ends are proved in time, else a range that surely contains all values.

    None if the instance has no solution.
    """
    if value.constant is not None:
        return value.constant, value.constant
    ends = []
    for sense in ("minimize", "maximize"):
        end = _end(instance, value, sense)
        if end is None:
            return None
        ends.append(end)
    return ends[0], ends[1]


def _end(instance: Instance, value: Expr, sense: Literal["minimize", "maximize"]) -> int | None:
    problem = copy(instance.problem)  # the same nodes and constraints under another goal
    problem.goals = [Goal(value.node, sense, "extent")]
    problem.front = False
    answer = solve(replace(instance, problem=problem))
    if answer.status is Status.INFEASIBLE:
        return None
    if answer.status is Status.OPTIMAL:
        return answer.goals[0]
    if answer.proof.bound:
        return answer.proof.bound[0]
    return value.lo if sense == "minimize" else value.hi
