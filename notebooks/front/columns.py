"""What the axes of a front show: one number and one exact text for every point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log10
from typing import Any, Literal, Protocol

from archwright.dsl.units import Dimension, Quantity, axis_scale, format_alike
from archwright.interpreter.answers import Shown, deviation, shown_text
from archwright.notebooks.svg.scale import Scale

ORDINAL = 24  # so many values of a choice stand at equal distances
DECADES = 3  # positive numbers that span more are shown on a logarithmic axis
INACTIVE = "not there"


class Front(Protocol):
    """The front as the interpreter gives it."""

    complete: bool
    proof: Any

    def __len__(self) -> int: ...
    def goal_vectors(self) -> list[tuple[Shown, ...]]: ...
    def choices(self) -> list[dict[str, Shown]]: ...
    def choices_of(self, i: int) -> dict[str, Shown]: ...
    @property
    def goal_names(self) -> list[str]: ...
    @property
    def senses(self) -> list[str]: ...
    @property
    def errors(self) -> dict[str, Fraction]: ...
    @property
    def choice_names(self) -> list[str]: ...


@dataclass(frozen=True)
class Axis:
    """A goal or a choice of all points.

    Attributes
    ----------
    sense : str
        `minimize` or `maximize`; empty for a choice.
    numbers : tuple of float
        In `unit`, one for each point; of a choice with few values, the place among its values.
    texts : tuple of str
        The exact values, one for each point.
    marks : tuple of (float, str)
        The values of a choice with few; empty where numbers tick the axis.
    error : str
        How far a goal with logarithms may be from the true number.
    """

    name: str
    sense: Literal["minimize", "maximize", ""]
    numbers: tuple[float, ...]
    texts: tuple[str, ...]
    unit: str = ""
    marks: tuple[tuple[float, str], ...] = ()
    error: str = ""
    factor: Fraction = Fraction(1)
    dimension: Dimension | None = None

    @property
    def title(self) -> str:
        """Name and unit: `latency (ms)`."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def positive(self) -> bool:
        """Whether it can be logarithmic."""
        return not self.marks and all(number > 0 for number in self.numbers)

    @property
    def wide(self) -> bool:
        """Whether it should be logarithmic."""
        if not self.numbers or not self.positive:
            return False
        return log10(max(self.numbers)) - log10(min(self.numbers)) > DECADES

    def scale(self, start: float, end: float, log: bool) -> Scale:
        """Its numbers on pixels."""
        if self.marks:
            return Scale(-0.5, len(self.marks) - 0.5, start, end)
        return Scale.over(self.numbers, start, end, log=log and self.positive)

    def exact(self, number: float) -> Shown:
        """A number of the axis as a value of the goal; it is taken as the decimal that is seen."""
        value = Fraction(repr(number)) * self.factor
        return value if self.dimension is None else Quantity(value, self.dimension)


def goal_axis(name: str, sense: Any, values: Sequence[Shown], error: Fraction | None) -> Axis:
    """The axis of a goal."""
    first = values[0] if values else 0
    told = "" if error is None else f"± {deviation(error, first)}"
    if isinstance(first, Quantity):
        amounts = [value.value for value in values if isinstance(value, Quantity)]
        unit = axis_scale(amounts, first.dimension)
        each = list(dict.fromkeys(amounts))  # thousands of points often share a few values
        known = dict(zip(each, format_alike(each, first.dimension), strict=True))
        sizes = {amount: float(amount / unit.factor) for amount in each}
        numbers = tuple(sizes[amount] for amount in amounts)
        texts = tuple(known[amount] for amount in amounts)
        return Axis(name, sense, numbers, texts, unit.name, (), told, unit.factor, first.dimension)
    numbers = tuple(float(_number(value)) for value in values)
    return Axis(name, sense, numbers, tuple(map(_text, values)), error=told)


def choice_axis(name: str, rows: Sequence[dict[str, Shown]]) -> Axis:
    """The axis of a choice; where it is inactive it stands at a place of its own."""
    values = [row.get(name) for row in rows]
    known = list(dict.fromkeys(value for value in values if value is not None))
    texts = tuple(INACTIVE if value is None else _text(value) for value in values)
    plain = all(isinstance(v, int | Fraction | Quantity) and not isinstance(v, bool) for v in known)
    if plain:
        known.sort(key=_number)
    if plain and len(known) > ORDINAL and None not in values:
        axis = goal_axis(name, "", [value for value in values if value is not None], None)
        return axis
    places: dict[Shown | None, int] = {}
    if None in values:
        places[None] = 0
    for value in known:
        places[value] = len(places)
    marks = tuple((float(p), INACTIVE if v is None else _text(v)) for v, p in places.items())
    return Axis(name, "", tuple(float(places[value]) for value in values), texts, marks=marks)


def goals(front: Front) -> list[Axis]:
    """The axes of a front's goals."""
    names, senses, errors = front.goal_names, front.senses, front.errors
    columns = list(zip(*front.goal_vectors(), strict=True)) or [()] * len(names)
    return [
        goal_axis(name, sense, column, errors.get(name))
        for name, sense, column in zip(names, senses, columns, strict=True)
    ]


def _text(value: Shown) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:_}" if abs(value) >= 10_000 else str(value)
    return shown_text(value)


def _number(value: Shown) -> Fraction:
    if isinstance(value, str):
        return Fraction(0)  # names have places, no size
    return value.value if isinstance(value, Quantity) else Fraction(value)
