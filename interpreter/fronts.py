"""Pareto fronts: which goals span them, and which solution stands for a point.

The goals that the spec names span a front. Its preferences do not: of the solutions that reach one
point the one with the least weight of broken preferences stands for it, then the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, overload

from archwright.solvers import questions as solver
from archwright.solvers.answers import Point, Proof
from archwright.solvers.control import Control
from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Goal

from .answers import FrontPoint, Shown, shown
from .lower import Lowered

if TYPE_CHECKING:
    from .questions import Model


def with_goals(instance: Instance, goals: Sequence[Goal], *, front: bool = False) -> Instance:
    """The same question under other goals."""
    problem = copy(instance.problem)
    problem.goals = list(goals)
    problem.front = front
    return replace(instance, problem=problem)


def spanned(lowered: Lowered, instance: Instance) -> Instance:
    """The question under the goals that span its front."""
    named = [g for g, own in zip(instance.problem.goals, lowered.goals, strict=True) if own.named]
    return with_goals(instance, named, front=True)


def preferring(lowered: Lowered, instance: Instance) -> Instance:
    """The question for one solution: goals in order, and the preferences last of all."""
    if lowered.preferences is None or not lowered.problem.front:
        return instance  # they are among the goals, if there are any
    return with_goals(
        instance, [*instance.problem.goals, preference(lowered.preferences.expression)]
    )


def preference(weight: Expr) -> Goal:
    """The weight of broken preferences as a goal."""
    return Goal(weight.node, "minimize", "preferences")


def representative(lowered: Lowered, instance: Instance, point: Point) -> tuple[int, ...]:
    """The solution that stands for a point of a front that `instance` was asked for."""
    if lowered.preferences is None:
        return point.values
    named = [g for g in lowered.goals if g.named]
    # Nothing is better in one goal and as good in the others, so limits pin the goals down; unlike
    # equalities they leave the bounds of propagation and of branch and bound at work.
    reached = [
        lowered.problem.at_most_zero(
            g.expression - value if g.sense == "minimize" else value - g.expression
        )
        for g, value in zip(named, point.goals, strict=True)
    ]
    assumed = (*instance.assumptions, *(r.node for r in reached))
    here = replace(instance, assumptions=assumed, control=Control())
    best = solver.solve(with_goals(here, [preference(lowered.preferences.expression)]))
    if best.values is None:
        raise RuntimeError(f"a point of a front that no solution reaches: {point}")
    return best.values


class Front(Sequence[FrontPoint]):
    """All non-dominated points, best first by the first goal; a point is certified when looked at.

    Attributes
    ----------
    complete : bool
        Whether every non-dominated point is here.
    """

    def __init__(
        self,
        model: Model,
        instance: Instance | None,
        points: Sequence[Point],
        without: Collection[str],
        proof: Proof,
        complete: bool,
    ) -> None:
        self._model, self._instance, self._points = model, instance, points
        self._without = without
        self._known: dict[int, FrontPoint] = {}
        self.proof, self.complete = proof, complete

    def __len__(self) -> int:
        return len(self._points)

    @overload
    def __getitem__(self, i: int) -> FrontPoint: ...
    @overload
    def __getitem__(self, i: slice) -> list[FrontPoint]: ...
    def __getitem__(self, i: int | slice) -> FrontPoint | list[FrontPoint]:
        if isinstance(i, slice):
            return [self[j] for j in range(len(self))[i]]
        i = range(len(self))[i]
        if i not in self._known and self._instance is not None:
            point = self._points[i]
            self._known[i] = self._model.point(self._instance, point, self._without)
        return self._known[i]

    def __iter__(self) -> Iterator[FrontPoint]:
        return (self[i] for i in range(len(self)))

    def goal_vectors(self) -> list[tuple[Shown, ...]]:
        """Goal values of every point, without its choices."""
        return [tuple(self._model.show_goals(p.goals).values()) for p in self._points]

    @property
    def errors(self) -> dict[str, Fraction]:
        """For goals that a logarithm went into, how far any point may be from the true number."""
        return {g.name: g.error for g in self._model.lowered.goals if g.named and g.error}

    @property
    def has_networks(self) -> bool:
        """Whether there is anything to build."""
        if self._instance is None or not self._points:
            return False
        return bool(self._model.certify(self._points[0].values, self._without).network_names)

    @property
    def goal_names(self) -> list[str]:
        """Names of the goals, in order."""
        return [g.name for g in self._model.lowered.goals if g.named]

    @property
    def senses(self) -> list[str]:
        """`minimize` or `maximize` for each goal, in order."""
        return [g.sense for g in self._model.lowered.goals if g.named]

    @property
    def choice_names(self) -> list[str]:
        """Names of the choices, in order of declaration, active or not."""
        return [c.key for c in self._model.lowered.choices]

    def choices(self) -> list[dict[str, Shown]]:
        """The active choices of every point, which the solver's referee alone has checked."""
        return [self.choices_of(i) for i in range(len(self))]

    def choices_of(self, i: int) -> dict[str, Shown]:
        """The active choices of one point, as in `choices`."""
        lowered, instance = self._model.lowered, self._instance
        if instance is None:
            raise IndexError("the front has no points")
        values = lowered.decode(representative(lowered, instance, self._points[i]))
        return {
            c.key: shown(values[c.key], c.dimension) for c in lowered.choices if c.key in values
        }
