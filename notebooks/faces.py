"""The two faces that need no front end: stable text, and HTML without script.

Where styles are taken out of an output (an untrusted notebook, a code host's viewer), the text face
is what is left to see; elsewhere the theme's style hides it and shows the HTML face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path


@cache
def asset(name: str) -> str:
    """The text of a style sheet or script of this room, by its path below the room."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


@cache
def style(*names: str) -> str:
    """The theme and further style sheets as a `<style>` element."""
    sheets = [asset("theme.css"), *(asset(name) for name in names)]
    return f"<style>{''.join(sheets)}</style>"


@dataclass(frozen=True, repr=False)
class Face:
    """What a view shows without a live front end.

    Parameters
    ----------
    text : str
        Stable from run to run; the object's `repr`.
    body : str
        HTML without script and without random names; everything that came from a spec escaped.
    styles : tuple of str
        Style sheets of this room that the body needs beside the theme.
    """

    text: str
    body: str
    styles: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        """The HTML face with its styles, and the text face where styles are refused."""
        return (
            f'<div>{style(*self.styles)}<div class="aw aw-face" style="display: none">{self.body}'
            f'</div><pre class="aw-text">{escape(self.text)}</pre></div>'
        )

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def plain(text: str) -> str:
    """The text face as it is, in the notebook's code font."""
    font = "font-family: var(--jp-code-font-family, monospace); font-size: 13px; line-height: 1.45"
    return f'<pre style="{font}; margin: 0; white-space: pre-wrap">{escape(text)}</pre>'


def fold(title: str, body: str, *, is_open: bool = True, count: int | None = None) -> str:
    """A part that can be folded away without script; `title` is escaped, `body` is HTML."""
    number = "" if count is None else f" ({count:,})"
    state = ' open=""' if is_open else ""
    return f"<details{state}><summary>{escape(title)}{number}</summary>{body}</details>"
