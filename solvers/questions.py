"""What can be asked: solve, count, list, verify, front, domains, conflict, sample.

Each question takes a `Problem` or an `Instance` (a problem with variables fixed, groups dropped,
limits). It is split into independent parts, each part goes to the engine that the planner chooses,
and the answer is put together and checked by the referee. Counts, lists and samples are asked in
`spaces.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from . import exhaustive, planner
from .answers import Conflict, Front, Point, Proof, Solution, Status
from .certify import check_front, check_solution
from .components import split
from .conflict import Explainer, Oracle, subset
from .control import Stopped
from .evaluate import evaluate
from .expressions import Expr
from .frontier import sweep
from .instance import Instance, Question, ask
from .joining import join_fronts, join_proofs, join_solutions
from .near import Curve, near, time_limit
from .parallel import in_runs
from .possible import Within, possible
from .relaxing import Relaxation, relax
from .rewriting import fork
from .shortage import OutOfMemory, frugal
from .spaces import (
    TooMany,
    count,
    count_with_proof,
    numbered,
    parted_space,
    sample,
    solutions,
    verify,
)
from .tightness import Tightness, against, excesses_of, largest, own_excess, steps_of

__all__ = [
    "Question",
    "TooMany",
    "ask",
    "conflict",
    "conflicts",
    "count",
    "count_with_proof",
    "curve",
    "domains",
    "front",
    "numbered",
    "relaxations",
    "relaxing",
    "sample",
    "solutions",
    "solve",
    "tightness",
    "verify",
]

LOOSENING = 2.0  # seconds for the least limit under which something fits
SWEEP = 2.0  # seconds for one way to find a curve before the next one is tried
PATIENCE = 30.0  # seconds for all of its steps, before only those near the limit are found
MANY = 1000  # steps from which on nobody waits for all of them


# ------------------------------------------------------------------------------------------ solve


@frugal
def solve(question: Question, workers: int = 1, any_solution: bool = False) -> Solution:
    """The best solution: goals in order, each at its best before the next counts.

    Among equals it is the lexicographically first; without goals, too, where it is found with
    little work, and else some solution, always the same.
    A question that is stopped gives the best solution so far with status `feasible`, or `unknown`
    if there is none.

    Parameters
    ----------
    workers : int
        Threads; the answer is the same, see `parallel.py`.
    any_solution : bool
        Without goals, the solution that is found first, always the same, will do: it is not brought
        to the first in order, which may cost more than finding it. With goals this has no effect.

    Raises
    ------
    ValueError
        If there is not at least one worker.
    """
    instance = ask(question)
    if workers < 1:
        raise ValueError(f"{workers} workers: at least one is needed")
    try:
        return _solved(instance, workers, any_solution)
    except OutOfMemory:
        raise
    except Stopped as stopped:  # before any engine had begun
        return Solution(Status.UNKNOWN, None, (), Proof("planner", reason=str(stopped)))


def _solved(instance: Instance, workers: int, any_solution: bool) -> Solution:
    """The answer of `solve`."""
    few = exhaustive.listed(instance)
    if few is not None:
        return check_solution(instance, few.best())
    if workers > 1:
        together = in_runs(instance, workers, solve)
        if together is not None:
            return check_solution(instance, together)
    at_once = None if instance.problem.goals or not any_solution else planner.glimpsed(instance)
    if at_once is not None:
        return check_solution(instance, at_once)
    parted = split(instance, goals=True)
    if parted is None:
        return Solution(Status.INFEASIBLE, None, (), Proof("planner", reason="a false condition"))
    answers = []
    engine = planner.best if instance.problem.goals or any_solution else planner.first
    for part in parted.parts:
        answers.append(engine(part.instance))
        if answers[-1].status is Status.INFEASIBLE:
            return Solution(Status.INFEASIBLE, None, (), join_proofs([answers[-1]], None, parted))
    return check_solution(instance, join_solutions(parted, answers))


# ------------------------------------------------------------------------------------------ front


@frugal
def front(question: Question) -> Front:
    """All non-dominated points of the goals, best first goal first.

    Each comes with the lexicographically first assignment that reaches it.

    Raises
    ------
    Stopped
        If the question was stopped; `partial` is the front so far.
    """
    instance = ask(question)
    few = exhaustive.listed(instance)
    if few is not None:
        return check_front(instance, few.front())
    parted = split(instance, goals=True)
    if parted is None:
        return Front((), True, Proof("planner", reason="a false condition"))
    if not instance.problem.goals:
        return _single(instance)
    answers = []
    for part in parted.parts:
        answer = planner.front(part.instance)
        if not answer.complete:
            alone = len(parted.parts) == 1
            so_far = check_front(instance, answer) if alone else None
            raise Stopped("stopped before the front was complete", so_far)
        answers.append(answer)
    return check_front(instance, join_fronts(parted, answers))


def _single(instance: Instance) -> Front:
    """Without goals all solutions are equal: the first stands for them."""
    answer = solve(instance)
    if answer.status is Status.UNKNOWN:
        raise Stopped("stopped before a solution was found")
    points = () if answer.values is None else (Point((), answer.values),)
    return Front(points, True, answer.proof)


# ---------------------------------------------------------------------------------------- domains


@frugal
def domains(
    question: Question, exact: bool = True, only: Collection[int] | None = None
) -> list[tuple[int, ...]]:
    """For each variable the values that it can still take.

    Parameters
    ----------
    exact : bool
        Otherwise only what propagation excludes is left out.
    only : collection of int
        Variables to be exact about; the others may keep values that are impossible.

    Raises
    ------
    Stopped
        With the values found so far as `partial`.
    """
    instance = ask(question)
    few = exhaustive.listed(instance, goals=False)
    if few is not None:
        return few.domains()
    parted = parted_space(instance)
    nothing: list[tuple[int, ...]] = [() for _ in instance.domains]
    if parted is None:
        return nothing
    result = [tuple(domain) for domain in parted.whole.domains]
    if not exact:
        return result
    for part in parted.parts:
        wanted = [i for i, v in enumerate(part.variables) if only is None or v in only]
        found = _possible(part.instance, wanted)
        if found is None:
            return nothing
        for position, values in found.items():
            result[part.variables[position]] = values
    return result


def _possible(instance: Instance, only: Collection[int]) -> dict[int, tuple[int, ...]] | None:
    """The values of some variables of a part; None if it has no solution."""
    rows = planner.glanced(instance, planner.BLINK)
    if rows is not None:
        values = {i: tuple(np.unique(rows[:, i]).tolist()) for i in only}
        return values if len(rows) else None
    planner.stop_if(instance.control, "listing solutions")
    first = _any(instance)
    return None if first is None else possible(instance, planner.Prober(instance), only, [first])


def _any(instance: Instance) -> tuple[int, ...] | None:
    """Any solution."""
    answer = solve(planner.without_goals(instance), any_solution=True)
    if answer.status is Status.UNKNOWN:
        raise Stopped("stopped before it was known whether anything fits")
    return answer.values


# --------------------------------------------------------------------------------------- conflict


class _SearchOracle:
    """Decides subsets of an instance's constraints: propagation by one search, the rest anew."""

    def __init__(self, instance: Instance) -> None:
        self.instance = planner.without_goals(instance)
        self.search = planner.search(self.instance)

    def refuted(self, active: Sequence[int]) -> bool:
        return bool(self.search.refuted(active))

    def witness(self, active: Sequence[int]) -> tuple[int, ...] | None:
        control = self.instance.control
        try:
            return self.search.witness(active, planner.OneSlice(parent=control))
        except Stopped:
            planner.stop_if(control, "looking for a solution")
        return _any(subset(self.instance, active))


