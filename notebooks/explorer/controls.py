"""What there is to turn in a bound spec: one control for each choice, parameter and constraint."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import TypeAlias

from archwright.dsl import nodes
from archwright.dsl.types import Bool, EnumType, Num
from archwright.dsl.units import PLAIN, Dimension, Quantity
from archwright.dsl.units import unit as unit_named
from archwright.interpreter.answers import Shown, shown, shown_text
from archwright.interpreter.bound import Bound, Deferred, index_text
from archwright.interpreter.card.written import as_written
from archwright.interpreter.constraint_names import ConstraintNames
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.lower import Lowered, LoweredChoice
from archwright.interpreter.values import Value

from .tables import TableControl, tables

BUTTONS = 12  # values that stand side by side; more are a strip, names a menu
SLIDER = 1000  # steps that a slider has words for
Numbers: TypeAlias = range | tuple[int, ...]


@dataclass(frozen=True)
class ChoiceControl:
    """One choice; its values go by place in its declared domain.

    Attributes
    ----------
    kind : str
        `flag`, `buttons`, `menu` (many names) or `strip` (many numbers).
    numbers : range or tuple of int
        The solver's integers of the domain, rising.
    guard : str
        The condition under which it is a choice; empty where it always is.
    """

    key: str
    name: str
    indices: tuple[str, ...]
    kind: str
    numbers: Numbers
    guard: str
    choice: LoweredChoice = field(repr=False, compare=False)

    def value(self, place: int) -> Shown:
        """The value at a place, as Python has it."""
        return shown(self.choice.decode(self.numbers[place]), self.choice.dimension)

    def text(self, place: int) -> str:
        """The same as the spec would write it."""
        item = self.value(place)
        if isinstance(item, int) and not isinstance(item, bool) and abs(item) >= 10_000:
            return f"{item:_}"
        return shown_text(item)

    def place_of(self, number: int) -> int | None:
        """The place of the solver's integer."""
        if isinstance(self.numbers, range):
            inside = number in self.numbers
            return (number - self.numbers.start) // self.numbers.step if inside else None
        at = bisect_left(self.numbers, number)
        return at if at < len(self.numbers) and self.numbers[at] == number else None

    def place(self, value: Value) -> int | None:
        """The place of a value; None where the domain has no such value."""
        number = self.choice.encode(value)
        return None if number is None else self.place_of(number)

    @property
    def size(self) -> int:
        """How many values the domain has."""
        return len(self.numbers)


@dataclass(frozen=True)
class Family:
    """The members of one declaration; a choice without indices is a family of one."""

    name: str
    domain: str
    guard: str
    members: tuple[int, ...]


@dataclass(frozen=True)
class Space:
    """The families of one `space` block."""

    name: str
    families: tuple[Family, ...]


@dataclass(frozen=True)
class ConstraintControl:
    """A named constraint; `reason` is as written, its holes unfilled."""

    name: str
    text: str
    reason: str


@dataclass(frozen=True)
class ParameterControl:
    """One parameter with its values, in the unit in which its domain is written.

    Attributes
    ----------
    kind : str
        `flag`, `menu`, `whole` (a slider over whole numbers), `steps` (a slider over values that
        are listed), `text`.
    texts : tuple of str
        Every value of `flag`, `menu` and `steps`.
    low, high, step : int
        Of `whole`, in `unit`.
    domain : str
        As written.
    now : Shown
        The value that is bound.
    usual : Shown or None
        The default.
    """

    name: str
    kind: str
    domain: str
    now: Shown
    usual: Shown | None
    values: tuple[Shown, ...] = ()
    low: int = 0
    high: int = 0
    step: int = 1
    unit: str = ""
    dimension: Dimension = PLAIN

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The listed values as the spec would write them."""
        return tuple(shown_text(value) for value in self.values)

    def whole(self, number: int) -> Shown:
        """A number of `unit`s as a value."""
        if not self.unit:
            return number
        return Quantity(number * unit_named(self.unit)[0], self.dimension)

    def number(self, value: Shown) -> int:
        """A value of `whole` as the slider's number."""
        if isinstance(value, Quantity):
            return int(value.value / unit_named(self.unit)[0])
        return int(value)


