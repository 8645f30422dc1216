"""The live view of one limit: it is dragged, and the best under it is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from html import escape
from typing import Any

import traitlets

from archwright.interpreter.tightness import Step
from archwright.notebooks.faces import Face
from archwright.notebooks.live.background import Background
from archwright.notebooks.live.view import View

from .curve import FEW, StepCurve
from .shown import STYLES, head, pictures, table


class TightnessView(View):
    """A limit to drag; arrow keys go from step to step.

    Parameters
    ----------
    still : Face
        What is shown without a front end.
    code : callable, optional
        Python, or a change of the text, that sets the limit of a step.
    draw : callable, optional
        Of an architecture; gives an object with faces.

    Attributes
    ----------
    index : int or None
        The step that is shown; None where the limit allows none.
    """

    script = "tightness/tightness.js"
    styles = STYLES
    drawn = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        curve: StepCurve,
        still: Face,
        code: Callable[[int], str] | None = None,
        draw: Callable[[Any], Any] | None = None,
    ) -> None:
        self.curve, self._still, self._code, self._draw = curve, still, code, draw
        self.index = curve.holding
        self._lock = threading.RLock()
        self._beside = {"changes": "", "code": "", "drawing": ""}
        self._looking = Background(self._told("changes"))
        self._drawing = Background(self._told("drawing"))
        drawn = {
            "pictures": {
                name: {"svg": d.svg, "x": d.x, "y": d.y, "frame": list(d.frame)}
                for name, d in pictures(curve).items()
            },
            "head": head(curve),
            "table": table(curve),
            "limits": list(curve.limits.numbers[:-1]),
            "goals": list(curve.goals.numbers),
            "limit_texts": list(curve.limits.texts[:-1]),
            "goal_texts": list(curve.goals.texts),
            "now": curve.now,
            "unit": curve.limits.unit,
            "upper": curve.found.upper,
            "limit": curve.limit_name,
            "goal": curve.found.goal,
            "holding": curve.holding,
            "every": [curve.found.every.start, curve.found.every.stop - 1],
            "rising": len(curve.goals.numbers) < 2
            or curve.goals.numbers[0] < curve.goals.numbers[-1],
            "can_draw": draw is not None,
        }
        super().__init__(data=self._state(), drawn=drawn)
        self._look()

    @property
    def step(self) -> Step | None:
        """The step that is shown, certified."""
        return None if self.index is None else self.curve.found.steps[self.index]

    def select(self, index: int | None) -> None:
        """Show a step by its number, or that nothing fits.

        Raises
        ------
        IndexError
            If there is no such step.
        """
        many = len(self.curve.found.curve)
        if index is not None and not 0 <= index < many:
            raise IndexError(f"step {index}: there are {many}")
        with self._lock:
            if index == self.index:
                return
            self.index = index
            self._beside["drawing"] = ""
            self._drawing.cancel()
        self._look()

    def close(self) -> None:
        """End the widget."""
        self._looking.cancel()
        self._drawing.cancel()
        super().close()

    def receive(self, message: dict[str, Any]) -> None:
        """What the page did."""
        kind = message.get("kind")
        if kind == "step":
            index = message.get("index")
            if index is None or 0 <= int(index) < len(self.curve.found.curve):
                self.select(None if index is None else int(index))
        elif kind == "draw":
            self._show()

    def face(self) -> Face:
        """The curve with the limit as it is."""
        return self._still

    def _state(self) -> dict[str, Any]:
        return {**self._beside, "index": self.index}

    def _set(self, **places: str) -> None:
        with self._lock:
            self._beside.update(places)
            self.data = self._state()

    def _told(self, place: str) -> Callable[[Exception], None]:
        def failed(error: Exception) -> None:
            self._set(**{place: f"<pre>{escape(str(error) or type(error).__name__)}</pre>"})

        return failed

    def _look(self) -> None:
        """Certify the step and tell what differs from the optimum."""
        index = self.index
        if index is None:
            self._set(changes="", code="")
            return

        def look(stop: threading.Event) -> None:
            shown = self._changes(index)
            code = "" if self._code is None else self._code(index)
            if not stop.is_set():
                self._set(changes=shown, code=code)

        self._looking.ask(look)

    def _changes(self, index: int) -> str:
        if index == self.curve.holding:
            return '<p class="aw-quiet">the present optimum</p>'
        rows = self.curve.differing(index)
        if not rows:
            return '<p class="aw-quiet">the same choices as the present optimum</p>'
        body = "".join(
            f"<tr><td>{escape(name)}</td><td class='aw-number aw-quiet'>{escape(now)}</td>"
            f"<td aria-hidden='true'>→</td><td class='aw-number'><strong>{escape(then)}</strong>"
            "</td></tr>"
            for name, now, then in rows
        )
        plural = "" if len(rows) == 1 else "s"
        folded = "" if len(rows) <= FEW else " aw-changes"
        return (
            f'<div class="aw-quiet">{len(rows)} choice{plural} beside the present optimum</div>'
            f'<div class="{folded.strip()}"><table>{body}</table></div>'
        )

    def _show(self) -> None:
        draw, index = self._draw, self.index
        if draw is None or index is None:
            return
        self._set(drawing='<p class="aw-quiet">drawing …</p>')

        def work(stop: threading.Event) -> None:
            found = draw(self.curve.found.steps[index].architecture)
            if not stop.is_set() and self.index == index:
                still = found.face() if callable(getattr(found, "face", None)) else found
                self._set(drawing=str(still._repr_html_()))

        self._drawing.ask(work)
