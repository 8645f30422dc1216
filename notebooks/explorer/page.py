"""What the page is sent: the controls once for each layout, the marks with every change."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from archwright.dsl.dimensions import natural_scale
from archwright.dsl.units import Quantity
from archwright.interpreter.answers import shown_text

from .controls import ChoiceControl, Layout
from .reasons import Why
from .snapshot import SHOWN, Snapshot

MANY = 240  # choices; from there on families are folded at first


def board(layout: Layout) -> dict[str, Any]:
    """The controls of the choices."""
    return {
        "spaces": [
            {
                "name": space.name,
                "families": [
                    {
                        "name": family.name,
                        "domain": family.domain,
                        "guard": family.guard,
                        "members": list(family.members),
                    }
                    for family in space.families
                ],
            }
            for space in layout.spaces
        ],
        "choices": [_control(control) for control in layout.choices],
        "folded": len(layout.choices) > MANY,
        "tables": [
            {"name": t.name, "columns": list(t.columns), "keys": t.keys, "rows": len(t.rows)}
            for t in layout.tables
        ],
    }


def _control(control: ChoiceControl) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": control.key,
        "indices": list(control.indices),
        "kind": control.kind,
        "size": control.size,
    }
    if control.guard:
        told["guard"] = control.guard
    if control.size <= SHOWN or not isinstance(control.numbers, range):
        told["texts"] = [control.text(place) for place in range(control.size)]
    else:
        first, second = control.value(0), control.value(1)
        if isinstance(first, Quantity) and isinstance(second, Quantity):
            told["unit"] = natural_scale(first.dimension).name
            first, second = first.natural, second.natural
        low, high = Fraction(first), Fraction(second)  # type: ignore[arg-type]
        told["low"], told["by"] = _number(low), _number(high - low)
    return told


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def marks(now: Snapshot) -> dict[str, Any]:
    """What is known of each choice: marks or intervals, what it is fixed to, what is best."""
    return {
        "version": now.version,
        "stale": now.stale,
        "infeasible": now.infeasible,
        "choices": [
            [
                choice.marks or [list(span) for span in choice.spans],
                -1 if choice.fixed is None else choice.fixed,
                -1 if choice.best is None else choice.best,
                ("e" if choice.exact else "") + ("" if choice.active else "i"),
            ]
            for choice in now.choices
        ],
        "tables": [
            [list(map(shown_text, row)) for row in now.state.tables.get(t.name, t.rows)]
            for t in now.layout.tables
        ],
        "refused": _refused(now),
    }


def _refused(now: Snapshot) -> dict[str, str] | None:
    return None if now.refused is None else vars(now.refused)


def head(now: Snapshot, code: str) -> dict[str, Any]:
    """The bar above all: name, state, count, goals, the conflict where nothing fits."""
    layout = now.layout
    told = {p.name for p in layout.parameters} | {t.name for t in layout.tables}
    told |= layout.places.keys()
    beside = now.refused is not None and now.refused.name in told  # it stands beside its control
    return {
        "version": now.version,
        "spec": PurePath(now.layout.spec).name,
        "path": now.layout.spec,
        "digest": now.layout.digest,
        "changed": now.changed_on_disk,
        "sentence": now.sentence,
        "number": re.sub(r"e(\d+)", _power, now.number),
        "counted": now.count is not None,
        "busy": now.busy,
        "infeasible": now.infeasible,
        "goals": [] if now.best is None else [list(goal) for goal in now.best.goals],
        "senses": list(now.layout.goals),
        "best": now.best is not None,
        "proved": now.best is not None and now.best.proved,
        "undo": now.can_undo,
        "redo": now.can_redo,
        "unwound": list(now.unwound),
        "refused": _refused(now) if not beside else None,
        "why": None if now.why is None else reason(now.why),
        "code": code,
    }


def _power(match: re.Match[str]) -> str:
    """`1.7e19` as `1.7 × 10¹⁹`."""
    return " × 10" + match[1].translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def side(now: Snapshot) -> dict[str, Any]:
    """The named constraints."""
    blamed = () if now.why is None else {member.name for member in now.why.members}
    return {
        "constraints": [
            {
                "name": control.name,
                "text": control.text,
                "reason": control.reason,
                "off": control.name in now.state.off,
                "blamed": control.name in blamed,
            }
            for control in now.layout.constraints
        ]
    }


def reason(why: Why) -> dict[str, Any]:
    """A conflict with its repairs as buttons."""
    repairs = None
    if why.repairs is not None:
        repairs = [
            {"text": text, "actions": [vars(action) for action in actions]}
            for text, actions in why.repairs
        ]
    return {
        "subject": why.subject,
        "sentence": why.sentence,
        "members": [
            {
                "name": member.instance,
                "text": member.text,
                "reason": member.reason,
                "terms": list(member.terms),
            }
            for member in why.members
        ],
        "repairs": repairs,
    }
