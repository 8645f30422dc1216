"""The live chart of a front."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

import traitlets

from archwright.notebooks.faces import Face
from archwright.notebooks.live.background import Background
from archwright.notebooks.live.view import View

from .chart import STYLES, Chart
from .corner import Explain, why_empty
from .picked import Picked, Range


class Doing(Protocol):
    """What the handle lets a chart do."""

    def point(self, index: int) -> Any:
        """A point, certified."""

    def words(self, choices: Any) -> list[str]:
        """Choices, a family on one line."""

    def face(self, shown: Chart) -> Face:
        """The still faces of a chart."""

    def nothing(self) -> str:
        """Why an empty front is empty, as HTML."""


@dataclass(frozen=True)
class Actions:
    """Questions and work behind the buttons; None where there is none.

    Attributes
    ----------
    explain : callable or None
        With an event that cancels it: gives the question that `why_empty` asks.
    run, draw : callable or None
        Of an architecture; gives an object with faces.
    """

    explain: Callable[[threading.Event], Explain] | None = None
    run: Callable[[Any], Any] | None = None
    draw: Callable[[Any], Any] | None = None


class FrontChart(View):
    """A front to hover, click and brush; what is picked is the front's, shared by its charts."""

    script = "front/front.js"
    before = ("front/space.js",)
    styles = STYLES
    pictures = traitlets.Dict().tag(sync=True)
    columns = traitlets.Dict().tag(sync=True)

    def __init__(self, chart: Chart, picked: Picked, doing: Doing, actions: Actions) -> None:
        self.chart, self.picked, self._doing, self._actions = chart, picked, doing, actions
        self._lock = threading.RLock()
        self._beside: dict[str, str] = {"details": "", "code": "", "why": "", "result": ""}
        self._looking = Background(self._told("details"))
        self._asking = Background(self._told("why"))
        self._working = Background(self._told("result"))
        self._laying = Background(self._told("why"))
        pictures = {**chart.pictures(), "nothing": doing.nothing()}
        super().__init__(data=self._state(), pictures=pictures, columns=chart.columns())
        self._seen: int | None = None  # the point whose choices are shown
        self._asked: dict[str, Range] = {}  # the corner that is explained
        self._unlisten = picked.listen(self._picked)
        self._look()

    def close(self) -> None:
        """End the widget; the front stays."""
        self._unlisten()
        for work in (self._looking, self._asking, self._working, self._laying):
            work.cancel()
        super().close()

    def face(self) -> Face:
        """The chart as it is now."""
        return self._doing.face(self.chart)

    # --------------------------------------------------------------------------------- messages

    def receive(self, message: dict[str, Any]) -> None:
        """What the page did."""
        kind = message.get("kind")
        if kind == "select":
            index = message.get("index")
            if index is None or 0 <= int(index) < self.picked.size:
                self.picked.select(None if index is None else int(index))
        elif kind == "brush":
            ranges = message.get("ranges") or {}
            self.picked.brush({n: (float(a), float(b)) for n, (a, b) in ranges.items()})
        elif kind == "look":
            self._tell_choices(int(message["index"]))
        elif kind == "show":
            self._show(message)
        elif kind == "why":
            self._why()
        elif kind in ("run", "draw"):
            self._work(kind)

    def _show(self, message: dict[str, Any]) -> None:
        """Other axes; those of choices read every point, which may take a second."""
        chart = self.chart

        def lay(stop: threading.Event) -> None:
            try:
                other = Chart(
                    chart.table,
                    message.get("x", chart.x),
                    message.get("y", chart.y),
                    log=message.get("logs", sorted(chart.logs)),
                    choices=message.get("choices", chart.choices),
                )
            except (KeyError, ValueError) as error:
                self._set("why", f"<p>{escape(str(error.args[0]))}</p>")
                return
            columns = other.columns()
            pictures = {**other.pictures(), "nothing": self._doing.nothing()}
            if stop.is_set():
                return
            self.chart = other
            with self.hold_sync():
                self.columns, self.pictures = columns, pictures

        self._laying.ask(lay)

    def _tell_choices(self, index: int) -> None:
        """The choices of a point that is hovered; they are certified once it is selected."""
        if not 0 <= index < self.picked.size:
            return
        table = self.chart.table
        text = "\n".join(self._doing.words(table.choices_of(index)))
        self.send({"kind": "choices", "index": index, "text": text})

    # ------------------------------------------------------------------------------------ state

    def _state(self) -> dict[str, Any]:
        picked = self.picked
        return {
            "selected": picked.selected,
            "ranges": {name: list(ends) for name, ends in picked.ranges.items()},
            "can": [k for k in ("explain", "run", "draw") if getattr(self._actions, k) is not None],
            **self._beside,
        }

    def _picked(self) -> None:
        with self._lock:
            if self.picked.ranges != self._asked:
                self._beside["why"] = ""  # it is of another corner
            self.data = self._state()
        self._look()

    def _look(self) -> None:
        """Certify the selected point and show its choices."""
        index = self.picked.selected
        if index == self._seen:
            return
        self._seen = index
        if index is None:
            self._set("details", "", code="")
            return

        def look(stop: threading.Event) -> None:
            point = self._doing.point(index)
            lines = self._doing.words(point.choices)
            shown = "\n".join(lines) if lines else "no choices"
            code = f"point = front[{index}]  # {self.chart.point_text(index)}\n"
            code += f"choices = {_literal(point.choices)}"
            if not stop.is_set():
                self._set("details", f"<pre>{escape(shown)}</pre>", code=code)

        self._looking.ask(look)

    def _why(self) -> None:
        ask, ranges = self._actions.explain, self.picked.ranges
        if ask is None or not ranges:
            return
        self._asked = ranges
        self._set("why", "<p class='aw-quiet'>asking why …</p>")

        def work(stop: threading.Event) -> None:
            found = why_empty(self.chart.table, ranges, ask(stop))
            if not stop.is_set() and self.picked.ranges == ranges:
                self._set("why", found.html)

        self._asking.ask(work)

    def _work(self, kind: str) -> None:
        do, index = getattr(self._actions, kind), self.picked.selected
        if do is None or index is None:
            return
        word = "running" if kind == "run" else "drawing"
        self._set("result", f"<p class='aw-quiet'>{word} point {index} …</p>")

        def work(stop: threading.Event) -> None:
            found = do(self._doing.point(index).architecture)
            head = f"<p><strong>Point {index:,}</strong></p>"  # another may be selected by now
            self._set("result", head + _html(found))

        self._working.ask(work)

    def _set(self, place: str, html: str, **more: str) -> None:
        with self._lock:
            self._beside.update({place: html, **more})
            self.data = self._state()

    def _told(self, place: str) -> Callable[[Exception], None]:
        def failed(error: Exception) -> None:
            self._set(place, f"<pre>{escape(str(error) or type(error).__name__)}</pre>")

        return failed


def _html(found: Any) -> str:
    """What was found, as HTML: a live view by its still face."""
    if callable(getattr(found, "face", None)):
        return str(found.face().html)
    html = getattr(found, "_repr_html_", lambda: None)()
    return str(html) if html else f"<pre>{escape(repr(found))}</pre>"


def _literal(choices: Any) -> str:
    """Choices as Python writes them; quantities as texts."""
    plain = {n: v if isinstance(v, bool | int | str) else str(v) for n, v in choices.items()}
    if len(plain) <= 4:
        return repr(plain)
    return "{\n" + "".join(f"    {name!r}: {value!r},\n" for name, value in plain.items()) + "}"
