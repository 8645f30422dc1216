"""What can be asked: solve, count, list, front, domains, conflict, sample.

Each question takes a `Problem` or an `Instance` (a problem with variables fixed, groups dropped,
limits). It is split into independent parts, each part goes to the engine that the planner chooses,
and the answer is put together and checked by the referee.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from . import planner
from .answers import Conflict, Front, Point, Proof, Solution, Status
from .certify import check_front, check_rows, check_solution, rising
from .components import Part, Split, split
from .conflict import Explainer, subset
from .control import Stopped
from .frontier import Costs, add_fronts, costs
from .instance import Instance
from .possible import possible
from .problem import Problem, Values
from .relaxing import Relaxation, relax
from .sampling import EmptySpace, Halving, Listed, Numbered, draw

Question: TypeAlias = Problem | Instance
CELLS = 1 << 27  # values in the largest array that is listed unless another limit is given


class TooMany(ValueError):
    """More solutions than should be listed."""


def ask(question: Question) -> Instance:
    """The question as an instance."""
    return question if isinstance(question, Instance) else Instance.ask(question)


# ------------------------------------------------------------------------------------------ solve


def solve(question: Question) -> Solution:
    """The best solution: goals in order, each at its best before the next counts.

    Among equals it is the lexicographically first; without goals some solution, always the same. A
    question that is stopped
    gives the best solution so far with status `feasible`, or `unknown` if there is none.
    """
    instance = ask(question)
    parted = split(instance, goals=True)
    if parted is None:
        return Solution(Status.INFEASIBLE, None, (), Proof("planner", reason="a false condition"))
    answers = []
    for part in parted.parts:
        answers.append(planner.best(part.instance))
        if answers[-1].status is Status.INFEASIBLE:
            return Solution(Status.INFEASIBLE, None, (), _together([answers[-1]], None, parted))
    return check_solution(instance, _joined(parted, answers))


def _joined(parted: Split, answers: Sequence[Solution]) -> Solution:
    """The solution of the whole from those of the parts."""
    instance = parted.whole
    bounds = [a.proof.bound if a.status is not Status.OPTIMAL else a.goals for a in answers]
    bound = _sum(parted, [b for b in bounds if b is not None])
    proof = _together(answers, bound if None not in bounds and bound else None, parted)
    if any(a.values is None for a in answers):
        return Solution(Status.UNKNOWN, None, (), proof)
    values = _merge(parted, [a.values for a in answers if a.values is not None])
    if not instance.problem.goals:
        return Solution(Status.FEASIBLE, values, (), proof)
    proved = all(a.status is Status.OPTIMAL for a in answers)
    goals = _sum(parted, [a.goals for a in answers])
    return Solution(Status.OPTIMAL if proved else Status.FEASIBLE, values, goals, proof)


def _merge(parted: Split, answers: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """One assignment from those of the parts; free variables take their first value."""
    values = [domain[0] for domain in parted.whole.domains]
    for part, own in zip(parted.parts, answers, strict=True):
        for index, value in zip(part.variables, own, strict=True):
            values[index] = int(value)
    return tuple(values)


def _sum(parted: Split, goals: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Sums over the parts, as far as all of them say something."""
    said = min([len(parted.constants), *map(len, goals)])
    return tuple(c + sum(int(g[i]) for g in goals) for i, c in enumerate(parted.constants[:said]))


def _together(
    answers: Sequence[Solution | Front], bound: tuple[int, ...] | None, parted: Split
) -> Proof:
    """One proof from those of the parts."""
    engines = dict.fromkeys(a.proof.engine for a in answers) or {"planner": None}
    nodes = sum(a.proof.nodes for a in answers)
    return Proof(" + ".join(engines), nodes, bound, _reason([a.proof for a in answers], parted))


