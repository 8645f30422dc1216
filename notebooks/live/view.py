"""A live view: one widget, one script, and the two still faces for whoever cannot run it.

This module needs the packages of the `notebook` extra; views import it when they are shown.
"""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from archwright.notebooks.faces import Face, asset

VIEW = "application/vnd.jupyter.widget-view+json"


def with_faces(bundle: Any, face: Face) -> tuple[dict[str, Any], dict[str, Any]]:
    """A widget's mime bundle with text and HTML beside it, for readers without the widget.

    Exporters and viewers that have no state of the widget take the HTML, plain terminals the text.
    """
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
    return {**data, "text/plain": face.text, "text/html": face.html}, metadata


def answer_beside_cells(widget: Any) -> None:
    """Let a widget's clicks be answered while a cell runs, where the front end can.

    JupyterLab sends them to a thread of their own (a subshell), but a kernel may bring them back to
    the thread that last spoke to the widget, which a running cell blocks (ipykernel 7.4,
    `BaseComm._reply_subshell_for`). With any other kernel this does nothing, and clicks wait.
    """
    comm = getattr(widget, "comm", None)
    if comm is not None and hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _where_it_was_sent


def _where_it_was_sent(data: object, subshell: str | None) -> str | None:
    return subshell


class View(anywidget.AnyWidget):
    """The base of every live view: `data` goes to the script, messages come back.

    A subclass names its assets in `script` (and `before`, texts that stand above it) and `styles`
    and gives `face()`. The script is an ES module whose default export has `render({model, el})`;
    `live/common.js` stands before it. All that is shown is drawn from `data`, so a page that is
    loaded again shows the same.
    """

    data = traitlets.Dict().tag(sync=True)
    script: str = ""
    before: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()

    def __init__(self, **traits: Any) -> None:
        self.add_traits(
            _esm=traitlets.Unicode(
                "".join(map(asset, ("live/common.js", *self.before, self.script)))
            ).tag(sync=True),
            _css=traitlets.Unicode(
                "".join(asset(name) for name in ("theme.css", *self.styles))
            ).tag(sync=True),
        )
        super().__init__(**traits)
        self.on_msg(self._received)
        answer_beside_cells(self)

    def _received(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict):
            self.receive(content)

    def receive(self, message: dict[str, Any]) -> None:
        """A message of the page.

        Called on a thread of the kernel, perhaps while a cell runs: guard what it changes.
        """

    def face(self) -> Face:
        """What is shown now, as text and as HTML."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.face().text

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return with_faces(super()._repr_mimebundle_(**kwargs), self.face())
