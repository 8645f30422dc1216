"""The two pictures of a front: points of two goals, and all goals on parallel axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from archwright.notebooks.svg import axes as axis_lines
from archwright.notebooks.svg.element import element, hint, line, number, picture, words
from archwright.notebooks.svg.scale import Scale, tick_text

from .columns import Axis

WIDTH, HEIGHT = 560.0, 372.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 18.0, 34.0, 48.0
TALL, HEAD, FOOT = 250.0, 58.0, 22.0  # of the parallel axes
APART = 118.0
SQUARE = 3000  # points from which on they are squares
HINTS = 300  # so many points have texts of their own without a script


@dataclass(frozen=True)
class Drawn:
    """A picture and where its axes stand, for the script that adds to it."""

    svg: str
    axes: tuple[dict[str, Any], ...]
    frame: tuple[float, float, float, float]


def scatter(
    x: Axis, y: Axis, *, log: tuple[bool, bool], border: bool, selected: int | None = None
) -> Drawn:
    """Points over two goals, with the border of what they dominate where these are all the goals.

    Parameters
    ----------
    log : pair of bool
        Whether each axis is logarithmic.
    border : bool
    selected : int, optional
        A point to ring and label; a live chart does that itself.
    """
    right, low = WIDTH - RIGHT, HEIGHT - BOTTOM
    across, up = x.scale(LEFT, right, log[0]), y.scale(low, TOP, log[1])
    spots = [(across(a), up(b)) for a, b in zip(x.numbers, y.numbers, strict=True)]
    parts = [
        axis_lines.bottom(across, low, _title(x, 46), top=TOP),
        axis_lines.left(up, LEFT, "", right=right),
        _better(x, y),
    ]
    if border:
        parts.append(_dominated(x, y, spots, (LEFT, TOP, right, low)))
    parts.append(dots(spots))
    if len(spots) <= HINTS:
        parts.extend(_hints(x, y, spots))
    if selected is not None:
        told = [f"{axis.texts[selected]}" for axis in (x, y)]
        parts.append(ring(spots[selected], ", ".join(told)))
    label = f"{len(spots):,} points of a front: {x.title} and {y.title}"
    svg = picture(*parts, width=WIDTH, height=HEIGHT, label=label, class_="aw-scatter")
    placed = (_placed(x, across), _placed(y, up))
    return Drawn(svg, placed, (LEFT, TOP, right, low))


def parallel(shown: Sequence[Axis], logs: Sequence[bool], selected: int | None = None) -> Drawn:
    """Every point as a line over parallel axes; the best of each goal is at the top."""
    width = max(WIDTH, LEFT + RIGHT + 40 + APART * (len(shown) - 1))
    apart = (width - LEFT - RIGHT - 40) / max(1, len(shown) - 1)
    low = HEAD + TALL
    parts, placed, columns = [], [], []
    for i, (axis, log) in enumerate(zip(shown, logs, strict=True)):
        x = LEFT + apart * i
        ends = (HEAD, low) if axis.sense == "minimize" else (low, HEAD)
        scale = axis.scale(*ends, log)
        columns.append([scale(value) for value in axis.numbers])
        placed.append({**_placed(axis, scale), "at": round(x, 2)})
        parts.append(_upright(axis, scale, x, apart))
    xs = [p["at"] for p in placed]
    lines = _segments(xs, columns)
    chosen = ""
    if selected is not None:
        way = [(x, column[selected]) for x, column in zip(xs, columns, strict=True)]
        chosen = line(way, class_="aw-line-on")
    label = f"{len(shown)} parallel axes: {', '.join(axis.name for axis in shown)}"
    svg = picture(
        lines, *parts, chosen, width=width, height=low + FOOT, label=label, class_="aw-parallel"
    )
    return Drawn(svg, tuple(placed), (LEFT, HEAD, xs[-1] if xs else LEFT, low))


def dots(spots: Iterable[tuple[float, float]]) -> str:
    """All points as one path of round ends; those that fall on one place are drawn once."""
    places = dict.fromkeys((round(x, 1), round(y, 1)) for x, y in spots)
    if len(places) > SQUARE:  # as small squares, which a browser draws several times as fast
        path = "".join(f"M{number(x - 1.5)} {number(y)}h3" for x, y in places)
        return element("path", d=path, class_="aw-dots aw-square", stroke_width=3)
    size = 6 if len(places) <= 150 else 4.5 if len(places) <= 400 else 3.6
    path = "".join(f"M{number(x)} {number(y)}h0" for x, y in places)
    return element("path", d=path, class_="aw-dots", stroke_width=size)


def ring(spot: tuple[float, float], text: str) -> str:
    """A point that is selected, with its label on the side that has room."""
    x, y = spot
    end = x > WIDTH - 190
    at = (x - 11 if end else x + 11, max(y - 9, TOP + 9))
    label = words(text, *at, text_anchor="end" if end else None, class_="aw-label")
    return element("circle", cx=x, cy=y, r=6.5, class_="aw-ring") + label


def short(text: str, most: int) -> str:
    """A text cut to a number of characters.

    >>> short("a name that is long", 8)
    'a name …'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def _title(axis: Axis, most: int) -> str:
    """Name and unit, a long name cut."""
    unit = f" ({axis.unit})" if axis.unit else ""
    return short(axis.name, most - len(unit)) + unit