def _reason(proofs: Sequence[Proof], parted: Split) -> str:
    """One line on what was chosen: how many parts, and why the first went where it went."""
    reasons = list(dict.fromkeys(p.reason for p in proofs if p.reason))
    line = reasons[0] if reasons else "nothing to decide"
    if len(parted.parts) < 2:
        return line
    return f"{len(parted.parts)} independent parts, the first: {line}"


# ------------------------------------------------------------------------------ count and listing


def count(question: Question) -> int:
    """How many assignments satisfy the constraints; exact, however many.

    Raises
    ------
    Stopped
        If the question was stopped before the count was known.
    """
    return count_with_proof(question)[0]


def count_with_proof(question: Question) -> tuple[int, Proof]:
    """The count, and how it was found."""
    instance = ask(question)
    whole = planner.diagram_count(planner.without_goals(instance))
    if not isinstance(whole, str):
        return whole
    parted = _parted(instance)
    if parted is None:
        return 0, Proof("planner", reason="refuted by propagation")
    total = prod(len(parted.whole.domains[v]) for v in parted.free)
    proofs = []
    for part in parted.parts:
        ways, proof = planner.count(part.instance)
        total *= ways
        proofs.append(proof)
        if not ways:
            break
    engines = " + ".join(dict.fromkeys(p.engine for p in proofs)) or "planner"
    reason = _reason(proofs, parted)
    return total, Proof(engines, sum(p.nodes for p in proofs), reason=reason)


def _parted(instance: Instance) -> Split | None:
    """The parts after propagation, without goals; None if propagation refutes the instance."""
    narrow = planner.narrowed(planner.without_goals(instance))
    return None if narrow is None else split(narrow, goals=False)


def solutions(question: Question, limit: int | None = None) -> NDArray[np.int64]:
    """All solutions in lexicographic order, one row each, one column for each variable.

    Raises
    ------
    TooMany
        If there are more than `limit` (by default, as many as fill `CELLS` values).
    Stopped
        If the question was stopped before all were found.
    """
    instance = ask(question)
    width = len(instance.domains)
    most = CELLS // max(1, width) if limit is None else limit
    parted = _parted(instance)
    if parted is None:
        return np.zeros((0, width), np.int64)
    lists = [planner.listed(part.instance, most) for part in parted.parts]
    blocks = [(p, rows) for p, rows in zip(parted.parts, lists, strict=True) if rows is not None]
    total = prod(len(parted.whole.domains[v]) for v in parted.free)
    total *= prod(len(rows) for _, rows in blocks)
    if total and len(blocks) < len(lists):
        raise TooMany(f"there are more than {most:,} solutions; count or sample them instead")
    if total > most:
        raise TooMany(f"there are {total:,} solutions, more than the limit of {most:,}")
    return check_rows(instance, _product(parted, blocks, total))


