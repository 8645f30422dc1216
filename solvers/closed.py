"""How much of the space a running search has closed; what is open is on the decision stack."""

from __future__ import annotations

from math import exp, log

from .compiled import Memory, Words, entry, inlined, pointer
from .domains import size
from .memory import (
    AT_MOST,
    DECISION_COUNT,
    DECISIONS,
    DEPTH,
    EQUAL,
    FRAME,
    FRAME_KIND,
    FRAME_TOP,
    FRAME_VALUE,
    FRAME_VARIABLE,
    FRAMES,
    HI,
    LO,
    TRAIL,
)
from .trail import undo


@inlined
def volume(m: Memory) -> float:
    """The logarithm of the number of assignments that the domains leave."""
    total = 0.0
    for at in range(m[DECISIONS], m[DECISIONS] + m[DECISION_COUNT]):
        total += log(float(size(m, m[at])))
    return total


@entry
def open_share(memory: Words) -> float:
    """The share of the root's assignments that is not searched yet; uses the memory up.

    That is what the state at hand leaves, and of each decision on the stack the values that it
    did not take.
    """
    m = pointer(memory)
    frame, here = m[DEPTH], volume(m)
    shares = 1.0  # of what is open, in units of the assignments that are left at hand
    while frame > m[FRAMES]:
        frame -= FRAME
        undo(m, m[frame + FRAME_TOP])
        x, v, kind = m[frame + FRAME_VARIABLE], m[frame + FRAME_VALUE], m[frame + FRAME_KIND]
        n = size(m, x)
        taken = 1
        if kind != EQUAL:  # an interval
            taken = v - m[x + LO] + 1 if kind == AT_MOST else m[x + HI] - v + 1
        above = volume(m)
        shares = shares * exp(here - above) + float(n - taken) / float(n)
        here = above
    undo(m, m[TRAIL])
    return float(shares * exp(here - volume(m)))


def closed_share(memory: Words) -> float:
    """The share of all assignments at the root that is searched or refuted.

    Parameters
    ----------
    memory : array
        Of a search between two slices; it is left as it is.
    """
    return min(1.0, max(0.0, 1.0 - open_share(memory.copy())))
