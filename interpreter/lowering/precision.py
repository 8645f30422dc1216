"""What a number owes to logarithms: the steps that its products are rounded to, and its error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from archwright.solvers.problem import Problem

from .logic import Truth

Steps: TypeAlias = "tuple[tuple[Fraction, Truth], ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Precision:
    """How a number that logarithms went into is rounded, and how far it may be off.

    Attributes
    ----------
    steps : tuple of (Fraction, Truth)
        Resolutions, the finest first, each with the condition under which a logarithm of it went
        in: `if c then ln(x) else 1` has a resolution where `c` holds. A product is rounded to the
        first whose condition holds, halves up, and not at all where none does.
    error : Fraction
        A bound, under all choices, of the distance from the number without any rounding.
    """

    steps: Steps
    error: Fraction

    @classmethod
    def of(cls, step: Fraction, error: Fraction | None = None) -> Precision:
        """That of a logarithm; its error is half a step unless it came out exactly."""
        return cls(((step, True),), step / 2 if error is None else error)

    def off_by(self, error: Fraction) -> Precision:
        """The same steps with another error."""
        return self if error == self.error else Precision(self.steps, error)

    @property
    def coarsest(self) -> Fraction:
        """The largest step."""
        return self.steps[-1][0]


def merged(
    problem: Problem, parts: Iterable[tuple[Precision | None, Truth]], error: Fraction
) -> Precision | None:
    """The precision of a number made from several, each of which is there under a condition."""
    found: dict[Fraction, list[Truth]] = {}
    for precision, there in parts:
        for step, condition in () if precision is None else precision.steps:
            found.setdefault(step, []).append(_both(problem, condition, there))
    steps: list[tuple[Fraction, Truth]] = []
    for step in sorted(found):
        condition = _any(problem, found[step])
        if condition is not False:
            steps.append((step, condition))
        if condition is True:  # coarser ones never decide
            break
    return Precision(tuple(steps), error) if steps else None


def _both(problem: Problem, first: Truth, second: Truth) -> Truth:
    if first is True or second is False:
        return second
    if second is True or first is False:
        return first
    return _known(problem.conjunction([first, second]))


def _any(problem: Problem, conditions: list[Truth]) -> Truth:
    if any(c is True for c in conditions):
        return True
    return conditions[0] if len(conditions) == 1 else _known(problem.disjunction(conditions))


def _known(condition: Truth) -> Truth:
    if isinstance(condition, bool):
        return condition
    constant = condition.constant
    return condition if constant is None else bool(constant)
