"""Axes with ticks, faint grid lines and a title with its unit."""

from __future__ import annotations

from .element import element, line, words
from .scale import Scale, tick_text


def bottom(scale: Scale, y: float, title: str, *, top: float | None = None, ticks: int = 6) -> str:
    """A horizontal axis at `y`; grid lines reach up to `top`."""
    parts = [line([(scale.start, y), (scale.end, y)], stroke="var(--aw-line)")]
    for tick in scale.ticks(ticks):
        x = scale(tick)
        if top is not None:
            parts.append(_grid([(x, top), (x, y)]))
        parts.append(line([(x, y), (x, y + 4)], stroke="var(--aw-line)"))
        parts.append(words(tick_text(tick), x, y + 16, text_anchor="middle", class_="aw-quiet"))
    middle = (scale.start + scale.end) / 2
    parts.append(words(title, middle, y + 33, text_anchor="middle"))
    return element("g", *parts)


def left(scale: Scale, x: float, title: str, *, right: float | None = None, ticks: int = 5) -> str:
    """A vertical axis at `x`, its title above it; grid lines reach over to `right`."""
    parts = [line([(x, scale.start), (x, scale.end)], stroke="var(--aw-line)")]
    for tick in scale.ticks(ticks):
        y = scale(tick)
        if right is not None:
            parts.append(_grid([(x, y), (right, y)]))
        parts.append(line([(x - 4, y), (x, y)], stroke="var(--aw-line)"))
        parts.append(words(tick_text(tick), x - 7, y + 4, text_anchor="end", class_="aw-quiet"))
    parts.append(words(title, x - 4, min(scale.start, scale.end) - 10))
    return element("g", *parts)


def _grid(points: list[tuple[float, float]]) -> str:
    return line(points, stroke="var(--aw-line)", stroke_width=0.5, stroke_dasharray="2 3")
