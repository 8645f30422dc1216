"""The branches of a listed model: each is a list of parts that add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import TypeAlias

from .linear import Scopes
from .listing import leaves
from .parts import Cut, Part

Branch: TypeAlias = tuple[dict[int, int], tuple[Part, ...]]
"""Places of the variables branched on, and the parts that are left."""

MOST_HUBS = 3
MOST_BRANCHES = 5000


def branches(scopes: Scopes, parts: Sequence[Part]) -> Iterator[Branch]:
    """Branch on the variables that hold everything together, if these are few.

    A branching whose children have more than half of all leaves is followed: below it there is
    more to combine than beside it, and bounds help most there. Long rows of such branchings, as
    chains of variables give, are left to be folded from their ends.
    """
    hubs: list[int] = []
    left = tuple(parts)
    while True:
        total = len(leaves(left))
        large = [p for p in left if isinstance(p, Cut) and 2 * len(leaves(p.children)) > total]
        if not large:
            break
        cut = large[0]
        assert isinstance(cut, Cut)
        hubs.append(cut.variable)
        left = (*(p for p in left if p is not cut), *cut.children)
    sizes = [len(scopes.domains[v]) for v in hubs]
    if len(hubs) > MOST_HUBS or prod(sizes) > MOST_BRANCHES:
        yield {}, tuple(parts)
        return
    for places in product(*(range(size) for size in sizes)):
        yield dict(zip(hubs, places, strict=True)), left
