"""All named limits at once: bars of slack, what binds, and what each one costs."""

from __future__ import annotations

from html import escape

from archwright.interpreter.answers import shown_text
from archwright.interpreter.overview import NamedLimit, Overview
from archwright.notebooks.faces import Face, fold
from archwright.notebooks.svg.element import element, picture

from .shown import STYLES

BAR, TALL = 150.0, 13.0
BINDING = {True: ("■", "binds"), False: ("□", "does not bind"), None: ("?", "not known")}


def face(found: Overview, text: str) -> Face:
    """Both still faces; `text` is the object's own."""
    return Face(text, body(found), STYLES)


def body(found: Overview, live: bool = False) -> str:
    """A table of the limits, the rest folded; with buttons for names where it is live."""
    status = str(found.optimum.status)
    goals = ", ".join(f"{n} = {shown_text(v)}" for n, v in found.optimum.goals.items())
    told = {
        "optimal": f"at the optimum: {goals}",
        "feasible": f"at the best so far: {goals}",
        "infeasible": "nothing fits under them",
    }.get(status, "no solution is known")
    parts = [f"<div><strong>named limits</strong> {escape(told)}</div>"]
    if found.limits:
        titles = ["limit", "slack", "", "", f"{found.goal} without it", ""]
        if found.counted:
            titles.append("failures")
        head = "".join(f"<th>{escape(title)}</th>" for title in titles)
        rows = "".join(_row(limit, found.counted, live) for limit in found.limits)
        parts.append(f'<table class="aw-limits"><tr>{head}</tr>{rows}</table>')
        if not found.counted:
            engine = escape(found.optimum.proof.engine)
            parts.append(
                f'<div class="aw-quiet aw-small">the engine that answered ({engine}) does not '
                "count how often a limit failed</div>"
            )
    else:
        parts.append('<div class="aw-quiet">no named constraint is a limit</div>')
    if found.others:
        names = ", ".join(f"<code>{escape(name)}</code>" for name in found.others)
        parts.append(fold("no limits", names, is_open=False, count=len(found.others)))
    return f'<div class="aw-tight">{"".join(parts)}</div>'


def _row(limit: NamedLimit, counted: bool, live: bool) -> str:
    name = escape(limit.name)
    if live:
        name = f'<button data-limit="{name}" title="open its curve">{name}</button>'
    told = "" if limit.limit is None else shown_text(limit.limit)
    written = f"{limit.written} = {told}" if limit.written != told else told
    slack = "–" if limit.slack is None else shown_text(limit.slack)
    mark, word = BINDING[limit.binds]
    strong = "aw-binds" if limit.binds else "aw-quiet"
    loose = "?" if limit.without is None else shown_text(limit.without)
    cells = [
        f'<td>{name}<div class="aw-quiet aw-small">{escape(written)}</div></td>',
        f'<td class="aw-number">{escape(slack)}</td>',
        f"<td>{_bar(limit)}</td>",
        f'<td class="{strong}"><span aria-hidden="true">{mark}</span> {word}</td>',
        f'<td class="aw-number{"" if limit.binds else " aw-quiet"}">{escape(loose)}</td>',
        "<td></td>",
    ]
    if counted:
        cells.append(f'<td class="aw-number">{limit.failures or 0:,}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _bar(limit: NamedLimit) -> str:
    """What is used of a limit, and the slack as a share of it."""
    share = limit.share
    if share is None:
        return ""
    slack = max(0.0, min(1.0, float(share)))
    used = BAR * (1 - slack)
    kind = "aw-used aw-full" if limit.binds else "aw-used"
    return picture(
        element("rect", x=0.5, y=1.5, width=BAR - 1, height=TALL - 3, class_="aw-whole"),
        element("rect", x=0.5, y=1.5, width=max(0.0, used - 1), height=TALL - 3, class_=kind),
        element("text", f"{float(share):.1%}", x=BAR + 6, y=TALL - 2.5, class_="aw-quiet"),
        width=BAR + 50,
        height=TALL,
        label=f"slack {float(share):.1%} of the limit",
    )
