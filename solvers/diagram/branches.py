"""The branches of a listed model: each is a list of parts that add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from .linear import Scopes
from .listing import leaves
from .parts import Cut, Part

Branch: TypeAlias = tuple[dict[int, int], tuple[Part, ...]]
"""Places of the variables branched on, and the parts that are left."""


def branches(scopes: Scopes, parts: Sequence[Part]) -> Iterator[Branch]:
    """Branch on the variables that hold everything together, one after the other.

    A branching whose children have more than half of all leaves is followed: below it there is
    more to combine than beside it, and bounds help most there.
    """
    yield from _branches(scopes, tuple(parts), {})


def _branches(
    scopes: Scopes, parts: tuple[Part, ...], places: Mapping[int, int]
) -> Iterator[Branch]:
    total = len(leaves(parts))
    for part in parts:
        if isinstance(part, Cut) and 2 * len(leaves(part.children)) > total:
            rest = tuple(p for p in parts if p is not part)
            for place in range(len(scopes.domains[part.variable])):
                inner = {**places, part.variable: place}
                yield from _branches(scopes, (*rest, *part.children), inner)
            return
    yield dict(places), parts
