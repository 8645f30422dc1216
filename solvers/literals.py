"""Literals: a truth variable and the value that makes the literal hold, in two words."""

from __future__ import annotations

from .compiled import Memory, inlined, kernel
from .domains import fix
from .memory import HI, LO

FALSE = 0
TRUE = 1
UNKNOWN = 2


@inlined
def truth(m: Memory, at: int) -> int:
    """Whether the literal at an address holds."""
    x = m[at]
    if m[x + LO] != m[x + HI]:
        return UNKNOWN
    return TRUE if m[x + LO] == m[at + 1] else FALSE


@kernel
def decide(m: Memory, at: int, holds: bool) -> bool:
    """Make the literal hold or not; False if it is already the other way."""
    value = m[at + 1]
    return fix(m, m[at], value if holds else 1 - value)
