"""Brute force with Python integers: every question by trying every assignment.

It shares nothing with the engines except the referee, and is what they are tested against. It
refuses instances with more than `LIMIT` assignments.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from math import prod

from .answers import Front, Point, Proof, Solution, Status
from .evaluate import evaluate
from .instance import Instance

LIMIT = 200_000


class TooLarge(ValueError):
    """More assignments than brute force should try."""


def assignments(instance: Instance) -> Iterator[tuple[int, ...]]:
    """All assignments of the instance that hold, in lexicographic order.

    Raises
    ------
    TooLarge
        If there are more than `LIMIT` assignments to try.
    """
    size = prod(len(d) for d in instance.domains)
    if size > LIMIT:
        raise TooLarge(f"{size} assignments are too many for brute force; it tries {LIMIT}")
    problem = instance.problem
    nodes = [problem.constraints[i].node for i in instance.active] + list(instance.assumptions)
    for values in product(*instance.domains):
        if all(evaluate(problem, values, nodes)):
            yield values


def goals(instance: Instance, values: tuple[int, ...]) -> tuple[int, ...]:
    """The goal values under an assignment."""
    return tuple(evaluate(instance.problem, values, [g.node for g in instance.problem.goals]))


def costs(instance: Instance, goal_values: tuple[int, ...]) -> tuple[int, ...]:
    """Goal values with the sign that makes less better."""
    return tuple(
        -value if goal.sense == "maximize" else value
        for goal, value in zip(instance.problem.goals, goal_values, strict=True)
    )


def solve(instance: Instance) -> Solution:
    """The lexicographically best assignment, the lexicographically first among equals."""
    proof = Proof("reference", prod(len(d) for d in instance.domains))
    best = min(
        ((costs(instance, goals(instance, v)), v) for v in assignments(instance)), default=None
    )
    if best is None:
        return Solution(Status.INFEASIBLE, None, (), proof)
    status = Status.OPTIMAL if instance.problem.goals else Status.FEASIBLE
    return Solution(status, best[1], goals(instance, best[1]), proof)


def count(instance: Instance) -> int:
    """How many assignments hold."""
    return sum(1 for _ in assignments(instance))


def front(instance: Instance) -> Front:
    """All non-dominated points of the goals."""
    first: dict[tuple[int, ...], tuple[int, ...]] = {}
    for values in assignments(instance):
        first.setdefault(costs(instance, goals(instance, values)), values)
    points = [
        Point(goals(instance, values), values)
        for cost, values in sorted(first.items())
        if not any(
            other != cost and all(a <= b for a, b in zip(other, cost, strict=True))
            for other in first
        )
    ]
    return Front(tuple(points), True, Proof("reference"))


def domains(instance: Instance) -> list[tuple[int, ...]]:
    """The values that each variable takes in some assignment that holds."""
    seen: list[set[int]] = [set() for _ in instance.domains]
    for values in assignments(instance):
        for value, known in zip(values, seen, strict=True):
            known.add(value)
    return [tuple(sorted(s)) for s in seen]


def conflicts(instance: Instance) -> list[frozenset[str]]:
    """All minimal sets of groups that cannot hold together with the structure."""
    problem = instance.problem
    groups: dict[str, None] = {}
    for i in instance.active:
        name = problem.constraints[i].group
        if name is not None:
            groups[name] = None
    minimal: list[frozenset[str]] = []
    for size in range(len(groups) + 1):
        for chosen in combinations(groups, size):
            if any(m <= set(chosen) for m in minimal):
                continue
            active = tuple(
                i
                for i in instance.active
                if problem.constraints[i].group is None or problem.constraints[i].group in chosen
            )
            part = Instance(problem, instance.domains, active, instance.assumptions)
            if next(assignments(part), None) is None:
                minimal.append(frozenset(chosen))
    return minimal
