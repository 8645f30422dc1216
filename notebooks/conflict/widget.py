"""The live conflict panel."""

from __future__ import annotations

from typing import Any

from archwright.notebooks.answer import shown as answer
from archwright.notebooks.faces import Face
from archwright.notebooks.live.background import Background
from archwright.notebooks.live.view import View

from .panel import Panel
from .shown import STYLES


class ConflictPanel(View):
    """Why nothing fits: the painted text, other conflicts, and repairs as buttons.

    Attributes
    ----------
    bound : Bound or None
        The spec as the last applied repair made it.
    """

    script = "conflict/conflict.js"
    styles = (*STYLES, *answer.STYLES)

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self._background = Background(self._failed)
        super().__init__(data=panel.data())

    @property
    def bound(self) -> Any:
        """The spec as the last applied repair made it; None before."""
        return None if self.panel.mended is None else self.panel.mended.bound

    def apply(self, index: int, value: int | None = None) -> None:
        """Carry out a repair of the conflict shown, as a click on its button; waits for it.

        `value` is the place of the picked value, of a repair that offers several.
        """
        self.panel.apply(index, value)
        self.data = self.panel.data()

    def receive(self, message: dict[str, Any]) -> None:
        """Do what a button says, beside the kernel; the panel says what it waits for."""
        kind = message.get("kind")
        if kind == "another":
            self._do("looking for another conflict", self.panel.another)
        elif kind == "previous":
            self._do("", self.panel.previous)
        elif kind == "repair":
            index, value = int(message["index"]), message.get("value")
            self._do(
                "solving again",
                lambda: self.panel.apply(index, None if value is None else int(value)),
            )

    def face(self) -> Face:
        """The conflict that is shown, and what came of a repair."""
        return self.panel.face()

    def _do(self, busy: str, work: Any) -> None:
        if busy:
            self.data = {**self.data, "busy": busy}

        def run(stop: Any) -> None:
            work()
            self.data = self.panel.data()

        self._background.ask(run)

    def _failed(self, error: Exception) -> None:
        self.panel.trouble = str(error)
        self.data = self.panel.data()
