"""Format a whole spec."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from ..parse import parse
from ..source import Source
from .columns import text
from .comments import Trivia, comments
from .networks import Layout
from .printer import lines
from .sameness import same

if TYPE_CHECKING:
    import lark

_lock = Lock()
_built: tuple[Layout, lark.Lark] | None = None


def formatted(source: Source) -> str:
    """The text of a spec in the one layout there is; see `docs/language.md`, Layout.

    The result is parsed again, and returned only if it says the same and holds the same comments.

    Parameters
    ----------
    source : Source

    Returns
    -------
    str
        With newlines as line ends, the last line included.

    Raises
    ------
    ArchError
        If the text has syntax errors.
    """
    tree = parse(source)
    result = _set(source.text)
    again = parse(Source(source.name, result))
    if not same(tree, again) or comments(source.text) != comments(result):
        raise RuntimeError(f"the layout of {source.name} would change what it says")
    return result


def _set(spec: str) -> str:
    """Lay out a text that is known to parse."""
    global _built
    from ..parser import parser

    with _lock:
        if _built is None:
            layout = Layout("")
            _built = layout, parser(layout)
        layout, machine = _built
        layout.trivia = Trivia(spec)
        document: Any = machine.parse(spec, start="start")  # the layout returns documents
        layout.trivia = Trivia("")
    return text(lines(document))
