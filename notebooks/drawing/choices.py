"""An architecture without a network: its choices, family by family."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from archwright.dsl.units import Quantity
from archwright.interpreter.answers import Shown, shown_text
from archwright.notebooks.svg.element import element, hint, picture, words

from .flow import BOLD, text_width

WIDTH = 920.0
LEFT, NAME, CELL = 8.0, 18.0, 34.0


def families(choices: Mapping[str, Shown]) -> dict[str, dict[str, Shown]]:
    """Choices by the name of their family, each by its indices."""
    found: dict[str, dict[str, Shown]] = {}
    for name, value in choices.items():
        family, _, indices = name.partition("[")
        found.setdefault(family, {})[indices.removesuffix("]")] = value
    return found


def draw(choices: Mapping[str, Shown]) -> str:
    """A cell a choice, by family; a bar shows how large a number is within its family."""
    x, y, parts = LEFT, 4.0, []
    for family, members in families(choices).items():
        most = max((size for v in members.values() if (size := _size(v)) is not None), default=0.0)
        cells = [
            (indices, value, max(text_width(shown_text(value)), text_width(indices, 9), 22) + 12)
            for indices, value in members.items()
        ]
        whole = max(sum(w + 4 for _, _, w in cells), text_width(family, BOLD))
        if x + whole > WIDTH and x > LEFT:
            x, y = LEFT, y + NAME + CELL + 10
        parts.append(words(family, x, y + NAME - 6, class_="aw-name"))
        start = x
        for indices, value, wide in cells:
            if x + wide > WIDTH and x > start:
                x, y = start, y + CELL + 4
            place = x, y + NAME, wide
            parts.append(_cell(family, indices, value, most if len(cells) > 1 else 0, place))
            x += wide + 4
        x = max(x, start + text_width(family, BOLD)) + 18
    return picture(
        *parts,
        width=WIDTH,
        height=y + NAME + CELL,
        label=f"{len(choices)} choices",
        class_="aw-choices",
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
