"""The progress of a question: facts, what is closed, best value and bound over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from html import escape

from archwright.dsl.units import Quantity, axis_scale
from archwright.interpreter.answers import Shown, readable
from archwright.notebooks.faces import Face
from archwright.notebooks.svg import axes
from archwright.notebooks.svg.element import element, hint, line, picture, words
from archwright.notebooks.svg.scale import Scale

from .timeline import Moment, Timeline

STYLES = ("progress/progress.css",)
WIDTH, HEIGHT = 560, 190
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 26, 42
FAILING = 3  # constraints that are named


def face(timeline: Timeline) -> Face:
    """Both still faces of how far the question came."""
    return Face(sentence(timeline), body(timeline), STYLES)


def sentence(timeline: Timeline) -> str:
    """One line: phase, time, nodes, best and bound."""
    parts = [timeline.ended or timeline.phase, f"{timeline.seconds:.1f} s"]
    if timeline.nodes:
        parts.append(f"{readable(timeline.nodes)} nodes")
    parts += [f"{title} {_goals(goals)}" for title, goals in _reached(timeline)]
    if timeline.closed is not None:
        parts.append(f"{timeline.closed:.1%} of the space closed")
    return " · ".join(parts)


def _reached(timeline: Timeline) -> Iterable[tuple[str, Mapping[str, Shown]]]:
    both = (("best", timeline.best), ("bound", timeline.bound))
    return [(title, goals) for title, goals in both if goals]


def _goals(goals: Mapping[str, Shown]) -> str:
    return ", ".join(f"{name} {readable(value)}" for name, value in goals.items())


def body(timeline: Timeline) -> str:
    """The facts, what is closed, and the curve where there is a goal."""
    facts = [_fact("now", timeline.ended or timeline.phase), _fact("time", _seconds(timeline))]
    if timeline.nodes:
        facts.append(_fact("nodes", f"{timeline.nodes:,}"))
    if timeline.speed and not timeline.ended:
        facts.append(_fact("nodes per second", f"{timeline.speed:,.0f}"))
    facts += [_fact(title, _goals(goals)) for title, goals in _reached(timeline)]
    failing = sorted(timeline.failing.items(), key=lambda item: -item[1])[:FAILING]
    if failing:
        said = ", ".join(f"{name} ({count:,})" for name, count in failing)
        facts.append(_fact("fails most", said))
    shown = "".join(facts)
    return f'<div class="aw-progress-facts">{shown}</div>{_closed(timeline)}{curve(timeline)}'


def _fact(title: str, value: str) -> str:
    return f'<div><span class="aw-quiet">{escape(title)}</span> {escape(value)}</div>'


def _seconds(timeline: Timeline) -> str:
    return f"{timeline.seconds:.1f} s" if timeline.seconds < 100 else f"{timeline.seconds:.0f} s"


def _closed(timeline: Timeline) -> str:
    if timeline.closed is None:
        return ""
    share = min(1.0, timeline.closed)
    return (
        f'<div class="aw-closed" title="since the search last began anew"><meter min="0" max="1" '
        f'value="{share:.4f}"></meter> {share:.1%} of the space closed</div>'
    )


def curve(timeline: Timeline) -> str:
    """Best value and bound over time; nothing before the second moment with a value."""
    moments = [m for m in timeline.moments if m.best is not None]
    if len(moments) < 2:
        return ""
    name = timeline.goal
    factor, unit = _unit(moments)
    best = [(m.seconds, _number(m.best, factor)) for m in moments]
    bound = [(m.seconds, _number(m.bound, factor)) for m in moments if m.bound is not None]
    x = Scale(0.0, max(timeline.seconds, 1e-3), LEFT, WIDTH - RIGHT)
    values = [v for _, v in (*best, *bound)]
    y = Scale.over(values, HEIGHT - BOTTOM, TOP, margin=0.1)
    title = f"{name} ({unit})" if unit else name
    end = x(timeline.seconds)
    parts = [
        axes.bottom(x, HEIGHT - BOTTOM, "seconds", top=TOP),
        axes.left(y, LEFT, title, right=WIDTH - RIGHT, ticks=4),
    ]
    if bound:
        parts.append(
            line(_steps(bound, x, y, end), stroke="var(--aw-quiet)", stroke_dasharray="5 4")
        )
        parts.append(words("bound", end - 4, y(bound[-1][1]) - 5, text_anchor="end"))
    parts.append(line(_steps(best, x, y, end), stroke="var(--aw-accent)", stroke_width=2))
    last = None
    for seconds, value in best:
        if value != last:
            told = hint(f"{value:g} {unit} after {seconds:.2f} s")
            parts.append(
                element("circle", told, cx=x(seconds), cy=y(value), r=3, fill="var(--aw-accent)")
            )
        last = value
    above = bound and y(best[-1][1]) < y(bound[-1][1])
    parts.append(
        words(
            "best", end - 4, y(best[-1][1]) + (-6 if above or not bound else 14), text_anchor="end"
        )
    )
    label = f"{title} over {timeline.seconds:.1f} seconds: best {best[-1][1]:g}"
    return picture(*parts, width=WIDTH, height=HEIGHT, label=label)


def _steps(
    points: list[tuple[float, float]], x: Scale, y: Scale, end: float
) -> list[tuple[float, float]]:
    """A line that keeps each value until the next."""
    found: list[tuple[float, float]] = []
    for seconds, value in points:
        if found:
            found.append((x(seconds), found[-1][1]))
        found.append((x(seconds), y(value)))
    return [*found, (end, found[-1][1])]


def _unit(moments: list[Moment]) -> tuple[Fraction, str]:
    """The unit in which a goal's values are short, and its size."""
    amounts = [v for m in moments for v in (m.best, m.bound) if isinstance(v, Quantity)]
    if not amounts:
        return Fraction(1), ""
    scale = axis_scale([v.value for v in amounts], amounts[0].dimension)
    return scale.factor, scale.name


def _number(value: Shown | None, factor: Fraction) -> float:
    if isinstance(value, Quantity):
        return float(value.value / factor)
    return float(value) if isinstance(value, int | Fraction) else 0.0
