"""All solutions of a question, as a sequence that is listed when first looked into."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from archwright.dsl.dimensions import Dimension, natural_scale
from archwright.interpreter.answers import Shown, shown
from archwright.interpreter.questions import Model
from archwright.interpreter.values import Enumerator, Value

from . import text

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from archwright.interpreter.lower import LoweredChoice


class Solutions(Sequence[dict[str, Shown]]):
    """All solutions, in the order of their choices; listed when first looked into.

    `len` and `count` come before anything is listed. What is picked by index or slice is evaluated
    again from the text of the spec; iteration and arrays rest on the solver's own referee, since
    there may be millions.
    """

    def __init__(self, model: Model, ask: Any, without: Collection[str] = ()) -> None:
        self._model, self._ask, self._without = model, ask, without

    @cached_property
    def total(self) -> int:
        """How many there are, however many."""
        return int(self._ask("count"))

    def count(self, item: object = None) -> int:
        """How many there are; with an item, how often it occurs."""
        return self.total if item is None else sum(row == item for row in self)

    @cached_property
    def _rows(self) -> np.ndarray[Any, Any]:
        rows: np.ndarray[Any, Any] = self._ask("list")
        return rows

    def __len__(self) -> int:
        return self.total

    @overload
    def __getitem__(self, i: int) -> dict[str, Shown]: ...
    @overload
    def __getitem__(self, i: slice) -> list[dict[str, Shown]]: ...
    def __getitem__(self, i: int | slice) -> dict[str, Shown] | list[dict[str, Shown]]:
        if isinstance(i, slice):
            return [self._certified(r) for r in self._rows[i]]
        return self._certified(self._rows[i])

    def __iter__(self) -> Iterator[dict[str, Shown]]:
        return (self._row(r) for r in self._rows)

    def _certified(self, row: Any) -> dict[str, Shown]:
        return self._model.show_choices(self._model.certify([int(v) for v in row], self._without))

    def _row(self, row: Any) -> dict[str, Shown]:
        lowered = self._model.lowered
        values = lowered.decode([int(v) for v in row])
        return {
            c.key: shown(values[c.key], c.dimension) for c in lowered.choices if c.key in values
        }

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

        Enumerators stand as text; inactive choices hold their first value.
        """
        import xarray as xr

        variables = {}
        for choice in self._model.lowered.choices:
            unit = None if choice.dimension is None else natural_scale(choice.dimension).name
            values = self._words(choice) if choice.words else self._numbers(choice)
            variables[choice.key] = ("solution", values, {"units": unit} if unit else {})
        return xr.Dataset(variables)

    def _numbers(self, choice: LoweredChoice) -> np.ndarray[Any, Any]:
        """The column of a choice as numbers."""
        import numpy as np

        numbers, places = np.unique(self._rows[:, choice.variable], return_inverse=True)
        values = [_number(choice.decode(int(n)), choice.dimension) for n in numbers]
        whole = all(v.denominator == 1 for v in values)
        kind = np.int64 if whole else np.float64
        return np.array([int(v) if whole else float(v) for v in values], kind)[places]

    def _words(self, choice: LoweredChoice) -> np.ndarray[Any, Any]:
        """The column of a choice of names as text."""
        import numpy as np

        numbers, places = np.unique(self._rows[:, choice.variable], return_inverse=True)
        return np.array([str(choice.decode(int(n))) for n in numbers], np.str_)[places]

    def __repr__(self) -> str:
        names = [c.key for c in self._model.lowered.choices]
        some = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        over = f"{text.counted(len(names), 'choice')} ({some})" if names else "no choices"
        return f"{text.counted(self.total, 'solution')} over {over}"


def _number(value: Value, dimension: Dimension | None) -> Fraction:
    """A value as a number: in its natural unit, a position, or 0 and 1."""
    if isinstance(value, Enumerator):
        return Fraction(value.position)
    if isinstance(value, bool) or dimension is None:
        return Fraction(value)
    return value / natural_scale(dimension).factor
