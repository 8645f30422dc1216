"""Which variable to decide next, how, and how to take a decision back.

Variables: those of the prefix first, in order; then the one whose decision failed last (Lecoutre
et al. 2009); then the smallest domain over weighted degree (Boussemart et al. 2004), where a
decision's weight counts the failures of constraints above it.
"""

from __future__ import annotations

from .compiled import Memory, inlined, kernel
from .domains import at_least, at_most, contains, fix, remove, size
from .events import forget
from .memory import (
    AT_LEAST,
    AT_MOST,
    DECISION_COUNT,
    DECISIONS,
    DEPTH,
    DIRECTION,
    EQUAL,
    FRAME,
    FRAME_KIND,
    FRAME_TOP,
    FRAME_VALUE,
    FRAME_VARIABLE,
    FRAMES,
    GOAL,
    HAS_PHASE,
    HI,
    HINTED,
    LAST,
    LIMIT,
    LO,
    ORDER,
    PHASE,
    PREFIX,
    SENSE,
    STAMP,
    TOP,
    WEIGHT,
    WORDS,
)
from .trail import undo

# Wider intervals are halved, others tried value by value.
WIDE = 64


@inlined
def select(m: Memory) -> int:
    """The next variable to decide, 0 if all decisions are fixed."""
    n = m[DECISION_COUNT]
    decisions = m[DECISIONS]
    prefix = n if m[ORDER] else m[PREFIX]
    for i in range(prefix):
        x = m[decisions + i]
        if m[x + LO] != m[x + HI]:
            return x
    x = m[LAST]
    if x and m[x + LO] != m[x + HI]:
        return x
    best = 0
    score = 0.0
    for i in range(prefix, n):
        x = m[decisions + i]
        if m[x + LO] != m[x + HI]:
            this = float(size(m, x)) / float(1 + m[x + WEIGHT])
            if best == 0 or this < score:
                best = x
                score = this
    return best


@inlined
def decide_on(m: Memory, x: int) -> None:
    """Push a decision about x and carry it out; that cannot fail at once."""
    lo, hi = m[x + LO], m[x + HI]
    kind = EQUAL
    v = lo
    rising = m[ORDER] == 1
    for i in range(m[PREFIX]):
        rising = rising or m[m[DECISIONS] + i] == x
    phase = m[x + PHASE]
    if rising:
        if m[x + WORDS] == 0 and hi - lo >= WIDE:
            kind = AT_MOST
            v = lo + (hi - lo) // 2
    elif m[x + HAS_PHASE] and contains(m, x, phase) and (m[x + WORDS] or not lo < phase < hi):
        v = phase
    elif m[x + HAS_PHASE] == HINTED and lo < phase < hi:  # an interval has no holes
        kind = AT_MOST
        v = phase
    elif m[x + DIRECTION] < 0:
        v = hi
        if m[x + WORDS] == 0 and hi - lo >= WIDE:
            kind = AT_LEAST
            v = lo + (hi - lo) // 2 + 1
    elif m[x + WORDS] == 0 and hi - lo >= WIDE:
        kind = AT_MOST
        v = lo + (hi - lo) // 2
    frame = m[DEPTH]
    m[frame + FRAME_TOP] = m[TOP]
    m[frame + FRAME_VARIABLE] = x
    m[frame + FRAME_VALUE] = v
    m[frame + FRAME_KIND] = kind
    m[DEPTH] = frame + FRAME
    m[STAMP] += 1
    if kind == EQUAL:
        fix(m, x, v)
    elif kind == AT_MOST:
        at_most(m, x, v)
    else:
        at_least(m, x, v)


@kernel
def climb(m: Memory) -> bool:
    """Take decisions back until one can be reversed; False if none is left."""
    while m[DEPTH] > m[FRAMES]:
        frame = m[DEPTH] - FRAME
        m[DEPTH] = frame
        undo(m, m[frame + FRAME_TOP])
        x, v, kind = m[frame + FRAME_VARIABLE], m[frame + FRAME_VALUE], m[frame + FRAME_KIND]
        m[LAST] = x
        if kind == EQUAL:
            open_ = remove(m, x, v)
        elif kind == AT_MOST:
            open_ = at_least(m, x, v + 1)
        else:
            open_ = at_most(m, x, v - 1)
        if open_ and meet_limit(m):
            return True
        forget(m)
    return False


@kernel
def meet_limit(m: Memory) -> bool:
    """Let the goal be better than the incumbent."""
    goal = m[GOAL]
    if goal == 0:
        return True
    return at_most(m, goal, m[LIMIT]) if m[SENSE] > 0 else at_least(m, goal, m[LIMIT])


@inlined
def restart(m: Memory) -> bool:
    """Back to the root, which keeps what was refuted there."""
    if m[DEPTH] > m[FRAMES]:
        undo(m, m[m[FRAMES] + FRAME_TOP])
        m[DEPTH] = m[FRAMES]
    return meet_limit(m)
