"""The HTML face of answers: no script, everything escaped, readable in an untrusted notebook.

Colours come from the notebook's theme variables with a fallback, so light and dark both work.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from html import escape
from types import MappingProxyType
from typing import Any

from archwright.interpreter.answers import shown_text, with_error

STYLE = (
    "font-family: var(--jp-code-font-family, monospace); font-size: 13px; line-height: 1.45; "
    "color: var(--jp-content-font-color1, inherit)"
)
QUIET = "color: var(--jp-content-font-color2, #666)"
MARKS = {"optimal": "●", "feasible": "◐", "infeasible": "○", "unknown": "?"}


def plain(text: str) -> str:
    """The text face, escaped, in the notebook's code font."""
    return f'<pre style="{STYLE}; margin: 0; white-space: pre-wrap">{escape(text)}</pre>'


def rows(
    title: str,
    items: Mapping[str, Any],
    folded: bool = False,
    errors: Mapping[str, Fraction] = MappingProxyType({}),
) -> str:
    """A titled table of names and values; folded where it is long.

    A value that a logarithm went into is followed by the bound of its error.
    """
    if not items:
        return ""
    body = "".join(
        f'<tr><td style="text-align: left; padding: 0 1.5em 0 0">{escape(str(name))}</td>'
        f'<td style="text-align: left">{escape(_value(value, errors.get(name)))}</td></tr>'
        for name, value in items.items()
    )
    table = f'<table style="border: none; margin: 0 0 0.4em 1em">{body}</table>'
    state = "" if folded else " open"
    head = f'<summary style="cursor: pointer; {QUIET}">{escape(title)} ({len(items)})</summary>'
    return f"<details{state}>{head}{table}</details>"


def _value(value: Any, error: Fraction | None = None) -> str:
    return shown_text(value) if error is None else with_error(value, error)


def answer(a: Any) -> str:
    """A solved question: status, goals, choices, values and proof."""
    status = str(a.status)
    chosen = a.architecture
    hidden = set() if chosen is None else {*(chosen.constants if a.choices else ()), *a.goals}
    errors = {} if chosen is None else chosen.errors
    varying = {name: value for name, value in a.values.items() if name not in hidden}
    head = f"<div><strong>{MARKS[status]} {escape(status)}</strong></div>"
    reason = f"; {a.proof.reason}" if a.proof.reason else ""
    proof = f"proof: {a.proof.engine}, {a.proof.nodes:,} nodes{reason}"
    return (
        f'<div style="{STYLE}">{head}'
        + rows("goals", a.goals, errors=errors)
        + rows("choices", a.choices, folded=len(a.choices) > 30)
        + rows("values", varying, folded=len(varying) > 12, errors=errors)
        + f'<div style="{QUIET}">{escape(proof)}</div></div>'
    )
