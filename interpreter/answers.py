"""Answers in the user's words: names, units and source ranges instead of node numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, TypeAlias

from archwright.dsl.source import Span
from archwright.dsl.units import Dimension, Quantity, format_number, unit
from archwright.solvers.answers import Proof, Status

from .architecture import Network
from .values import Enumerator, Value

if TYPE_CHECKING:
    from .evaluate import Evaluation

Shown: TypeAlias = int | Fraction | Quantity | bool | str


def shown(value: Value, dimension: Dimension | None = None) -> Shown:
    """A value as users meet it: `int` where whole, a quantity with a unit, names as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Enumerator):
        return value.name
    if dimension is not None and not dimension.plain:
        return Quantity(value, dimension)
    return int(value) if value.denominator == 1 else value


def deviation(bound: Fraction, of: Shown = 0) -> str:
    """A bound of an error to one digit, never below it: `5e-10`, `5e-10 B` of a quantity."""
    if isinstance(of, Quantity):
        name = str(of).rpartition(" ")[2]  # as the quantity itself is shown
        return f"{deviation(bound / unit(name)[0])} {name}"
    exponent = len(str(bound.numerator)) - len(str(bound.denominator))
    digit = ceil(bound / Fraction(10) ** exponent)
    if digit == 1 and bound * 10 <= 9 * Fraction(10) ** exponent:
        exponent -= 1
        digit = ceil(bound / Fraction(10) ** exponent)
    return f"{digit}e{exponent}" if digit < 10 else f"1e{exponent + 1}"


