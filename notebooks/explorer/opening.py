"""Opens an explorer: live where widgets are installed, else the still face of its state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from archwright.notebooks.faces import Face

from .inquiry import Asked
from .session import Session
from .still import face

SETTLED = 1.5  # seconds that a still face waits for what is exact
NOTE = 'the live explorer needs `pip install "archwright[notebook]"`'


class Still:
    """An explorer without its page; the session works all the same."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def face(self) -> Face:
        """The faces of the state now."""
        self.session.wait(SETTLED)
        found = face(self.session.snapshot)
        note = f'<div class="aw-quiet">{NOTE}</div>'
        return Face(f"{found.text}\n{NOTE}", found.body + note, found.styles)

    def __repr__(self) -> str:
        return self.face().text

    def _repr_html_(self) -> str:
        return self.face().html


def explorer(asked: Asked, choices: Mapping[str, object], without: Collection[str]) -> Any:
    """The explorer of a bound spec, with choices fixed and constraints off at first."""
    try:
        from .widget import Explorer
    except ModuleNotFoundError as missing:
        if missing.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        return Still(Session(asked, choices, without))
    return Explorer(asked, choices, without)
