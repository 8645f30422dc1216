"""Whether two syntax trees say the same, wherever their words stand."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from .. import nodes


def same(one: nodes.Node, other: nodes.Node) -> bool:
    """Compare two trees, literals by the value and unit that they state."""
    pairs: list[tuple[Any, Any]] = [(one, other)]
    while pairs:
        a, b = pairs.pop()
        if type(a) is not type(b):
            return False
        if isinstance(a, nodes.Node):
            names = [f.name for f in fields(a) if f.name not in ("span", "source")]
            pairs += [(getattr(a, name), getattr(b, name)) for name in names]
        elif isinstance(a, tuple):
            if len(a) != len(b):
                return False
            pairs += zip(a, b, strict=True)
        elif a != b:
            return False
    return True
