"""Repairs that apply themselves: the bound spec with one change, and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archwright.interpreter.answers import Change, Shown
from archwright.notebooks.answer.shown import face
from archwright.notebooks.conflict.panel import Mended
from archwright.notebooks.literals import literal

if TYPE_CHECKING:
    from .bound import Bound


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
        bound = _refixed(asked, change.name, value)
        code = f"p = p.fixed({{{literal(change.name)}: {literal(value)}}})"
    answer = bound.solve(progress=False)
    return Mended(bound, code, face(answer, repr(answer)))


def _refixed(asked: Bound, name: str, value: Shown) -> Bound:
    """One choice fixed to another value, also where its family was fixed by its bare name.

    The other members then stay fixed one by one, but for those that may be inactive.
    """
    family = name.partition("[")[0]
    if family == name or family not in asked._choices:
        return asked.fixed({name: value})
    held = asked._choices[family]
    members = [c for c in asked.model.lowered.choices if c.name == family]
    others = {c.key: held for c in members if c.key != name and c.active.constant == 1}
    mended = asked.fixed({**others, name: value})
    mended._choices = {key: v for key, v in mended._choices.items() if key != family}
    return mended
