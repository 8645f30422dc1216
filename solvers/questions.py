"""What can be asked: solve, count, list, verify, front, domains, conflict, sample.

Each question takes a `Problem` or an `Instance` (a problem with variables fixed, groups dropped,
limits). It is split into independent parts, each part goes to the engine that the planner chooses,
and the answer is put together and checked by the referee.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from . import exhaustive, numbering, planner
from .answers import Conflict, Front, Point, Proof, Solution, Status
from .certify import check_front, check_rows, check_solution, verify_rows
from .components import Part, Split, split
from .conflict import Explainer, Oracle, subset
from .control import Stopped
from .counting import Space
from .evaluate import evaluate
from .expressions import Expr
from .frontier import sweep
from .instance import Instance
from .joining import join_fronts, join_proofs, join_rows, join_solutions, joint_reason
from .parallel import in_runs
from .possible import Within, possible
from .problem import Problem, Values
from .relaxing import Relaxation, relax
from .rewriting import fork
from .sampling import EmptySpace, Halving, Listed, Numbered, draw
from .shortage import frugal
from .tightness import Tightness, against, excesses_of, largest, own_excess, steps_of

Question: TypeAlias = Problem | Instance
LISTED_WAYS = 1 << 16  # so many solutions are listed to draw from them
LOOSENING = 2.0  # seconds for the least limit under which something fits
SWEEP = 2.0  # seconds for one way to find a curve before the next one is tried
ARRAY = 1 << 59  # values that an array can name at all
CELLS = 1 << 27  # values in the largest array that is listed unless another limit is given


class TooMany(ValueError):
    """More solutions than should be listed."""


def ask(question: Question) -> Instance:
    """The question as an instance."""
    return question if isinstance(question, Instance) else Instance.ask(question)


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


# ------------------------------------------------------------------------------ count and listing


@frugal
def count(question: Question) -> int:
    """How many assignments satisfy the constraints; exact, however many.

    Raises
    ------
    Stopped
        If the question was stopped before the count was known.
    """
    return count_with_proof(question)[0]


@frugal
def count_with_proof(question: Question) -> tuple[int, Proof]:
    """The count, and how it was found."""
    instance = ask(question)
    few = exhaustive.listed(instance, goals=False)
    if few is not None:
        return len(few.rows), few.proof
    short = planner.eliminated(instance)
    if short is not None:
        return short
    whole = planner.diagram_count(planner.without_goals(instance))
    if not isinstance(whole, str):
        return whole
    narrow = planner.narrowed(planner.without_goals(instance))
    if narrow is None:
        return 0, Proof("planner", reason="refuted by propagation")
    nest = planner.nested(narrow, planner.NEST)
    if not isinstance(nest, str):
        return nest.count(), nest.proof
    parted = split(narrow, goals=False)
    if parted is None:
        return 0, Proof("planner", reason="a false condition")
    total = prod(len(parted.whole.domains[v]) for v in parted.free)
    proofs = []
    for part in parted.parts:
        ways, proof = planner.count(part.instance)
        total *= ways
        proofs.append(proof)
        if not ways:
            break
    engines = " + ".join(dict.fromkeys(p.engine for p in proofs)) or "planner"
    reason = joint_reason(proofs, parted)
    return total, Proof(engines, sum(p.nodes for p in proofs), reason=reason)


def _parted(instance: Instance) -> Split | None:
    """The parts after propagation, without goals; None if propagation refutes the instance."""
    narrow = planner.narrowed(planner.without_goals(instance))
    return None if narrow is None else split(narrow, goals=False)


@frugal
def solutions(question: Question, limit: int | None = None) -> NDArray[np.int64]:
    """All solutions in lexicographic order, one row each, one column for each variable.

    Raises
    ------
    TooMany
        If there are more than `limit` (by default, as many as fill `CELLS` values).
    Stopped
        If the question was stopped before all were found.
    ValueError
        If the limit is negative.
    """
    if limit is not None and limit < 0:
        raise ValueError(f"a limit of {limit} solutions: it must not be negative")
    instance = ask(question)
    width = len(instance.domains)
    most = (CELLS if limit is None else ARRAY) // max(1, width)
    most = most if limit is None else min(limit, most)
    few = exhaustive.listed(instance, goals=False)
    if few is not None:
        if len(few.rows) > most:
            raise too_many(len(few.rows), most)
        return check_rows(instance, few.rows)
    narrow = planner.narrowed(planner.without_goals(instance))
    nest = "nothing fits" if narrow is None else planner.nested(narrow, planner.NEST)
    if not isinstance(nest, str):
        if nest.count() > most:
            raise too_many(nest.count(), most)
        return check_rows(instance, nest.rows())
    parted = None if narrow is None else split(narrow, goals=False)
    if parted is None:
        return np.zeros((0, width), np.int64)
    lists = [planner.listed(part.instance, most) for part in parted.parts]
    blocks = [(p, rows) for p, rows in zip(parted.parts, lists, strict=True) if rows is not None]
    total = prod(len(parted.whole.domains[v]) for v in parted.free)
    total *= prod(len(rows) for _, rows in blocks)
    if total and len(blocks) < len(lists):
        raise TooMany(f"there are more than {most:,} solutions; count or sample them instead")
    if total > most:
        raise too_many(total, most)
    return check_rows(instance, join_rows(parted, blocks, total))


@frugal
def verify(question: Question, rows: NDArray[np.int64]) -> int:
    """Evaluate every condition again in every one of some rows, with Python's integers.

    `solutions` checks the order of all rows and the conditions in some of them; this checks all, at
    some hundred thousand rows a second.

    Parameters
    ----------
    rows : array [solutions, variables]
        Solutions in lexicographic order, all or some.

    Returns
    -------
    int
        How many rows there are.

    Raises
    ------
    WrongAnswer
        If a row is out of order, has a value outside its domain or breaks a condition.
    Stopped
        If the question was stopped; `partial` is how many rows were checked.
    """
    return verify_rows(ask(question), rows)


def too_many(total: int, most: int) -> TooMany:
    """The error that names both numbers."""
    return TooMany(f"there are {total:,} solutions, more than the limit of {most:,}")


def numbered(question: Question) -> numbering.Numbered:
    """The solutions by number, in lexicographic order: `count()`, and `rows(start, stop)`.

    Nothing is listed before it is asked for, and then only what lies around it. Its methods raise
    Stopped when the question is over.
    """
    instance = ask(question)
    few = exhaustive.listed(instance, goals=False)
    if few is not None:
        return numbering.Listed(few.rows)
    whole = planner.without_goals(instance)
    narrow = planner.narrowed(whole)
    if narrow is not None:
        nest = planner.nested(narrow, planner.NEST)
        if not isinstance(nest, str):
            return numbering.Paths(nest)
    parted = None if narrow is None else split(narrow, goals=False)
    if parted is None:
        return numbering.Listed(np.empty((0, len(whole.domains)), np.int64))
    ways = [_ways(part.instance) for part in parted.parts]

    def listed(domains: tuple[Values, ...]) -> NDArray[np.int64]:
        return solutions(replace(whole, domains=domains))

    return numbering.Halves(parted, ways, listed)


def _ways(instance: Instance) -> Callable[[tuple[Values, ...]], int]:
    """How a part is counted within smaller domains, over and over."""
    ways, proof = planner.count(instance)
    if ways <= planner.LISTED and proof.engine in ("nest", "search", "caching"):
        rows = planner.listed(instance, planner.LISTED)
        if rows is not None:
            return numbering.among(rows, instance.domains)
    if proof.engine == "caching":
        return Space(instance).count_within
    return lambda domains: planner.count(replace(instance, domains=domains))[0]


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
    parted = _parted(instance)
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


def curve(instance: Instance, group: str | None, excess: Expr) -> Front:
    """The front of the first goal and the excess of a group, with the group dropped.

    Such a front often has few points in a large space, where a sweep is best, and sometimes many:
    so both are tried for a while, before the planner's choice goes on to the end.
    """
    goals = against(instance, group, excess)
    try:
        return front(planner.within(goals, SWEEP))
    except Stopped:
        planner.stop_if(goals.control, "finding the curve")
    swept = sweep(planner.within(goals, SWEEP), planner.best)
    return check_front(goals, swept) if swept.complete else front(goals)


# ----------------------------------------------------------------------------------------- sample


@frugal
def sample(question: Question, n: int = 1, seed: int | None = None) -> NDArray[np.int64]:
    """`n` independent draws from the solutions, each solution equally likely, one row each.

    Raises
    ------
    EmptySpace
        If there is no solution.
    ValueError
        If `n` is negative.
    """
    if n < 0:
        raise ValueError(f"{n} samples: it must not be a negative number")
    instance = ask(question)
    parted, parts = _to_draw_from(instance)
    rows = np.array(draw(parted, parts, n, seed), np.int64).reshape(n, len(instance.domains))
    for values in rows.tolist():
        check_solution(planner.without_goals(instance), _plain(values))
    return rows


def _to_draw_from(instance: Instance) -> tuple[Split, list[Numbered]]:
    """The parts of a space and their solutions by number."""
    few = exhaustive.listed(instance, goals=False)
    if few is not None:
        everything = Part(instance, tuple(range(len(instance.domains))))
        return Split(instance, (everything,), (), ()), [Listed(few.rows)]
    parted = _parted(instance)
    if parted is None:
        raise EmptySpace("no sample: nothing satisfies the constraints")
    return parted, [_numbered(part.instance) for part in parted.parts]


def _plain(values: Sequence[int]) -> Solution:
    return Solution(Status.FEASIBLE, tuple(values), (), Proof("sample"))


def _numbered(instance: Instance) -> Numbered:
    """The part's solutions by number.

    The way depends on the problem alone, never on the clock, so that a seed means the same draws on
    every machine: few solutions are listed, budgets are halved, the rest is numbered by components.
    """
    ways = planner.count(instance)[0]
    if ways <= LISTED_WAYS:
        rows = planner.listed(instance, LISTED_WAYS)
        if rows is None:
            raise RuntimeError(f"{ways} solutions were counted, and more were listed")
        return Listed(rows)
    if not isinstance(planner.diagram_count(instance), str):
        return Halving(instance, lambda narrow: planner.count(narrow)[0])
    return Space(instance)
