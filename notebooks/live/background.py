"""Work beside the kernel: one thread, the newest request, and a flag that ends the one before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

Work: TypeAlias = Callable[[threading.Event], None]


class Background:
    """Does the newest work on a thread of its own; a newer request cancels the one that runs.

    Work is called with an event that is set once its result is no longer wanted; passed on as
    `cancel=` to a question it ends within milliseconds. Work that raises ends alone: what it
    raised is given to `failed`. The thread ends when there is nothing to do, so that nothing has to
    be closed.

    Parameters
    ----------
    failed : callable
        Called on the thread with what work raised.
    """

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._lock = threading.Lock()
        self._next: tuple[Work, threading.Event] | None = None
        self._now: threading.Event | None = None
        self._idle = threading.Event()
        self._idle.set()

    def ask(self, work: Work) -> threading.Event:
        """Cancel what runs and do this next; the event that cancels it."""
        stop = threading.Event()
        with self._lock:
            if self._now is not None:
                self._now.set()
            if self._next is not None:
                self._next[1].set()
            self._next = (work, stop)
            if self._idle.is_set():
                self._idle.clear()
                threading.Thread(target=self._run, name="archwright", daemon=True).start()
        return stop

    def cancel(self) -> None:
        """End what runs, and forget what waits."""
        with self._lock:
            if self._now is not None:
                self._now.set()
            if self._next is not None:
                self._next[1].set()
                self._next = None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until there is nothing left to do; whether that came in time."""
        return self._idle.wait(seconds)

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._next is None:
                    self._now = None
                    self._idle.set()
                    return
                work, self._now = self._next
                self._next = None
            try:
                work(self._now)
            except Exception as error:  # told to whoever asked; the thread goes on
                self._failed(error)
