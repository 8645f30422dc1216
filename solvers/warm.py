"""What is kept between the questions that one problem is asked, one click after the other.

The conditions are flattened and propagated once (`standing.py`), over the whole domains; a question
narrows a copy. Solutions that were found are kept as witnesses: those within the next question's
domains show values to be possible without search, and what was impossible stays so in every
narrower question. Answers themselves are kept, too, so that going back costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import replace
from threading import RLock
from typing import Any, TypeVar

import numpy as np

from . import exhaustive, planner
from .flatten import LISTED
from .instance import Instance
from .problem import Problem, Values
from .shortage import frugal
from .standing import Asked, Conditions, Everything, Rows

SETS = 8  # sets of conditions that are kept flat
ANSWERS = 256  # answers that are kept, the last ones asked for

Told = TypeVar("Told")


class Warm:
    """The memory of one problem.

    Several threads may ask at once; each question works on copies.

    Parameters
    ----------
    problem : Problem
    under : mapping of int to int
        For some variables a truth node: only values that they have where it holds count.
    known : array of shape (assignments, variables), optional
        Likely solutions, such as those of a problem that differs in a limit.
    """

    def __init__(
        self, problem: Problem, under: Mapping[int, int] | None = None, known: Rows | None = None
    ) -> None:
        self.problem = problem
        self.under = dict(under or {})
        self._known = np.empty((0, len(problem.variables)), np.int64) if known is None else known
        self._lock = RLock()
        self._sets: OrderedDict[Hashable, Conditions | Everything] = OrderedDict()
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def remembered(self, name: Hashable, instance: Instance, ask: Callable[[], Told]) -> Told:
        """The answer to a question by name, from memory if it was given before.

        Nothing is kept of a question that raises.
        """
        goals = tuple((g.node, g.sense) for g in instance.problem.goals)
        key = name, instance.domains, instance.active, instance.assumptions, goals
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                kept: Told = self._answers[key]
                return kept
        answer = ask()
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > ANSWERS:
                self._answers.popitem(last=False)
        return answer

    @frugal
    def domains(
        self, instance: Instance, exact: bool = True, only: Collection[int] | None = None
    ) -> list[tuple[int, ...]]:
        """For each variable the values that it has in some solution where its condition holds.

        Parameters
        ----------
        exact : bool
            Otherwise only what propagation excludes is left out.
        only : collection of int
            Variables to be exact about, the most urgent first; others get what propagation leaves.

        Raises
        ------
        Stopped
            With the values that are known to be possible as `partial`.
        """
        instance = planner.without_goals(instance)
        ordered = tuple(range(len(instance.domains)) if only is None else only)

        def ask() -> list[tuple[int, ...]]:
            conditions, truths = self._standing(instance)
            if isinstance(conditions, Everything):
                return conditions.left(instance, truths, self.under)
            asked = Asked(conditions, instance, truths, self.under)
            return asked.exactly(ordered) if exact else asked.left()

        return list(self.remembered(("domains", exact, frozenset(ordered)), instance, ask))

    @frugal
    def left(self, instance: Instance, only: int | None = None) -> list[Values]:
        """What propagation leaves of each variable; intervals stay ranges, however long.

        With `only` of one variable, the others are left out.
        """
        instance = planner.without_goals(instance)

        def ask() -> list[Values]:
            conditions, truths = self._standing(instance)
            if isinstance(conditions, Everything):
                every = conditions.left(instance, truths, self.under)
                return list(every) if only is None else [every[only]]
            asked = Asked(conditions, instance, truths, self.under)
            return asked.spans() if only is None else [asked.span(only)]

        return list(self.remembered(("left", only), instance, ask))

    def learn(self, instance: Instance, values: tuple[int, ...] | None) -> None:
        """Keep a solution of a question as a witness; None is no solution."""
        if values is not None:
            conditions, _ = self._standing(planner.without_goals(instance))
            if isinstance(conditions, Conditions):
                conditions.add(np.array([values], np.int64))

    @property
    def solutions(self) -> Rows:
        """All witnesses."""
        with self._lock:
            return np.concatenate([self._known, *(s.rows for s in self._sets.values())])

    def _made(self, whole: Instance, watched: tuple[int, ...]) -> Conditions | Everything:
        listed = exhaustive.listed(whole, goals=False)
        if listed is not None:
            return Everything(listed, watched)
        return Conditions(whole, watched, self.solutions)

    def _standing(self, instance: Instance) -> tuple[Conditions | Everything, tuple[int, ...]]:
        """The conditions of a question, and those of its assumptions that they can switch on."""
        watched = dict.fromkeys(self.under.values())
        truths = tuple(a for a in instance.assumptions if a in watched)
        fixed = tuple(a for a in instance.assumptions if a not in watched)
        domains = tuple(
            domain if unlisted(v.values, domain) else v.values
            for v, domain in zip(self.problem.variables, instance.domains, strict=True)
        )
        key = instance.active, fixed, domains
        with self._lock:
            if key not in self._sets:
                whole = replace(instance, domains=domains, assumptions=fixed, hints={})
                self._sets[key] = self._made(whole, tuple(watched))
                while len(self._sets) > SETS:
                    self._sets.popitem(last=False)
            self._sets.move_to_end(key)
            return self._sets[key], truths


def unlisted(values: Values, domain: Values) -> bool:
    """Whether a domain has gaps that the engine could not note, its whole being no list."""
    gaps = domain[-1] - domain[0] + 1 > len(domain)
    return gaps and len(values) > LISTED and values[-1] - values[0] + 1 == len(values)
