"""Scheduling: which propagators must run because a variable changed."""

from __future__ import annotations

from .compiled import Memory, inlined, kernel
from .memory import (
    ASLEEP,
    HEADS,
    IDLE,
    PRIORITY,
    PROPAGATOR_COUNT,
    PROPAGATORS,
    QUEUED,
    RING_SIZE,
    RINGS,
    STATE,
    TAILS,
    WATCH,
    WATCHES,
)
from .trail import put


@kernel
def schedule(m: Memory, p: int) -> None:
    """Put an idle propagator at the end of its ring."""
    if m[p + STATE] != IDLE:
        return
    m[p + STATE] = QUEUED
    k = m[p + PRIORITY]
    tail = m[TAILS + k]
    m[m[RINGS] + k * m[RING_SIZE] + tail] = p
    tail += 1
    m[TAILS + k] = 0 if tail == m[RING_SIZE] else tail


@kernel
def notify(m: Memory, x: int, events: int) -> None:
    """Schedule whoever watches one of `events` of a variable."""
    at = m[x + WATCH]
    end = at + 2 * m[x + WATCHES]
    while at < end:
        if m[at + 1] & events:
            schedule(m, m[at])
        at += 2


@inlined
def schedule_all(m: Memory) -> None:
    """Schedule every propagator that is not asleep."""
    for i in range(m[PROPAGATOR_COUNT]):
        schedule(m, m[m[PROPAGATORS] + i])


@inlined
def take(m: Memory) -> int:
    """The next propagator to run, made idle; 0 if none is scheduled."""
    for k in range(3):
        while m[HEADS + k] != m[TAILS + k]:
            head = m[HEADS + k]
            p = m[m[RINGS] + k * m[RING_SIZE] + head]
            head += 1
            m[HEADS + k] = 0 if head == m[RING_SIZE] else head
            if m[p + STATE] == QUEUED:
                m[p + STATE] = IDLE
                return p
    return 0


@kernel
def forget(m: Memory) -> None:
    """Empty the rings after a failure."""
    while take(m) != 0:
        pass


@kernel
def sleep(m: Memory, p: int) -> None:
    """A propagator that can do nothing more below this node, though it woke itself."""
    m[p + STATE] = IDLE
    put(m, p + STATE, ASLEEP)