@dataclass(frozen=True)
class Layout:
    """All controls of one bound spec, in order of the text, those of imports last."""

    spec: str
    digest: str
    spaces: tuple[Space, ...]
    choices: tuple[ChoiceControl, ...]
    parameters: tuple[ParameterControl, ...]
    constraints: tuple[ConstraintControl, ...]
    goals: tuple[str, ...]
    tables: tuple[TableControl, ...] = ()

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each choice stands, by key."""
        return {control.key: i for i, control in enumerate(self.choices)}


def layout(lowered: Lowered) -> Layout:
    """The controls of a lowered spec."""
    bound = lowered.bound
    choices = tuple(map(_choice, lowered.choices))
    source = bound.spec.source
    return Layout(
        source.name,
        sha256(source.text.encode()).hexdigest()[:8],
        tuple(_spaces(lowered, choices)),
        choices,
        tuple(_parameters(bound)),
        tuple(_constraints(bound)),
        tuple(f"{goal.sense} {goal.name}" for goal in lowered.goals if goal.named),
        tuple(tables(bound)),
    )


def _choice(choice: LoweredChoice) -> ChoiceControl:
    coding, words = choice.coding, choice.words
    if words and isinstance(choice.decode(coding.numbers[0]), bool):
        kind = "flag"
    elif len(coding.numbers) <= BUTTONS:
        kind = "buttons"
    else:
        kind = "menu" if words else "strip"
    guard = choice.node.guard
    conditional = guard is not None and choice.active.constant != 1
    return ChoiceControl(
        choice.key,
        choice.name,
        tuple(map(index_text, choice.indices)),
        kind,
        coding.numbers,
        as_written(guard) if conditional and guard is not None else "",
        choice,
    )


def _spaces(lowered: Lowered, choices: Sequence[ChoiceControl]) -> Iterator[Space]:
    members: dict[tuple[str, nodes.Choice], list[int]] = {}
    for place, control in enumerate(choices):
        members.setdefault((control.name, control.choice.node), []).append(place)
    for prefix, bound in lowered.bound.walk():
        for item in bound.spec.file.items:
            if not isinstance(item, nodes.Space):
                continue
            families = tuple(
                Family(
                    prefix + node.name.text,
                    as_written(node.domain),
                    "" if node.guard is None else as_written(node.guard),
                    tuple(members[prefix + node.name.text, node]),
                )
                for node in item.choices
                if (prefix + node.name.text, node) in members
            )
            if families:
                yield Space(prefix + item.name.text, families)


def _parameters(bound: Bound) -> Iterator[ParameterControl]:
    for prefix, inner in bound.walk():
        spec = inner.spec
        if prefix and spec.module.startswith("std."):
            continue  # a library's own switches are set where it is imported
        evaluation = Evaluation(inner, {})
        for item in spec.file.items:
            if not isinstance(item, nodes.Param):
                continue
            now = inner.parameters[item.name.text]
            if not isinstance(now, Deferred):
                yield _parameter(evaluation, prefix, item, now)


def _parameter(
    evaluation: Evaluation, prefix: str, item: nodes.Param, value: Value
) -> ParameterControl:
    spec = evaluation.bound.spec
    type_ = spec.types[item]
    dimension = type_.dimension if isinstance(type_, Num) else None
    usual = None
    if item.default is not None:
        default = evaluation.expression(item.default)
        usual = shown(default, dimension)
    name, domain, now = prefix + item.name.text, as_written(item.domain), shown(value, dimension)
    if isinstance(type_, Bool):
        return ParameterControl(name, "flag", domain, now, usual, (False, True))
    if isinstance(type_, EnumType) or not isinstance(item.domain, nodes.Range):
        values = tuple(shown(v, dimension) for v in evaluation.domain(item.domain))
        return ParameterControl(name, "menu", domain, now, usual, values)
    return _range(evaluation, name, item.domain, now, usual, dimension or PLAIN)


def _range(
    evaluation: Evaluation,
    name: str,
    domain: nodes.Range,
    now: Shown,
    usual: Shown | None,
    dimension: Dimension,
) -> ParameterControl:
    lo, hi = evaluation.number(domain.lo), evaluation.number(domain.hi)
    step = Fraction(1) if domain.step is None else evaluation.number(domain.step)
    text = as_written(domain)
    if domain.step is None and not dimension.plain:
        return ParameterControl(name, "text", text, now, usual, dimension=dimension)
    written = [e for e in (domain.step, domain.lo, domain.hi) if isinstance(e, nodes.Quantity)]
    unit = min((e.unit for e in written), key=lambda u: unit_named(u)[0], default="")
    factor = Fraction(1) if dimension.plain or not unit else unit_named(unit)[0]
    ends = [v / factor for v in (lo, hi, step)]
    if all(v.denominator == 1 for v in ends) and (unit or dimension.plain):
        low, high, by = map(int, ends)
        return ParameterControl(name, "whole", text, now, usual, (), low, high, by, unit, dimension)
    if (hi - lo) / step <= SLIDER:
        values = tuple(shown(v, dimension) for v in evaluation.domain(domain))
        return ParameterControl(name, "steps", text, now, usual, values, dimension=dimension)
    return ParameterControl(name, "text", text, now, usual, dimension=dimension)


def _constraints(bound: Bound) -> Iterator[ConstraintControl]:
    told = set()
    for prefix, inner in bound.walk():
        for name, node in inner.spec.requires.items():
            if prefix and inner.spec.module.startswith("std."):
                continue
            body = as_written(node.body) + (f" for each {_where(node)}" if node.binders else "")
            reason = "" if node.reason is None else node.reason.value
            told.add(prefix + name)
            yield ConstraintControl(prefix + name, body, reason)
    for name in ConstraintNames.of(bound):
        if name not in told:
            yield ConstraintControl(name, "", "")


def _where(node: nodes.Require) -> str:
    each = ", ".join(map(as_written, node.binders))
    return each + (f" where {as_written(node.where)}" if node.where is not None else "")
