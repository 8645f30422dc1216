"""The best solution: one goal after the other, then the lexicographically first assignment.

Each goal is proved before the next: branch and bound until no better value remains, then the goal's
variable is fixed at the root. The tie is broken in the same way, variable by variable: with the
variables before it fixed, the first solution that tries a variable's values in rising order has its
least value.
"""

from __future__ import annotations

from . import memory as layout
from .answers import Status
from .flatten import Flat
from .problem import Problem
from .slices import Slices, Stop

# Failures before the first restart; each later run is half as long again.
FIRST_RUN = 100


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
        self._proved: list[int] = []

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
                found = self._improve(0, 1, "looking for a solution")
                return (Status.FEASIBLE if found else Status.INFEASIBLE), self.values
            for x, goal in zip(self.flat.aims, self._senses(), strict=True):
                if not self._optimise(x, goal):
                    return Status.INFEASIBLE, None
            self._first_of_equals()
        except Stop:
            status = Status.UNKNOWN if self.values is None else Status.FEASIBLE
            return status, self.values
        return Status.OPTIMAL, self.values

    def _senses(self) -> list[int]:
        return [1 if g.sense == "minimize" else -1 for g in self.problem.goals]

    def _optimise(self, x: int, sense: int) -> bool:
        """Prove the best value of one goal and fix it; False if there is no solution at all."""
        m = self.slices.memory
        open_end = m[x + (layout.LO if sense > 0 else layout.HI)]
        self._note_bound(int(open_end))
        if self.values is None or self._value(x) != open_end:
            self._improve(x, sense, "proving the optimum")
        if self.values is None:
            return False
        best = self._value(x)
        self._proved.append(best)
        self._note_bound()
        self._settle(x, best)
        return True

    def _value(self, x: int) -> int:
        """The goal's value in the incumbent."""
        return self._goal_values[x]

    def _improve(self, x: int, sense: int, phase: str) -> bool:
        """Branch and bound on one variable (0: any solution); whether there is a solution."""
        slices = self.slices
        m = slices.memory
        m[layout.GOAL], m[layout.SENSE] = x, sense
        if x:
            if self.values is None:
                m[layout.LIMIT] = m[x + (layout.HI if sense > 0 else layout.LO)]
            else:
                m[layout.LIMIT] = self._value(x) - sense
        m[layout.RESTART] = m[layout.RESTART_LENGTH] = FIRST_RUN
        slices.begin(layout.BEST)
        while slices.advance(phase) == layout.SOLVED:
            self._record()
            if not x:
                break
            m = slices.memory
            incumbent = (*self._proved, self._value(x))
            slices.control.report(phase, self.nodes, incumbent=incumbent, bound=self.bound)
            if slices.control.stopped:
                raise Stop
        slices.memory[layout.GOAL] = 0
        return self.values is not None

    def _record(self) -> None:
        """Remember the solution at hand and steer later dives towards it."""
        m = self.slices.memory
        start = int(m[layout.INCUMBENT])
        self.values = [int(v) for v in m[start : start + len(self.flat.decisions)]]
        self._goal_values = {x: int(m[x + layout.LO]) for x in self.flat.aims}
        for x, value in zip(self.flat.decisions.values(), self.values, strict=True):
            m[x + layout.PHASE], m[x + layout.HAS_PHASE] = value, 1

    def _settle(self, x: int, value: int) -> None:
        """Fix a variable for the rest of the question."""
        self.slices.task(layout.RESET, "propagating")
        self.slices.confine(x, value, value)
        self.slices.task(layout.ROOT, "propagating")

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

    def _note_bound(self, open_end: int | None = None) -> None:
        self.bound = (*self._proved, *(() if open_end is None else (open_end,)))
