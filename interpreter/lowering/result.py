"""What lowering gives: the problem, and the way back from its integers to names and values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Literal

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix
from archwright.dsl.source import Span
from archwright.dsl.units import Dimension
from archwright.solvers.evaluate import evaluate
from archwright.solvers.expressions import Expr
from archwright.solvers.problem import Problem

from ..bound import Bound, key_text
from ..mistakes import SHOWN, value_text
from ..values import Value
from .coding import Coding

if TYPE_CHECKING:
    from .reading import Reader


@dataclass(frozen=True, eq=False)
class LoweredChoice:
    """One choice as a variable.

    Attributes
    ----------
    key, name : str
        `t.batch_tile[forward]` and `t.batch_tile`.
    indices : tuple of Value
    variable : int
        Index in `problem.variables`.
    active : Expr
        1 where it is a choice; elsewhere the variable is pinned to its first value.
    dimension : Dimension or None
        None for `bool` and enums.
    """

    key: str
    name: str
    indices: tuple[Value, ...]
    node: nodes.Choice
    variable: int
    active: Expr
    dimension: Dimension | None
    coding: Coding = field(repr=False)

    @property
    def words(self) -> bool:
        """Whether its values are names: of an enum, or true and false."""
        return self.dimension is None

    @property
    def span(self) -> Span:
        """Where it is declared."""
        return self.node.span

    def values(self) -> tuple[Value, ...]:
        """All values of its domain, widened where the domain depends on choices."""
        return self.coding.values()

    def decode(self, number: int) -> Value:
        """The value that an integer of the solver stands for."""
        return self.coding.decode(number)

    def encode(self, value: Value) -> int | None:
        """The solver's integer for a value; None if the domain does not have it."""
        return self.coding.encode(value)


@dataclass(frozen=True, eq=False)
class LoweredGoal:
    """One goal; the integer of the solver times `scale` is its value in base units.

    Attributes
    ----------
    named : bool
        False for the preferences, which the spec does not list as a goal.
    error : Fraction
        A bound, under all choices, of how far it may be from the true number; that of a logarithm.
    """

    name: str
    sense: Literal["minimize", "maximize"]
    named: bool
    dimension: Dimension
    scale: Fraction
    expression: Expr
    node: nodes.Goal | None
    error: Fraction = Fraction(0)

    def decode(self, number: int) -> Fraction:
        """The goal's value in base units."""
        return self.scale * number


@dataclass(frozen=True)
class Fixing:
    """What `with { ... }` means to the solver: fixed variables, and truths assumed."""

    fixed: dict[int, int]
    assumptions: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Lowered:
    """A bound spec as an integer problem.

    Attributes
    ----------
    choices : tuple of LoweredChoice
        In order of declaration, those of an import where it is imported; one for each variable.
    goals : tuple of LoweredGoal
        As in `problem.goals`; the last may be the preferences.
    preferences : LoweredGoal or None
        The weight of broken `prefer`s. Under `pareto` it is no goal but picks among equal points.
    reader : Reader
        Lowers further expressions of the text.
    """

    bound: Bound
    problem: Problem
    choices: tuple[LoweredChoice, ...]
    goals: tuple[LoweredGoal, ...]
    preferences: LoweredGoal | None
    reader: Reader = field(repr=False)

    def decode(self, values: Sequence[int]) -> dict[str, Value]:
        """The values of the active choices by key."""
        flags = evaluate(self.problem, values, [c.active.node for c in self.choices])
        return {
            c.key: c.decode(int(values[c.variable]))
            for c, active in zip(self.choices, flags, strict=True)
            if active
        }

    def fix(self, path: str, indices: tuple[Value, ...], value: Value) -> Fixing:
        """Fix a choice, or the active members of a family.

        With indices the member must also be active; a family's bare name fixes the members that
        are active.

        Raises
        ------
        ArchError
            `unknown-choice`; `out-of-domain` if no member can have the value, active or not, or if
            one cannot that is always active.
        """
        members = [c for c in self.choices if c.name == path]
        if indices:
            members = [c for c in members if c.indices == indices]
        if not members:
            if not indices and self._declares(path):
                return Fixing({}, ())  # a family without members
            raise ArchError(
                Diagnostic(
                    "unknown-choice",
                    f"there is no choice called `{key_text(path, indices)}`",
                    self.bound.spec.header,
                    "in this spec",
                )
            )
        single = bool(indices) or not members[0].indices
        numbers = [c.encode(value) for c in members]
        if all(number is None for number in numbers):
            raise ArchError(_outside(key_text(path, indices), members, value))
        for choice, number in zip(members, numbers, strict=True):
            if number is None and choice.active.constant == 1:
                raise ArchError(_outside(choice.key, [choice], value))
        fixed: dict[int, int] = {}
        assumptions: list[Expr] = []
        for choice, number in zip(members, numbers, strict=True):
            if single and choice.active.constant != 1:
                assumptions.append(choice.active)
            if number is None:
                assumptions.append(~choice.active)
            elif single or choice.active.constant == 1:
                fixed[choice.variable] = number
            else:
                variable = Expr(self.problem, self.problem.variables[choice.variable].node)
                assumptions.append(choice.active.implies(variable == number))
        return Fixing(fixed, tuple(assumptions))

    def _declares(self, path: str) -> bool:
        """Whether a choice or a family of this name is declared, with members or without."""
        return any(
            isinstance(node, nodes.Choice) and prefix + name == path
            for prefix, bound in self.bound.walk()
            for name, node in bound.spec.names.items()
        )


def _outside(key: str, members: Sequence[LoweredChoice], value: Value) -> Diagnostic:
    first = members[0]
    legal = dict.fromkeys(m.decode(n) for m in members for n in m.coding.numbers[:SHOWN])
    texts = [value_text(v, first.dimension) for v in islice(legal, SHOWN)]
    more = len(legal) > SHOWN or any(len(m.coding.numbers) > SHOWN for m in members)
    some = ", ".join(texts) + (", ..." if more else "")
    return Diagnostic(
        "out-of-domain",
        f"`{key}` cannot be {value_text(value, first.dimension)}",
        first.span,
        label="declared here",
        notes=(f"its values are {some}",),
        fixes=tuple(Fix(f"use {text}") for text in texts[:1]),
    )
