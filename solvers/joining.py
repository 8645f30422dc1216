"""Puts the answers of independent parts together: solutions, rows, fronts and their proofs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .answers import Front, Point, Proof, Solution, Status
from .components import Part, Split
from .frontier import Costs, add_fronts, costs
from .ordering import in_order, rising


def join_solutions(parted: Split, answers: Sequence[Solution]) -> Solution:
    """The solution of the whole from those of the parts."""
    instance = parted.whole
    bounds = [a.proof.bound if a.status is not Status.OPTIMAL else a.goals for a in answers]
    bound = _sum(parted, [b for b in bounds if b is not None])
    proof = join_proofs(answers, bound if None not in bounds and bound else None, parted)
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


def join_proofs(
    answers: Sequence[Solution | Front], bound: tuple[int, ...] | None, parted: Split
) -> Proof:
    """One proof from those of the parts."""
    engines = dict.fromkeys(a.proof.engine for a in answers) or {"planner": None}
    nodes = sum(a.proof.nodes for a in answers)
    return Proof(
        " + ".join(engines), nodes, bound, joint_reason([a.proof for a in answers], parted)
    )


def joint_reason(proofs: Sequence[Proof], parted: Split) -> str:
    """One line on what was chosen: how many parts, and why the first went where it went."""
    reasons = list(dict.fromkeys(p.reason for p in proofs if p.reason))
    line = reasons[0] if reasons else "nothing to decide"
    if len(parted.parts) < 2:
        return line
    return f"{len(parted.parts)} independent parts, the first: {line}"


def join_rows(
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
    return result if rising(result) else in_order(result)


def join_fronts(parted: Split, answers: Sequence[Front]) -> Front:
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
    return Front(tuple(points), True, join_proofs(answers, None, parted))


def _insert(to: Sequence[int], whole: tuple[int, ...], own: Sequence[int]) -> tuple[int, ...]:
    values = list(whole)
    for index, value in zip(to, own, strict=True):
        values[index] = value
    return tuple(values)
