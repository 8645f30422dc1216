"""Diagnostics as plain text: stable, without colour, for terminals, logs and golden files."""

from __future__ import annotations

from collections.abc import Iterable

from .diagnostics import Diagnostic
from .layout import lay_out


def text(diagnostics: Iterable[Diagnostic]) -> str:
    """The first three diagnostics, errors before warnings, and how many more there are.

    The text ends without a newline; it is empty if there are no diagnostics.
    """
    lines = ("".join(piece.text for piece in line) for line in lay_out(diagnostics))
    return "\n".join(line.rstrip() for line in lines)
