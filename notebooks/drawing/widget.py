"""The live architecture drawing: blocks fold and light up, layers of a built network open."""

from __future__ import annotations

import threading
from typing import Any

import traitlets

from archwright.notebooks.faces import Face
from archwright.notebooks.live.view import View

from .sheet import STYLES, Sheet


class DrawingView(View):
    """An architecture's networks as pictures that answer.

    Attributes
    ----------
    sheet : Sheet
        What is shown.
    """

    script = "drawing/drawing.js"
    styles = STYLES
    opened = traitlets.Dict().tag(sync=True)

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._lock = threading.RLock()
        super().__init__(data=sheet.data(), opened=self._opened())

    def look(
        self,
        layer: int | str,
        channel: int | None = None,
        place: tuple[int, int] | None = None,
    ) -> None:
        """Open a layer of the built network, one of its channels, a row and column of that.

        Raises
        ------
        KeyError, IndexError
            If there is no such layer, channel or place.
        ValueError
            If the drawing was made without `net`.
        """
        if self.sheet.opened is None:
            raise ValueError("pass `net`, a built network, to `draw`")
        with self._lock:
            self.sheet.opened.look(layer, channel, place)
            self.opened = self._opened()

    def receive(self, message: dict[str, Any]) -> None:
        """Do what was clicked."""
        kind, sheet = message.get("kind"), self.sheet
        with self._lock:
            if kind in ("open", "look", "close"):
                self._look(message)
                return
            if kind == "toggle":
                sheet.toggle(str(message["name"]), str(message["key"]))
            elif kind == "fold":
                sheet.fold_all(str(message["name"]))
            elif kind == "scale":
                sheet.rescale(str(message["scale"]))
            self.data = sheet.data()

    def _look(self, message: dict[str, Any]) -> None:
        opened = self.sheet.opened
        if opened is None:
            return
        if message["kind"] == "close":
            opened.leaf = None
        elif message["kind"] == "open":
            if message.get("name") != opened.activations.network.name:
                return
            opened.look(int(message["leaf"]))
        else:
            place = message.get("place")
            channel = message.get("channel")
            opened.look(
                int(message["leaf"]),
                None if channel is None else int(channel),
                None if place is None else (int(place[0]), int(place[1])),
            )
        self.opened = self._opened()

    def _opened(self) -> dict[str, Any]:
        return {} if self.sheet.opened is None else self.sheet.opened.data()

    def face(self) -> Face:
        """The drawing as it is now."""
        return self.sheet.face()
