"""One question about a problem: some variables fixed, some groups dropped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from .control import Control
from .expressions import Expr
from .problem import Problem, Values


@dataclass(frozen=True)
class Instance:
    """A problem as one question sees it; every engine takes this.

    Parameters
    ----------
    domains : tuple
        Values of each variable after fixing.
    active : tuple of int
        Indices in `problem.constraints` of those that must hold.
    assumptions : tuple of int
        Truth nodes that must hold as well, for this question only.
    hints : mapping of int to int
        For some variables, by index, a value that search tries first. Hints that are good save
        nodes; none changes what is best.
    """

    problem: Problem
    domains: tuple[Values, ...]
    active: tuple[int, ...]
    assumptions: tuple[int, ...] = ()
    control: Control = field(default_factory=Control)
    hints: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def ask(
        cls,
        problem: Problem,
        fixed: Mapping[int, int] | None = None,
        without: Collection[str] = (),
        assumptions: Collection[Expr] = (),
        control: Control | None = None,
        hints: Mapping[int, int | Mapping[int, float]] | None = None,
    ) -> Instance:
        """The instance with variables fixed (by index), groups dropped (by name) and assumptions.

        A hint is a value, or values with weights of which the heaviest counts.

        Raises
        ------
        ValueError
            If a fixed value is outside its variable's domain.
        """
        domains = [v.values for v in problem.variables]
        for index, value in (fixed or {}).items():
            if value not in domains[index]:
                name = problem.variables[index].name
                raise ValueError(f"{value} is outside the domain of {name}")
            domains[index] = (value,)
        active = tuple(i for i, c in enumerate(problem.constraints) if c.group not in without)
        return cls(
            problem,
            tuple(domains),
            active,
            tuple(a.node for a in assumptions),
            control or Control(),
            {index: heaviest(hint) for index, hint in (hints or {}).items()},
        )


def heaviest(hint: int | Mapping[int, float]) -> int:
    """The value that a hint says is likeliest; the first of equals.

    Raises
    ------
    ValueError
        If it has no value.
    """
    if not isinstance(hint, Mapping):
        return hint
    if not hint:
        raise ValueError("a hint without a value")
    return max(hint, key=lambda value: hint[value])


Question: TypeAlias = Problem | Instance


def ask(question: Question) -> Instance:
    """The question as an instance."""
    return question if isinstance(question, Instance) else Instance.ask(question)
