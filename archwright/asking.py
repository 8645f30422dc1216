"""One question's control: time limit, progress after a second, Ctrl-C that keeps the best."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from math import inf
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from archwright.interpreter.answers import Shown
from archwright.notebooks.progress.timeline import Goals
from archwright.solvers.control import Cancellable, Control, Progress

from .text import value as value_text

APART = 5.0  # seconds


if TYPE_CHECKING:
    from archwright.notebooks.progress.widget import ProgressView


class ProgressLine:
    """A line on a terminal that is rewritten in place; nothing appears in the first second.

    Parameters
    ----------
    stream : file
        Where to write; on anything but a terminal each phase is printed at most once, on its own
        line, and lines are at least `APART` seconds apart.
    goals : Goals, optional
        The solver's numbers for the first goals as values with their names and units; the solver's
        own numbers are never shown.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        after: float = 1.0,
        goals: Goals | None = None,
    ) -> None:
        self.stream = stream or sys.stderr
        self.after = after
        self.goals = goals
        self.live = self.stream.isatty()
        self._last = 0.0
        self._told: set[str] = set()
        self._shown = False

    def __call__(self, progress: Progress) -> None:
        compiling = progress.phase.startswith("compiling")
        if progress.seconds < self.after and not compiling:
            return
        passed = progress.seconds - self._last
        if self._shown and not compiling and 0 <= passed < (0.2 if self.live else APART):
            return
        if progress.phase in self._told and not self.live:
            return
        self._last = progress.seconds
        self._told.add(progress.phase)
        parts = [progress.phase] if compiling else [progress.phase, f"{progress.seconds:.0f} s"]
        if progress.nodes:
            parts.append(f"{progress.nodes:,} nodes".replace(",", "_"))
        if progress.incumbent is not None and self.goals is not None:
            parts.append(f"best {_text(self.goals.show_goals(progress.incumbent))}")
        if progress.bound is not None and self.goals is not None:
            parts.append(f"bound {_text(self.goals.show_goals(progress.bound))}")
        text = " · ".join(parts)
        self.stream.write(f"\r\x1b[K{text}" if self.live else f"{text}\n")
        self.stream.flush()
        self._shown = True

    def close(self) -> None:
        """Clear the line, so that the answer starts on a clean one."""
        if self._shown and self.live:
            self.stream.write("\r\x1b[K")
            self.stream.flush()


def _text(reached: Mapping[str, Shown]) -> str:
    return ", ".join(f"{name} {value_text(value)}" for name, value in reached.items())


@contextmanager
def unrolling(progress: bool | Callable[[Progress], None] | None) -> Iterator[None]:
    """Work before there is a question, which Ctrl-C interrupts; told where it takes a second."""
    shown = progress is True or (progress is None and sys.stderr.isatty())
    line = ProgressLine() if shown else None
    tell = line or (progress if callable(progress) else None)
    done, started = threading.Event(), time.perf_counter()

    def watch() -> None:
        while tell is not None and not done.wait(1):
            tell(Progress("unrolling", time.perf_counter() - started))

    watcher = threading.Thread(target=watch, daemon=True)
    if tell is not None:
        watcher.start()
    try:
        yield
    finally:
        done.set()
        if tell is not None:
            watcher.join()
        if line is not None:
            line.close()


@contextmanager
def asking(
    time_limit: float | None = None,
    progress: bool | Callable[[Progress], None] | None = None,
    goals: Goals | None = None,
    cancel: threading.Event | None = None,
) -> Iterator[Control]:
    """A control whose question Ctrl-C ends early instead of losing its answer.

    Without a terminal, and if `progress` does not say otherwise, stderr tells of compiling alone.
    A second Ctrl-C interrupts as usual. Signals reach only the main thread; in any other, and
    there, too, `cancel` ends the question as soon as it is set.

    Raises
    ------
    ValueError
        If the time limit is negative.
    """
    if time_limit is not None and time_limit < 0:
        raise ValueError(f"a time limit of {time_limit} s: it must not be negative")
    line: ProgressLine | None = None
    listener: Callable[[Progress], None] | None
    control = Cancellable(time_limit, event=cancel)
    view = _view(control, goals) if progress is True else None
    if view is not None:
        listener = view
    elif progress is True or (progress is None and sys.stderr.isatty()):
        listener = line = ProgressLine(goals=goals)
    elif progress is None:
        listener = line = ProgressLine(after=inf)
    else:
        listener = progress if callable(progress) else None
    control.progress = listener

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
        if view is not None:
            view.end(_ending(control), control.seconds)


def _ending(control: Cancellable) -> str:
    cancelled = control.cancelled or (control.event is not None and control.event.is_set())
    return "cancelled" if cancelled else "stopped by the time limit" if control.stopped else "done"


def _view(control: Control, goals: Goals | None) -> ProgressView | None:
    """The live view, displayed, where a notebook's kernel runs this; None elsewhere."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if not hasattr(shell, "kernel") or find_spec("anywidget") is None:
        return None
    from IPython import display

    from archwright.notebooks.progress.widget import ProgressView

    view = ProgressView(control.cancel, goals)
    show: Any = display.display
    show(view)
    return view
