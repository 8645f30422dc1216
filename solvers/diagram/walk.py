"""One slice of the search of a core: compiled, over flat arrays (`core.py`)."""

from __future__ import annotations

from ..compiled import entry
from .listing import Array


@entry
def walk(
    rows: Array,
    starts: Array,
    rest: Array,
    limits: Array,
    scale: int,
    priced: int,
    place: Array,
    sums: Array,
    best: Array,
    state: Array,
    steps: int,
) -> int:
    """Take `steps` nodes of the search, or all that are left; returns how many were taken.

    `rows[:, : len(limits)]` summed over the blocks must stay within `limits`; of what does, the
    least of the other columns in lexicographic order becomes `best`. `rest` is the least that the
    blocks from each on add. `state` holds the depth, -1 at the end, and whether there is a best;
    `place` the next row to try at each depth, `sums[d]` what the first d blocks come to.
    """
    depth, tests, width = state[0], len(limits), len(best)
    last = len(starts) - 2
    for taken in range(steps):
        row = place[depth]
        while row == starts[depth + 1]:
            depth -= 1
            if depth < 0:
                state[0] = depth
                return taken
            row = place[depth]
        place[depth] = row + 1
        bound = sums[depth, 0] + rows[row, 0] + rest[depth + 1, 0]
        if bound > limits[0]:  # and so are the rows after it
            place[depth] = starts[depth + 1]
            continue
        fits = True
        for c in range(1, tests):
            if sums[depth, c] + rows[row, c] + rest[depth + 1, c] > limits[c]:
                fits = False
                break
        if not fits:
            continue
        if state[1] and bound > scale * (best[0] - 1) + priced:  # at best equal in the first goal
            better = False
            for c in range(1, width):
                column = tests + c
                least = sums[depth, column] + rows[row, column] + rest[depth + 1, column]
                if least != best[c]:
                    better = least < best[c]
                    break
            if not better:
                continue
        for c in range(tests + width):
            sums[depth + 1, c] = sums[depth, c] + rows[row, c]
        if depth < last:
            depth += 1
            place[depth] = starts[depth]
            continue
        better = not state[1]
        for c in range(width):
            if better or sums[depth + 1, tests + c] != best[c]:
                better = better or sums[depth + 1, tests + c] < best[c]
                break
        if better:
            state[1] = 1
            for c in range(width):
                best[c] = sums[depth + 1, tests + c]
            limits[0] = min(limits[0], scale * best[0] + priced)
    state[0] = depth
    return steps
