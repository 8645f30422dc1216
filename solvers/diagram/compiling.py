"""Says so when the next call of a compiled function compiles first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..compiled import is_compiled
from ..control import Control


def announce(control: Control, function: Callable[..., Any]) -> None:
    """Tell the listener that the next call compiles first, where it does."""
    if not is_compiled(function):
        control.report("compiling the solver")
