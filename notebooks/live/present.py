"""The live view where its packages are installed, else the still face and how to get the view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from importlib.util import find_spec
from typing import TypeVar

from archwright.notebooks.faces import Face

Live = TypeVar("Live")

NEEDED = "this is a still picture; the live view needs: pip install 'archwright[notebook]'"


def present(face: Face, view: Callable[[], Live]) -> Live | Face:
    """A live view, made by `view`, or the still face with a line that says what is missing."""
    if find_spec("anywidget") is not None:
        return view()
    said = f'<div class="aw-quiet">{escape(NEEDED)}</div>'
    return replace(face, text=f"{face.text}\n({NEEDED})", body=face.body + said)
