"""SVG elements as text: attributes and contents escaped, numbers short and stable."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

Attribute: TypeAlias = str | float | bool | None
Point: TypeAlias = tuple[float, float]


def number(value: float) -> str:
    """A coordinate to a hundredth of a pixel, without needless digits.

    >>> number(3.0), number(2 / 3), number(-0.001)
    ('3', '0.67', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(tag: str, *children: str, **attributes: Attribute) -> str:
    """An element; `children` are SVG, text passes through `words`.

    A name's underscores become hyphens and a trailing one is dropped (`class_`); None and False
    leave an attribute out.

    >>> element("circle", r=2, stroke_width=0.5, class_="aw-dot")
    '<circle r="2" stroke-width="0.5" class="aw-dot"/>'
    """
    parts = [tag]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        shown = value if isinstance(value, str) else number(value)
        text = escape("" if value is True else shown)
        parts.append(f'{name.rstrip("_").replace("_", "-")}="{text}"')
    head = " ".join(parts)
    return f"<{head}>{''.join(children)}</{tag}>" if children else f"<{head}/>"


def words(text: str, x: float, y: float, **attributes: Attribute) -> str:
    """A line of text, escaped."""
    return element("text", escape(text), x=x, y=y, **attributes)


def hint(text: str) -> str:
    """What is shown while the pointer rests on the element it stands in."""
    return f"<title>{escape(text)}</title>"


def line(points: Iterable[Point], **attributes: Attribute) -> str:
    """An open line through points."""
    path = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return element("path", d=f"M{path}", fill="none", **attributes)


def picture(
    *children: str, width: float, height: float, label: str, **attributes: Attribute
) -> str:
    """A whole picture with the sentence that stands for it where it cannot be seen."""
    return element(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
        **attributes,
    )
