"""The best solution or the front of an instance, by branch and bound in a nest."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from ..answers import Front, Point, Proof, Solution, Status
from ..compiled import prepare
from ..instance import Instance
from . import layout
from .graph import SECONDS, SLICE, TooManyValues
from .hunt import hunt
from .program import Builder

ROOM = 64


def front(instance: Instance, most: int) -> Front:
    """All non-dominated points; not complete if the question is stopped.

    Raises
    ------
    Unsuited
        If the problem has something that a nest cannot compute.
    TooManyValues
        If trying `most` values is not enough.
    """
    found, tried, complete = _search(instance, most, ranked=False)
    points = tuple(_point(instance, row) for row in sorted(found.tolist()))
    return Front(points, complete, _proof(tried))


def best(instance: Instance, most: int) -> Solution:
    """The lexicographically best solution, the first among equals; raises as `front` does."""
    found, tried, complete = _search(instance, most, ranked=True)
    if complete and not len(found):
        return Solution(Status.INFEASIBLE, None, (), _proof(tried))
    if not len(found):
        return Solution(Status.UNKNOWN, None, (), _proof(tried, _reach(instance)))
    point = _point(instance, found[0].tolist())
    bound = point.goals if complete else _reach(instance)
    status = Status.OPTIMAL if complete else Status.FEASIBLE
    return Solution(status, point.values, point.goals, _proof(tried, bound))


def _reach(instance: Instance) -> tuple[int, ...]:
    """What the first goal cannot pass within the domains, where the search proved no more."""
    goal = instance.problem.goals[0]
    lo, hi = instance.problem.bounds[goal.node]
    return (lo if goal.sense == "minimize" else hi,)


def _proof(tried: int, bound: tuple[int, ...] | None = None) -> Proof:
    reason = f"branch and bound in a loop nest: {tried:,} values tried"
    return Proof("nest", tried, bound, reason)


def _point(instance: Instance, row: list[int]) -> Point:
    goals = instance.problem.goals
    signed = zip(goals, row, strict=False)
    costs = tuple(c if goal.sense == "minimize" else -c for goal, c in signed)
    return Point(costs, tuple(row[len(goals) :]))


def _search(instance: Instance, most: int, ranked: bool) -> tuple[NDArray[np.int64], int, bool]:
    """Rows of costs and values, how many values were tried, and whether that were all."""
    program = Builder(instance, goals=True).build()
    control = instance.control
    prepare(control, hunt)
    memory = program.memory.copy()
    memory[layout.RANKED] = int(ranked)
    width = int(memory[layout.WIDTH_FOUND])
    found = np.empty(ROOM * width, np.int64)
    tried, budget, complete = 0, SLICE, False
    while True:
        memory[layout.FOUND_SIZE] = len(found) // width
        allowed = min(budget, most - tried)
        memory[layout.BUDGET] = allowed
        began = time.perf_counter()
        status = hunt(program.code, memory, found)
        seconds = time.perf_counter() - began
        tried += allowed - int(memory[layout.BUDGET])
        if status == layout.DONE:
            complete = True
            break
        if status == layout.GROW:
            found = np.concatenate([found, np.empty(3 * len(found), np.int64)])
            continue
        if tried >= most:
            raise TooManyValues(f"{tried:,} values were tried")
        best = _point(instance, found[:width].tolist()) if ranked and memory[layout.FOUND] else None
        control.report("looking for better solutions", tried, incumbent=best and best.goals)
        if control.stopped:
            break
        budget = max(1000, int(budget * min(4.0, SECONDS / max(seconds, SECONDS / 4))))
    rows = found.reshape(-1, width)[: int(memory[layout.FOUND])]
    return rows, tried, complete