def _better(x: Axis, y: Axis) -> str:
    """On each axis the direction that is better; the vertical one stands behind its title."""
    low = x.sense == "minimize"
    sideways = words(
        "← better" if low else "better →",
        LEFT if low else WIDTH - RIGHT,
        HEIGHT - BOTTOM + 33,
        text_anchor="start" if low else "end",
        class_="aw-better",
    )
    arrow = element(
        "tspan",
        "↓ better" if y.sense == "minimize" else "↑ better",
        dx=9,
        class_="aw-better",
    )
    name = element("tspan", escape(_title(y, 56)))
    return sideways + element("text", name, arrow, x=LEFT - 4, y=TOP - 12)


def _dominated(
    x: Axis,
    y: Axis,
    spots: Sequence[tuple[float, float]],
    frame: tuple[float, float, float, float],
) -> str:
    """The stairs between neighbours, and a wash over the side that is dominated."""
    if not spots:
        return ""
    left, top, right, low = frame
    worst_x = right if x.sense == "minimize" else left
    worst_y = top if y.sense == "minimize" else low
    ordered = sorted(dict.fromkeys((round(a, 1), round(b, 1)) for a, b in spots))
    if x.sense == "maximize":
        ordered.reverse()
    steps = [(ordered[0][0], worst_y), ordered[0]]
    for before, after in pairwise(ordered):
        steps += [(after[0], before[1]), after]  # worse in x first, then better in y
    steps.append((worst_x, ordered[-1][1]))
    thin = [steps[0]]
    for step in steps[1:]:
        if abs(step[0] - thin[-1][0]) + abs(step[1] - thin[-1][1]) >= 0.5:
            thin.append(step)
    area = "L".join(f"{number(a)} {number(b)}" for a, b in [*thin, (worst_x, worst_y)])
    wash = element("path", d=f"M{area}Z", class_="aw-wash")
    return wash + line(thin, class_="aw-border")


def _hints(x: Axis, y: Axis, spots: Sequence[tuple[float, float]]) -> Iterable[str]:
    """What is shown over each point where there is no script."""
    for i, (a, b) in enumerate(spots):
        told = hint(f"{i}: {x.name} = {x.texts[i]}, {y.name} = {y.texts[i]}")
        yield element("circle", told, cx=a, cy=b, r=5, class_="aw-hint")


def _upright(axis: Axis, scale: Scale, x: float, apart: float) -> str:
    """One of the parallel axes: title, which end is better, ticks."""
    top, low = min(scale.start, scale.end), max(scale.start, scale.end)
    fits = int(min(apart, 2 * LEFT) / 7.6)  # characters; the first axis has less room to its left
    parts = [
        hint(axis.title + (f" {axis.error}" if axis.error else "")),
        words(short(axis.name, fits), x, top - 40, text_anchor="middle", class_="aw-axis-name"),
        line([(x, top), (x, low)], class_="aw-axis"),
    ]
    under = "  ".join(filter(None, [axis.unit, "↑ better" if axis.sense else ""]))
    parts.append(words(under, x, top - 25, text_anchor="middle", class_="aw-better"))
    marks = axis.marks or [(t, tick_text(t)) for t in scale.ticks(5)]
    step = max(1, len(marks) * 13 // int(TALL))
    for value, text in list(marks)[::step]:
        y = scale(value)
        parts.append(line([(x - 3, y), (x + 3, y)], class_="aw-axis"))
        parts.append(words(short(text, int(fits * 0.7)), x + 6, y + 4, class_="aw-tick"))
    return element("g", *parts)


def _segments(xs: Sequence[float], columns: Sequence[Sequence[float]]) -> str:
    """The lines of all points as one path, pieces that fall on one another drawn once."""
    found: dict[tuple[int, int, int], None] = {}
    for gap in range(len(xs) - 1):
        pairs = zip(columns[gap], columns[gap + 1], strict=True)
        found.update(dict.fromkeys((gap, round(a), round(b)) for a, b in pairs))
    path = "".join(f"M{number(xs[gap])} {a}L{number(xs[gap + 1])} {b}" for gap, a, b in found)
    many = len(columns[0]) if columns else 0
    opacity = 0.6 if many <= 60 else 0.3 if many <= 600 else 0.13
    return element("path", d=path or "M0 0", class_="aw-lines", stroke_opacity=opacity)


def _placed(axis: Axis, scale: Scale) -> dict[str, Any]:
    """An axis as the script reads it."""
    return {
        "name": axis.name,
        "start": scale.start,
        "end": scale.end,
        "low": scale.low,
        "high": scale.high,
        "log": scale.log,
        "marks": bool(axis.marks),
    }
