"""The values that each variable can still take.

Every solution that is found shows one value of each variable to be possible, so only runs of values
that no known solution has are asked for; a run without a solution is impossible.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeAlias

from .control import Stopped
from .instance import Instance
from .problem import Values

Within: TypeAlias = Callable[[int, Values], tuple[int, ...] | None]


def possible(
    instance: Instance,
    within: Within,
    only: Collection[int],
    known: Iterable[Sequence[int]] = (),
) -> dict[int, tuple[int, ...]]:
    """For each variable in `only` the values that it takes in some solution.

    Parameters
    ----------
    within : callable
        A solution in which a variable has one of some consecutive values of its domain, or None;
        raises Stopped when it ends early.
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
    try:
        for variable in only:
            pieces = rest(instance.domains[variable], seen[variable])
            while pieces:
                piece = pieces.pop()
                if instance.control.stopped:
                    raise Stopped("stopped while finding possible values")
                instance.control.report("finding possible values", sum(map(len, seen.values())))
                found = within(variable, piece)
                if found is not None:
                    learn(found)
                    pieces += rest(piece, seen[variable])
    except Stopped as stop:
        partial = {v: tuple(sorted(its)) for v, its in seen.items()}
        raise Stopped(str(stop), partial=partial) from None
    return {v: tuple(sorted(its)) for v, its in seen.items()}


def rest(domain: Values, seen: Collection[int]) -> list[Values]:
    """The runs of consecutive values of the domain that were not seen."""
    if len(domain) <= len(seen):
        places = [place for place, value in enumerate(domain) if value in seen]
    else:
        near = ((bisect_left(domain, v), v) for v in seen)
        places = sorted(place for place, v in near if place < len(domain) and domain[place] == v)
    starts = [0, *(place + 1 for place in places)]
    pieces = [domain[a:b] for a, b in zip(starts, [*places, len(domain)], strict=True)]
    return [piece for piece in pieces if len(piece)]
