"""A question without an answer, and every minimal conflict that it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archwright.solvers import questions as solver
from archwright.solvers.answers import Conflict
from archwright.solvers.control import Control
from archwright.solvers.instance import Instance
from archwright.solvers.planner import Slice

from .answers import ConflictReport
from .blame import Again, report
from .goal_limits import GoalLimit
from .lower import Lowered


@dataclass(frozen=True)
class Explained:
    """A question without an answer, whose later questions are asked under controls from `again`."""

    lowered: Lowered
    instance: Instance
    limits: Sequence[GoalLimit]
    again: Again

    def report(self, conflict: Conflict, control: Control) -> ConflictReport:
        """One of its conflicts in the user's words; it knows the way to the others."""
        found = report(self.lowered, self.instance, conflict, control, self.again, self.limits)
        return replace(found, _others=lambda: self._others(conflict))

    def _others(self, one: Conflict) -> Iterator[ConflictReport]:
        """The minimal conflicts but for one; each look for another has its own control."""
        look = Slice()
        found = solver.conflicts(replace(self.instance, control=look))
        while True:
            with self.again() as look.parent:
                conflict = next(found, None)
                while conflict is not None and set(conflict.groups) == set(one.groups):
                    conflict = next(found, None)
            if conflict is None:
                return
            yield self.report(conflict, look)
