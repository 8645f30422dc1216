"""The best solution: one goal after the other, then the lexicographically first assignment.

Each goal is proved before the next: branch and bound until no better value remains, then the goal's
variable is fixed at the root. The tie is broken in the same way, variable by variable: with the
variables before it fixed, the first solution that tries a variable's values in rising order has its
least value.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import memory as layout
from .answers import Status
from .flatten import Flat
from .flatten_wide import DIGIT
from .problem import Problem
from .slices import Slices, Stop

# Failures before the first restart; each later run is half as long again.
FIRST_RUN = 100
# Failures after which a step of more than one is given up, at first.
PATIENCE = 50


class Climb:
    """The state of one question for the best solution.

    Attributes
    ----------
    nodes : int
        Search nodes so far.
    bound : tuple of int or None
        What is proved about the goals so far.
    """

    def __init__(self, flat: Flat, slices: Slices, problem: Problem) -> None:
        self.flat = flat
        self.slices = slices
        self.problem = problem
        self.values: list[int] | None = None
        self.bound: tuple[int, ...] | None = None
        self._decisions = np.array(list(flat.decisions.values()), np.int64)
        self._proved: list[int] = []
        self._goal_values: dict[int, int] = {}
        self._goal = 0  # the digits of the goal at hand that are proved

    @property
    def nodes(self) -> int:
        """Search nodes so far."""
        return int(self.slices.memory[layout.NODES])

    def run(self) -> tuple[Status, list[int] | None]:
        """Search to the end, or until the control says stop."""
        try:
            if self.slices.task(layout.ROOT, "propagating") == layout.REFUTED:
                return Status.INFEASIBLE, None
            if not self.flat.aims:
                found = self._find("looking for a solution")
                return (Status.FEASIBLE if found else Status.INFEASIBLE), self.values
            for digits, sense in zip(self.flat.aims, self._senses(), strict=True):
                self._goal = 0
                for place in reversed(range(len(digits))):
                    if not self._optimise(digits[-1 - place], sense, place):
                        return Status.INFEASIBLE, None
                self._proved.append(self._goal)
                self._note()
            self._first_of_equals()
        except Stop:
            status = Status.UNKNOWN if self.values is None else Status.FEASIBLE
            return status, self.values
        return Status.OPTIMAL, self.values

    def first(self, values: Sequence[int]) -> list[int]:
        """From one solution to the first in order; as far as the control allows."""
        self.values = list(values)
        try:
            self.slices.task(layout.ROOT, "propagating")
            self._first_of_equals()
        except Stop:
            pass
        return self.values

    def _senses(self) -> list[int]:
        return [1 if g.sense == "minimize" else -1 for g in self.problem.goals]

    def _optimise(self, x: int, sense: int, place: int) -> bool:
        """Prove the best value of a goal, or of its digit at a place, and fix it.

        False if there is no solution at all.
        """
        m = self.slices.memory  # at its root
        end = int(m[x + (layout.LO if sense > 0 else layout.HI)])  # nothing better is possible
        if self.values is None and not self._find("looking for a solution"):
            return False
        step = 1
        while self._value(x) != end:
            value = self._value(x)
            far = abs(value - end)
            step = min(step, far)
            if place:  # what the lower digits are is not known yet
                self._look()
            else:
                self._note(self._goal + value, self._goal + end)
            failures = int(self.slices.memory[layout.FAILURES])
            cap = failures + PATIENCE + failures // 8 if step > 1 else 0
            status = self._improve(x, sense, value - sense * step, cap)
            if status == layout.SOLVED:
                step *= 2
            elif status == layout.GAVE_UP:
                step = 1
            elif step == 1:
                break
            else:  # nothing at `step` or further
                end = value - sense * (step - 1)
                self._confine(x, min(value, end), max(value, end))
                step = max(1, step // 2)
        self._goal += self._value(x) * DIGIT**place
        self._settle(x, self._value(x))
        return True

    def _value(self, x: int) -> int:
        """The goal's value in the incumbent."""
        return self._goal_values[x]

    def _find(self, phase: str) -> bool:
        """Look for any solution."""
        self.slices.memory[layout.RESTART] = FIRST_RUN
        self.slices.memory[layout.RESTART_LENGTH] = FIRST_RUN
        self.slices.begin(layout.BEST)
        if self.slices.advance(phase) != layout.SOLVED:
            return False
        self._record()
        return True

    def _improve(self, x: int, sense: int, limit: int, cap: int) -> int:
        """Look for a solution that reaches a limit; give up after some failures, if there is a cap.

        Steps double while they succeed and halve when they are refuted, so that a goal with a
        wide range is not improved one by one.
        """
        m = self.slices.memory
        m[layout.GOAL], m[layout.SENSE], m[layout.LIMIT], m[layout.CAP] = x, sense, limit, cap
        m[layout.RESTART] = m[layout.RESTART_LENGTH] = FIRST_RUN
        self.slices.begin(layout.BEST)
        status = self.slices.advance("proving the optimum")
        if status == layout.SOLVED:
            self._record()
        m = self.slices.memory
        m[layout.GOAL] = m[layout.CAP] = 0
        return status

    def _note(self, value: int | None = None, end: int | None = None) -> None:
        """Remember and report what is proved."""
        if value is None or end is None:
            self.bound = tuple(self._proved)
        else:
            self.bound = (*self._proved, end)
            incumbent = (*self._proved, value)
            control = self.slices.control
            control.report("proving the optimum", self.nodes, incumbent=incumbent, bound=self.bound)
            self._look()

    def _look(self) -> None:
        if self.slices.control.stopped:
            raise Stop

    def _record(self) -> None:
        """Remember the solution at hand and steer later dives towards it."""
        m = self.slices.memory
        start = int(m[layout.INCUMBENT])
        found = m[start : start + len(self._decisions)]
        self.values = found.tolist()
        self._goal_values = {x: int(m[x + layout.LO]) for digits in self.flat.aims for x in digits}
        m[self._decisions + layout.PHASE] = found
        m[self._decisions + layout.HAS_PHASE] = 1

    def _settle(self, x: int, value: int) -> None:
        """Fix a variable for the rest of the question."""
        self._confine(x, value, value)

    def _confine(self, x: int, lo: int, hi: int) -> None:
        """Narrow a variable for good; the incumbent lies within."""
        for sense, limit in ((1, hi), (-1, lo)):
            m = self.slices.memory
            m[layout.GOAL], m[layout.SENSE], m[layout.LIMIT] = x, sense, limit
            self.slices.task(layout.ROOT, "propagating")
        self.slices.memory[layout.GOAL] = 0

    def _first_of_equals(self) -> None:
        slices = self.slices
        for i, x in enumerate(self.flat.decisions.values()):
            if self.values is None:
                return
            lo, hi = slices.memory[x + layout.LO], slices.memory[x + layout.HI]
            if lo == hi:
                continue
            if self.values[i] != lo:
                slices.memory[layout.PREFIX] = i + 1
                slices.memory[layout.RESTART] = 0
                slices.begin(layout.BEST)
                if slices.advance("finding the first of equal solutions") == layout.SOLVED:
                    self._record()
                slices.memory[layout.PREFIX] = 0
            self._settle(x, self.values[i])
