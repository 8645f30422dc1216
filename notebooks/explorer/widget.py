"""The live explorer: parameters as ordinary controls beside a panel of values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
import traitlets

from archwright.interpreter.answers import Shown, shown_text
from archwright.notebooks.faces import Face
from archwright.notebooks.live.view import View, with_faces

from . import page
from .controls import ParameterControl
from .inquiry import Asked
from .reasons import Why
from .session import Session
from .snapshot import Snapshot
from .still import face

SETTLED = 1.5  # seconds that the still faces wait for what is exact


class Part(View):
    """One part of the page: `head`, `choices` or `side`."""

    script = "explorer/explorer.js"
    styles = ("explorer/explorer.css",)
    part = traitlets.Unicode().tag(sync=True)
    board = traitlets.Dict().tag(sync=True)
    why = traitlets.Dict().tag(sync=True)

    def __init__(self, explorer: Explorer, part: str) -> None:
        self._explorer = explorer
        super().__init__(part=part)

    def receive(self, message: dict[str, Any]) -> None:
        """A click; see `Explorer.receive`."""
        self._explorer.receive(message)

    def face(self) -> Face:
        """That of the whole explorer."""
        return self._explorer.face()


class Explorer(widgets.VBox):  # type: ignore[misc]
    """A bound spec to turn the knobs of; see `archwright.Bound.explore`.

    Attributes
    ----------
    session : Session
        The state: what the page shows, and every step that it can take, from Python.
    """

    def __init__(
        self,
        asked: Asked,
        choices: Mapping[str, object] | None = None,
        without: Collection[str] = (),
    ) -> None:
        self.session = Session(asked, choices, without)
        self._showing = threading.RLock()
        self._setting = False
        self._layout: object = None
        self._controls: dict[str, Control] = {}
        self._told: tuple[ParameterControl, ...] = ()
        self._head, self._choices = Part(self, "head"), Part(self, "choices")
        self._side = Part(self, "side")
        self._parameters = widgets.VBox()
        self._parameters.add_class("aw-x-parameters")
        left = widgets.VBox([self._parameters, self._side])
        left.add_class("aw-x-left")
        body = widgets.HBox([left, self._choices])
        body.add_class("aw-x-body")
        super().__init__([self._head, body])
        self.add_class("aw-x")
        self._show(self.session.snapshot)
        self.session.on_change(self._show)

    # -------------------------------------------------------------------------------- to the page

    def _show(self, now: Snapshot) -> None:
        with self._showing:
            now = self.session.snapshot  # a listener may be late
            if now.layout is not self._layout:
                self._layout = now.layout
                told = page.board(now.layout)
                if told != self._choices.board:
                    with self._choices.hold_sync():
                        self._choices.board = told
                        self._choices.data = page.marks(now)
            self._choices.data = page.marks(now)
            self._head.data = page.head(now, self.session.code)
            self._side.data = page.side(now)
            self._show_parameters(now)

    def _show_parameters(self, now: Snapshot) -> None:
        controls = now.layout.parameters
        shapes = [(c.name, c.kind, c.values, c.low, c.high, c.step, c.unit) for c in controls]
        if shapes != [
            (c.name, c.kind, c.values, c.low, c.high, c.step, c.unit) for c in self._told
        ]:
            wide = min(120, 8 + max((7 * len(c.name) for c in controls), default=0))
            self._controls = {c.name: Control(c, f"{wide}px", self._set) for c in controls}
            title = widgets.HTML('<span class="aw-x-title">parameters</span>')
            rows = [title, *(c.box for c in self._controls.values())] if controls else []
            self._parameters.children = rows
        self._told = controls
        values = {c.name: c.now for c in controls} | dict(now.state.parameters)
        self._setting = True
        try:
            for name, control in self._controls.items():
                refused = now.refused
                wrong = refused.message if refused is not None and refused.name == name else ""
                if not now.stale:
                    control.show(values[name], wrong)
        finally:
            self._setting = False

    # ------------------------------------------------------------------------------ from the page

    def _set(self, name: str, value: object) -> None:
        if not self._setting:
            self.session.set(name, value)

    def receive(self, message: dict[str, Any]) -> None:
        """A message of the page: what was done, and to which control."""
        kind, session = message.get("kind"), self.session
        simple: dict[str, Callable[[], object]] = {
            "undo": session.undo,
            "redo": session.redo,
            "reset": session.reset,
            "complete": session.complete,
            "cancel": session.cancel,
        }
        if kind in simple:
            simple[kind]()
        elif kind == "toggle":
            session.toggle(str(message["name"]))
        elif kind == "cell":
            table = session.snapshot.layout.tables[int(message["table"])]
            text = str(message["text"])
            session.edit(table.name, int(message["row"]), int(message["column"]), text)
        elif kind == "apply":
            wanted = message.get("wanted")
            session.apply(message["action"], self._wanted(*wanted) if wanted else None)
        elif kind in ("fix", "why", "release", "type"):
            self._choice(kind, message)

    def _wanted(self, place: int, at: int) -> dict[str, object]:
        control = self.session.snapshot.layout.choices[place]
        return {control.key: control.value(at)}

    def _choice(self, kind: str, message: Mapping[str, Any]) -> None:
        session, now = self.session, self.session.snapshot
        place = int(message["choice"])
        if not 0 <= place < len(now.layout.choices):
            return  # of a page that shows an older layout
        control = now.layout.choices[place]
        if kind == "release":
            session.release(control.key)
            return
        if kind == "type":
            at = session.place(control.key, str(message["text"]))
            if at is None:
                return
        else:
            at = int(message["place"])
        if not 0 <= at < control.size:
            return
        if kind == "why":
            self._ask(place, at, bool(message.get("repairs")))
        elif session.excluded(control.key, at):
            self._ask(place, at, True)
        else:
            session.fix(control.key, control.value(at))

    def _ask(self, place: int, at: int, repairs: bool) -> None:
        version = self.session.snapshot.version
        control = self.session.snapshot.layout.choices[place]

        def told(why: Why) -> None:
            self._choices.why = {
                "version": version,
                "choice": place,
                "place": at,
                "pinned": repairs,
                **page.reason(why),
            }

        self.session.ask_why(control.key, control.value(at), repairs, told)

    # ---------------------------------------------------------------------------------- faces

    def face(self) -> Face:
        """The still faces of the state now."""
        self.session.wait(SETTLED)
        return face(self.session.snapshot)

    def __repr__(self) -> str:
        return self.face().text

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return with_faces(super()._repr_mimebundle_(**kwargs), self.face())


class Control:
    """One parameter's ordinary control, its unit beside it and a refused input below it."""

    def __init__(
        self, control: ParameterControl, wide: str, changed: Callable[[str, object], None]
    ) -> None:
        self.control = control
        self.widget = self._made(control, wide)
        self.widget.tooltip = f"{control.name}: {control.domain}"
        self.wrong = widgets.HTML()
        self.wrong.add_class("aw-x-refused")
        unit = widgets.Label(control.unit)
        unit.add_class("aw-x-unit")
        row = widgets.HBox([self.widget, unit])
        row.add_class("aw-x-row")
        self.box = widgets.VBox([row])
        self._changed = changed
        self.widget.observe(self._moved, "value")

    def _made(self, control: ParameterControl, wide: str) -> Any:
        shared: dict[str, Any] = {
            "description": control.name,
            "style": {"description_width": wide},
            "layout": widgets.Layout(width="100%"),
        }
        now = control.now
        if control.kind == "flag":
            return widgets.Checkbox(value=bool(now), indent=False, **shared)
        if control.kind == "menu":
            return widgets.Dropdown(options=control.texts, value=shown_text(now), **shared)
        if control.kind == "steps":
            return widgets.SelectionSlider(options=control.texts, value=shown_text(now), **shared)
        if control.kind == "whole":
            return widgets.IntSlider(
                min=control.low,
                max=control.high,
                step=control.step,
                value=control.number(now),
                readout_format="d",
                **shared,
            )
        return widgets.Text(
            value=shown_text(now), placeholder=control.domain, continuous_update=False, **shared
        )

    def _moved(self, change: Any) -> None:
        value, control = change["new"], self.control
        if control.kind == "whole":
            self._changed(control.name, control.whole(value))
        elif control.kind in ("menu", "steps"):
            self._changed(control.name, control.values[control.texts.index(value)])
        else:
            self._changed(control.name, value)

    def show(self, value: Shown, wrong: str) -> None:
        """Show the value that is bound, and why another one was refused."""
        if not wrong:
            kind = self.control.kind
            shown: Any = shown_text(value)
            if kind == "whole":
                shown = self.control.number(value)
            elif kind == "flag":
                shown = bool(value)
            if self.widget.value != shown:
                self.widget.value = shown
        told = f"<span>{escape(wrong)}</span>" if wrong else ""
        if self.wrong.value != told:
            self.wrong.value = told
            self.box.children = [self.box.children[0], *([self.wrong] if wrong else [])]
