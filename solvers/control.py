"""Limits, cancelling and progress: what every long question obeys."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar

Item = TypeVar("Item")

PACE = 0.01  # seconds that a slice of compiled work should take
LOOK = 64  # items of a long Python loop between two looks at the control


@dataclass(frozen=True)
class Progress:
    """A moment of a running question.

    Parameters
    ----------
    phase : str
        What is being done, in words for the user ("compiling the solver", "proving the optimum").
    seconds : float
        Since the question was asked.
    nodes : int
        Search nodes or diagram states so far.
    incumbent, bound : tuple of int or None
        Best goal values so far and what is proved about them, where they apply.
    look : callable or None
        Gives more about the search; only while the listener is being told.
    """

    phase: str
    seconds: float
    nodes: int = 0
    incumbent: tuple[int, ...] | None = None
    bound: tuple[int, ...] | None = None
    look: Callable[[], Look] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Look:
    """What takes a moment to find out about a running search.

    Parameters
    ----------
    closed : float
        The share of all assignments that is refuted or searched, 0 to 1. Since the search last
        began anew: a restart keeps only what it refuted at the root.
    failing : mapping of str to int
        How often propagation failed, by named constraint, most often first.
    """

    closed: float
    failing: Mapping[str, int]


@dataclass
class Control:
    """One question's limits; engines look at `stopped` at least every 20 ms or so.

    Compiled code runs in slices that return to Python, without the GIL; between two slices the
    engine asks `stopped` and calls `report`.

    Raises
    ------
    ValueError
        If the time limit is negative, or no number.
    """

    time_limit: float | None = None
    progress: Callable[[Progress], None] | None = None
    started: float = field(default_factory=time.perf_counter)
    cancelled: bool = False

    def __post_init__(self) -> None:
        if self.time_limit is not None and not self.time_limit >= 0:
            raise ValueError(f"a time limit of {self.time_limit} s: it must not be negative")

    def cancel(self) -> None:
        """Ask the running question to end; may be called from another thread."""
        self.cancelled = True

    @property
    def seconds(self) -> float:
        """Time since the question was asked."""
        return time.perf_counter() - self.started

    @property
    def stopped(self) -> bool:
        """Whether the engine should return what it has."""
        return self.cancelled or (self.time_limit is not None and self.seconds > self.time_limit)

    def check(self, doing: str) -> None:
        """Raise `Stopped` if the question is to end."""
        if self.stopped:
            raise Stopped(f"stopped while {doing}")

    def watch(self, items: Iterable[Item], doing: str) -> Iterator[Item]:
        """The items, with a look at the control after every few of them."""
        for number, item in enumerate(items, 1):
            yield item
            if not number % LOOK:
                self.check(doing)

    def report(self, phase: str, nodes: int = 0, **rest: Any) -> None:
        """Tell the listener, if there is one, how far the question has come."""
        if self.progress is not None:
            self.progress(Progress(phase, self.seconds, nodes, **rest))


@dataclass
class Cancellable(Control):
    """A control that also ends when an event of its owner is set."""

    event: threading.Event | None = None

    @property
    def stopped(self) -> bool:
        """Whether the engine should return what it has."""
        return super().stopped or (self.event is not None and self.event.is_set())


class Stopped(Exception):
    """A question ended early, and a part of its answer would be false; `partial` says how far."""

    def __init__(self, message: str, partial: object = None) -> None:
        super().__init__(message)
        self.partial = partial


class Pace:
    """How much compiled code is given to do at a time, so that it comes back after `PACE`.

    Attributes
    ----------
    work : int
        For the next slice, in whatever unit the code counts; `with pace:` times a slice.
    """

    def __init__(self, work: int, least: int = 16) -> None:
        self.work = work
        self.least = least
        self.began = 0.0

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        seconds = time.perf_counter() - self.began
        self.work = max(self.least, int(self.work * PACE / max(seconds, PACE / 4)))
