"""All solutions of a question, as a sequence: counted, looked up by number, listed when asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from archwright.dsl.dimensions import Dimension, natural_scale
from archwright.interpreter.answers import Shown, shown
from archwright.interpreter.questions import Model
from archwright.interpreter.values import Enumerator, Value
from archwright.solvers.control import Control
from archwright.solvers.numbering import Numbered
from archwright.solvers.planner import Slice

from . import text

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from archwright.interpreter.lower import LoweredChoice


FEW = 1 << 12  # so many solutions are looked up at once
LISTED = 1 << 20  # a longer slice lists all solutions, where that many there are at most


class Solutions(Sequence[dict[str, Shown]]):
    """All solutions, in the order of their choices, as a sequence; none is listed to begin with.

    What is asked for by number is looked up by counting, so that the last of 10¹³ networks costs
    about as much as the first. What is picked by index or slice is evaluated again from the text of
    the spec; iteration and arrays rest on the solver's own referee, since there may be millions.
    Arrays, and long slices of up to a million solutions, list them all.
    """

    def __init__(
        self,
        model: Model,
        ask: Callable[[Callable[[Control], Any]], Any],
        choices: Mapping[str, object] | None = None,
        without: Collection[str] = (),
    ) -> None:
        self._model, self._ask = model, ask
        self._choices, self._without = choices, without
        self._control = Slice()  # of the numbers, which outlive one look into them

    @cached_property
    def total(self) -> int:
        """How many there are, however many."""

        def count(control: Control) -> int:
            return self._model.count(self._choices, without=self._without, control=control)

        return int(self._ask(count))

    def count(self, item: object = None) -> int:
        """How many there are; with an item, how often it occurs."""
        return self.total if item is None else sum(row == item for row in self)

    @cached_property
    def _rows(self) -> np.ndarray[Any, Any]:
        def list_all(control: Control) -> np.ndarray[Any, Any]:
            return self._model.solutions(self._choices, without=self._without, control=control)

        rows: np.ndarray[Any, Any] = self._ask(list_all)
        return rows

    @cached_property
    def _numbered(self) -> Numbered:
        def number(control: Control) -> Numbered:
            self._control.parent = control
            return self._model.numbered(self._choices, without=self._without, control=self._control)

        found: Numbered = self._ask(number)
        return found

    def _some(self, start: int, stop: int) -> np.ndarray[Any, Any]:
        """Consecutive solutions as the solver's integers."""
        if "_rows" in self.__dict__ or (stop - start > FEW and self.total <= LISTED):
            return self._rows[start:stop]
        numbered = self._numbered

        def look_up(control: Control) -> np.ndarray[Any, Any]:
            self._control.parent = control
            return numbered.rows(start, stop)

        rows: np.ndarray[Any, Any] = self._ask(look_up)
        return rows

    def __len__(self) -> int:
        return self.total

    @overload
    def __getitem__(self, i: int) -> dict[str, Shown]: ...
    @overload
    def __getitem__(self, i: slice) -> list[dict[str, Shown]]: ...
    def __getitem__(self, i: int | slice) -> dict[str, Shown] | list[dict[str, Shown]]:
        if not isinstance(i, slice):
            place = i + self.total if i < 0 else i
            if not 0 <= place < self.total:
                raise IndexError(f"there is no solution number {i}: there are {self.total}")
            return self._certified(self._some(place, place + 1)[0])
        wanted = range(*i.indices(self.total))
        if not wanted:
            return []
        if abs(wanted.step) == 1 or self.total <= LISTED:
            first, last = min(wanted[0], wanted[-1]), max(wanted[0], wanted[-1])
            rows = self._some(first, last + 1)[:: abs(wanted.step)]
            return [self._certified(r) for r in rows[:: 1 if wanted.step > 0 else -1]]
        return [self[place] for place in wanted]

    def part(self, start: int, stop: int) -> Solutions:
        """Consecutive solutions, as a sequence of their own."""
        stop = min(stop, self.total)
        return _Part(self, min(start, stop), stop)

    def __iter__(self) -> Iterator[dict[str, Shown]]:
        start = 0
        while start < self.total:
            for row in self._some(start, min(start + FEW, self.total)):
                yield self._row(row)
            start += FEW

    def _certified(self, row: Any) -> dict[str, Shown]:
        return self._model.show_choices(self._model.certify([int(v) for v in row], self._without))

    def _row(self, row: Any) -> dict[str, Shown]:
        lowered = self._model.lowered
        values = lowered.decode([int(v) for v in row])
        return {
            c.key: shown(values[c.key], c.dimension) for c in lowered.choices if c.key in values
        }

    def verify(self) -> int:
        """Evaluate all of them again with Python's integers, every condition in every row.

        Listing checks the order of all rows and the conditions in some of them; this takes some
        seconds for a million. Tells of its progress, and can be stopped.

        Returns
        -------
        int
            How many were checked.

        Raises
        ------
        WrongAnswer
            If a row is out of order, twice there or no solution: a fault of the solver.
        Stopped
            If the time limit came first; `partial` is how many rows were checked.
        """
        rows = self._rows

        def check(control: Control) -> int:
            return self._model.verify(rows, self._choices, without=self._without, control=control)

        return int(self._ask(check))

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """One row per solution, one column per choice in order of declaration.

        Quantities are numbers of their natural unit (bytes, seconds, ...), enumerators positions,
        truth values 0 or 1; an inactive choice has its first value. The array holds int64, or
        float64 where some choice has values that are not whole.
        """
        import numpy as np

        columns = [self._numbers(c) for c in self._model.lowered.choices]
        kind = np.result_type(np.int64, *{c.dtype for c in columns})
        table = np.empty((len(self._rows), len(columns)), kind, order="F")
        for i, column in enumerate(columns):
            table[:, i] = column
        return table

    def to_xarray(self) -> xr.Dataset:
        """One variable per choice along `solution`, with its natural unit in `attrs`.

        Enumerators stand as text, truth values as 0 or 1; inactive choices hold their first value.
        """
        import xarray as xr

        variables = {}
        for choice in self._model.lowered.choices:
            dimension = choice.dimension
            plain = dimension is None or dimension.plain
            units = {} if plain else {"units": natural_scale(dimension).name}
            words = any(isinstance(value, Enumerator) for value in choice.values())
            values = self._words(choice) if words else self._numbers(choice)
            variables[choice.key] = ("solution", values, units)
        return xr.Dataset(variables)

    def _numbers(self, choice: LoweredChoice) -> np.ndarray[Any, Any]:
        """The column of a choice as numbers."""
        import numpy as np

        column: np.ndarray[Any, Any] = self._rows[:, choice.variable]
        numbers = _distinct(column)
        values = [_number(choice.decode(int(n)), choice.dimension) for n in numbers]
        if values == numbers.tolist():
            return column
        places = np.searchsorted(numbers, column)
        whole = all(v.denominator == 1 for v in values)
        kind = np.int64 if whole else np.float64
        shown_as = np.array([int(v) if whole else float(v) for v in values], kind)
        chosen: np.ndarray[Any, Any] = shown_as[places]
        return chosen

    def _words(self, choice: LoweredChoice) -> np.ndarray[Any, Any]:
        """The column of a choice of names as text."""
        import numpy as np

        column = self._rows[:, choice.variable]
        numbers = _distinct(column)
        words = np.array([str(choice.decode(int(n))) for n in numbers], np.str_)
        return np.asarray(words[np.searchsorted(numbers, column)])

    def __repr__(self) -> str:
        names = [c.key for c in self._model.lowered.choices]
        some = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        over = f"{text.counted(len(names), 'choice')} ({some})" if names else "no choices"
        return f"{text.counted(self.total, 'solution')} over {over}"


class _Part(Solutions):
    """Some consecutive solutions of all."""

    def __init__(self, whole: Solutions, start: int, stop: int) -> None:
        super().__init__(whole._model, whole._ask, whole._choices, whole._without)
        self._whole, self._start = whole, start
        self.total = stop - start

    @cached_property
    def _rows(self) -> np.ndarray[Any, Any]:
        rows: np.ndarray[Any, Any] = self._some(0, self.total)
        return rows

    def _some(self, start: int, stop: int) -> np.ndarray[Any, Any]:
        rows: np.ndarray[Any, Any] = self._whole._some(self._start + start, self._start + stop)
        return rows


def _distinct(column: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The values of a column in rising order; those that lie close together need no sorting."""
    import numpy as np

    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    if high - low >= len(column):
        return np.unique(column)
    occurs = np.zeros(high - low + 1, bool)
    occurs[column - low] = True
    return np.flatnonzero(occurs) + low


def _number(value: Value, dimension: Dimension | None) -> Fraction:
    """A value as a number: in its natural unit, a position, or 0 and 1."""
    if isinstance(value, Enumerator):
        return Fraction(value.position)
    if isinstance(value, bool) or dimension is None:
        return Fraction(value)
    return value / natural_scale(dimension).factor
