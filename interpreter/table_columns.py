"""Tables in memory: columns of whole numbers with a scale, and the rows seen through them.

A million rows are a few arrays, not a million tuples of fractions. Who asks for one row at a time
(the exact evaluator) looks through `rows`; who asks for many (the lowering) reads `codes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .values import Enumerator, Value

Key: TypeAlias = tuple[Value, ...]
Codes: TypeAlias = NDArray[Any]  # int64, or Python integers in an object array
ROOM = 2**62


def whole(numbers: Sequence[int]) -> Codes:
    """Integers as an array: of int64 where all fit with room to spare, else of Python objects."""
    if numbers and max(max(numbers), -min(numbers)) >= ROOM:
        wide = np.empty(len(numbers), object)
        wide[:] = numbers
        return wide
    return np.array(numbers, np.int64)


@dataclass(frozen=True, eq=False)
class Column:
    """Cells of one kind, one after another.

    Attributes
    ----------
    codes : array of int64, or of Python integers where these do not fit, shape (rows,)
        Numbers in units of `scale`, places of enumerators, or 0 and 1.
    scale : Fraction or None
        What 1 stands for, in base units; None where the cells are no numbers.
    members : tuple of Enumerator
        The whole enum, in order; empty where the cells are no enumerators.
    """

    codes: Codes
    scale: Fraction | None = None
    members: tuple[Enumerator, ...] = ()

    @classmethod
    def of(cls, values: Sequence[Value], members: tuple[Enumerator, ...] = ()) -> Column:
        """A column of values that are all of one kind; of numbers where there is none."""
        if members:
            places = [v.position for v in values if isinstance(v, Enumerator)]
            return cls(whole(places), None, members)
        if values and isinstance(values[0], bool):
            return cls(whole([int(bool(v)) for v in values]))
        numbers = [v for v in values if isinstance(v, Fraction)]
        below = lcm(*{n.denominator for n in numbers})
        codes = whole([n.numerator * (below // n.denominator) for n in numbers])
        return cls(codes, Fraction(1, below))

    def __len__(self) -> int:
        return len(self.codes)

    def value(self, row: int) -> Value:
        """The value in a row, counted from 0."""
        return self.decode(int(self.codes[row]))

    def decode(self, code: int) -> Value:
        """What a code stands for."""
        if self.scale is not None:
            return code * self.scale
        return self.members[code] if self.members else bool(code)

    def code(self, value: Value) -> int | None:
        """The code of a value; None where no cell of this column can hold it."""
        if isinstance(value, bool):
            return None if self.scale is not None or self.members else int(value)
        if isinstance(value, Enumerator):
            mine = self.members and value.enum == self.members[0].enum
            return value.position if mine else None
        quotient = None if self.scale is None else value / self.scale
        return quotient.numerator if quotient is not None and quotient.denominator == 1 else None

    def part(self, rows: Codes) -> Column:
        """The same column with some of its rows."""
        return Column(self.codes[rows], self.scale, self.members)


class Finder:
    """Finds the rows that have some codes in some columns, by halving sorted columns.

    Attributes
    ----------
    order : array of int64, shape (rows,)
        The rows in rising order of their codes; equal ones stay in order of the table.
    """

    def __init__(self, columns: Sequence[Codes]) -> None:
        rising = _rising(columns)
        self.order: Codes = np.arange(len(columns[0])) if rising else _order(columns)
        self._sorted = list(columns) if rising else [c[self.order] for c in columns]

    def rows(self, codes: Sequence[int]) -> Codes:
        """The rows with these codes, in order of the table."""
        low, high = 0, len(self.order)
        for column, code in zip(self._sorted, codes, strict=True):
            if column.dtype != object and not -ROOM < code < ROOM:
                return self.order[:0]
            part = column[low:high]
            high = low + int(np.searchsorted(part, code, "right"))
            low += int(np.searchsorted(part, code, "left"))
        return self.order[low:high]

    def repeated(self) -> tuple[int, int] | None:
        """The first row whose codes stand in an earlier row already: that row, and this one."""
        same = np.ones(max(0, len(self.order) - 1), bool)
        for column in self._sorted:
            same &= np.asarray(column[1:] == column[:-1], bool)
        places = np.flatnonzero(same)
        if not len(places):
            return None
        place = places[np.argmin(self.order[places + 1])]
        return int(self.order[place]), int(self.order[place + 1])


def _rising(columns: Sequence[Codes]) -> bool:
    """Whether the rows are in strictly rising order as they stand."""
    undecided = np.ones(max(0, len(columns[0]) - 1), bool)
    for column in columns:
        if (undecided & (column[1:] < column[:-1])).any():
            return False
        undecided &= np.asarray(column[1:] == column[:-1], bool)
    return not undecided.any()


def _order(columns: Sequence[Codes]) -> Codes:
    """The rows in rising order; by one number for each row where that has room."""
    ranked = [np.unique(c, return_inverse=True)[1] if c.dtype == object else c for c in columns]
    if not len(ranked[0]):
        return np.arange(0)
    code, room = np.zeros(len(ranked[0]), np.int64), 1
    for column in ranked:
        low, high = int(column.min()), int(column.max())
        room *= high - low + 1
        if room >= ROOM:
            return np.lexsort(ranked[::-1])
        code = code * (high - low + 1) + (column - low)
    return np.argsort(code, kind="stable")


class Rows(Mapping[Key, tuple[Value, ...]]):
    """The rows of a table by key, worked out when looked at."""

    def __init__(self, table: BoundTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table.keys[0])

    def __iter__(self) -> Iterator[Key]:
        keys = self._table.keys
        return (tuple(c.value(i) for c in keys) for i in range(len(self)))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and self._table.row(key) is not None

    def __getitem__(self, key: Key) -> tuple[Value, ...]:
        row = self._table.row(key)
        if row is None:
            raise KeyError(key)
        return tuple(column.value(row) for column in self._table.values)

    def __repr__(self) -> str:
        return f"<{len(self)} rows>"


@dataclass(frozen=True, eq=False)
class BoundTable:
    """A finite function, by columns; all values are in base units.

    Attributes
    ----------
    key_names, value_names : tuple of str
    partial : bool
        Whether missing rows forbid choices.
    keys, values : tuple of Column
        One for each name; no two rows have the same keys.
    """

    name: str
    key_names: tuple[str, ...]
    value_names: tuple[str, ...]
    partial: bool
    keys: tuple[Column, ...] = field(repr=False)
    values: tuple[Column, ...] = field(repr=False)
    _finders: dict[tuple[int, ...], Finder] = field(default_factory=dict, repr=False)

    @cached_property
    def rows(self) -> Rows:
        """The rows by key, as a read-only mapping."""
        return Rows(self)

    def __len__(self) -> int:
        return len(self.keys[0])

    def finder(self, places: Sequence[int]) -> Finder:
        """What finds rows by some of the keys, made once."""
        key = tuple(places)
        if key not in self._finders:
            self._finders[key] = Finder([self.keys[i].codes for i in key])
        return self._finders[key]

    def some(self, known: Mapping[int, Value]) -> Codes:
        """The rows, in order, in which some keys have these values."""
        codes = [self.keys[i].code(value) for i, value in known.items()]
        if any(c is None for c in codes):
            return np.arange(0)
        return self.finder(tuple(known)).rows([c for c in codes if c is not None])

    def row(self, key: Key) -> int | None:
        """The row with a key, counted from 0; None where there is none."""
        if len(key) != len(self.keys):
            return None
        found = self.some(dict(enumerate(key)))
        return int(found[0]) if len(found) else None
