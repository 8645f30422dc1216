"""A literal holds iff x <= c.

Consistency: domain.

Arguments: literal (variable, value), x, c.
"""

from __future__ import annotations

from ..compiled import Memory, kernel
from ..domains import at_least, at_most
from ..events import sleep
from ..literals import FALSE, TRUE, decide, truth
from ..memory import ARGUMENTS, HI, LO


@kernel
def comparison(m: Memory, p: int) -> bool:
    """literal <-> x <= c."""
    x, c = m[p + ARGUMENTS + 2], m[p + ARGUMENTS + 3]
    known = truth(m, p + ARGUMENTS)
    if known == TRUE:
        if not at_most(m, x, c):
            return False
    elif known == FALSE:
        if not at_least(m, x, c + 1):
            return False
    elif m[x + HI] <= c:
        if not decide(m, p + ARGUMENTS, True):
            return False
    elif m[x + LO] > c:
        if not decide(m, p + ARGUMENTS, False):
            return False
    else:
        return True
    sleep(m, p)
    return True
