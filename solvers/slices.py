"""Runs the compiled engine in slices of about 20 ms and obeys a question's control between them."""

from __future__ import annotations

import time

import numpy as np

from . import memory as layout
from .compiled import Words, prepare
from .control import Control
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

    Attributes
    ----------
    memory : array
        Replaced by a longer copy when the trail grows.
    """

    def __init__(self, memory: Words, control: Control) -> None:
        self.memory = memory
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
                self.control.report(phase, int(m[layout.NODES]))
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

    def confine(self, x: int, lo: int, hi: int) -> None:
        """Narrow a variable for good; call with the memory at its root."""
        m = self.memory
        m[x + layout.LO] = max(m[x + layout.LO], lo)
        m[x + layout.HI] = min(m[x + layout.HI], hi)
