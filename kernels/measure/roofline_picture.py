"""A roofline as SVG: lines, dots with a title each, and nothing that runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from .roofline import intensity, rate

if TYPE_CHECKING:
    from .roofline import Roofline

WIDTH, HEIGHT = 680, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 150, 16, 44
COLOURS = ("#4269d0", "#ff725c", "#3ca951", "#a463f2", "#9c6b4e", "#efb118", "#6cc5b0", "#ff8ab7")
GIGA = 1e9


def picture(found: Roofline) -> str:
    """The picture of a roofline; both axes are logarithmic."""
    points = [(intensity(layer), rate(layer)) for layer in found.layers.values()]
    ridges = [found.peak / b for b in found.bandwidths.values()]
    left, right = _decades([x for x, _ in points] + ridges)
    low, high = _decades([y for _, y in points] + [found.peak])

    def across(x: float) -> float:
        return LEFT + (math.log10(x) - left) / (right - left) * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(y) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="11" '
        'fill="currentColor" role="img">',
        "<title>Layers against the lines of the machine</title>",
        *_axes(across, up, (left, right), (low, high)),
        *_lines(found, across, up, (left, right), low),
        *_dots(found, across, up),
        "</svg>",
    ]
    return "\n".join(parts)


def _decades(values: Iterable[float]) -> tuple[int, int]:
    """Powers of ten around some values."""
    some = list(values)
    low, high = math.floor(math.log10(min(some))), math.ceil(math.log10(max(some)))
    return low, max(high, low + 1)


def _axes(
    across: Callable[[float], float],
    up: Callable[[float], float],
    wide: tuple[int, int],
    tall: tuple[int, int],
) -> Iterator[str]:
    bottom, end = HEIGHT - BOTTOM, WIDTH - RIGHT
    for power in range(wide[0], wide[1] + 1):
        x = across(10.0**power)
        yield f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="currentColor" stroke-opacity=".12"/>'
        text = f"{10.0**power:g}"
        yield f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{text}</text>'
    for power in range(tall[0], tall[1] + 1):
        y = up(10.0**power)
        yield f'<path d="M{LEFT} {y:.1f}H{end}" stroke="currentColor" stroke-opacity=".12"/>'
        text = f"{10.0**power / GIGA:g}"
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
    yield f'<text x="{(LEFT + end) / 2}" y="{HEIGHT - 8}" text-anchor="middle">FLOP/B</text>'
    yield f'<text x="14" y="{TOP + 4}">GFLOP/s</text>'


def _lines(
    found: Roofline,
    across: Callable[[float], float],
    up: Callable[[float], float],
    wide: tuple[int, int],
    low: int,
) -> Iterator[str]:
    """The peak, and a slope for each level of memory up to it."""
    end = 10.0 ** wide[1]
    for name, bandwidth in found.bandwidths.items():
        ridge = found.peak / bandwidth
        start = max(10.0 ** wide[0], 10.0**low / bandwidth)
        if start < ridge:
            yield (
                f'<path d="M{across(start):.1f} {up(start * bandwidth):.1f}'
                f'L{across(ridge):.1f} {up(found.peak):.1f}" stroke="currentColor" fill="none"/>'
            )
            middle = math.sqrt(start * ridge)
            yield (
                f'<text x="{across(middle) - 4:.1f}" y="{up(middle * bandwidth) - 4:.1f}" '
                f'text-anchor="end">{escape(name)}</text>'
            )
    first = min(found.peak / b for b in found.bandwidths.values())
    yield (
        f'<path d="M{across(first):.1f} {up(found.peak):.1f}H{across(end):.1f}" '
        'stroke="currentColor" fill="none"/>'
    )


def _dots(
    found: Roofline, across: Callable[[float], float], up: Callable[[float], float]
) -> Iterator[str]:
    """A dot for each layer, with what it is as its title, and a legend of the ops."""
    ops = list(dict.fromkeys(layer.op for layer in found.layers.values()))
    for key, layer in found.layers.items():
        colour = COLOURS[ops.index(layer.op) % len(COLOURS)]
        title = f"{key}: {layer.time:.1f} us, {rate(layer) / GIGA:.1f} GFLOP/s"
        yield (
            f'<circle cx="{across(intensity(layer)):.1f}" cy="{up(rate(layer)):.1f}" r="3.5" '
            f'fill="{colour}" fill-opacity=".7"><title>{escape(title)}</title></circle>'
        )
    for place, op in enumerate(ops):
        y, colour = TOP + 14 + 16 * place, COLOURS[place % len(COLOURS)]
        yield f'<circle cx="{WIDTH - RIGHT + 16}" cy="{y - 4}" r="4" fill="{colour}"/>'
        yield f'<text x="{WIDTH - RIGHT + 26}" y="{y}">{escape(op)}</text>'
