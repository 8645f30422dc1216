"""Families whose members read one another, worked out without going deep into Python's stack.

A member that is not known is worked out where it is read, up to a few levels; from there on it is
worked out first, from the outside, and its readers start again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .bound import Key, key_text

LEVELS = 16
SHOWN = 4  # members at either end of a long cycle

Told = TypeVar("Told")


class TooDeepHere(Exception):
    """A member must be worked out before those that read it.

    Attributes
    ----------
    way : tuple of Key
        The members from the outermost one to the one that reads it.
    work : callable
        Works it out, and keeps its value.
    """

    def __init__(self, key: Key, way: tuple[Key, ...], work: Callable[[], object]) -> None:
        super().__init__("a member was read too many levels deep")
        self.key, self.way, self.work = key, way, work


class Cycle(Exception):
    """A member depends on itself.

    Attributes
    ----------
    keys : tuple of Key
        From a member back to itself.
    """

    def __init__(self, keys: tuple[Key, ...]) -> None:
        super().__init__("a member of a family depends on itself")
        self.keys = keys

    def text(self, name: str) -> str:
        """The members in the order in which each reads the next."""
        texts = [key_text(name, key) for key in self.keys]
        if len(texts) > 2 * SHOWN:
            texts[SHOWN:-SHOWN] = ["…"]
        return " -> ".join(texts)


@dataclass
class Recurrence:
    """The members of one family that are being worked out.

    Attributes
    ----------
    way : dict of Key
        Those, in the order in which each was read by the one before.
    level : int
        How many of them stand on Python's stack.
    """

    way: dict[Key, None] = field(default_factory=dict)
    level: int = 0

    def work_out(self, key: Key, work: Callable[[], Told]) -> Told:
        """The value of a member that is not known yet.

        Parameters
        ----------
        key : Key
        work : callable
            Works it out by reading others, and keeps its value.

        Raises
        ------
        Cycle
            If it depends on itself.
        """
        if key in self.way:
            keys = [*self.way]
            raise Cycle((*keys[keys.index(key) :], key))
        if self.level == LEVELS:
            raise TooDeepHere(key, tuple([*self.way][-LEVELS:]), work)
        return self._nested(key, work) if self.level else self._outermost(key, work)

    def _nested(self, key: Key, work: Callable[[], Told]) -> Told:
        self.way[key] = None
        self.level += 1
        try:
            return work()
        finally:
            self.level -= 1
            del self.way[key]

    def _outermost(self, key: Key, work: Callable[[], Told]) -> Told:
        waiting: list[tuple[int, Key, Callable[[], Any]]] = []
        at, now = 0, key  # how much of the way is that of those that wait
        needed: Callable[[], Any] = work
        while True:
            try:
                value: Told = self._nested(now, needed)
            except TooDeepHere as deep:
                waiting.append((at, now, needed))
                at = len(self.way)
                self.way.update(dict.fromkeys(deep.way))
                now, needed = deep.key, deep.work
            except BaseException:
                self.way.clear()
                raise
            else:
                if not waiting:
                    return value
                while len(self.way) > at:
                    self.way.popitem()
                at, now, needed = waiting.pop()  # which starts again
