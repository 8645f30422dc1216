"""Values as Python writes them, for every view that offers code to copy."""

from __future__ import annotations

from archwright.dsl.units import Quantity
from archwright.interpreter.answers import Shown, shown_text


def literal(value: Shown) -> str:
    """A value as Python writes it for `bind` and `fixed`.

    >>> literal(3), literal(True), literal("skip")
    ('3', 'True', '"skip"')
    """
    if isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, str):
        return quoted(value)
    return quoted(shown_text(value) if isinstance(value, Quantity) else str(value))


def quoted(text: str) -> str:
    """A text between quotes."""
    return f'"{text}"' if '"' not in text and "\\" not in text else repr(text)
