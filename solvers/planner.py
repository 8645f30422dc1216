"""Chooses the engine for one instance and says why.

Sums of terms that each depend on few variables go to the diagram engine, which counts, optimises
and finds fronts in one pass and whose cost is known before it starts. Everything else is for
propagation and search; counts of what neither lists quickly are for component caching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .answers import Front, Point, Proof, Solution, Status
from .columns import evaluate_columns
from .components import simplify
from .control import Control, Stopped
from .counting import Space
from .diagram.listing import TooManyStates
from .frontier import costs, non_dominated, sweep
from .instance import Instance
from .problem import Values
from .rewriting import fork

if TYPE_CHECKING:
    from .search import Search
    from .separable import Separable

CACHING = 1.0  # seconds of component caching before listing is tried
LISTED = 1 << 18  # rows that are listed rather than counted or swept
NO_ENGINE = Proof("planner")


@dataclass
class Slice(Control):
    """A part of another control's time."""

    parent: Control | None = None

    @property
    def stopped(self) -> bool:
        """Whether this slice or the whole question is over."""
        over = self.parent is not None and self.parent.stopped
        return over or super().stopped

    def report(self, phase: str, nodes: int = 0, **rest: object) -> None:
        """Tell the whole question's listener."""
        if self.parent is not None:
            self.parent.report(phase, nodes, **rest)


class OneSlice(Slice):
    """Ends the search engine's work after its first slice, which is the same on every machine."""

    @property
    def stopped(self) -> bool:
        """Always: engines look only after they did something."""
        return True


def within(instance: Instance, seconds: float) -> Instance:
    """The instance, stopped after some seconds at the latest."""
    return replace(instance, control=Slice(time_limit=seconds, parent=instance.control))


def without_goals(instance: Instance) -> Instance:
    """The question whether anything fits."""
    if not instance.problem.goals:
        return instance
    return replace(instance, problem=fork(instance.problem, goals=False))


def search(instance: Instance) -> Search:
    """The search engine on an instance."""
    from .search import Search

    return Search(instance)


def separable(instance: Instance) -> Separable | str:
    """The diagram engine on an instance, or why it does not apply."""
    from .separable import analyse

    return analyse(instance)


# ------------------------------------------------------------------------------------- questions


def best(instance: Instance) -> Solution:
    """The lexicographic best, the first assignment among equals; without goals some solution."""
    if not instance.problem.goals:
        found = search(replace(instance, control=OneSlice(parent=instance.control))).best()
        if found.status is not Status.UNKNOWN:
            return because(found, "no goal: the first solution found")
        stop_if(instance.control, "looking for a solution")
    diagram = separable(instance)
    if not isinstance(diagram, str):
        try:
            found = diagram.best()
        except TooManyStates as error:
            diagram = str(error)
        else:
            unproved = (Status.UNKNOWN, Status.FEASIBLE) if instance.problem.goals else ()
            if instance.control.stopped or found.status not in unproved:
                return because(found, "a sum of small blocks")
            diagram = "the diagram grew too large"
    return because(search(instance).best(), f"search: {diagram}")


def because(solution: Solution, reason: str) -> Solution:
    """The solution with the planner's reason, where the engine gave none."""
    proof = solution.proof
    return replace(solution, proof=replace(proof, reason=proof.reason or reason))


def count(instance: Instance) -> tuple[int, Proof]:
    """How many solutions a connected instance has.

    Raises
    ------
    Stopped
        If the control ended the count.
    """
    diagram = diagram_count(instance)
    if not isinstance(diagram, str):
        return diagram
    space, done = counted(instance)
    if not done:
        rows = listed(instance, LISTED)
        if rows is not None:
            return len(rows), Proof("search", len(rows), reason="few enough to list")
    return space.count(), Proof("caching", space.states, reason=f"no sum of blocks: {diagram}")


def diagram_count(instance: Instance) -> tuple[int, Proof] | str:
    """The count by the diagram engine, or why it does not give one."""
    diagram = separable(instance)
    if isinstance(diagram, str):
        return diagram
    try:
        return diagram.count(), Proof("diagram", reason=diagram.reason)
    except TooManyStates as error:
        return str(error)


def counted(instance: Instance) -> tuple[Space, bool]:
    """The space of an instance, and whether it could be counted within a moment."""
    space = Space(within(instance, CACHING))
    try:
        space.count()
        done = True
    except Stopped:
        stop_if(instance.control, "counting")
        done = False
    space.control = instance.control
    return space, done


def listed(instance: Instance, limit: int) -> NDArray[np.int64] | None:
    """All solutions in lexicographic order, or None if there are more than `limit`.

    Raises
    ------
    Stopped
        If the control ended the search.
    """
    rows = search(without_goals(instance)).all(limit + 1)
    return None if len(rows) > limit else ordered(rows, instance.domains)


def ordered(rows: NDArray[np.int64], domains: Sequence[Values]) -> NDArray[np.int64]:
    """The rows in lexicographic order."""
    size = 1
    for domain in domains:
        size *= len(domain)
    if size >= 2**62 or len(rows) < 2:
        return rows[np.lexsort(rows.T[::-1])] if rows.shape[1] else rows
    ranks = np.zeros(len(rows), np.int64)
    for column, domain in zip(rows.T, domains, strict=True):
        if isinstance(domain, range):
            position = (column - domain[0]) // domain.step
        else:
            position = np.searchsorted(np.array(domain, np.int64), column)
        ranks = ranks * len(domain) + position
    if (ranks[1:] > ranks[:-1]).all():
        return rows
    return rows[np.argsort(ranks, kind="stable")]


def front(instance: Instance) -> Front:
    """All non-dominated points of a connected instance with goals."""
    diagram = separable(instance)
    if not isinstance(diagram, str):
        try:
            found = diagram.front()
            if found.complete or instance.control.stopped:
                return found
        except TooManyStates:
            return sweep(instance, best)
    try:
        rows = listed(within(instance, CACHING), LISTED)
    except Stopped:
        rows = None
    if rows is None:
        return sweep(instance, best)
    return filtered(instance, rows)


def filtered(instance: Instance, rows: NDArray[np.int64]) -> Front:
    """The front among listed solutions in lexicographic order."""
    problem = instance.problem
    columns = {i: rows[:, i] for i in range(rows.shape[1])}
    goals = evaluate_columns(problem, columns, [g.node for g in problem.goals], len(rows))
    first: dict[tuple[int, ...], int] = {}
    vectors = list(zip(*(g.tolist() for g in goals), strict=True))
    for row, vector in enumerate(vectors):
        first.setdefault(costs(instance, vector), row)
    points = [
        Point(vectors[first[cost]], tuple(rows[first[cost]].tolist()))
        for cost in non_dominated(first)
    ]
    return Front(tuple(points), True, Proof("search", len(rows), reason="listed and filtered"))


def narrowed(instance: Instance) -> Instance | None:
    """The instance with the domains that propagation leaves and without what they entail.

    None if propagation refutes it.
    """
    domains = search(without_goals(instance)).propagate()
    if domains is None:
        return None
    narrow: list[Values] = []
    for before, after in zip(instance.domains, domains, strict=True):
        narrow.append(after if len(after) < len(before) else before)
    return simplify(replace(instance, domains=tuple(narrow)))


def stop_if(control: Control, what: str) -> None:
    """Raise Stopped if the question is over."""
    if control.stopped:
        raise Stopped(f"stopped while {what}")
