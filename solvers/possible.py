"""The values that each variable can still take.

Every solution that is found shows one value of each variable to be possible, so only values that no
known solution has are asked for, one search each; a value without a solution is impossible.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from .control import Stopped
from .instance import Instance
from .problem import Values

Witness: TypeAlias = Callable[[Instance], tuple[int, ...] | None]


def possible(
    instance: Instance,
    witness: Witness,
    only: Collection[int],
    known: Iterable[Sequence[int]] = (),
) -> dict[int, tuple[int, ...]]:
    """For each variable in `only` the values that it takes in some solution.

    Parameters
    ----------
    witness : callable
        A solution of an instance, or None if it has none; raises Stopped when it ends early.
    known : iterable of assignments
        Solutions that are known already.

    Raises
    ------
    Stopped
        With the values found so far as `partial`.
    """
    seen: dict[int, set[int]] = {v: set() for v in only}

    def learn(values: Sequence[int]) -> None:
        for variable, its in seen.items():
            its.add(int(values[variable]))

    for values in known:
        learn(values)
    asked = 0
    try:
        for variable in only:
            open_values = [v for v in instance.domains[variable] if v not in seen[variable]]
            while open_values:
                narrow: list[Values] = list(instance.domains)
                narrow[variable] = tuple(open_values)
                found = witness(replace(instance, domains=tuple(narrow)))
                asked += 1
                instance.control.report("finding possible values", asked)
                if found is None:
                    break
                learn(found)
                open_values = [v for v in open_values if v not in seen[variable]]
    except Stopped as stop:
        partial = {v: tuple(sorted(its)) for v, its in seen.items()}
        raise Stopped(str(stop), partial=partial) from None
    return {v: tuple(sorted(its)) for v, its in seen.items()}
