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
    done: Array,
    steps: int,
    total: Counts,
) -> None:
    """Add count * (count of the given rows that fit) for further asked rows to `total`.

    Asked row i fits the given rows with `given <= asked[i]` and `given_ranks < asked_ranks[i]`;
    both lists rise in their first column. `tree` holds given rows by rank (Fenwick
    1994). `done` tells how many of the asked and of the given rows there were so far; `steps` more
    are taken. Counts are [moduli, rows]; modulus 0 is 2**64.
    """
    size = tree.shape[1]
    i, place = done[0], done[1]
    for _ in range(steps):
        if i == len(asked):
            break
        if place < len(given) and given[place] <= asked[i]:
            for m in range(len(moduli)):
                node = given_ranks[place] + 1
                while node < size:
                    tree[m, node] += given_counts[m, place]
                    node += node & -node
            place += 1
            continue
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
        i += 1
    done[0], done[1] = i, place
