"""A literal holds iff x == c.

Consistency: domain, for a listed x; over an interval `x != c` acts once c is an end.

Arguments: literal (variable, value), x, c.
"""

from __future__ import annotations

from ..compiled import Memory, kernel
from ..domains import contains, fix, remove
from ..events import sleep
from ..literals import FALSE, TRUE, decide, truth
from ..memory import ARGUMENTS, HI, LO


@kernel
def equality(m: Memory, p: int) -> bool:
    """literal <-> x == c."""
    x, c = m[p + ARGUMENTS + 2], m[p + ARGUMENTS + 3]
    known = truth(m, p + ARGUMENTS)
    if known == TRUE:
        if not fix(m, x, c):
            return False
    elif not contains(m, x, c):
        if not decide(m, p + ARGUMENTS, False):
            return False
    elif known == FALSE:
        if not remove(m, x, c):
            return False
        if contains(m, x, c):  # inside an interval
            return True
    elif m[x + LO] == m[x + HI]:
        if not decide(m, p + ARGUMENTS, True):
            return False
    else:
        return True
    sleep(m, p)
    return True
