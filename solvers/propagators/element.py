"""z is the last word of the row whose keys equal x1, ..., xn, or a default where there is none.

Holds iff z is that value. For tables whose missing rows are too many to write down. Consistency:
z keeps within the bounds of the matching rows and the default; where z cannot be the default, the
keys keep within the bounds of the rows that z allows. Exact once the keys are fixed.

Arguments: n, z, default, rows (n keys and a value each), their number, n variables.
"""

from __future__ import annotations

from ..compiled import Memory, kernel
from ..domains import at_least, at_most, contains, fix
from ..memory import ARGUMENTS, HI, LARGEST, LO

KEYS = ARGUMENTS + 5


@kernel
def element(m: Memory, p: int) -> bool:
    """z = table[x1, ..., xn] or the default."""
    n, z, default = m[p + ARGUMENTS], m[p + ARGUMENTS + 1], m[p + ARGUMENTS + 2]
    rows, keys = m[p + ARGUMENTS + 3], p + KEYS
    end = rows + m[p + ARGUMENTS + 4] * (n + 1)
    fixed = True
    for at in range(keys, keys + n):
        fixed = fixed and m[m[at] + LO] == m[m[at] + HI]
    low, high = default, default
    for row in range(rows, end, n + 1):
        if key_matches(m, keys, n, row):
            if fixed:
                return fix(m, z, m[row + n])
            low = min(low, m[row + n])
            high = max(high, m[row + n])
    if fixed:
        return fix(m, z, default)
    if not (at_least(m, z, low) and at_most(m, z, high)):
        return False
    if contains(m, z, default):
        return True
    for k in range(n):
        low, high = LARGEST, -LARGEST
        for row in range(rows, end, n + 1):
            if key_matches(m, keys, n, row) and contains(m, z, m[row + n]):
                low = min(low, m[row + k])
                high = max(high, m[row + k])
        if not (at_least(m, m[keys + k], low) and at_most(m, m[keys + k], high)):
            return False
    return True


@kernel
def key_matches(m: Memory, keys: int, n: int, row: int) -> bool:
    """Whether every key of a row is alive."""
    for k in range(n):  # noqa: SIM110 (kernels have no generators)
        if not contains(m, m[keys + k], m[row + k]):
            return False
    return True
