"""Propagation and search over integers: the general engine.

Holds any problem of the modelling interface. Techniques and sources: trailed domains and typed
event queues (Schulte and Carlsson 2006), weighted degrees (Boussemart et al. 2004), last conflict
(Lecoutre et al. 2009), branch and bound with one bound after the other for lexicographic goals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np

from . import memory as layout
from .answers import Proof, Solution, Status
from .compiled import Words
from .control import Control, Stopped
from .enumeration import list_solutions
from .evaluate import evaluate
from .expressions import Op
from .flatten import Flat
from .instance import Instance
from .lexicographic import FIRST_RUN, Climb
from .problem import Problem
from .rewriting import reachable
from .slices import Slices, Stop


class Search:
    """One instance in the form that the compiled engine runs on.

    Parameters
    ----------
    instance : Instance
    variables : sequence of int, optional
        Decide and list only these, in the order given, and keep only the constraints and
        assumptions over them alone. Goals are left out.

    Raises
    ------
    TooWide
        If a variable may leave 62 bits, or an expression the words that `limbs` has.
    """

    def __init__(self, instance: Instance, variables: Sequence[int] | None = None) -> None:
        self.instance = instance
        self.problem = instance.problem
        self.partial = variables is not None
        self.variables = list(
            range(len(self.problem.variables)) if variables is None else variables
        )
        self.active = list(instance.active)
        self.assumptions = list(instance.assumptions)
        if variables is not None:
            inside = set(variables)
            nodes = [self.problem.constraints[i].node for i in self.active]
            scopes = [variables_below(self.problem, n) for n in nodes]
            self.active = [
                i for i, s in zip(self.active, scopes, strict=True) if inside.issuperset(s)
            ]
            self.assumptions = [
                n for n in self.assumptions if inside.issuperset(variables_below(self.problem, n))
            ]
        self.nodes = 0

    @cached_property
    def flat(self) -> Flat:
        """The problem as records."""
        conditions = [self.problem.constraints[i].node for i in self.active] + self.assumptions
        goals = [] if self.partial else [g.node for g in self.problem.goals]
        control = self.instance.control
        domains = self.instance.domains
        return Flat(self.problem, domains, self.variables, conditions, goals, control=control)

    def scopes(self) -> list[tuple[int, ...]]:
        """For each active constraint, and then each assumption, the variables it touches."""
        nodes = [self.problem.constraints[i].node for i in self.active] + self.assumptions
        return [variables_below(self.problem, n) for n in nodes]

    # ---------------------------------------------------------------------------------- questions

    def propagate(self) -> list[tuple[int, ...] | range] | None:
        """The domains of the variables after propagation at the root, None if it refutes.

        A listed variable gets its remaining values as a tuple, others a range.
        """
        slices = self._slices()
        try:
            if slices.task(layout.ROOT, "propagating") == layout.REFUTED:
                return None
        except Stop:
            raise Stopped("stopped while propagating") from None
        return [self._domain(slices.memory, x) for x in self.flat.decisions.values()]

    def best(self) -> Solution:
        """A solution, or the lexicographically best one where there are goals.

        With goals, of several optimal solutions the lexicographically first. Without goals the
        status is `feasible` and the solution the first found; the search is deterministic. It is
        for the caller to have the solution checked.
        """
        try:
            slices = self._slices()
        except Stopped:
            return Solution(Status.UNKNOWN, None, (), Proof("search"))
        for variable, value in self.instance.hints.items():
            x = self.flat.decisions.get(variable)
            if x is not None:
                slices.memory[x + layout.PHASE] = value
                slices.memory[x + layout.HAS_PHASE] = layout.HINTED
        climb = Climb(self.flat, slices, self.problem)
        status, values = climb.run()
        self.nodes += climb.nodes
        proof = Proof("search", climb.nodes, climb.bound)
        if values is None:
            return Solution(status, None, (), proof)
        goals = (
            ()
            if self.partial
            else evaluate(self.problem, values, [g.node for g in self.problem.goals])
        )
        return Solution(status, tuple(values), tuple(goals), proof)

    def first(self, values: Sequence[int]) -> tuple[int, ...]:
        """The lexicographically first solution, without goals, from any other one.

        Where the control ends the search it is the first of those that were found. It is for the
        caller to have it checked.
        """
        climb = Climb(self.flat, self._slices(), self.problem)
        found = climb.first(values)
        self.nodes += climb.nodes
        return tuple(found)

    def all(
        self, limit: int | None = None, partial: bool = True
    ) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """Every solution (at most `limit` of them), sorted, one row each.

        Raises
        ------
        Stopped
            If the control ends the question; its `partial` holds the rows found so far, in any
            order, where that is asked for.
        """
        slices = self._slices()
        rows, complete = list_solutions(self.flat, slices, limit, partial)
        self.nodes += int(slices.memory[layout.NODES])
        for row in rows[:: max(1, len(rows) // 16)]:
            self._verify([int(v) for v in row])
        if not complete:
            raise Stopped(f"stopped after {len(rows)} solutions", rows if partial else None)
        return rows

    def refuted(self, active: Collection[int] | None = None) -> bool:
        """Whether propagation at the root refutes a subset of the active constraints.

        Structure is a matter of the caller: exactly the constraints in `active` count, and the
        assumptions. False proves nothing.
        """
        slices = self._scratch
        self._switch(slices.memory, active)
        try:
            return slices.task(layout.CHECK, "propagating") == layout.REFUTED
        except Stop:
            raise Stopped("stopped while propagating") from None

    def witness(self, active: Collection[int], control: Control) -> tuple[int, ...] | None:
        """Values under which a subset of the active constraints holds; None if there are none.

        For problems without goals; asked often, it costs no flattening. The assumptions hold, too.
        It is for the caller to have the values checked.

        Raises
        ------
        Stopped
            If the control, which takes the place of the instance's, ends the search before.
        """
        self._switch(self._scratch.memory, active)
        slices = Slices(self._scratch.memory, control)
        m = slices.memory
        m[self._definitions] = layout.IDLE  # they fix what a solution has to fix
        m[layout.RESTART] = m[layout.RESTART_LENGTH] = FIRST_RUN
        try:
            if slices.task(layout.BEST, "looking for a solution") != layout.SOLVED:
                return None
        except Stop:
            raise Stopped("stopped while looking for a solution") from None
        start = int(slices.memory[layout.INCUMBENT])
        return tuple(slices.memory[start : start + len(self.variables)].tolist())

    def within(self, variable: int, lo: int, hi: int) -> tuple[int, ...] | None:
        """A solution in which one variable lies between two of its values, None if there is none.

        For problems without goals; asked often, it costs no flattening.

        Raises
        ------
        Stopped
            If the control ends the question before that is known.
        """
        slices = self._slices()
        slices.confine(self.flat.decisions[variable], lo, hi)
        climb = Climb(self.flat, slices, self.problem)
        status, values = climb.run()
        self.nodes += climb.nodes
        if status is Status.UNKNOWN:
            raise Stopped("stopped while looking for a solution")
        if values is None:
            return None
        self._verify(values)
        return tuple(values)

    # ----------------------------------------------------------------------------------- internals

    def _slices(self) -> Slices:
        return Slices(self.flat.memory.copy(), self.instance.control, self._failing)

    def _failing(self, m: Words) -> dict[str, int]:
        """How often propagation failed, by named constraint, most often first."""
        counts: Counter[str] = Counter()
        for i, c in enumerate(self.active):
            group = self.problem.constraints[c].group
            if group is not None:
                counts[group] += int(m[self._blamed[i]].sum())
        return {name: count for name, count in counts.most_common() if count}

    @cached_property
    def _blamed(self) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
        """For each active constraint where the failures of its propagators are counted."""
        needed = (self.flat.needed(i) for i in range(len(self.active)))
        return [np.array(propagators, np.int64) + layout.FAILS for propagators in needed]

    @cached_property
    def _scratch(self) -> Slices:
        return self._slices()

    @cached_property
    def _needed(self) -> dict[int, list[int]]:
        """For each active constraint the states of the propagators it needs; -1: assumptions."""
        n = len(self.active)
        needed = {c: self.flat.needed(i) for i, c in enumerate(self.active)}
        needed[-1] = [p for i in range(len(self.assumptions)) for p in self.flat.needed(n + i)]
        return needed

    @cached_property
    def _definitions(self) -> list[int]:
        """The states of all propagators that no constraint can be without."""
        return [p for made in self.flat.made.values() for p in made]

    def _switch(self, m: Words, active: Collection[int] | None) -> None:
        """Put to sleep what a subset of the constraints does not need."""
        m[layout.TASK], m[layout.RESUME] = layout.RESET, 0
        self._scratch.advance("propagating")
        states = self.flat.records.propagators
        if active is None:
            m[states] = layout.IDLE
            return
        m[states] = layout.ASLEEP
        awake = list(self._needed[-1])
        for c in active:
            awake += self._needed[c]
        if awake:
            m[awake] = layout.IDLE

    def _domain(self, m: Words, x: int) -> tuple[int, ...] | range:
        lo, hi = int(m[x + layout.LO]), int(m[x + layout.HI])
        words = int(m[x + layout.WORDS])
        if not words:
            return range(lo, hi + 1)
        listed = self.flat.records.values(x)
        return tuple(
            v
            for i, v in enumerate(listed)
            if lo <= v <= hi and (int(m[words + 2 * (i >> 6)]) >> (i & 63)) & 1
        )

    def _verify(self, row: Sequence[int]) -> None:
        """Let the referee check a solution; a wrong one is an error of the engine."""
        values = [d[0] for d in self.instance.domains]
        for index, value in zip(self.variables, row, strict=True):
            values[index] = value
        nodes = [self.problem.constraints[i].node for i in self.active] + self.assumptions
        if not all(evaluate(self.problem, values, nodes)):
            raise RuntimeError("the engine found a solution that the referee rejects")


def variables_below(problem: Problem, node: int) -> tuple[int, ...]:
    """Indices of the variables that a node depends on, in order."""
    found = reachable(problem, [node])
    return tuple(sorted(problem.data[n] for n in found if problem.ops[n] is Op.VARIABLE))
