"""What a random spec is made of: values that can be read, where, and questions about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

Facts = frozenset[str]  # conditions that enclose an expression, as text

NO_FACTS: Facts = frozenset()
UNITS = ("", "", "", "B", "us")
SIZES: Mapping[str, tuple[str, ...]] = {
    "": ("0", "1", "2", "3", "5", "7", "0.5", "2.25", "12", "-1"),
    "B": ("1 B", "4 bit", "3 B", "1 KiB", "2 KiB", "0 B"),
    "us": ("1 us", "500 ns", "2.5 us", "3 us", "1 ms", "0 us"),
}
SCALES = {"": "1", "B": "1 B", "us": "1 us"}
WHOLE = ("1", "2", "3", "4", "6")


@dataclass(frozen=True)
class Read:
    """Something that can be read by name, one member where it is a family.

    Attributes
    ----------
    text : str
        How it is read; with `{}` for the index of a family.
    kind : str
        "number", "bool" or the name of an enum.
    values : tuple of str
        All that it can be, as far as it is known.
    needs : frozenset of str
        Conditions that must enclose the reading, with `{}` for an index.
    """

    text: str
    kind: str
    unit: str = ""
    values: tuple[str, ...] = ()
    needs: Facts = NO_FACTS
    members: int = 0

    @property
    def numbers(self) -> list[Fraction]:
        """The values, if they are plain numbers."""
        return [] if self.unit or self.kind != "number" else [Fraction(v) for v in self.values]

    @property
    def whole(self) -> bool:
        """Whether it is surely a whole number."""
        return bool(self.numbers) and all(n.denominator == 1 for n in self.numbers)

    @property
    def positive(self) -> bool:
        """Whether it is surely greater than 0."""
        return bool(self.numbers) and min(self.numbers) > 0

    def at(self, index: str) -> Read:
        """One member of a family."""
        needs = frozenset(n.format(index) for n in self.needs)
        return replace(self, text=self.text.format(index), needs=needs, members=0)


@dataclass(frozen=True)
class Scope:
    """What may be read here."""

    facts: Facts = NO_FACTS
    binders: Mapping[str, int] = field(default_factory=dict)  # each from 1 to this
    formals: tuple[str, ...] = ()

    def under(self, *facts: str) -> Scope:
        """The same under more conditions."""
        return replace(self, facts=self.facts | {*facts})

    def over(self, binder: str, n: int) -> Scope:
        """The same in a loop."""
        return replace(self, binders={**self.binders, binder: n})


@dataclass(frozen=True)
class Table:
    """A table with the choices that its keys take."""

    name: str
    keys: tuple[Read, ...]
    columns: tuple[Read, ...]


@dataclass(frozen=True)
class Question:
    """What the claims of a group have in common: fixed choices and dropped constraints."""

    chosen: Mapping[str, str]
    without: tuple[str, ...]

    def tail(self, parameters: Mapping[str, str] | None = None) -> str:
        """As the end of a claim."""
        fixed = {**self.chosen, **(parameters or {})}
        text = ""
        if fixed:
            text += " with { " + ", ".join(f"{k} = {v}" for k, v in fixed.items()) + " }"
        if self.without:
            text += " without " + ", ".join(self.without)
        return text


@dataclass(frozen=True)
class RandomSpec:
    """A spec with claims; the figures of the claims are made up."""

    text: str
    questions: tuple[Question, ...]
    requires: tuple[str, ...]
    goals: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{self.text}\n# {self.questions}"


def python_value(text: str) -> Any:
    """A value of a claim as Python passes it."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return Fraction(text)
    except ValueError:
        return text
