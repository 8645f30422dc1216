"""Tables of a problem: finite functions on integers, small ones as rows, large ones as arrays.

Small tables are stated and looked up without numpy, which is imported when an array is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 4096  # rows of a table that are gone through in Python


class Table:
    """A finite function from key tuples to value tuples, all integers.

    Attributes
    ----------
    keys, columns : int
        How many numbers a key and a value have.
    key_array, value_array : arrays of int64, shapes (rows, keys) and (rows, columns)
        The same rows; of Python integers where 64 bits do not hold them.
    """

    def __init__(
        self,
        number: int,
        rows: Mapping[tuple[int, ...], tuple[int, ...]] | None = None,
        arrays: tuple[NDArray[Any], NDArray[Any]] | None = None,
    ) -> None:
        self.number = number
        self._defaults: dict[int, int] = {}
        if arrays is None:
            self.rows = dict(rows or {})
            self._size = len(self.rows)
            shapes = {(len(k), len(v)) for k, v in self.rows.items()}
        else:
            self.key_array, self.value_array = arrays
            self._size = len(self.key_array)
            shapes = {(self.key_array.shape[1], self.value_array.shape[1])}
        if not self._size:
            raise ModelError("a table needs at least one row")
        if len(shapes) != 1:
            raise ModelError("the rows of a table differ in length")
        self.keys, self.columns = shapes.pop()

    def __len__(self) -> int:
        return self._size

    @cached_property
    def rows(self) -> dict[tuple[int, ...], tuple[int, ...]]:
        """The rows by key."""
        keys, values = self.key_array.tolist(), self.value_array.tolist()
        return dict(zip(map(tuple, keys), map(tuple, values), strict=True))

    @cached_property
    def key_array(self) -> NDArray[Any]:
        """The keys, one row each."""
        return _array(list(self.rows), self.keys)

    @cached_property
    def value_array(self) -> NDArray[Any]:
        """The values, one row each."""
        return _array(list(self.rows.values()), self.columns)

    def row(self, key: Sequence[int]) -> tuple[int, ...] | None:
        """The values of a key, or None."""
        if "rows" in self.__dict__:
            return self.rows.get(tuple(key))
        import numpy as np

        places = np.flatnonzero((self.key_array == np.array(key)).all(axis=1))
        return tuple(self.value_array[places[0]].tolist()) if len(places) else None

    def default(self, column: int) -> int:
        """What a look-up gives for keys without a row: the least value of the column."""
        if column not in self._defaults:
            if len(self) > FEW:
                self._defaults[column] = int(self.value_array[:, column].min())
            else:
                self._defaults[column] = min(row[column] for row in self.rows.values())
        return self._defaults[column]

    def extent(self, column: int, ends: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
        """The least and largest value of a column where all keys are within some bounds, and of
        how many rows; the default twice and 0 where there is none.
        """
        if len(self) > FEW:
            import numpy as np

            inside = np.ones(len(self), bool)
            for place, (lo, hi) in enumerate(ends):
                keys = self.key_array[:, place]
                inside &= np.asarray((keys >= lo) & (keys <= hi), bool)
            values: Any = self.value_array[inside, column]
        else:
            values = [
                row[column]
                for key, row in self.rows.items()
                if all(lo <= k <= hi for k, (lo, hi) in zip(key, ends, strict=True))
            ]
        if not len(values):
            return self.default(column), self.default(column), 0
        if len(self) > FEW:
            return int(values.min()), int(values.max()), len(values)
        return min(values), max(values), len(values)


def _array(rows: list[tuple[int, ...]], width: int) -> NDArray[Any]:
    import numpy as np

    try:
        return np.array(rows, np.int64).reshape(len(rows), width)
    except OverflowError:
        return np.array(rows, object).reshape(len(rows), width)
