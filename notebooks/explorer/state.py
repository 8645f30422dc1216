"""What a user has done so far: parameters changed, choices fixed, constraints switched off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from archwright.interpreter.answers import Shown

from .tables import Rows

Inputs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class State:
    """All that distinguishes one moment of an explorer from another.

    Attributes
    ----------
    parameters, tables : mapping of str to Shown, mapping of str to rows
        Those that were changed since the explorer was opened.
    fixed : mapping of str to Shown
        Choices by the name that the spec prints, the most recently touched last.
    off : frozenset of str
        Named constraints that are switched off.
    touched : tuple of str
        Names of choices, the most recently touched first.
    """

    parameters: Mapping[str, Shown] = field(default_factory=dict)
    fixed: Mapping[str, Shown] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    tables: Mapping[str, Rows] = field(default_factory=dict)
    touched: tuple[str, ...] = ()

    def with_fixed(self, choices: Mapping[str, Shown]) -> State:
        """Further choices fixed, or fixed to another value."""
        kept = {name: value for name, value in self.fixed.items() if name not in choices}
        return replace(self, fixed={**kept, **choices}, touched=self._touch(*choices))

    def without(self, *names: str) -> State:
        """Choices released."""
        kept = {name: value for name, value in self.fixed.items() if name not in names}
        return replace(self, fixed=kept, touched=self._touch(*names))

    def toggled(self, name: str) -> State:
        """A constraint switched off, or on again."""
        return replace(self, off=self.off ^ {name})

    def same(self, other: State) -> bool:
        """Whether the same questions have the same answers."""
        return self.inputs == other.inputs and (dict(self.fixed), self.off) == (
            dict(other.fixed),
            other.off,
        )

    @property
    def inputs(self) -> Inputs:
        """What the spec is bound to, to look it up by."""
        told = [(name, str(value)) for name, value in self.parameters.items()]
        told += [(f"{name}()", str(rows)) for name, rows in self.tables.items()]
        return tuple(sorted(told))

    def narrows(self, other: State) -> bool:
        """Whether what is impossible there is impossible here, too."""
        return (
            self.inputs == other.inputs
            and self.off <= other.off
            and other.fixed.items() <= self.fixed.items()
        )

    def _touch(self, *names: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*names, *self.touched)))


@dataclass
class History:
    """States with the way back and forth."""

    now: State
    past: list[State] = field(default_factory=list)
    future: list[State] = field(default_factory=list)

    def go(self, state: State) -> bool:
        """A new state, unless it asks nothing new; whether it did."""
        if state.same(self.now):
            return False
        self.past.append(self.now)
        self.future.clear()
        self.now = state
        return True

    def undo(self) -> bool:
        """One step back; whether there was one."""
        if not self.past:
            return False
        self.future.append(self.now)
        self.now = self.past.pop()
        return True

    def redo(self) -> bool:
        """One step forth; whether there was one."""
        if not self.future:
            return False
        self.past.append(self.now)
        self.now = self.future.pop()
        return True
