"""One question about a problem: some variables fixed, some groups dropped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

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
    """

    problem: Problem
    domains: tuple[Values, ...]
    active: tuple[int, ...]
    assumptions: tuple[int, ...] = ()
    control: Control = field(default_factory=Control)

    @classmethod
    def ask(
        cls,
        problem: Problem,
        fixed: Mapping[int, int] | None = None,
        without: Collection[str] = (),
        assumptions: Collection[Expr] = (),
        control: Control | None = None,
    ) -> Instance:
        """The instance with variables fixed (by index), groups dropped (by name) and assumptions.

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
        )
