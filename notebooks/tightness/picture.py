"""The step curve as a picture: stairs, the limit as it is, and the slack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archwright.notebooks.svg import axes
from archwright.notebooks.svg.element import element, hint, line, picture, words
from archwright.notebooks.svg.scale import Scale

from .curve import StepCurve

WIDTH, HEIGHT = 620.0, 316.0
LEFT, RIGHT, TOP, BOTTOM = 66.0, 20.0, 44.0, 48.0
DOTS = 150  # steps that have a dot and a text each


@dataclass(frozen=True)
class Drawn:
    """A picture and where its axes stand, for the script that adds to it."""

    svg: str
    x: dict[str, Any]
    y: dict[str, Any]
    frame: tuple[float, float, float, float]


def stairs(curve: StepCurve, shown: range, near: bool = False) -> Drawn:
    """The steps of a range.

    Parameters
    ----------
    near : bool
        Whether this is a part of the curve, so that its ends are none.
    """
    numbers = [curve.limits.numbers[i] for i in shown]
    goals = [curve.goals.numbers[i] for i in shown]
    x = Scale.over([*numbers, curve.now], LEFT, WIDTH - RIGHT, margin=0.06)
    y = Scale.over(goals, HEIGHT - BOTTOM, TOP, margin=0.08)
    upper = curve.found.upper
    end = WIDTH - RIGHT if upper else LEFT
    title = curve.limits.title if curve.found.written else f"{curve.limits.title} than it is"
    parts = [
        axes.bottom(x, HEIGHT - BOTTOM, title, top=TOP),
        axes.left(y, LEFT, f"best {curve.goals.title}", right=WIDTH - RIGHT),
    ]
    if not near:
        parts.append(_nothing(x(numbers[0]), upper))
    parts.extend(_lines(curve, shown, x, y, end, near))
    parts.extend(_limit(curve, x, y, shown))
    radius = 3.2 if len(shown) <= 40 else 2.4
    if len(shown) <= DOTS:
        for i in shown:
            dot = hint(curve.step_text(i))
            at = {"cx": x(curve.limits.numbers[i]), "cy": y(curve.goals.numbers[i])}
            parts.append(element("circle", dot, **at, r=radius, class_="aw-step"))
    label = f"best {curve.goals.title} against {curve.limits.title}: {len(shown)} steps"
    svg = picture(*parts, width=WIDTH, height=HEIGHT, label=label, class_="aw-stairs")
    return Drawn(svg, _axis(x), _axis(y), (LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM))


def _axis(scale: Scale) -> dict[str, Any]:
    return {"start": scale.start, "end": scale.end, "low": scale.low, "high": scale.high}


def _nothing(x: float, upper: bool) -> str:
    """Where nothing fits: a wash, and words if there is room."""
    left, right = (LEFT, x) if upper else (x, WIDTH - RIGHT)
    wash = element(
        "rect",
        x=left,
        y=TOP,
        width=max(0.0, right - left),
        height=HEIGHT - BOTTOM - TOP,
        class_="aw-nothing",
    )
    if right - left < 76:
        return wash
    middle = (left + right) / 2
    return wash + words(
        "nothing fits", middle, HEIGHT - BOTTOM - 8, text_anchor="middle", class_="aw-quiet"
    )


def _lines(
    curve: StepCurve, shown: range, x: Scale, y: Scale, end: float, near: bool
) -> Iterator[str]:
    """Runs of stairs: whole where no step is missing, dashed where some are."""
    every = set(curve.found.every)
    run: list[tuple[float, float]] = []
    solid = True
    for i, after in zip(shown, [*shown[1:], None], strict=True):
        here = (x(curve.limits.numbers[i]), y(curve.goals.numbers[i]))
        known = after is None or (i in every and after in every)
        if run and known != solid:
            yield _run([*run, here], solid)
            run = []
        solid = known
        run.append(here)
        if after is not None:
            run.append((x(curve.limits.numbers[after]), here[1]))
        elif not near:
            run.append((end, here[1]))
    yield _run(run, solid)


def _run(points: list[tuple[float, float]], solid: bool) -> str:
    return line(
        points,
        class_="aw-run" if solid else "aw-run aw-some",
        stroke_dasharray=None if solid else "2 4",
    )


def _limit(curve: StepCurve, x: Scale, y: Scale, shown: range) -> Iterator[str]:
    """The limit as it is with its label, the slack and the optimum."""
    at = x(curve.now)
    late = at > (LEFT + WIDTH - RIGHT) / 2
    side = {"text_anchor": "end" if late else "start"}
    yield line([(at, TOP - 16), (at, HEIGHT - BOTTOM)], class_="aw-held")
    shift = -5 if late else 5
    yield words(curve.now_text, at + shift, TOP - 8, class_="aw-held-name", **side)
    i = curve.holding
    if i is None or i not in shown:
        return
    height = y(curve.goals.numbers[i])
    slack = curve.slack
    if slack is not None and slack > 0:
        used = curve.now - slack if curve.found.upper else curve.now + slack
        start = min(max(x(used), LEFT), WIDTH - RIGHT)
        below = height + 13 if height < HEIGHT - BOTTOM - 40 else height - 13
        ends = "".join(
            line([(e, below - 4), (e, below + 4)], class_="aw-slack") for e in (start, at)
        )
        yield line([(start, below), (at, below)], class_="aw-slack") + ends
        told = f"slack {curve.slack_text}"
        if abs(at - start) > 7 * len(told):
            middle = (start + at) / 2
            yield words(told, middle, below + 16, text_anchor="middle", class_="aw-told")
        else:  # on the looser side of the limit, where the stairs are above or below
            beside = at + 6 if curve.found.upper else at - 6
            anchor = "start" if curve.found.upper else "end"
            yield words(told, beside, below + 5, text_anchor=anchor, class_="aw-told")
    spot = hint(f"the optimum: {curve.step_text(i)}")
    yield element(
        "circle", spot, cx=x(curve.limits.numbers[i]), cy=height, r=6.5, class_="aw-optimum"
    )
