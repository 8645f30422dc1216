"""Limits, cancelling and progress: what every long question obeys."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


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
    """

    phase: str
    seconds: float
    nodes: int = 0
    incumbent: tuple[int, ...] | None = None
    bound: tuple[int, ...] | None = None


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

    def report(self, phase: str, nodes: int = 0, **rest: Any) -> None:
        """Tell the listener, if there is one, how far the question has come."""
        if self.progress is not None:
            self.progress(Progress(phase, self.seconds, nodes, **rest))


class Stopped(Exception):
    """A question ended early, and a part of its answer would be false; `partial` says how far."""

    def __init__(self, message: str, partial: object = None) -> None:
        super().__init__(message)
        self.partial = partial
