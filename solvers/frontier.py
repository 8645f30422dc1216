"""Pareto fronts by solving: boxes in goal space, best first.

A box bounds every goal but the first. Solving a box lexicographically gives its best point; the
least of these over all boxes is dominated by nothing, since whatever dominates it would lie in some
box and come earlier. Each box that holds the point is then cut into boxes that are strictly better
in one of the bounded goals (Kirlik and Sayın, "A new algorithm for generating all nondominated
solutions of multiobjective discrete optimization problems", EJOR 2014). For two goals there is one
box and this is the epsilon-constraint sweep.

Fronts of independent parts add: a point of the whole is a sum of points of the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from .answers import Front, Point, Proof, Solution, Status
from .expressions import Expr
from .instance import Instance
from .rewriting import fork

Costs: TypeAlias = tuple[int, ...]
Box: TypeAlias = tuple[int | None, ...]  # largest cost allowed, for each goal but the first


@dataclass(frozen=True)
class _Found:
    """The best of a box."""

    costs: Costs
    point: Point


class _Sweep:
    """Solves boxes of one instance."""

    def __init__(self, instance: Instance, best: Callable[[Instance], Solution]) -> None:
        self.instance = replace(instance, problem=fork(instance.problem))
        self.best = best
        self.nodes = 0
        self.solved: dict[Box, _Found | None] = {}
        self.stopped = False

    def solve(self, box: Box) -> _Found | None:
        """The lexicographic best of a box; None if it is empty, or the question was stopped."""
        if box not in self.solved:
            problem = self.instance.problem
            limits = []
            for goal, limit in zip(problem.goals[1:], box, strict=True):
                value = Expr(problem, goal.node)
                if limit is not None:
                    cost = value if goal.sense == "minimize" else -value
                    limits.append((cost <= limit).node)
            assumptions = (*self.instance.assumptions, *limits)
            answer = self.best(replace(self.instance, assumptions=assumptions))
            self.nodes += answer.proof.nodes
            if answer.status not in (Status.OPTIMAL, Status.INFEASIBLE):
                self.stopped = True
                return None
            found = None
            if answer.values is not None:
                point = Point(answer.goals, answer.values)
                found = _Found(costs(self.instance, answer.goals), point)
            self.solved[box] = found
        return self.solved[box]


Amount = TypeVar("Amount", int, NDArray[Any])


def costs(instance: Instance, goals: Sequence[Amount]) -> tuple[Amount, ...]:
    """Goal values, or columns of them, with the sign that makes less better."""
    return tuple(
        value if goal.sense == "minimize" else -value
        for goal, value in zip(instance.problem.goals, goals, strict=True)
    )


def sweep(instance: Instance, best: Callable[[Instance], Solution]) -> Front:
    """All non-dominated points of an instance with at least one goal.

    `best` solves lexicographically and breaks ties by the first assignment. A front that was
    stopped has the points that were proved so far and is not complete.
    """
    search = _Sweep(instance, best)
    control = instance.control
    boxes: list[Box] = [(None,) * (len(instance.problem.goals) - 1)]
    points: list[Point] = []
    while boxes:
        found = {box: answer for box in boxes if (answer := search.solve(box)) is not None}
        if search.stopped or control.stopped:
            break
        if not found:
            boxes = []
            break
        least = min(found.values(), key=lambda f: f.costs)
        points.append(least.point)
        control.report("proving the front", len(points), incumbent=least.point.goals)
        boxes = _cut(found, least.costs)
    reason = f"{len(search.solved)} boxes solved"
    return Front(tuple(points), not boxes, Proof("sweep", search.nodes, reason=reason))


def _cut(boxes: Iterable[Box], point: Costs) -> list[Box]:
    """The boxes without the region that the point dominates; none lies within another."""
    result: list[Box] = []
    for box in boxes:
        if all(limit is None or c <= limit for c, limit in zip(point[1:], box, strict=True)):
            for i, c in enumerate(point[1:]):
                result.append((*box[:i], c - 1, *box[i + 1 :]))
        else:
            result.append(box)
    unique = list(dict.fromkeys(result))
    return [b for b in unique if not any(b != other and _within(b, other) for other in unique)]


def _within(inner: Box, outer: Box) -> bool:
    return all(b is None or (a is not None and a <= b) for a, b in zip(inner, outer, strict=True))


def non_dominated(costs: Iterable[Costs]) -> list[Costs]:
    """Those that no other one dominates, in rising order."""
    kept: list[Costs] = []
    rest = sorted(costs)
    if rest and len(rest[0]) <= 2:  # in rising order only the last one kept can dominate
        for cost in rest:
            if not kept or cost[-1] < kept[-1][-1]:
                kept.append(cost)
        return kept
    for cost in rest:
        if not any(all(a <= b for a, b in zip(other, cost, strict=True)) for other in kept):
            kept.append(cost)
    return kept


def undominated(columns: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Places of the distinct vectors that nothing dominates, among vectors in rising order.

    Of equal vectors the first counts.
    """
    n = len(columns[0])
    fresh = np.zeros(n, bool)
    fresh[:1] = True
    for column in columns:
        fresh[1:] |= column[1:] != column[:-1]
    places = np.flatnonzero(fresh)
    last = columns[-1][places]
    if len(columns) == 1:
        return places[:1]
    if len(columns) == 2:  # better than everything before in the second goal
        least = np.minimum.accumulate(last) if len(last) else last
        good = np.ones(len(last), bool)
        good[1:] = last[1:] < least[:-1]
        return places[good]
    kept: list[int] = []
    rest = np.stack([column[places] for column in columns[1:]], axis=1)
    alive = np.arange(len(places))
    while len(alive):  # the first one left is dominated by none
        kept.append(int(alive[0]))
        alive = alive[(rest[alive] < rest[alive[0]]).any(axis=1)]
    return places[kept]


def add_fronts(
    first: dict[Costs, tuple[int, ...]],
    second: dict[Costs, tuple[int, ...]],
    merge: Callable[[tuple[int, ...], tuple[int, ...]], tuple[int, ...]],
) -> dict[Costs, tuple[int, ...]]:
    """The non-dominated sums of two fronts, each with the first of its merged assignments."""
    sums: dict[Costs, tuple[int, ...]] = {}
    for a, values in first.items():
        for b, others in second.items():
            total = tuple(x + y for x, y in zip(a, b, strict=True))
            together = merge(values, others)
            if total not in sums or together < sums[total]:
                sums[total] = together
    return {cost: sums[cost] for cost in non_dominated(sums)}
