"""An answer as HTML: its status and proof, goals as figures, families of choices as grids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from html import escape
from itertools import groupby
from typing import Any

from archwright.interpreter.answers import Answer, Shown, readable, shown_text, with_error
from archwright.notebooks.faces import Face, fold

STYLES = ("answer/answer.css",)
MARKS = {"optimal": "●", "feasible": "◐", "infeasible": "○", "unknown": "?"}
SAID = {
    "optimal": "proved, nothing is better",
    "feasible": "the best so far, not proved",
    "infeasible": "proved, nothing fits; explain() says why",
    "unknown": "stopped before anything was found or refuted",
}
LONG = 24  # rows of choices or values that are shown unfolded


def face(a: Answer, text: str) -> Face:
    """Both still faces of an answer; `text` is the first."""
    status = str(a.status)
    said = SAID[status] if a.goals or status != "feasible" else ""
    chosen = a.architecture
    hidden = set() if chosen is None else {*(chosen.constants if a.choices else ()), *a.goals}
    errors = {} if chosen is None else chosen.errors
    values = {name: item for name, item in a.values.items() if name not in hidden}
    reason = f"; {a.proof.reason}" if a.proof.reason else ""
    proof = f"proof: {a.proof.engine}, {a.proof.nodes:,} nodes{reason}"
    body = (
        f'<div class="aw-status aw-{status}"><strong>{MARKS[status]} {status}</strong> '
        f'<span class="aw-quiet">{said}</span></div>'
        f"{_goals(a, errors)}"
        f"{_titled('choices', choices(a.choices), len(a.choices))}"
        f"{_titled('values', listed(values, errors), len(values))}"
        f'<div class="aw-quiet aw-small">{escape(proof)}</div>'
    )
    return Face(text, f'<div class="aw-answer">{body}</div>', STYLES)


def _titled(title: str, body: str, count: int) -> str:
    return fold(title, body, is_open=body.count("<tr>") <= LONG, count=count) if count else ""


def _goals(a: Answer, errors: Mapping[str, Fraction]) -> str:
    shown = []
    for name, item in a.goals.items():
        bound = a.bound.get(name)
        limit = "" if bound is None or bound == item else f" (bound {escape(shown_text(bound))})"
        shown.append(
            f'<div><span class="aw-figure">{escape(_value(item, errors.get(name)))}</span> '
            f'<span class="aw-quiet">{escape(name)}{limit}</span></div>'
        )
    return f'<div class="aw-figures">{"".join(shown)}</div>' if shown else ""


def choices(chosen: Mapping[str, Shown]) -> str:
    """Single choices in one line each; families with the same indices as rows of one grid."""
    single, rows = _families(chosen)
    grids = [
        _grid(last, list(group)) for last, group in groupby(rows, key=lambda row: tuple(row[1]))
    ]
    return listed(single) + "".join(grids)


def _families(
    chosen: Mapping[str, Shown],
) -> tuple[dict[str, Shown], list[tuple[str, dict[str, str]]]]:
    """Choices without an index, and for each row of a family its values by last index."""
    single: dict[str, Shown] = {}
    rows: dict[str, dict[str, str]] = {}
    for name, item in chosen.items():
        family, _, inside = name.partition("[")
        if not inside:
            single[name] = item
            continue
        *outer, last = inside.removesuffix("]").split(", ")
        rows.setdefault(f"{family}[{', '.join([*outer, '·'])}]", {})[last] = shown_text(item)
    return single, list(rows.items())


def _grid(last: Iterable[str], rows: list[tuple[str, dict[str, str]]]) -> str:
    head = "".join(f"<th>{escape(index)}</th>" for index in last)
    body = "".join(
        f"<tr><th>{escape(name)}</th>"
        + "".join(f"<td>{escape(text)}</td>" for text in items.values())
        + "</tr>"
        for name, items in rows
    )
    return f'<table class="aw-grid"><thead><tr><th></th>{head}</tr></thead>{body}</table>'


def listed(items: Mapping[str, Any], errors: Mapping[str, Fraction] | None = None) -> str:
    """Names and values, one below the other.

    A value that a logarithm went into is followed by the bound of its error.
    """
    rows = "".join(
        f'<tr><td class="aw-code">{escape(name)}</td>'
        f"<td>{escape(_value(item, (errors or {}).get(name)))}</td></tr>"
        for name, item in items.items()
    )
    return f"<table>{rows}</table>" if rows else ""


def _value(item: Shown, error: Fraction | None = None) -> str:
    return readable(item) if error is None else with_error(item, error)
