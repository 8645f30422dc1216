"""The model as something that `expect` lines can ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from archwright.dsl import nodes
from archwright.solvers import questions as solver
from archwright.solvers.answers import Solution, Status
from archwright.solvers.control import Control, Stopped
from archwright.solvers.instance import Instance

from .answers import ConflictReport
from .asking import Always, CannotTell, Chosen
from .bound import Key, key_text
from .fronts import spanned, with_goals
from .questions import Model
from .values import Value

Told = TypeVar("Told")


class ModelAsker:
    """Answers the claims of `expect` with the solver; implements `asking.Asker`."""

    def __init__(self, model: Model, control: Control) -> None:
        self.model, self.control = model, control

    def sat(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> bool:
        """Whether there is a solution."""
        return self._any(self._instance(chosen, without), without) is not None

    def unsat_by(
        self, chosen: tuple[Chosen, ...], without: tuple[str, ...], names: tuple[str, ...]
    ) -> bool:
        """Whether the named requires (all, if none) and the structure have no solution."""
        instance = self._instance(chosen, without)
        if instance is None:
            return True
        if names:
            kept = {None, *self.model.groups(names)}
            constraints = instance.problem.constraints
            active = tuple(i for i in instance.active if constraints[i].group in kept)
            instance = replace(instance, active=active)
        return self._solve(with_goals(instance, [])).values is None

    def count(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> int:
        """How many distinct assignments of active choices there are."""
        instance = self._instance(chosen, without)
        return 0 if instance is None else self._told(lambda: solver.count(instance))

    def front_size(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> int:
        """How many distinct goal vectors are not dominated."""
        instance = self._instance(chosen, without)
        if instance is None:
            return 0
        goals = spanned(self.model.lowered, instance)
        return self._told(lambda: len(solver.front(goals).points))

    def best(
        self, goal: str, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> Fraction | None:
        """The optimum of a goal, earlier `lex` goals at theirs; None without a solution."""
        instance = self._instance(chosen, without)
        if instance is None:
            return None
        lowered = self.model.lowered
        position = next(i for i, g in enumerate(lowered.goals) if g.name == goal)
        kept = instance.problem.goals[: position + 1]
        if instance.problem.front:
            kept = kept[-1:]
        answer = self._solve(with_goals(instance, kept))
        if answer.values is None:
            return None
        self.model.certify(answer.values, without)
        return lowered.goals[position].decode(answer.goals[-1])

    def error(self, goal: str, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> Fraction:
        """How far that may be from the optimum with true logarithms."""
        return next(g.error for g in self.model.lowered.goals if g.name == goal)

    def always(
        self, condition: nodes.Expr, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> Always:
        """Whether a condition holds in every solution."""
        instance = self._instance(chosen, without)
        if instance is None or self._any(instance, without) is None:
            return Always(False)
        truth, doubt = self.model.lowered.reader.claim(condition)
        for contrary, doubtful in ((~truth, False), (doubt, True)):
            assumed = replace(instance, assumptions=(*instance.assumptions, contrary.node))
            values = None if contrary.constant == 0 else self._any(assumed, without)
            if values is not None:
                return Always(True, self.model.lowered.decode(values), doubtful)
        return Always(True)

    def domain(
        self, name: str, indices: Key, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> frozenset[Value]:
        """The values of a choice over the solutions in which it is active."""
        instance = self._instance(chosen, without)
        if instance is None:
            return frozenset()
        key = key_text(name, indices)
        choice = next(c for c in self.model.lowered.choices if c.key == key)
        on = replace(instance, assumptions=(*instance.assumptions, choice.active.node))
        only = (choice.variable,)
        numbers = self._told(lambda: solver.domains(on, only=only))[choice.variable]
        return frozenset(choice.decode(v) for v in numbers)

    def explain(
        self, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> ConflictReport | None:
        """Why nothing fits; None where something does, or where the time is over."""
        instance = self._instance(chosen, without)
        try:
            return self.model.explained(instance, self.control)
        except Stopped:
            return None

    def _instance(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> Instance | None:
        fixings = [(c.name, c.indices, c.value) for c in chosen]
        return self.model.fixed_instance(fixings, without, self.control)

    def _any(self, instance: Instance | None, without: tuple[str, ...]) -> tuple[int, ...] | None:
        """Any solution, certified."""
        if instance is None:
            return None
        values = self._solve(with_goals(instance, [])).values
        if values is not None:
            self.model.certify(values, without)
        return values

    def _solve(self, instance: Instance) -> Solution:
        answer = solver.solve(instance)
        if answer.status is Status.UNKNOWN or (
            answer.status is Status.FEASIBLE and instance.problem.goals
        ):
            raise CannotTell("stopped before a proof")
        return answer

    def _told(self, question: Callable[[], Told]) -> Told:
        try:
            return question()
        except Stopped as stopped:
            raise CannotTell(str(stopped)) from stopped
