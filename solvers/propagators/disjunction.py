"""A literal holds iff at least one of n literals does.

Consistency: domain (unit propagation both ways). A conjunction is the same with all literals
negated.

Arguments: literal, n, then n literals (variable, value).
"""

from __future__ import annotations

from ..compiled import Memory, kernel
from ..events import sleep
from ..literals import FALSE, TRUE, decide, truth
from ..memory import ARGUMENTS


@kernel
def disjunction(m: Memory, p: int) -> bool:
    """literal <-> any of the literals."""
    result, n = p + ARGUMENTS, m[p + ARGUMENTS + 2]
    first = p + ARGUMENTS + 3
    known = truth(m, result)
    if known == FALSE:
        for at in range(first, first + 2 * n, 2):
            if not decide(m, at, False):
                return False
        sleep(m, p)
        return True
    open_literal = 0
    unknown = 0
    for at in range(first, first + 2 * n, 2):
        value = truth(m, at)
        if value == TRUE:
            if not decide(m, result, True):
                return False
            sleep(m, p)
            return True
        if value != FALSE:
            unknown += 1
            open_literal = at
    if unknown == 0:
        return decide(m, result, False)
    if known == TRUE and unknown == 1:
        if not decide(m, open_literal, True):
            return False
        sleep(m, p)
    return True
