"""What a user picked of a front: a point, and ranges of axes; every chart of the front shows it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from .columns import Axis

Range: TypeAlias = tuple[float, float]


class Picked:
    """The selected point and the brushed ranges of one front; safe to use from several threads.

    Parameters
    ----------
    size : int
        How many points there are.
    axis : callable
        The axis of a goal or choice by name; raises `KeyError` for another name.
    """

    def __init__(self, size: int, axis: Callable[[str], Axis]) -> None:
        self.size, self._axis = size, axis
        self._lock = threading.RLock()
        self._selected: int | None = None
        self._ranges: dict[str, Range] = {}
        self._listeners: list[Callable[[], None]] = []

    @property
    def selected(self) -> int | None:
        """The number of the selected point."""
        return self._selected

    @property
    def ranges(self) -> dict[str, Range]:
        """The brushed range of each axis, in its numbers."""
        with self._lock:
            return dict(self._ranges)

    def select(self, index: int | None) -> None:
        """Select a point, counted from the end where the number is negative, or none.

        Raises
        ------
        IndexError
            If there is no such point.
        """
        chosen = None if index is None else range(self.size)[index]
        with self._lock:
            if chosen == self._selected:
                return
            self._selected = chosen
        self._tell()

    def brush(self, ranges: Mapping[str, Range]) -> None:
        """Brush these ranges and no others.

        Raises
        ------
        KeyError
            If there is no axis of a name.
        """
        for name in ranges:
            self._axis(name)
        wanted = {name: (min(ends), max(ends)) for name, ends in ranges.items()}
        with self._lock:
            if wanted == self._ranges:
                return
            self._ranges = wanted
        self._tell()

    def brushed(self) -> Collection[int]:
        """The points within every brushed range; all of them where nothing is brushed."""
        inside: Collection[int] = range(self.size)
        for name, (low, high) in self.ranges.items():
            numbers = self._axis(name).numbers
            inside = [i for i in inside if low <= numbers[i] <= high]
        return inside

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change; what is given back ends that."""
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    def _tell(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()
