"""The one compiled entry: propagates, searches, lists; in slices that Python can stop."""

from __future__ import annotations

import numpy as np

from .branching import climb, decide_on, meet_limit, restart, select
from .compiled import Memory, Words, entry, inlined, pointer
from .events import forget, schedule_all
from .fixpoint import fixpoint
from .memory import (
    ALL,
    BEST,
    BROKEN,
    BUDGET,
    CAP,
    CHECK,
    DECISION_COUNT,
    DECISIONS,
    DEFINED,
    DEFINED_COUNT,
    DEPTH,
    DONE,
    FAILED,
    FAILS,
    FAILURES,
    FOUND,
    FRAMES,
    GAVE_UP,
    GOAL,
    GROW,
    HI,
    INCUMBENT,
    LIMIT,
    LO,
    NODES,
    PAUSED,
    REFUTED,
    RESET,
    RESTART,
    RESTART_LENGTH,
    RESUME,
    ROOT,
    SCOPE,
    SCOPE_COUNT,
    SENSE,
    SETTLED,
    SOLVED,
    STAMP,
    TASK,
    TOP,
    TRAIL,
    WEIGHT,
)
from .trail import has_room, undo

Rows = np.ndarray[tuple[int, int], np.dtype[np.int64]]

# Where `run` goes on.
START = 0
CONTINUE = 1
AFTER_SOLUTION = 2


@entry
def run(memory: Words, rows: Rows) -> int:
    """Go on with the task in the header until it ends, pauses or finds something.

    START begins at the root. Call again after PAUSED, SOLVED, and after GROW with a longer memory.
    """
    m = pointer(memory)
    task = m[TASK]
    if m[RESUME] == START:
        forget(m)
        undo(m, m[TRAIL])
        m[DEPTH] = m[FRAMES]
        if task == RESET:
            return DONE
        m[RESUME] = CONTINUE
        if m[SETTLED] == 0:
            schedule_all(m)
        if not meet_limit(m):
            forget(m)
            return REFUTED
    elif m[RESUME] == AFTER_SOLUTION:
        m[RESUME] = CONTINUE
        if not climb(m):
            return DONE
    while True:
        if not has_room(m):
            return GROW
        if m[BUDGET] < 0:
            return PAUSED
        status = fixpoint(m)
        if status == PAUSED:
            return PAUSED
        if status == REFUTED:
            if task < BEST:  # CHECK or ROOT
                undo(m, m[TRAIL])
                return REFUTED
            more = after_failure(m)
            if not more:
                return DONE
            if m[CAP] and m[FAILURES] >= m[CAP]:
                return GAVE_UP
            continue
        if task == CHECK:
            undo(m, m[TRAIL])
            return DONE
        if task == ROOT:
            m[TOP] = m[TRAIL]  # from here on this is the root
            m[STAMP] += 1
            m[SETTLED] = 1
            return DONE
        m[NODES] += 1
        m[BUDGET] -= 1
        x = select(m)
        if x:
            decide_on(m, x)
            continue
        if not is_defined(m):
            return BROKEN
        found = m[FOUND]
        m[FOUND] = found + 1
        if task == ALL:
            for i in range(m[DECISION_COUNT]):
                rows[found, i] = m[m[m[DECISIONS] + i] + LO]
            if found + 1 == rows.shape[0]:
                m[RESUME] = AFTER_SOLUTION
                return SOLVED
            if not climb(m):
                return DONE
        elif task == BEST:
            for i in range(m[DECISION_COUNT]):
                m[m[INCUMBENT] + i] = m[m[m[DECISIONS] + i] + LO]
            if m[GOAL]:
                m[LIMIT] = m[m[GOAL] + LO] - m[SENSE]
            m[RESUME] = AFTER_SOLUTION
            return SOLVED


@inlined
def after_failure(m: Memory) -> bool:
    """Weigh the failed constraint, then climb or restart; False when all has been searched."""
    m[FAILURES] += 1
    p = m[FAILED]
    m[p + FAILS] += 1
    for at in range(m[p + SCOPE], m[p + SCOPE] + m[p + SCOPE_COUNT]):
        m[m[at] + WEIGHT] += 1
    if m[RESTART]:
        m[RESTART] -= 1
        if m[RESTART] == 0 and m[DEPTH] > m[FRAMES]:
            m[RESTART_LENGTH] += m[RESTART_LENGTH] // 2
            m[RESTART] = m[RESTART_LENGTH]
            return restart(m)
    return climb(m)


@inlined
def is_defined(m: Memory) -> bool:
    """Whether propagation has fixed every variable that is not decided."""
    for at in range(m[DEFINED], m[DEFINED] + m[DEFINED_COUNT]):
        if m[m[at] + LO] != m[m[at] + HI]:
            return False
    return True
