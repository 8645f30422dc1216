"""A bound spec that can be asked: lowered once, answered by the solver, certified by the evaluator.

Every answer shown was evaluated again by `interpreter.evaluate`, which shares no code with the
lowering or the solver: choices are legal, every `require` holds, goals have the values reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError
from archwright.solvers import questions as solver
from archwright.solvers.answers import Conflict, Point, Proof, Status
from archwright.solvers.answers import Front as SolverFront
from archwright.solvers.control import Control, Stopped
from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.numbering import Listed, Numbered
from archwright.solvers.sampling import EmptySpace
from archwright.solvers.standing import Rows
from archwright.solvers.warm import Warm

from .answers import Answer, Architecture, ConflictReport, FrontPoint, Shown, shown
from .blame import Again, renewed
from .bound import Bound
from .choosing import matching_groups, read_choices, read_hints
from .constraint_names import ConstraintNames
from .evaluate import Evaluation, names_match
from .explaining import Explained
from .fronts import Front, preferring, representative, spanned, with_goals
from .goal_limits import GoalLimit, limited, read_goal_limits
from .lower import Lowered, LoweredGoal, lower, lower_again
from .lowering.excess import Excess
from .mistakes import limits_told
from .overview import Overview, overview
from .tightness import Tightness, tightness
from .values import Value

FEW = 1 << 12  # values that are named between two looks at the control


class CertificateError(RuntimeError):
    """The evaluator disagrees with the solver: a bug here, never a mistake of the user."""


class Model:
    """The questions about one bound spec.

    `choices` maps names as the spec prints them (`res`, `k[1, 2]`, or a family's bare name for all
    of its active members) to values; `without` names constraints to drop. `before` is a model of
    the same spec under other parameters, of which all that still holds is taken over.
    """

    def __init__(self, bound: Bound, before: Model | None = None) -> None:
        self.bound = bound
        self._lock = RLock()  # of what is made when the first question comes
        while before is not None and before._lowered is None:
            before = before._before
        self._before: Model | None = before
        self._lowered: Lowered | None = None
        self._warm: Warm | None = None
        self._known: Rows | None = None
        self._excesses: dict[str, Excess] = {}

    @property
    def lowered(self) -> Lowered:
        """The integer problem; built when the first question comes."""
        if self._lowered is None:
            with self._lock:
                if self._lowered is None:
                    self._lowered = self._lower()
        return self._lowered

    def _lower(self) -> Lowered:
        before, self._before = self._before, None
        if before is None:
            return lower(self.bound)
        lowered = lower_again(before.lowered, self.bound)
        mine, others = lowered.problem.variables, before.lowered.problem.variables
        if [(v.name, v.values) for v in mine] == [(v.name, v.values) for v in others]:
            self._known = before.witnesses
        return lowered

    @property
    def witnesses(self) -> Rows | None:
        """Likely solutions: those that were found, or those of earlier parameters."""
        return self._known if self._warm is None else self._warm.solutions

    @property
    def warm(self) -> Warm:
        """What is kept between questions; values count where a choice is active."""
        lowered = self.lowered
        with self._lock:
            if self._warm is None:
                choices = lowered.choices
                under = {c.variable: c.active.node for c in choices if c.active.constant != 1}
                self._warm = Warm(lowered.problem, under, self._known)
            return self._warm

    def instance(
        self,
        choices: Mapping[str, object] | None = None,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> Instance | None:
        """The solver's view of a question; None where the fixings contradict each other."""
        fixings = read_choices(self.lowered, choices or {})
        return self.fixed_instance(fixings, without, control)

    def fixed_instance(
        self,
        fixings: Iterable[tuple[str, tuple[Value, ...], Value]],
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> Instance | None:
        """The same for fixings as (name, indices, value)."""
        fixed: dict[int, int] = {}
        assumptions: list[Expr] = []
        for name, indices, value in fixings:
            with self.lowered.reader.lowering.lock:
                fixing = self.lowered.fix(name, indices, value)
            for variable, number in fixing.fixed.items():
                if fixed.setdefault(variable, number) != number:
                    return None
            assumptions.extend(fixing.assumptions)
        dropped = self.groups(without)
        return Instance.ask(self.lowered.problem, fixed, dropped, assumptions, control)

    def groups(self, names: Collection[str]) -> frozenset[str]:
        """The groups of the problem that the user's names of constraints stand for."""
        return matching_groups(self.lowered, names)

    # -------------------------------------------------------------------------------- questions

    def solve(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] = (),
        hints: Mapping[str, object] | None = None,
        workers: int = 1,
        any_solution: bool = False,
        control: Control | None = None,
    ) -> Answer:
        """The best solution; under `pareto`, the front's first point; without a goal the first.

        Without a goal `any_solution` takes the one that is found first instead.
        `hints` maps names of choices to a value, or to values with weights, that search tries
        first: the answer stays the same, but for which of all solutions it is without a goal.
        """
        control = control or Control()
        wanted = read_hints(self.lowered, hints or {})
        instance = self.instance(choices, without, control)
        if instance is None:
            return self._nothing(Proof("fixing"), control)
        instance = replace(instance, hints=wanted)
        solution = solver.solve(preferring(self.lowered, instance), workers, any_solution)
        if solution.values is None:
            status = solution.status
            return self._nothing(solution.proof, control, status)
        evaluation = self.certify(solution.values, without)
        goals = self.show_goals(solution.goals)
        architecture = self.architecture(evaluation, goals)
        bound = self.show_goals(solution.proof.bound) if solution.proof.bound else {}
        return Answer(
            solution.status,
            architecture.choices,
            goals,
            architecture.values,
            bound,
            solution.proof,
            control.seconds,
            architecture,
        )

    def count(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> int:
        """How many distinct assignments of active choices there are."""
        instance = self.instance(choices, without, control)
        if instance is None:
            return 0
        bare = with_goals(instance, [])
        return self.warm.remembered("count", bare, lambda: solver.count(bare))

    def front(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> Front:
        """Every non-dominated point of the goals that the spec names, whatever it optimizes.

        Raises
        ------
        Stopped
            If it was stopped; `partial` is the front so far, where there is one.
        """
        instance = self.instance(choices, without, control)
        if instance is None:
            return Front(self, None, (), without, Proof("fixing"), True)
        try:
            result = solver.front(spanned(self.lowered, instance))
        except Stopped as stopped:
            found = stopped.partial
            if not isinstance(found, SolverFront):
                raise
            so_far = Front(self, instance, found.points, without, found.proof, False)
            raise Stopped(str(stopped), so_far) from None
        return Front(self, instance, result.points, without, result.proof, result.complete)

    def solutions(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> NDArray[np.int64]:
        """Every solution: one row each, one column for each choice, as integers of the solver."""
        instance = self.instance(choices, without, control)
        if instance is None:
            return np.zeros((0, len(self.lowered.choices)), np.int64)
        rows = solver.solutions(instance)
        wanted = [c.variable for c in self.lowered.choices]
        return rows if wanted == list(range(rows.shape[1])) else rows[:, wanted]

    def verify(
        self,
        rows: NDArray[np.int64],
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> int:
        """Evaluate every one of some rows of `solutions` again, with Python's integers.

        Returns how many there are.

        Raises
        ------
        WrongAnswer
            If a row is out of order or no solution.
        Stopped
            If it was stopped; `partial` is how many rows were checked.
        """
        instance = self.instance(choices, without, control)
        return 0 if instance is None else solver.verify(instance, rows)

    def numbered(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> Numbered:
        """The solutions by number, in the order of their choices, before any is listed."""
        instance = self.instance(choices, without, control)
        if instance is None:
            return Listed(np.zeros((0, len(self.lowered.choices)), np.int64))
        return solver.numbered(instance)

    def sample(
        self,
        n: int,
        seed: int = 0,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> list[dict[str, Shown]]:
        """`n` solutions drawn uniformly, each certified.

        Raises
        ------
        EmptySpace
            If there is no solution.
        """
        instance = self.instance(choices, without, control)
        if instance is None:
            raise EmptySpace("no sample: the fixed choices contradict each other")
        rows = solver.sample(instance, n, seed)
        return [self.show_choices(self.certify(row, without)) for row in rows.tolist()]

    def domains(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        exact: bool = True,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> dict[str, list[Shown]]:
        """The values that each choice can still take where it is active.

        Raises
        ------
        Stopped
            If it was stopped; `partial` has the values that are known to be possible so far, or is
            None.
        """
        control = control or Control()
        instance = self.instance(choices, without, control)
        if instance is None:
            return {c.key: [] for c in self.lowered.choices}
        try:
            found = self.warm.domains(instance, exact)
        except Stopped as stopped:
            so_far = stopped.partial
            if not isinstance(so_far, list):
                raise
            raise Stopped(str(stopped), self._show_domains(so_far, Control())) from None
        return self._show_domains(found, control)

    def _show_domains(
        self, found: Sequence[Sequence[int]], control: Control
    ) -> dict[str, list[Shown]]:
        """Values of the solver in the user's words; of a million that takes seconds."""
        named: dict[str, list[Shown]] = {}
        for choice in self.lowered.choices:
            values = named[choice.key] = []
            for number in found[choice.variable]:
                if len(values) % FEW == 0 and values and control.stopped:
                    raise Stopped("stopped while naming possible values")
                values.append(shown(choice.decode(number), choice.dimension))
        return named

    def explain(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        goals: Mapping[str, object] | None = None,
        without: Collection[str] = (),
        control: Control | None = None,
        again: Again | None = None,
    ) -> ConflictReport | None:
        """Why nothing fits: a minimal conflict over the named constraints; None where it fits.

        Limits on `goals`, as `read_goal_limits` reads them, count as named constraints.
        What its terms can be and what would mend it is found when it is read, each under a control
        from `again`, or one with the time limit of this question.
        """
        control = control or Control()
        limits = read_goal_limits(self.lowered, goals or {})
        return self.explained(self.instance(choices, without, control), control, again, limits)

    def explained(
        self,
        instance: Instance | None,
        control: Control,
        again: Again | None = None,
        limits: Sequence[GoalLimit] = (),
    ) -> ConflictReport | None:
        """As `explain`; None stands for choices that are fixed to what they cannot be."""
        if instance is None:
            return ConflictReport((), Proof("fixing"), control.seconds)
        lowered = self.lowered
        if limits:
            lowered, instance = limited(lowered, instance, limits)
        conflict: Conflict | None = solver.conflict(instance)
        if conflict is None:
            return None
        again = again or (lambda: nullcontext(renewed(control)))
        return Explained(lowered, instance, limits, again).report(conflict, control)

    def tightness(
        self,
        name: str,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> Tightness:
        """Slack of a named limit at the optimum, and the best first goal against that limit.

        Raises
        ------
        ArchError
            `unknown-constraint`; `no-slack` for a constraint that is no limit.
        Stopped
            If it was stopped; `partial` has the steps so far, where there are any.
        """
        return tightness(self, name, choices, without, control or Control())

    def overview(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] = (),
        control: Control | None = None,
    ) -> Overview:
        """Slack of every named limit at the optimum, and the best first goal without it.

        What was not found out when the question was stopped is None there.
        """
        return overview(self, choices, without, control or Control())

    def excess(self, name: str) -> Excess:
        """By how much the constraint of this name is exceeded, as an expression of the solver.

        Raises
        ------
        ArchError
            `no-slack`.
        """
        if name not in self._excesses:
            reader, names = self.lowered.reader, ConstraintNames.of(self.bound)
            meant = names.meant([name])
            groups = {g for g in reader.groups if any(names_match(m, g) for m in meant)}
            self._excesses[name] = reader.excess(groups, name)
        return self._excesses[name]

    # ------------------------------------------------------------------------------ certificates

    @limits_told()
    def certify(self, values: Sequence[int], without: Collection[str] = ()) -> Evaluation:
        """Evaluate an assignment from the text of the spec.

        Raises
        ------
        CertificateError
            If a structural condition or a `require` that was not dropped does not hold.
        """
        chosen = self.lowered.decode(values)
        evaluation = Evaluation(self.bound, chosen)
        if not evaluation.structure_ok():
            why = evaluation.broken_structure()
            raise CertificateError(f"the structure does not hold under {chosen}: {why}")
        dropped = ConstraintNames.of(self.bound).meant(without)
        for broken in evaluation.broken():
            if not any(names_match(name, broken.name) for name in dropped):
                raise CertificateError(f"{broken.name} does not hold under {chosen}")
        return evaluation

    @limits_told()
    def architecture(self, evaluation: Evaluation, goals: Mapping[str, Shown]) -> Architecture:
        """An evaluated assignment in the user's words; goals are recomputed and compared.

        Raises
        ------
        CertificateError
            If a goal's value differs from the solver's.
        """
        for goal in self.goals:
            if goal.name in goals:
                exact = evaluation.goal(goal.name) if goal.named else evaluation.penalty()
                value = shown(exact, goal.dimension)
                if value != goals[goal.name]:
                    raise CertificateError(
                        f"{goal.name} is {value}, but the solver said {goals[goal.name]}"
                    )
        choices = self.show_choices(evaluation)
        values = {
            name: shown(value, self.bound.spec.dimension(self.bound.spec.names[name]))
            for name, value in evaluation.plain_values().items()
        }
        constants = self.constants & values.keys()
        return Architecture(
            self.bound.spec.source.name,
            choices,
            goals,
            values,
            constants,
            evaluation,
            evaluation.errors(),
        )

    @cached_property
    def constants(self) -> frozenset[str]:
        """Names of the plain `let`s that are numbers and depend on no choice."""
        found = set()
        for name, node in self.bound.spec.names.items():
            if isinstance(node, nodes.Let) and not node.binders and node.guard is None:
                reference = nodes.Name(node.name.span, name)
                try:
                    number = self.lowered.reader.number(reference, {})
                except ArchError:
                    continue  # for readers that stand under its conditions, so under some choices
                if isinstance(number, Fraction) or (number is not None and number.known):
                    found.add(name)
        return frozenset(found)

    @cached_property
    def goals(self) -> tuple[LoweredGoal, ...]:
        """The goals of the spec, and its preferences as the last."""
        goals, last = self.lowered.goals, self.lowered.preferences
        return goals if last is None or last in goals else (*goals, last)

    def point(self, instance: Instance, point: Point, without: Collection[str] = ()) -> FrontPoint:
        """A point of a front in the user's words, certified."""
        goals = self.show_goals(point.goals)
        values = representative(self.lowered, instance, point)
        architecture = self.architecture(self.certify(values, without), goals)
        return FrontPoint(goals, architecture.choices, architecture)

    def show_goals(self, numbers: Sequence[int]) -> dict[str, Shown]:
        """Goal values of the solver with their names and units."""
        return {
            g.name: shown(g.decode(n), g.dimension)
            for g, n in zip(self.goals, numbers, strict=False)
        }

    def show_choices(self, evaluation: Evaluation) -> dict[str, Shown]:
        """The active choices of an assignment, in order of declaration."""
        return {
            c.key: shown(evaluation.choices[c.key], c.dimension)
            for c in self.lowered.choices
            if c.key in evaluation.choices
        }

    def _nothing(
        self, proof: Proof, control: Control, status: Status = Status.INFEASIBLE
    ) -> Answer:
        return Answer(status, {}, {}, {}, {}, proof, control.seconds, None)
