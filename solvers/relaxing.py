"""Smallest repairs of an over-constrained question: what to give up so that something fits.

A repair loosens the limit of one named constraint by as little as will do, drops the constraint, or
releases one fixed variable; each is verified by a solution before it is offered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from .answers import Solution, Status
from .expressions import Expr
from .instance import Instance
from .possible import Within, possible
from .problem import Goal, Values
from .rewriting import fork

Witness = Callable[[Instance], tuple[int, ...] | None]


@dataclass(frozen=True)
class Relaxation:
    """One change after which the question has a solution.

    Parameters
    ----------
    group : str or None
        The named constraint to loosen or drop.
    variable : int or None
        The fixed variable to release, by index.
    values : tuple of int
        Values of the released variable for which there is a solution.
    witness : tuple of int
        A solution of the changed question.
    excess : int or None
        By how much the group's limit has to be looser; None where it is dropped.
    least : int or None
        Proved: nothing fits under a limit that is looser by less. Below `excess` only where the
        proof took too long.
    """

    group: str | None
    variable: int | None
    values: tuple[int, ...]
    witness: tuple[int, ...]
    excess: int | None = None
    least: int | None = None


def relax(
    instance: Instance,
    groups: Sequence[str],
    witness: Witness,
    prober: Callable[[Instance], Within],
    best: Callable[[Instance], Solution],
    excess: Callable[[Instance, str], Expr | None],
) -> Iterator[Relaxation]:
    """All single changes that help: loosening or dropping one group, releasing one fixed variable.

    Parameters
    ----------
    groups : sequence of str
        Those worth trying: only members of a conflict can help.
    witness, best : callable
        Any solution, and the best one as far as it is found in a moment.
    excess : callable
        By how much a group is violated, as an expression of the instance's problem; None for a
        group that is no limit.

    Yields
    ------
    Relaxation
        Looser limits first, then groups to drop, both in the order given, then variables in order
        of declaration.
    """
    without: dict[str, tuple[int, ...] | None] = {}
    for name in groups:
        amount = excess(instance, name)
        if amount is None:
            continue
        answer = best(minimizing(dropped(instance, {name}), amount))
        if answer.status is Status.INFEASIBLE:
            without[name] = None
        if answer.values is not None:
            without[name] = answer.values
            least = answer.goals[0]
            if answer.status is not Status.OPTIMAL:
                least = max(1, answer.proof.bound[0] if answer.proof.bound else amount.lo)
            yield Relaxation(name, None, (), answer.values, answer.goals[0], least)
    for name in groups:
        if name not in without:
            without[name] = witness(dropped(instance, {name}))
        values = without[name]
        if values is not None:
            yield Relaxation(name, None, (), values)
    for index, variable in enumerate(instance.problem.variables):
        if len(instance.domains[index]) == 1 and len(variable.values) > 1:
            domains: list[Values] = list(instance.domains)
            domains[index] = variable.values
            released = replace(instance, domains=tuple(domains))
            values = witness(released)
            if values is not None:
                working = possible(released, prober(released), (index,), [values])[index]
                yield Relaxation(None, index, working, values)


def dropped(instance: Instance, groups: Collection[str]) -> Instance:
    """The question without some groups."""
    constraints = instance.problem.constraints
    kept = tuple(i for i in instance.active if constraints[i].group not in groups)
    return replace(instance, active=kept)


def minimizing(instance: Instance, value: Expr) -> Instance:
    """The question for the least value of an expression."""
    problem = fork(value.problem, goals=False)
    problem.goals = [Goal(value.node, "minimize", "excess")]
    problem.front = False
    return replace(instance, problem=problem)
