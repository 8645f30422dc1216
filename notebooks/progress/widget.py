"""The live view of a running question."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from archwright.notebooks.faces import Face
from archwright.notebooks.live.view import View
from archwright.solvers.control import Progress

from .picture import STYLES, body, face
from .timeline import Goals, Timeline

APART = 0.15  # seconds between two pictures
LOOKS = 0.5  # seconds between two looks into the search


class ProgressView(View):
    """A listener of one question's progress that shows it, with a button to cancel.

    Parameters
    ----------
    cancel : callable
        Ends the question; called on the thread that the front end's messages come in on.
    goals : Goals, optional
    """

    script = "progress/progress.js"
    styles = STYLES

    def __init__(self, cancel: Callable[[], None], goals: Goals | None = None) -> None:
        self.timeline = Timeline(goals)
        self._cancel = cancel
        self._shown = self._looked = 0.0
        self._cancelled = False
        super().__init__(data=self._state())

    def __call__(self, progress: Progress) -> None:
        """Note a moment; the picture follows a few times a second."""
        now = time.perf_counter()
        look = now - self._looked >= LOOKS
        self.timeline.note(progress, look)
        if look:
            self._looked = time.perf_counter()
        if now - self._shown >= APART:
            self._shown = now
            self.data = self._state()

    def end(self, how: str, seconds: float) -> None:
        """Show how it ended, and no button any more."""
        self.timeline.ended, self.timeline.seconds = how, seconds
        self.data = self._state()

    def receive(self, message: dict[str, Any]) -> None:
        """End the question."""
        if message.get("kind") == "cancel":
            self._cancelled = True
            self._cancel()

    def face(self) -> Face:
        """How far it has come."""
        return face(self.timeline)

    def _state(self) -> dict[str, Any]:
        return {
            "body": body(self.timeline),
            "ended": bool(self.timeline.ended),
            "cancelled": self._cancelled,
        }
