"""The values of choices where they are active, from those over all solutions.

An inactive choice is pinned to its first value, so any other value shows that it is active. Only of
the first value it has to be found out; solutions that were found for one choice answer for others.
"""

from __future__ import annotations

from dataclasses import replace

from archwright.solvers import questions as solver
from archwright.solvers.answers import Status
from archwright.solvers.control import Stopped
from archwright.solvers.evaluate import evaluate
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Values

from .fronts import with_goals
from .lower import Lowered, LoweredChoice


class Active:
    """What is known about choices that may be inactive, for one question."""

    def __init__(self, lowered: Lowered, instance: Instance) -> None:
        self._lowered, self._instance = lowered, with_goals(instance, [])
        self._nodes = [c.active.node for c in lowered.choices]
        self._seen: set[tuple[int, int]] = set()  # variables with values that they had while active

    def values(
        self, choice: LoweredChoice, values: tuple[int, ...], exact: bool
    ) -> tuple[int, ...]:
        """Those of its values that it can have where it is active.

        Raises
        ------
        Stopped
            If the question was stopped before that was known.
        """
        variable = choice.variable
        on = replace(self._instance, assumptions=(*self._instance.assumptions, choice.active.node))
        if not exact:
            return solver.domains(on, exact=False, only=(variable,))[variable]
        pinned = self._lowered.problem.variables[variable].values[0]
        if pinned not in values or (variable, pinned) in self._seen:
            return values
        domains: list[Values] = list(on.domains)
        domains[variable] = (pinned,)
        found = solver.solve(replace(on, domains=tuple(domains)))
        if found.status is Status.UNKNOWN:
            raise Stopped("stopped while finding possible values")
        if found.values is None:
            return tuple(v for v in values if v != pinned)
        flags = evaluate(self._lowered.problem, found.values, self._nodes)
        for other, active in zip(self._lowered.choices, flags, strict=True):
            if active:
                self._seen.add((other.variable, found.values[other.variable]))
        return values
