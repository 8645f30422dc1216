"""What is known of a running question: goals reached and proved over time, speed, closed space."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from archwright.interpreter.answers import Shown
from archwright.solvers.control import Progress


class Aim(Protocol):
    """A goal: whether less is better, or more."""

    @property
    def sense(self) -> str: ...


class Goals(Protocol):
    """The goals of the question, and the solver's numbers for the first of them as values."""

    @property
    def goals(self) -> Sequence[Aim]: ...

    def show_goals(self, numbers: Sequence[int], /) -> Mapping[str, Shown]: ...


MOST = 400  # moments that are kept; then every other one that shows nothing new is forgotten
RECENT = 2.0  # seconds over which the speed is measured


@dataclass(frozen=True)
class Moment:
    """A moment with the first goal's best value and what is proved about it."""

    seconds: float
    best: Shown | None
    bound: Shown | None


@dataclass
class Timeline:
    """The story of one question, told by its progress.

    Parameters
    ----------
    goals : Goals, optional
    """

    goals: Goals | None = None
    phase: str = "starting"
    seconds: float = 0.0
    nodes: int = 0
    best: Mapping[str, Shown] = field(default_factory=dict)
    bound: Mapping[str, Shown] = field(default_factory=dict)
    closed: float | None = None
    failing: Mapping[str, int] = field(default_factory=dict)
    ended: str = ""
    moments: list[Moment] = field(default_factory=list)
    _best: Sequence[int] = ()
    _speed: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, progress: Progress, look: bool = False) -> None:
        """Add a moment; `look` also asks the search for what takes a while to find out."""
        self.phase, self.seconds = progress.phase, progress.seconds
        if progress.nodes:
            self.nodes = progress.nodes
        self._speed.append((progress.seconds, self.nodes))
        while len(self._speed) > 2 and self._speed[1][0] < progress.seconds - RECENT:
            self._speed.popleft()
        if self.goals is not None and progress.incumbent is not None:
            if not self._is_worse(progress.incumbent, self.goals.goals):
                self._best = progress.incumbent
                self.best = self.goals.show_goals(progress.incumbent)
            if progress.bound is not None:
                self.bound = self.goals.show_goals(progress.bound)
        if look and progress.look is not None:
            found = progress.look()
            self.closed, self.failing = found.closed, found.failing
        self._keep(Moment(progress.seconds, _first(self.best), _first(self.bound)))

    def _is_worse(self, numbers: Sequence[int], goals: Sequence[Aim]) -> bool:
        """Whether another engine begins with less than was reached before."""
        for mine, new, goal in zip(self._best, numbers, goals, strict=False):
            if mine != new:
                return (new > mine) == (goal.sense == "minimize")
        return False

    def _keep(self, moment: Moment) -> None:
        if len(self.moments) > 1 and all(self._same(m, moment) for m in self.moments[-2:]):
            self.moments.pop()
        self.moments.append(moment)
        if len(self.moments) > MOST:
            self.moments = self.moments[:-1:2] + self.moments[-1:]

    @staticmethod
    def _same(a: Moment, b: Moment) -> bool:
        return (a.best, a.bound) == (b.best, b.bound)

    @property
    def speed(self) -> float | None:
        """Nodes per second of late; None where nothing is counted."""
        if len(self._speed) < 2:
            return None
        (began, first), (now, last) = self._speed[0], self._speed[-1]
        return (last - first) / (now - began) if now > began and last > first else None

    @property
    def goal(self) -> str:
        """Name of the first goal; empty before there is a value."""
        return next(iter(self.best), "")


def _first(goals: Mapping[str, Shown]) -> Shown | None:
    return next(iter(goals.values()), None)
