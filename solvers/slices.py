"""Runs the compiled engine in slices of about 20 ms and obeys a question's control between them."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping

import numpy as np

from . import memory as layout
from .closed import closed_share
from .compiled import Words, prepare
from .control import Control, Look
from .engine import CONTINUE, START, Rows, run
from .records import lengthened

# Seconds after which compiled code should come back, and the first guess at a slice's work.
SLICE = 0.02
FIRST_BUDGET = 20_000

NO_ROWS: Rows = np.empty((1, 1), np.int64)


class Stop(Exception):
    """The control asked for the end in the middle of a task."""


class Slices:
    """One memory and the tasks that run on it.

    Parameters
    ----------
    failing : callable, optional
        Failures by named constraint, read from a memory.

    Attributes
    ----------
    memory : array
        Replaced by a longer copy when the trail grows.
    """

    def __init__(
        self,
        memory: Words,
        control: Control,
        failing: Callable[[Words], Mapping[str, int]] | None = None,
    ) -> None:
        self.memory = memory
        self.failing = failing
        self.control = control
        self.budget = FIRST_BUDGET
        prepare(control, run)

    def begin(self, task: int) -> None:
        """Make `task` the next one, from the root."""
        self.memory[layout.TASK] = task
        self.memory[layout.RESUME] = START

    def advance(self, phase: str, rows: Rows = NO_ROWS) -> int:
        """Run until DONE, REFUTED or SOLVED.

        Raises
        ------
        Stop
            If the control says so; the task can be continued.
        """
        while True:
            m = self.memory
            m[layout.BUDGET] = self.budget
            began = time.perf_counter()
            status = run(m, rows)
            seconds = time.perf_counter() - began
            if status == layout.GROW:
                m[layout.RESUME] = CONTINUE
                self.memory = lengthened(m)
            elif status == layout.PAUSED:
                factor = SLICE / max(seconds, SLICE / 4)
                self.budget = max(64, int(self.budget * min(factor, 4.0)))
                self.control.report(phase, int(m[layout.NODES]), look=self.look)
            elif status == layout.BROKEN:
                raise RuntimeError("propagation left a variable open in a full assignment")
            else:
                return int(status)
            if self.control.stopped:
                raise Stop

    def task(self, task: int, phase: str) -> int:
        """Begin a task and run it to its end."""
        self.begin(task)
        return self.advance(phase)

    def look(self) -> Look:
        """How far the search is; between two slices."""
        failing = {} if self.failing is None else self.failing(self.memory)
        return Look(closed_share(self.memory), failing)

    def confine(self, x: int, lo: int, hi: int) -> None:
        """Narrow a variable for good; call with the memory at its root.

        At least one value has to be left. Ends of a list of values move on to living ones.
        """
        m = self.memory
        lo, hi = max(int(m[x + layout.LO]), lo), min(int(m[x + layout.HI]), hi)
        words = int(m[x + layout.WORDS])
        if words:
            values = listed_values(m, x)
            first, last = bisect_left(values, lo), bisect_right(values, hi) - 1
            while not int(m[words + 2 * (first >> 6)]) >> (first & 63) & 1:
                first += 1
            while not int(m[words + 2 * (last >> 6)]) >> (last & 63) & 1:
                last -= 1
            lo, hi = int(values[first]), int(values[last])
        m[x + layout.LO], m[x + layout.HI] = lo, hi
        m[layout.SETTLED] = 0


def listed_values(m: Words, x: int) -> range | Words:
    """The values of a listed variable, living or not."""
    n, step = int(m[x + layout.COUNT]), int(m[x + layout.STEP])
    if step:
        first = int(m[x + layout.FIRST])
        return range(first, first + n * step, step)
    start = int(m[x + layout.VALUES])
    return m[start : start + n]
