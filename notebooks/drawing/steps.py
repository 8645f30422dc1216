"""The arithmetic of one number as HTML: windows and kernels as grids, sums, and the check."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archwright.kernels.opened.sums import Step, Term, Window

LEVELS = 5


def digits(value: float) -> str:
    """A number in four digits.

    >>> digits(0.123456), digits(-2.5), digits(0.0), digits(12345.6)
    ('0.1235', '−2.5', '0', '1.235e+04')
    """
    return f"{value:.4g}".replace("-", "−") if value else "0"


def plain_lines(steps: Sequence[Step]) -> list[str]:
    """The steps as text, one line each."""
    found = []
    for step in steps:
        told = ", ".join(f"{name} = {digits(v)}" for name, v in step.numbers)
        check = "equal" if step.equal else f"but the tensor has {digits(step.running)}"
        found.append(
            f"{step.name}: {step.formula}"
            + (f" with {told}" if told else "")
            + f" = {digits(step.value)} ({check})"
        )
    return found


def markup(steps: Sequence[Step]) -> str:
    """All steps, in order."""
    body = "".join(_step(step) for step in steps)
    return (
        f'<div class="aw-steps">{body}<div class="aw-quiet">{escape(check_text(steps))}</div></div>'
    )


def check_text(steps: Sequence[Step]) -> str:
    """How equal the numbers are that are called equal."""
    largest = max(abs(step.value - step.running) for step in steps)
    allowed = digits(steps[0].tolerance)
    return (
        f"worked out in double precision, the tensor that ran differs by up to {digits(largest)}; "
        f"✓ allows {allowed} of the sum of absolute values, or of 1 where that is less"
    )


def _step(step: Step) -> str:
    parts = [
        f'<div class="aw-step-head"><b>{escape(step.name)}</b> '
        f'<span class="aw-quiet">{escape(step.formula)}</span></div>'
    ]
    if step.windows:
        largest = _largest(step.windows)
        shown = "".join(_window(window, largest) for window in step.windows)
        parts.append(f'<div class="aw-windows">{shown}</div>')
    if step.terms and not (len(step.terms) == 1 and step.terms[0].weight is None):
        parts.append(_terms(step.terms))
    if step.rest:
        parts.append(
            f'<div class="aw-quiet">and {step.rest:,} smaller: {digits(step.rest_total)}</div>'
        )
    if step.numbers:
        told = " · ".join(f"{escape(name)} {digits(v)}" for name, v in step.numbers)
        parts.append(f'<div class="aw-quiet">{told}</div>')
    if step.equal:
        check = f'<span class="aw-equal">✓ the tensor has {digits(step.running)}</span>'
    else:
        check = f'<span class="aw-unequal">✗ the tensor has {digits(step.running)}</span>'
    parts.append(f'<div class="aw-result">= {digits(step.value)} {check}</div>')
    return f'<div class="aw-step">{"".join(parts)}</div>'


def _largest(windows: Sequence[Window]) -> tuple[float, float]:
    numbers = [abs(v) for w in windows for row in w.numbers for v in row if v is not None]
    weights = [abs(v) for w in windows for row in w.weights for v in row]
    return max(numbers, default=0.0), max(weights, default=0.0)


def _window(window: Window, largest: tuple[float, float]) -> str:
    grids = []
    if window.weights:
        grids.append(_grid(window.weights, largest[1], "kernel", None))
        grids.append('<span class="aw-sign">×</span>')
    label = "window"
    grids.append(_grid(window.numbers, largest[0], label, window.winner))
    if window.winner is None:
        grids.append(f'<span class="aw-sign">Σ {digits(window.total)}</span>')
    else:
        grids.append(f'<span class="aw-sign">→ {digits(window.total)}</span>')
    name = f'<div class="aw-quiet">{escape(window.name)}</div>'
    return f'<div class="aw-window">{name}<div class="aw-grids">{"".join(grids)}</div></div>'


def _grid(
    rows: Sequence[Sequence[float | None]],
    largest: float,
    label: str,
    winner: tuple[int, int] | None,
) -> str:
    lines = []
    for i, row in enumerate(rows):
        cells = "".join(_cell(v, largest, (i, j) == winner) for j, v in enumerate(row))
        lines.append(f"<tr>{cells}</tr>")
    return f'<table class="aw-grid" aria-label="{label}">{"".join(lines)}</table>'


def _cell(value: float | None, largest: float, won: bool) -> str:
    if value is None:
        return '<td class="aw-outside" title="outside the image: counts as nothing">·</td>'
    level = 0 if not largest else round(LEVELS * abs(value) / largest)
    sign = "" if not level else (f" aw-above-{level}" if value > 0 else f" aw-below-{level}")
    mark = " aw-won" if won else ""
    return f'<td class="aw-cell-number{sign}{mark}" title="{value!r}">{_few(value)}</td>'


def _few(value: float) -> str:
    """Few characters for a cell; the whole number is its hint."""
    return f"{value:.2g}".replace("-", "−") if value else "0"


def _terms(terms: Sequence[Term]) -> str:
    lines = []
    for term in terms:
        product = (
            f"<td>{digits(term.x)}</td><td></td><td></td>"
            if term.weight is None
            else f"<td>{digits(term.weight)}</td><td>× {digits(term.x)}</td>"
            f"<td>= {digits(term.total)}</td>"
        )
        lines.append(f"<tr><td>{escape(term.name)}</td>{product}</tr>")
    return f'<table class="aw-terms">{"".join(lines)}</table>'
