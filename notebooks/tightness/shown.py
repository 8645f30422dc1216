"""The still faces of one limit's curve."""

from __future__ import annotations

from html import escape

from archwright.interpreter.tightness import Tightness
from archwright.notebooks.faces import Face, fold

from .curve import StepCurve
from .picture import Drawn, stairs

STYLES = ("tightness/tightness.css",)
ROWS = 200  # steps that the folded table lists


def pictures(curve: StepCurve) -> dict[str, Drawn]:
    """The whole curve and, where steps are missing, the part around the limit."""
    many = len(curve.found.curve)
    if not many:
        return {}
    drawn = {"whole": stairs(curve, range(many))}
    if not curve.found.complete and len(curve.found.every) > 1:
        drawn["near"] = stairs(curve, curve.found.every, near=True)
    return drawn


def head(curve: StepCurve) -> str:
    """The constraint, and whether every step is there."""
    found = curve.found
    many = len(found.curve)
    mark, state = ("●", "good") if found.complete else ("◐", "warn")
    steps = f"{many:,} step{'' if many == 1 else 's'}"
    if found.complete:
        told = f"complete: {steps}, proved" if many else "nothing fits under any limit, proved"
    elif found.every:
        first, last = (curve.limits.texts[i] for i in (found.every[0], found.every[-1]))
        told = (
            f"{steps}, each proved: every one from {first} to {last}, some elsewhere; "
            "where the line is dashed the best goal is at least as good as drawn"
        )
    else:
        told = f"not complete: stopped after {steps}"
    body = " ".join(found.span.text.partition(":")[2].split(" because ")[0].split())
    slack = (
        f' <span class="aw-quiet">slack {escape(curve.slack_text)}</span>' if found.slack else ""
    )
    if str(found.optimum.status) == "infeasible":
        slack = " <strong>nothing fits under the limit as it is</strong>"
    return (
        f'<div><strong>{escape(found.constraint)}</strong> <code class="aw-quiet">{escape(body)}'
        f"</code>{slack}</div>"
        f'<div><span class="aw-{state}" aria-hidden="true">{mark}</span> {escape(told)}</div>'
    )


def table(curve: StepCurve) -> str:
    """The steps, folded."""
    many = len(curve.found.curve)
    if not many:
        return ""
    here = curve.holding
    rows = "".join(
        f'<tr><td class="aw-number">{escape(curve.limits.texts[i])}</td><td class="aw-number">'
        f"{escape(curve.goals.texts[i])}</td>"
        f"<td>{'← the limit as it is' if i == here else ''}</td></tr>"
        for i in range(min(many, ROWS))
    )
    side = "least" if curve.found.upper else "most"
    name = f"{side} {curve.limit_name}" if curve.found.written else curve.limit_name
    titles = f'<tr><th class="aw-number">{escape(name)}</th><th class="aw-number">'
    titles += f"{escape(curve.found.goal)}</th><th></th></tr>"
    rest = f"<p class='aw-quiet'>and {many - ROWS:,} more</p>" if many > ROWS else ""
    return fold("steps", f"<table>{titles}{rows}</table>{rest}", is_open=False, count=many)


def face(found: Tightness, text: str) -> Face:
    """Both still faces; `text` is the object's own."""
    curve = StepCurve(found)
    drawn = pictures(curve)
    shown = "".join(
        (f'<div class="aw-quiet">near the limit as it is</div>{d.svg}' if name == "near" else d.svg)
        for name, d in drawn.items()
    )
    return Face(text, f'<div class="aw-tight">{head(curve)}{shown}{table(curve)}</div>', STYLES)