def _oracle(instance: Instance) -> Oracle:
    return exhaustive.truths(instance) or _SearchOracle(instance)


def _prober(instance: Instance) -> Within:
    few = exhaustive.listed(instance, goals=False)
    return planner.Prober(instance) if few is None else few.within


@frugal
def conflict(question: Question) -> Conflict | None:
    """A minimal set of named constraints that cannot hold together; None if everything can.

    Raises
    ------
    Stopped
        If the question was stopped; `partial` has names that conflict but may not be minimal.
    """
    instance = ask(question)
    return Explainer(instance, _oracle(instance)).conflict()


def conflicts(question: Question) -> Iterator[Conflict]:
    """All minimal conflicts, each once."""
    instance = ask(question)
    return Explainer(instance, _oracle(instance)).conflicts()


@frugal
def relaxations(question: Question) -> list[Relaxation]:
    """Single changes after which something fits, each verified; none if something fits already.

    A change loosens the limit of one named constraint, drops one, or releases one fixed variable.
    There may be none that helps alone.
    """
    instance = ask(question)
    found = conflict(instance)
    return [] if found is None else list(relaxing(instance, found.groups))


def relaxing(
    instance: Instance,
    groups: Sequence[str],
    excess: Callable[[Instance, str], Expr | None] = own_excess,
) -> Iterator[Relaxation]:
    """The changes one by one, of the groups of a conflict; `excess` measures how far one is off."""

    def best(loosened: Instance) -> Solution:
        return solve(planner.within(loosened, LOOSENING))

    return relax(instance, groups, _any, _prober, best, excess)


