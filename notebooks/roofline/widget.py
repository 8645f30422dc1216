"""The live roofline: hover or select a layer, by pointer or keys."""

from __future__ import annotations

import threading
from typing import Any

import traitlets

from archwright.notebooks.faces import Face
from archwright.notebooks.live.view import View

from .picture import draw, ends
from .points import Points
from .shown import STYLES, head, table


class RooflineView(View):
    """Layers against the machine.

    Attributes
    ----------
    selected : str or None
        The layer that is selected, by name.
    """

    script = "roofline/roofline.js"
    styles = STYLES
    drawn = traitlets.Dict().tag(sync=True)

    def __init__(self, points: Points, still: Face) -> None:
        self.points, self._still = points, still
        self._index: int | None = None
        self._lock = threading.Lock()
        drawn = {
            "svg": draw(points),
            "head": head(points),
            "table": table(points),
            "ends": ends(points),
            "names": [point.name for point in points.all],
            "facts": [point.facts for point in points.all],
        }
        super().__init__(data={"selected": None}, drawn=drawn)

    @property
    def selected(self) -> str | None:
        """The layer that is selected."""
        index = self._index
        return None if index is None else self.points.all[index].name

    def select(self, name: str | None) -> None:
        """Select a layer by its name, or none.

        Raises
        ------
        KeyError
            If there is no such layer.
        """
        names = [point.name for point in self.points.all]
        if name is not None and name not in names:
            raise KeyError(f"no layer is called `{name}`")
        self._set(None if name is None else names.index(name))

    def receive(self, message: dict[str, Any]) -> None:
        """A click or a key."""
        index = message.get("index")
        if message.get("kind") != "select":
            return
        if index is None or 0 <= int(index) < len(self.points.all):
            self._set(None if index is None else int(index))

    def face(self) -> Face:
        """The roofline."""
        return self._still

    def _set(self, index: int | None) -> None:
        with self._lock:
            self._index = index
            self.data = {"selected": index}
