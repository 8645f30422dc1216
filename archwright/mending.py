"""Repairs that apply themselves: the bound spec with one change, and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archwright.interpreter.answers import Change, Shown
from archwright.notebooks.answer.shown import face
from archwright.notebooks.conflict.panel import Mended
from archwright.notebooks.explorer.code import literal

if TYPE_CHECKING:
    from .handles import Bound


def mend(asked: Bound, change: Change, value: Shown | None) -> Mended:
    """Carry a repair out and solve again.

    Parameters
    ----------
    asked : Bound
        With the choices fixed and the names left out that had no answer.
    change : Change
    value : Shown or None
        Of a parameter or choice.
    """
    if change.kind == "drop" or value is None:
        bound, code = asked.without(change.name), f"p = p.without({literal(change.name)})"
    elif change.kind == "parameter":
        changed: dict[str, Any] = {change.name: value}
        bound = asked.changed(**changed)
        code = f"p = p.changed({change.name}={literal(value)})"
    else:
        bound = asked.fixed({change.name: value})
        code = f"p = p.fixed({{{literal(change.name)}: {literal(value)}}})"
    answer = bound.solve(progress=False)
    return Mended(bound, code, face(answer, repr(answer)))
