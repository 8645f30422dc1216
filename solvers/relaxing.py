"""Smallest repairs of an over-constrained question: what to give up so that something fits.

A repair drops one named constraint, or releases one fixed variable; each is verified by a solution
before it is offered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from .instance import Instance
from .possible import Within, possible
from .problem import Values

Witness = Callable[[Instance], tuple[int, ...] | None]


@dataclass(frozen=True)
class Relaxation:
    """One change after which the question has a solution.

    Parameters
    ----------
    group : str or None
        The named constraint to drop.
    variable : int or None
        The fixed variable to release, by index.
    values : tuple of int
        Values of the released variable for which there is a solution.
    witness : tuple of int
        A solution of the changed question.
    """

    group: str | None
    variable: int | None
    values: tuple[int, ...]
    witness: tuple[int, ...]


def relax(
    instance: Instance,
    groups: Sequence[str],
    witness: Witness,
    prober: Callable[[Instance], Within],
) -> list[Relaxation]:
    """All single changes that help: dropping one of `groups`, releasing one fixed variable.

    `groups` are those worth trying: only members of a conflict can help. Groups come first, in the
    order given, then variables in order of declaration.
    """
    found = []
    for name in groups:
        values = witness(dropped(instance, {name}))
        if values is not None:
            found.append(Relaxation(name, None, (), values))
    for index, variable in enumerate(instance.problem.variables):
        if len(instance.domains[index]) == 1 and len(variable.values) > 1:
            domains: list[Values] = list(instance.domains)
            domains[index] = variable.values
            released = replace(instance, domains=tuple(domains))
            values = witness(released)
            if values is not None:
                working = possible(released, prober(released), (index,), [values])[index]
                found.append(Relaxation(None, index, working, values))
    return found


def dropped(instance: Instance, groups: Collection[str]) -> Instance:
    """The question without some groups."""
    constraints = instance.problem.constraints
    kept = tuple(i for i in instance.active if constraints[i].group not in groups)
    return replace(instance, active=kept)
