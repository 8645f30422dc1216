"""How many pairs from two lists stay within two limits: a sweep with a binary indexed tree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import entry

Array = NDArray[np.int64]
Counts = NDArray[np.uint64]


@entry
def pair_up(
    asked: Array,
    asked_ranks: Array,
    asked_counts: Counts,
    given: Array,
    given_ranks: Array,
    given_counts: Counts,
    moduli: Counts,
    tree: Counts,
    start: int,
    stop: int,
    place: int,
    total: Counts,
) -> int:
    """Add count * (count of the given rows that fit) for the asked rows start .. stop - 1.

    Asked row i fits the given rows with `given <= asked[i]` and `given_ranks < asked_ranks[i]`;
    both lists rise in their first column. `tree` holds the first `place` given rows by rank
    (Fenwick 1994); returns the new `place`. Counts are [moduli, rows]; modulus 0 is 2**64.
    """
    size = tree.shape[1]
    for i in range(start, stop):
        while place < len(given) and given[place] <= asked[i]:
            for m in range(len(moduli)):
                node = given_ranks[place] + 1
                while node < size:
                    tree[m, node] += given_counts[m, place]
                    node += node & -node
            place += 1
        for m in range(len(moduli)):
            node = asked_ranks[i]
            found = np.uint64(0)
            while node > 0:
                found += tree[m, node]
                node -= node & -node
            if moduli[m]:
                product = (found % moduli[m]) * asked_counts[m, i] % moduli[m]
                total[m] = (total[m] + product) % moduli[m]
            else:
                total[m] += found * asked_counts[m, i]
    return place
