"""One question's control: time limit, progress after a second, Ctrl-C that keeps the best."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from archwright.solvers.control import Control, Progress


class ProgressLine:
    """A line on a terminal that is rewritten in place; nothing appears in the first second.

    Parameters
    ----------
    stream : file
        Where to write; on anything but a terminal each phase is printed once, on its own line.
    goals : callable
        The texts of the solver's numbers for the first goals, with their names and units.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        after: float = 1.0,
        goals: Callable[[Sequence[int]], Iterable[str]] = lambda numbers: map(str, numbers),
    ) -> None:
        self.stream = stream or sys.stderr
        self.after = after
        self.goals = goals
        self.live = self.stream.isatty()
        self._last = 0.0
        self._phase = ""
        self._shown = False

    def __call__(self, progress: Progress) -> None:
        if progress.seconds < self.after and not progress.phase.startswith("compiling"):
            return
        new = progress.phase != self._phase
        if not new and (not self.live or progress.seconds - self._last < 0.2):
            return
        self._last, self._phase = progress.seconds, progress.phase
        parts = [progress.phase, f"{progress.seconds:.0f} s"]
        if progress.nodes:
            parts.append(f"{progress.nodes:,} nodes".replace(",", "_"))
        if progress.incumbent is not None:
            parts.append(f"best {', '.join(self.goals(progress.incumbent))}")
        if progress.bound is not None:
            parts.append(f"bound {', '.join(self.goals(progress.bound))}")
        text = " · ".join(parts)
        self.stream.write(f"\r\x1b[K{text}" if self.live else f"{text}\n")
        self.stream.flush()
        self._shown = True

    def close(self) -> None:
        """Clear the line, so that the answer starts on a clean one."""
        if self._shown and self.live:
            self.stream.write("\r\x1b[K")
            self.stream.flush()


@contextmanager
def asking(
    time_limit: float | None = None,
    progress: bool | Callable[[Progress], None] | None = None,
    goals: Callable[[Sequence[int]], Iterable[str]] = lambda numbers: map(str, numbers),
) -> Iterator[Control]:
    """A control whose question Ctrl-C ends early instead of losing its answer.

    A second Ctrl-C interrupts as usual. Signals reach only the main thread; elsewhere the control
    is cancelled by its owner.

    Raises
    ------
    ValueError
        If the time limit is negative.
    """
    if time_limit is not None and time_limit < 0:
        raise ValueError(f"a time limit of {time_limit} s: it must not be negative")
    line: ProgressLine | None = None
    listener: Callable[[Progress], None] | None
    if progress is True or (progress is None and sys.stderr.isatty()):
        listener = line = ProgressLine(goals=goals)
    else:
        listener = progress if callable(progress) else None
    control = Control(time_limit=time_limit, progress=listener)

    def interrupt(number: int, frame: FrameType | None) -> None:
        if control.cancelled:
            raise KeyboardInterrupt
        control.cancel()

    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, interrupt) if main else None
    try:
        yield control
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
        if line is not None:
            line.close()
