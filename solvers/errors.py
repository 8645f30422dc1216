"""What is wrong with a problem that cannot be stated."""

from __future__ import annotations


class ModelError(ValueError):
    """A problem that cannot be stated: an empty domain, a divisor that may be 0, ragged rows."""


class TooWide(ModelError):
    """A number that may grow past 64 bits; the message names the expression."""
