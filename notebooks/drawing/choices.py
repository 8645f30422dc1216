"""An architecture without a network: its choices, family by family."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from archwright.dsl.units import Quantity
from archwright.interpreter.answers import Shown, shown_text
from archwright.notebooks.svg.element import element, hint, picture, words

from .flow import text_width

WIDTH = 920.0
NAME, CELL = 150.0, 34.0


def families(choices: Mapping[str, Shown]) -> dict[str, dict[str, Shown]]:
    """Choices by the name of their family, each by its indices."""
    found: dict[str, dict[str, Shown]] = {}
    for name, value in choices.items():
        family, _, indices = name.partition("[")
        found.setdefault(family, {})[indices.removesuffix("]")] = value
    return found


def draw(choices: Mapping[str, Shown]) -> str:
    """One row a family, a cell a choice; a bar shows how large a number is within its family."""
    y, parts = 6.0, []
    for family, members in families(choices).items():
        most = max((size for v in members.values() if (size := _size(v)) is not None), default=0.0)
        name = words(family, NAME - 12, y + 17, text_anchor="end", class_="aw-name")
        parts.append(name)
        x = NAME
        for indices, value in members.items():
            text = shown_text(value)
            wide = max(text_width(text), text_width(indices, 9), 22.0) + 12
            if x + wide > WIDTH and x > NAME:
                x, y = NAME, y + CELL + 6
            parts.append(
                _cell(family, indices, value, most if len(members) > 1 else 0, (x, y, wide))
            )
            x += wide + 4
        y += CELL + 10
    return picture(
        *parts, width=WIDTH, height=y, label=f"{len(choices)} choices", class_="aw-choices"
    )


def _cell(
    family: str, indices: str, value: Shown, most: float, place: tuple[float, float, float]
) -> str:
    x, y, wide = place
    text, size = shown_text(value), _size(value)
    full = f"{family}[{indices}]" if indices else family
    share = 0.0 if not most or size is None else size / most
    return element(
        "g",
        hint(f"{full} = {text}"),
        element("rect", x=x, y=y, width=wide, height=CELL - 6, rx=3, class_="aw-cell"),
        element("rect", x=x, y=y + CELL - 8, width=wide * share, height=2, class_="aw-bar"),
        words(text, x + wide / 2, y + (17 if not indices else 21), text_anchor="middle"),
        words(indices, x + wide / 2, y + 9, text_anchor="middle", class_="aw-quiet aw-tiny")
        if indices
        else "",
    )


def _size(value: Shown) -> float | None:
    if isinstance(value, bool | str):
        return None
    return float(value.value) if isinstance(value, Quantity) else float(Fraction(value))
