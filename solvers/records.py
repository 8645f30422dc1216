"""Builds the engine's memory: variables, propagators and tables as records of one array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from . import memory as layout
from .memory import (
    FRAME,
    HEADER,
    VARIABLE,
)

if TYPE_CHECKING:
    from .compiled import Words

Watch = tuple[int, int]  # variable, events

_BITS = 64
_NOTHING_YET = (0,) * (VARIABLE - 4)


class Records:
    """Appends records and remembers who watches what; `finish` gives the array."""

    def __init__(self) -> None:
        self.words = [0] * HEADER
        self.variables: list[int] = []
        self.propagators: list[int] = []
        self.cells = 0
        self._watches: dict[int, list[int]] = {}
        self._constants: dict[int, int] = {}

    def block(self, words: Iterable[int]) -> int:
        """Append words; their address."""
        at = len(self.words)
        self.words.extend(words)
        return at

    def cell(self, value: int) -> int:
        """Append a cell that the trail can put back."""
        self.cells += 1
        return self.block((value, 0))

    def interval(self, lo: int, hi: int) -> int:
        """A variable that keeps bounds only."""
        x = len(self.words)
        self.words += (lo, 0, hi, 0, *_NOTHING_YET)
        self.cells += 2
        self.variables.append(x)
        self._watches[x] = []
        return x

    def listed(self, values: Sequence[int]) -> int:
        """A variable that keeps one bit for each of its values, which rise."""
        x = self.interval(values[0], values[-1])
        n = len(values)
        step = values[1] - values[0] if n > 1 else 1
        regular = isinstance(values, range) or all(b - a == step for a, b in pairwise(values))
        words: list[int] = []
        for start in range(0, n, _BITS):
            bits = (1 << min(_BITS, n - start)) - 1
            words += (bits - (1 << _BITS) if bits >> (_BITS - 1) else bits, 0)
            self.cells += 1
        self.words[x + layout.WORDS] = self.block(words)
        self.words[x + layout.COUNT] = n
        self.words[x + layout.FIRST] = values[0]
        self.words[x + layout.STEP] = step if regular else 0
        if not regular:
            self.words[x + layout.VALUES] = self.block(values)
        return x

    def constant(self, value: int) -> int:
        """The variable that only has this value."""
        if value not in self._constants:
            self._constants[value] = self.interval(value, value)
        return self._constants[value]

    def bounds(self, x: int) -> tuple[int, int]:
        """The bounds of a variable at the root."""
        return self.words[x + layout.LO], self.words[x + layout.HI]

    def is_listed(self, x: int) -> bool:
        """Whether a variable keeps a bit set."""
        return self.words[x + layout.WORDS] != 0

    def index(self, x: int, value: int) -> int:
        """Where a value of a listed variable stands in its list; -1 if it is not there."""
        first, step = self.words[x + layout.FIRST], self.words[x + layout.STEP]
        n = self.words[x + layout.COUNT]
        if step:
            i, rest = divmod(value - first, step)
            return i if rest == 0 and 0 <= i < n else -1
        start = self.words[x + layout.VALUES]
        try:
            return self.words.index(value, start, start + n) - start
        except ValueError:
            return -1

    def values(self, x: int) -> range | list[int]:
        """The values of a variable at the root."""
        lo, hi = self.bounds(x)
        if not self.is_listed(x):
            return range(lo, hi + 1)
        first, step = self.words[x + layout.FIRST], self.words[x + layout.STEP]
        n = self.words[x + layout.COUNT]
        if step:
            return range(first, first + n * step, step)
        start = self.words[x + layout.VALUES]
        return self.words[start : start + n]

    def propagator(
        self, kind: int, arguments: Iterable[int], watches: Iterable[Watch], priority: int
    ) -> int:
        """Append a propagator."""
        p = self.block((layout.IDLE, 0, kind, priority, 0, 0, 0))
        self.cells += 1
        self.block(arguments)
        self.propagators.append(p)
        for x, events in watches:
            lo, hi = self.bounds(x)
            if lo != hi:
                self._watches[x] += (p, events)
        return p

    def scope(self, p: int, block: int, count: int) -> None:
        """Say which decisions a propagator's failure is blamed on."""
        self.words[p + layout.SCOPE] = block
        self.words[p + layout.SCOPE_COUNT] = count

    def finish(self, decisions: Sequence[int], defined: Sequence[int], frames: int) -> Words:
        """The memory, ready to run."""
        words = self.words
        for x, watches in self._watches.items():
            words[x + layout.WATCH] = self.block(watches)
            words[x + layout.WATCHES] = len(watches) // 2
        words[layout.STAMP] = 1
        words[layout.CELLS] = self.cells + 32  # a decision and its refutation save a few more
        ring = len(self.propagators) + 1
        words[layout.RINGS] = self.block([0] * (3 * ring))
        words[layout.RING_SIZE] = ring
        words[layout.PROPAGATORS] = self.block(self.propagators)
        words[layout.PROPAGATOR_COUNT] = len(self.propagators)
        words[layout.DECISIONS] = self.block(decisions)
        words[layout.DECISION_COUNT] = len(decisions)
        words[layout.DEFINED] = self.block(defined)
        words[layout.DEFINED_COUNT] = len(defined)
        words[layout.INCUMBENT] = self.block([0] * len(decisions))
        words[layout.FRAMES] = words[layout.DEPTH] = self.block([0] * (FRAME * frames))
        words[layout.FRAMES_END] = len(words)
        trail = 2 * (8 * self.cells + 1024)
        words[layout.TRAIL] = words[layout.TOP] = len(words)
        words[layout.TRAIL_END] = len(words) + trail
        m = np.zeros(len(words) + trail, np.int64)
        m[: len(words)] = words
        return m


def lengthened(m: Words) -> Words:
    """The same memory with a trail twice as long."""
    longer = int(m[layout.TRAIL_END] - m[layout.TRAIL])
    m = np.concatenate([m, np.zeros(longer, np.int64)])
    m[layout.TRAIL_END] += longer
    return m
