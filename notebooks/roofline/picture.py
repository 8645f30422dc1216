"""A roofline: layers on logarithmic axes under the lines of the machine, arrows from expected.

S. Williams, A. Waterman, D. Patterson: Roofline, an insightful visual performance model for
multicore architectures (2009).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import atan2, cos, degrees, pi, sin, sqrt

from archwright.notebooks.svg import axes
from archwright.notebooks.svg.element import element, hint, line, number, picture, words
from archwright.notebooks.svg.scale import Scale

from .points import GIGA, Point, Points

WIDTH, HEIGHT = 720.0, 420.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 190.0, 32.0, 46.0
SERIES = 6  # colours; marks differ, too
ARROWS = 60  # layers from which on only that of a selected one is drawn
MOST = 4000  # dots


def draw(points: Points) -> str:
    """The picture; each layer is a mark with its text, and has its number as `data-layer`."""
    shown = points.all
    rates = [r / GIGA for p in shown for r in (p.rate, p.expected)]
    ridges = [points.peak / b for b in points.bandwidths.values() if b]
    x = _scale([*(p.intensity for p in shown), *ridges], LEFT, WIDTH - RIGHT)
    y = _scale([*rates, points.peak / GIGA], HEIGHT - BOTTOM, TOP)
    parts = [
        axes.bottom(x, HEIGHT - BOTTOM, "operations per byte moved (FLOP/B)", top=TOP),
        axes.left(y, LEFT, "GFLOP/s", right=WIDTH - RIGHT),
        *_lines(points, x, y),
    ]
    if len(shown) <= ARROWS:
        parts.extend(_arrow(point, x, y) for point in shown)
    kinds = {op: place for place, op in enumerate(points.ops)}
    for place, point in enumerate(shown[:MOST]):
        parts.append(
            element(
                "g",
                hint(point.told),
                mark(x(point.intensity), y(point.rate / GIGA), kinds[point.op]),
                data_layer=str(place),
                class_="aw-layer",
            )
        )
    parts.extend(_legend(points))
    label = f"roofline: {len(shown):,} layers against the lines of the machine"
    return picture(*parts, width=WIDTH, height=HEIGHT, label=label, class_="aw-roofline")


def ends(points: Points) -> list[list[float]]:
    """For each layer the pixels of its mark and of what was expected: x, y measured, y expected."""
    shown = points.all
    rates = [r / GIGA for p in shown for r in (p.rate, p.expected)]
    ridges = [points.peak / b for b in points.bandwidths.values() if b]
    x = _scale([*(p.intensity for p in shown), *ridges], LEFT, WIDTH - RIGHT)
    y = _scale([*rates, points.peak / GIGA], HEIGHT - BOTTOM, TOP)
    return [
        [round(v, 2) for v in (x(p.intensity), y(p.rate / GIGA), y(p.expected / GIGA))]
        for p in shown
    ]


def mark(x: float, y: float, kind: int, size: float = 3.6) -> str:
    """A mark of an op: shape and colour both differ."""
    colour = f"aw-op aw-op-{kind % SERIES + 1}"
    shape = kind % 4
    if shape == 0:
        return element("circle", cx=x, cy=y, r=size, class_=colour)
    corners = {1: (4, pi / 4, 1.3), 2: (3, -pi / 2, 1.4), 3: (4, 0.0, 1.35)}[shape]
    count, turn, wide = corners
    angles = [turn + 2 * pi * k / count for k in range(count)]
    path = "L".join(
        f"{number(x + size * wide * cos(a))} {number(y + size * wide * sin(a))}" for a in angles
    )
    return element("path", d=f"M{path}Z", class_=colour)


def _scale(values: list[float], start: float, end: float) -> Scale:
    return Scale.over(values, start, end, log=True, margin=0.07)


def _lines(points: Points, x: Scale, y: Scale) -> Iterator[str]:
    """The peak and a slope for each level up to it, each with its name beside it."""
    peak = points.peak / GIGA
    rates = {name: b / GIGA for name, b in points.bandwidths.items() if b}
    first = min((peak / b for b in rates.values()), default=x.low)
    yield line([(x(max(first, x.low)), y(peak)), (x.end, y(peak))], class_="aw-roof")
    yield words(f"peak {peak:.3g}", x.end, y(peak) - 5, text_anchor="end", class_="aw-roof-name")
    for name, bandwidth in rates.items():
        start, ridge = max(x.low, y.low / bandwidth), peak / bandwidth
        if start >= ridge:
            continue
        a, b = (x(start), y(start * bandwidth)), (x(ridge), y(peak))
        used = name == points.level and not points.predicted
        yield line([a, b], class_="aw-roof" if used else "aw-roof aw-roof-other")
        turn = degrees(atan2(b[1] - a[1], b[0] - a[0]))
        at = sqrt(start * max(start, min(ridge, start * 6)))
        px, py = x(at), y(at * bandwidth) - 4
        yield words(
            f"{name} {bandwidth:.3g} GB/s",
            px,
            py,
            transform=f"rotate({number(turn)} {number(px)} {number(py)})",
            class_="aw-roof-name",
        )


def _arrow(point: Point, x: Scale, y: Scale) -> str:
    at, top, low = x(point.intensity), y(point.expected / GIGA), y(point.rate / GIGA)
    if abs(low - top) < 10:
        return ""
    tip = low - 5 if low > top else low + 5
    back = -4 if low > top else 4
    head = f"M{number(at - 2.5)} {number(tip + back)}L{number(at)} {number(tip)}"
    head += f"L{number(at + 2.5)} {number(tip + back)}"
    return element(
        "path", d=f"M{number(at)} {number(top)}V{number(tip)}{head}", fill="none", class_="aw-arrow"
    )


def _legend(points: Points) -> Iterator[str]:
    """Each op with its mark, how many layers it has, and what they reach."""
    left = WIDTH - RIGHT + 18
    for place, (op, some) in enumerate(points.ops.items()):
        top = TOP + 10 + 34 * place
        if top > HEIGHT - BOTTOM - 30:
            yield words(f"and {len(points.ops) - place} more ops", left, top, class_="aw-quiet")
            return
        yield mark(left, top - 4, place)
        yield words(op if len(op) <= 26 else op[:25] + "…", left + 10, top)
        many = f"{len(some)} layer{'' if len(some) == 1 else 's'}"
        many += f", {points.reached(op):.0%} of expected"
        yield words(many, left + 10, top + 14, class_="aw-quiet")
