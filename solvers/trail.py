"""The trail: saves a cell once per search node and puts everything back on the way up."""

from __future__ import annotations

from .compiled import Memory, inlined, kernel
from .memory import CELLS, STAMP, TOP, TRAIL_END


@inlined
def put(m: Memory, cell: int, value: int) -> None:
    """Change a cell, saving what it held unless this node has already saved it."""
    if m[cell + 1] != m[STAMP]:
        top = m[TOP]
        m[top] = cell
        m[top + 1] = m[cell]
        m[TOP] = top + 2
        m[cell + 1] = m[STAMP]
    m[cell] = value


@kernel
def undo(m: Memory, top: int) -> None:
    """Put back every cell changed since the trail ended at `top`, and begin a new node."""
    at = m[TOP]
    while at > top:
        at -= 2
        m[m[at]] = m[at + 1]
    m[TOP] = top
    m[STAMP] += 1


@inlined
def has_room(m: Memory) -> bool:
    """Whether the trail can take whatever one more node saves."""
    return bool(m[TOP] + 2 * m[CELLS] <= m[TRAIL_END])
