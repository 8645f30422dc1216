"""A step curve with more steps than can be listed: all near the limit as it is, some elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .answers import Front, Point, Proof, Solution, Status
from .control import Control, Stopped
from .expressions import Expr
from .frontier import costs
from .instance import Instance
from .rewriting import fork

NEAR = 20  # steps on either side of the limit, every one of them
FAR = 12  # limits beyond them, evenly spread on either side


@dataclass(frozen=True)
class Curve(Front):
    """The front of the first goal and an excess.

    Attributes
    ----------
    every : pair of int or None
        From which excess to which every step is here, where not all are; None where all are.
    """

    every: tuple[int, int] | None = None


class _Steps:
    """Steps of one curve, found one by one."""

    def __init__(self, instance: Instance, best: Callable[[Instance], Solution]) -> None:
        self.instance, self.best = instance, best
        self.points: dict[tuple[int, ...], Point] = {}
        self.nodes = 0

    def under(self, excess: int | None, control: Control) -> Point | None:
        """The best goal under a limit that lets `excess` through, at its least excess."""
        return self._find((0, 1), excess, control)

    def better(self, cost: int | None, control: Control) -> Point | None:
        """The least excess at which the goal costs no more than `cost`, and the best goal there."""
        return self._find((1, 0), cost, control)

    def _find(self, order: tuple[int, int], most: int | None, control: Control) -> Point | None:
        """The lexicographic best of both in this order, the second one's cost limited to `most`.

        Raises
        ------
        Stopped
        """
        problem = fork(self.instance.problem, goals=False)
        goals = self.instance.problem.goals
        problem.goals = [goals[i] for i in order]
        assumptions = list(self.instance.assumptions)
        if most is not None:
            second = Expr(problem, goals[order[1]].node)
            cost = second if goals[order[1]].sense == "minimize" else -second
            assumptions.append((cost <= most).node)
        asked = replace(
            self.instance, problem=problem, assumptions=tuple(assumptions), control=control
        )
        answer = self.best(asked)
        self.nodes += answer.proof.nodes
        if answer.status not in (Status.OPTIMAL, Status.INFEASIBLE):
            raise Stopped("stopped while finding the curve")
        if answer.values is None:
            return None
        found = answer.goals if order == (0, 1) else answer.goals[::-1]
        point = Point(tuple(found), answer.values)
        self.points.setdefault(costs(self.instance, point.goals), point)
        return point

    def front(self, complete: bool, every: tuple[int, int] | None) -> Curve:
        """What was found, best goal first."""
        points = tuple(self.points[cost] for cost in sorted(self.points))
        reason = f"{len(points)} steps, each solved"
        proof = Proof("steps", self.nodes, reason=reason)
        return Curve(points, complete, proof, None if complete else every)


def time_limit(control: Control) -> float | None:
    """The shortest time limit of a control and of those that it is a part of."""
    parent = getattr(control, "parent", None)
    limits = [control.time_limit, None if parent is None else time_limit(parent)]
    return min((limit for limit in limits if limit is not None), default=None)


def near(
    instance: Instance, best: Callable[[Instance], Solution], enough: Callable[[], Control]
) -> Curve:
    """The steps on both sides of excess 0, those at both ends, and some between.

    Parameters
    ----------
    instance : Instance
        With two goals, the second one the excess.
    best : callable
        Solves lexicographically; of equals the first assignment.
    enough : callable
        Gives the control under which further steps are looked for; the step at the limit and the
        two ends are found in any case.

    Raises
    ------
    Stopped
        If the question was stopped; `partial` is the curve so far.
    """
    steps = _Steps(instance, best)
    every: tuple[int, int] | None = None
    whole = instance.control
    try:
        tightest = steps.better(None, whole)
        if tightest is None:
            return steps.front(True, None)
        loosest = steps.under(None, whole) or tightest
        here = steps.under(0, whole) or tightest
        every = (here.goals[1], here.goals[1])
        further = enough()
        low = high = here
        at_low, at_high = low == tightest, high.goals == loosest.goals
        try:
            for _ in range(NEAR):
                if not at_low:
                    low = steps.under(low.goals[1] - 1, further) or tightest
                    at_low = low.goals == tightest.goals
                    every = (low.goals[1], every[1])
                if not at_high:
                    cost = costs(instance, high.goals)[0]
                    high = steps.better(cost - 1, further) or loosest
                    at_high = high.goals == loosest.goals
                    every = (every[0], high.goals[1])
            if not (at_low and at_high):
                for a, b in ((tightest, low), (high, loosest)):
                    for k in range(1, FAR + 1):
                        between = a.goals[1] + (b.goals[1] - a.goals[1]) * k // (FAR + 1)
                        if a.goals[1] < between < b.goals[1]:
                            steps.under(between, further)
        except Stopped:
            whole.check("finding the curve")
        return steps.front(at_low and at_high, every)
    except Stopped as stopped:
        raise Stopped(str(stopped), steps.front(False, every)) from None