def _product(
    parted: Split, blocks: Sequence[tuple[Part, NDArray[np.int64]]], total: int
) -> NDArray[np.int64]:
    """All combinations of the parts' rows, in lexicographic order."""
    domains = parted.whole.domains
    if not total:
        return np.zeros((0, len(domains)), np.int64)
    result = np.empty((total, len(domains)), np.int64, order="F")
    factors: list[tuple[Sequence[int], NDArray[np.int64]]] = [
        (part.variables, rows) for part, rows in blocks
    ]
    factors += [((v,), np.array(list(domains[v]), np.int64)[:, None]) for v in parted.free]
    factors.sort(key=lambda factor: factor[0][0])
    repeat = total
    for variables, rows in factors:
        repeat //= len(rows)
        for position, index in enumerate(variables):
            once = np.repeat(rows[:, position], repeat)
            result[:, index] = np.tile(once, total // len(once))
    return result if rising(result) else ordered(result, domains)


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


# ------------------------------------------------------------------------------------------ front


def front(question: Question) -> Front:
    """All non-dominated points of the goals, best first goal first.

    Each comes with the lexicographically first assignment that reaches it.

    Raises
    ------
    Stopped
        If the question was stopped; `partial` is the front so far.
    """
    instance = ask(question)
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
    return check_front(instance, _joined_front(parted, answers))


def _single(instance: Instance) -> Front:
    """Without goals all solutions are equal: the first stands for them."""
    answer = solve(instance)
    if answer.status is Status.UNKNOWN:
        raise Stopped("stopped before a solution was found")
    points = () if answer.values is None else (Point((), answer.values),)
    return Front(points, True, answer.proof)


def _joined_front(parted: Split, answers: Sequence[Front]) -> Front:
    """The front of the whole: non-dominated sums of the parts' points."""
    instance = parted.whole
    start = tuple(domain[0] for domain in instance.domains)
    total: dict[Costs, tuple[int, ...]] = {costs(instance, parted.constants): start}
    for part, answer in zip(parted.parts, answers, strict=True):
        own = {costs(instance, p.goals): p.values for p in answer.points}
        total = add_fronts(total, own, partial(_insert, part.variables))
    signs = [1 if g.sense == "minimize" else -1 for g in instance.problem.goals]
    points = [
        Point(tuple(s * c for s, c in zip(signs, cost, strict=True)), values)
        for cost, values in sorted(total.items())
    ]
    return Front(tuple(points), True, _together(answers, None, parted))


def _insert(to: Sequence[int], whole: tuple[int, ...], own: Sequence[int]) -> tuple[int, ...]:
    values = list(whole)
    for index, value in zip(to, own, strict=True):
        values[index] = value
    return tuple(values)


# ---------------------------------------------------------------------------------------- domains


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
    answer = solve(planner.without_goals(instance))
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
        return _any(subset(self.instance, active))


def conflict(question: Question) -> Conflict | None:
    """A minimal set of named constraints that cannot hold together; None if everything can.

    Raises
    ------
    Stopped
        If the question was stopped; `partial` has names that conflict but may not be minimal.
    """
    instance = ask(question)
    return Explainer(instance, _SearchOracle(instance)).conflict()


def conflicts(question: Question) -> Iterator[Conflict]:
    """All minimal conflicts, each once."""
    instance = ask(question)
    return Explainer(instance, _SearchOracle(instance)).conflicts()


def relaxations(question: Question) -> list[Relaxation]:
    """Single changes after which something fits, each verified; none if something fits already.

    A change drops one named constraint or releases one fixed variable. There may be none that helps
    alone.
    """
    instance = ask(question)
    found = conflict(instance)
    return [] if found is None else relax(instance, found.groups, _any, planner.Prober)


# ----------------------------------------------------------------------------------------- sample


def sample(question: Question, n: int = 1, seed: int | None = None) -> NDArray[np.int64]:
    """`n` independent draws from the solutions, each solution equally likely, one row each.

    Raises
    ------
    EmptySpace
        If there is no solution.
    """
    instance = ask(question)
    parted = _parted(instance)
    if parted is None:
        raise EmptySpace("no sample: nothing satisfies the constraints")
    parts = [_numbered(part.instance) for part in parted.parts]
    rows = np.array(draw(parted, parts, n, seed), np.int64).reshape(n, len(instance.domains))
    for values in rows.tolist():
        check_solution(planner.without_goals(instance), _plain(values))
    return rows


def _plain(values: Sequence[int]) -> Solution:
    return Solution(Status.FEASIBLE, tuple(values), (), Proof("sample"))


def _numbered(instance: Instance) -> Numbered:
    """The part's solutions by number, whichever way is quick."""
    rows = planner.glanced(instance, planner.BLINK)
    if rows is not None:
        return Listed(rows)
    space, done = planner.counted(instance)
    if done:
        return space
    whole = planner.diagram_count(instance)
    if not isinstance(whole, str):
        return Halving(instance, lambda narrow: planner.count(narrow)[0])
    rows = planner.listed(instance, planner.LISTED)
    return space if rows is None else Listed(rows)
