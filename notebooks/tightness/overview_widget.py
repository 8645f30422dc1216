"""The live overview: a limit that is clicked opens its curve below."""

from __future__ import annotations

import threading
from collections.abc import Callable
from html import escape
from typing import Any

from archwright.interpreter.overview import Overview
from archwright.notebooks.faces import Face
from archwright.notebooks.live.background import Background
from archwright.notebooks.live.view import View
from archwright.solvers.control import Stopped

from .overview import body
from .shown import STYLES


class OverviewView(View):
    """Named limits as bars; the curve of one is found beside the kernel, and can be cancelled.

    Parameters
    ----------
    ask : callable
        Of a name, with `cancel`: gives a handle with `chart`, a view or a face.

    Attributes
    ----------
    curve : Any
        The tightness of the limit that is open; None where none is.
    """

    script = "tightness/overview.js"
    styles = STYLES

    def __init__(self, found: Overview, still: Face, ask: Callable[..., Any]) -> None:
        self.found, self._still, self._ask = found, still, ask
        self.curve: Any = None
        self._lock = threading.RLock()
        self._shown = {"open": "", "doing": "", "below": "", "chart": ""}
        self._names = {limit.name for limit in found.limits}
        self._work = Background(self._failed)
        super().__init__(data=self._state())

    def show(self, name: str) -> None:
        """Find the curve of a limit and show it; one that is being looked for ends.

        Raises
        ------
        KeyError
            If it is no named limit.
        """
        if name not in self._names:
            raise KeyError(f"no named limit is called `{name}`")
        self._set(open=name, doing=f"finding the curve of {name} …", below="", chart="")

        def work(stop: threading.Event) -> None:
            try:
                found = self._ask(name, cancel=stop)
            except Stopped as stopped:
                if self._shown["open"] == name:
                    self._set(doing="", below=_partial(stopped))
                return
            if stop.is_set():
                return
            view = found.chart()
            self.curve = found
            key = f"IPY_MODEL_{view.model_id}" if hasattr(view, "model_id") else ""
            self._set(doing="", below="" if key else view.html, chart=key)

        self._work.ask(work)

    def receive(self, message: dict[str, Any]) -> None:
        """What the page did."""
        if message.get("kind") == "open" and message.get("name") in self._names:
            self.show(str(message["name"]))
        elif message.get("kind") == "cancel":
            self._work.cancel()

    def close(self) -> None:
        """End the widget."""
        self._work.cancel()
        super().close()

    def face(self) -> Face:
        """The limits."""
        return self._still

    def _failed(self, error: Exception) -> None:
        told = escape(str(error) or type(error).__name__)
        self._set(doing="", below=f"<pre>{told}</pre>")

    def _set(self, **places: str) -> None:
        with self._lock:
            self._shown.update(places)
            self.data = self._state()

    def _state(self) -> dict[str, Any]:
        return {"body": body(self.found, live=True), **self._shown}


def _partial(stopped: Stopped) -> str:
    """What is known of a curve that was cancelled."""
    so_far: Any = stopped.partial
    known = "" if so_far is None else str(so_far._repr_html_())
    return f'<div class="aw-quiet">cancelled</div>{known}'
