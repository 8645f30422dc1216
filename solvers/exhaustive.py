"""Small instances: every question from the list of all solutions, without compiled code.

Whether an instance is small depends on it alone (`growth.py`), never on the clock or on what is
compiled already, so that the same question is always answered in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .answers import Front, Point, Proof, Solution, Status
from .frontier import costs, undominated
from .growth import Growth, TooMany
from .instance import Instance
from .problem import Values
from .vectorised import Column


@dataclass(frozen=True)
class Listed:
    """All solutions of an instance.

    Attributes
    ----------
    rows : array of shape (solutions, variables)
        In lexicographic order.
    goals : list of arrays
        The values of each goal; empty where they were left out.
    tried : int
        How many combinations of values were looked at, partial ones included.
    """

    instance: Instance
    rows: NDArray[np.int64]
    goals: list[Column]
    tried: int

    @property
    def proof(self) -> Proof:
        """What was done."""
        reason = f"few values: {self.tried:,} combinations tried"
        return Proof("exhaustive", self.tried, reason=reason)

    @cached_property
    def _costs(self) -> tuple[Column, ...]:
        return costs(self.instance, self.goals)

    def best(self) -> Solution:
        """The lexicographically best solution, the first among equals."""
        if not len(self.rows):
            return Solution(Status.INFEASIBLE, None, (), self.proof)
        places = np.arange(len(self.rows))
        for cost in self._costs:
            places = places[cost[places] == cost[places].min()]
        point = self._point(int(places[0]))
        if not self.goals:
            return Solution(Status.FEASIBLE, point.values, (), self.proof)
        proof = replace(self.proof, bound=point.goals)
        return Solution(Status.OPTIMAL, point.values, point.goals, proof)

    def front(self) -> Front:
        """All non-dominated points, each with its first assignment."""
        places = np.arange(min(1, len(self.rows)))
        if self.goals:
            order = np.arange(len(self.rows))
            for cost in self._costs[::-1]:
                order = order[np.argsort(cost[order], kind="stable")]
            places = order[undominated([cost[order] for cost in self._costs])]
        return Front(tuple(map(self._point, places.tolist())), True, self.proof)

    def domains(self) -> list[tuple[int, ...]]:
        """The values of each variable in some solution."""
        return [tuple(np.unique(column).tolist()) for column in self.rows.T]

    def within(self, variable: int, run: Values) -> tuple[int, ...] | None:
        """A solution in which a variable lies between two of its values, None if there is none."""
        column = self.rows[:, variable]
        places = np.flatnonzero((column >= run[0]) & (column <= run[-1]))
        return tuple(self.rows[places[0]].tolist()) if len(places) else None

    def _point(self, place: int) -> Point:
        goals = tuple(int(goal[place]) for goal in self.goals)
        return Point(goals, tuple(self.rows[place].tolist()))


def listed(instance: Instance, goals: bool = True) -> Listed | None:
    """All solutions of a small instance; None if it is not small, or its question is over.

    Goals may be left out.
    """
    if instance.control.stopped:
        return None
    wanted = [g.node for g in instance.problem.goals] if goals else []
    try:
        growth = Growth(instance, wanted)
        rows, columns = growth.run()
    except TooMany:
        return None
    return Listed(instance, rows, columns, growth.tried)


class Truths:
    """Decides which constraints of a small instance hold together (an `Oracle`).

    What holds under each combination of values that the structure and the assumptions allow is
    computed once.
    """

    def __init__(self, rows: NDArray[np.int64], holds: dict[int, Column]) -> None:
        self.rows = rows
        self.holds = holds

    def refuted(self, active: Sequence[int]) -> bool:
        """Whether some constraints, and the structure, cannot hold together."""
        return self.witness(active) is None

    def witness(self, active: Sequence[int]) -> tuple[int, ...] | None:
        """The first values under which they hold, None if there are none."""
        together = np.ones(len(self.rows), bool)
        for i in active:
            if i in self.holds:
                together &= self.holds[i] != 0
        place = int(together.argmax()) if len(together) else 0
        return tuple(self.rows[place].tolist()) if together[place : place + 1].any() else None


def truths(instance: Instance) -> Truths | None:
    """What decides sets of an instance's named constraints, if it is small without them."""
    if instance.control.stopped:
        return None
    constraints = instance.problem.constraints
    named = [i for i in instance.active if constraints[i].group is not None]
    structure = tuple(i for i in instance.active if constraints[i].group is None)
    bare = replace(instance, active=structure)
    try:
        rows, holds = Growth(bare, [constraints[i].node for i in named]).run()
    except TooMany:
        return None
    return Truths(rows, dict(zip(named, holds, strict=True)))