# -------------------------------------------------------------------------------------- tightness


@frugal
def tightness(question: Question, group: str) -> Tightness:
    """Slack of a group of comparisons at the optimum, and the best first goal against its limit.

    Raises
    ------
    NoSlack
        If the group has a constraint that is no comparison of two sides.
    Stopped
        If the question was stopped before the curve was complete; `partial` is its front so far.
    """
    instance = ask(question)
    instance = replace(instance, problem=fork(instance.problem))
    excesses = excesses_of(instance, group)
    optimum = solve(instance)
    slack: dict[int, int] = {}
    if optimum.values is not None:
        sizes = evaluate(instance.problem, optimum.values, [e.node for e in excesses.values()])
        slack = {index: -value for index, value in zip(excesses, sizes, strict=True)}
    found = curve(instance, group, largest(instance.problem, excesses))
    return Tightness(optimum, slack, steps_of(found.points), found.proof)


def curve(instance: Instance, group: str | None, excess: Expr) -> Curve:
    """The front of the first goal and the excess of a group, with the group dropped.

    Such a front often has few points in a large space, where a sweep is best, and sometimes many:
    so both are tried for a while, before the planner's choice goes on. Where that does not find
    all steps within `PATIENCE`, or half of the time limit, or where there are more than `MANY`,
    the curve has all steps near the limit as it is and some elsewhere.

    Raises
    ------
    Stopped
        If the question was stopped; `partial` is the curve so far, or None.
    """
    goals = against(instance, group, excess)
    if len(goals.problem.goals) == 1:
        return _as_curve(front(goals))
    so_far: Curve | None = None
    limit = time_limit(goals.control)
    long = PATIENCE if limit is None else max(SWEEP, limit / 2)
    for attempt, seconds in ((front, SWEEP), (_swept, SWEEP), (front, long)):
        try:
            return _as_curve(attempt(planner.within(goals, seconds)))
        except Stopped as stopped:
            found = stopped.partial
            if isinstance(found, Front) and (not so_far or len(found.points) > len(so_far.points)):
                so_far = _as_curve(found)
            if goals.control.stopped:
                raise Stopped("stopped while finding the curve", so_far) from None
        if so_far and len(so_far.points) > MANY:
            break
    curve = near(goals, planner.best, lambda: planner.within(goals, long).control)
    check_front(goals, curve)
    return curve


def _swept(instance: Instance) -> Front:
    """The front by a sweep; raises `Stopped` as `front` does."""
    found = check_front(instance, sweep(instance, planner.best))
    if not found.complete:
        raise Stopped("stopped before the front was complete", found)
    return found


def _as_curve(found: Front) -> Curve:
    return Curve(found.points, found.complete, found.proof)