def with_error(item: Shown, bound: Fraction) -> str:
    """A number that logarithms went into, with the bound of its error: `1.609437912 ± 5e-10`.

    Where all of its digits would not be shown, it has one more than the bound vouches for.
    """
    text = shown_text(item)
    if isinstance(item, Fraction) and (text.startswith("~") or "/" in text):
        places = max(0, 1 - int(deviation(bound).partition("e")[2]))
        rounded = Fraction(round(item * 10**places), 10**places)
        whole, rest = divmod(abs(rounded.numerator) * 10**places // rounded.denominator, 10**places)
        digits = f"{whole:_}" if whole >= 10_000 else str(whole)
        text = f"{'-' if item < 0 else ''}{digits}.{rest:0{places}}".rstrip("0").rstrip(".")
        bound += abs(item - rounded)
    elif isinstance(item, int) and abs(item) >= 10_000:
        text = f"{item:_}"
    return f"{text} ± {deviation(bound, item)}"


def shown_errors(errors: Mapping[str, Fraction], items: Mapping[str, Shown]) -> dict[str, Shown]:
    """Bounds of errors in the units of what they are errors of."""
    return {
        name: Quantity(error, item.dimension) if isinstance(item, Quantity) else error
        for name, error in errors.items()
        if (item := items.get(name)) is not None
    }


def shown_text(item: Shown) -> str:
    """A value in a sentence or table: `true`, `64 KiB`, `0.25`, `skip`."""
    if isinstance(item, bool):
        return "true" if item else "false"
    return format_number(item) if isinstance(item, Fraction) else str(item)


def readable(item: Shown) -> str:
    """A value as the spec would write it, long numbers in groups: `true`, `64 KiB`, `12_000`."""
    if isinstance(item, int) and not isinstance(item, bool):
        return f"{item:_}" if abs(item) >= 10_000 else str(item)
    return shown_text(item)


@dataclass(frozen=True)
class Architecture:
    """What was chosen: choices, values of the spec's `let`s, and its networks made concrete.

    Attributes
    ----------
    spec : str
        The spec's file as shown to the user.
    choices : mapping of str to Shown
        By the name that the spec prints (`x`, `k[1, 2]`); inactive choices are absent.
    goals, values : mapping of str to Shown
        The goals, and every plain `let` of the file that is a number.
    constants : frozenset of str
        Those of `values` that are the same under all choices.
    errors : mapping of str to Fraction
        For goals and values that a logarithm went into, how far from the true number they may be.
    """

    spec: str
    choices: Mapping[str, Shown]
    goals: Mapping[str, Shown]
    values: Mapping[str, Shown]
    constants: frozenset[str]
    evaluation: Evaluation = field(repr=False, compare=False)
    errors: Mapping[str, Fraction] = field(default_factory=dict)

    @cached_property
    def networks(self) -> Mapping[str, Network]:
        """The networks under these choices in order of the text, `t.net` of imports last."""
        return {name: self.evaluation.network(name) for name in self.evaluation.network_names}


@dataclass(frozen=True)
class Answer:
    """The answer to `solve`."""

    status: Status
    choices: Mapping[str, Shown]
    goals: Mapping[str, Shown]
    values: Mapping[str, Shown]
    bound: Mapping[str, Shown]
    proof: Proof
    seconds: float
    architecture: Architecture | None


@dataclass(frozen=True)
class Term:
    """A part of a constraint with the values that it can take at the conflict."""

    text: str
    span: Span
    lo: Shown
    hi: Shown

    @property
    def range(self) -> str:
        """`128`, or `128 .. 256`."""
        lo, hi = shown_text(self.lo), shown_text(self.hi)
        return lo if self.lo == self.hi else f"{lo} .. {hi}"

    def __str__(self) -> str:
        return f"{self.text} is {self.range}"


@dataclass(frozen=True)
class ConflictMember:
    """One instance of a named constraint in a conflict, or a limit that the question set on a goal.

    Its terms, and its reason with the terms filled in, are solved for when they are first read.
    `goal` is the name of the goal that is limited; None for a constraint of the spec.
    """

    name: str
    instance: str
    span: Span
    _told: Callable[[], tuple[str, tuple[Term, ...]]] = field(repr=False, compare=False)
    goal: str | None = None

    @cached_property
    def reason(self) -> str:
        """Why the constraint is there, in the words of the spec."""
        return self._told()[0]

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """What its sides, and what stands in them, can be."""
        return self._told()[1]


@dataclass(frozen=True)
class Change:
    """What a repair does to a question, for whoever carries it out.

    Attributes
    ----------
    kind : str
        `parameter` and `choice` take one of `values`, `drop` leaves out a named constraint.
    name : str
        Of the parameter, choice or constraint.
    values : tuple of Shown
        Any one of them will do.
    """

    kind: str
    name: str
    values: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Repair:
    """One change after which the question has an answer; `verified` by solving it again.

    `action` carries it out; None where the text of the spec would have to change.
    """

    change: str
    verified: bool
    action: Change | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class GoalRepair(Repair):
    """A looser limit on a goal: `needed` is the best value within everything else."""

    goal: str
    needed: Shown


@dataclass(frozen=True)
class ConflictReport:
    """Why nothing fits: a minimal set of named constraints that cannot hold together.

    `members` is empty where the structure of the spec alone (domains, tables, shapes) already has
    no solution. What terms can be and what would mend the conflict are questions of their own,
    asked when they are first read, under the time limit of the conflict.
    """

    members: tuple[ConflictMember, ...]
    proof: Proof
    seconds: float
    _mended: Callable[[], tuple[tuple[Repair, ...], bool]] = field(
        default=lambda: ((), True), repr=False, compare=False
    )
    _others: Callable[[], Iterator[ConflictReport]] = field(
        default=lambda: iter(()), repr=False, compare=False
    )

    def others(self) -> Iterator[ConflictReport]:
        """Every other minimal conflict, each found when it is asked for.

        Raises
        ------
        Stopped
            If the question was stopped before it was known whether there is another one.
        """
        return self._others()

    @cached_property
    def _mending(self) -> tuple[tuple[Repair, ...], bool]:
        return self._mended()

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """Single changes after which something fits, each verified by solving again."""
        return self._mending[0]

    @property
    def repairs_complete(self) -> bool:
        """Whether every single change was tried; else the question was stopped before."""
        return self._mending[1]

    @property
    def constraints(self) -> tuple[str, ...]:
        """Names of the constraints, each once, in order of the text."""
        return tuple(dict.fromkeys(m.name for m in self.members))

    @property
    def instances(self) -> tuple[str, ...]:
        """`name[index]` of each member."""
        return tuple(m.instance for m in self.members)

    @property
    def ranges(self) -> tuple[Span, ...]:
        """Source range of each member."""
        return tuple(m.span for m in self.members)

    @property
    def values(self) -> Mapping[str, str]:
        """What the terms of the members can be, by their text."""
        return {t.text: t.range for m in self.members for t in m.terms}


@dataclass(frozen=True)
class FrontPoint:
    """A non-dominated point; its architecture is evaluated and certified when asked for."""

    goals: Mapping[str, Shown]
    choices: Mapping[str, Shown]
    architecture: Architecture = field(repr=False, compare=False)
