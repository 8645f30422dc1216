"""Another limit as Python, or as a change of the text."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from archwright.dsl.nodes import Hardware
from archwright.dsl.units import Quantity
from archwright.interpreter.answers import Shown, shown_text
from archwright.interpreter.questions import Model
from archwright.notebooks.explorer.controls import ParameterControl, layout
from archwright.notebooks.literals import literal

from .curve import StepCurve

DIGITS = 1_000_000  # a limit that is no short decimal is loosened to so many parts of its unit


def code(curve: StepCurve, i: int, model: Model) -> str:
    """What sets the limit at which step `i` begins.

    Where the limit is a parameter that is the tightest value of its domain that allows the step.
    """
    found, written = curve.found, curve.found.written
    text = _text(curve, i)
    if found.limit is None:
        return f"# {found.constraint} has no one limit to set: loosen it by {text} in the text"
    controls = {control.name: control for control in layout(model.lowered).parameters}
    if written in controls:
        value = _allowed(controls[written], found.curve[i][0], found.upper)
        if value is None:
            return f"# no value of the parameter {written} allows {text}"
        return f"p.changed({written}={literal(value)})"
    record = written.partition(".")[0]
    if "." in written and isinstance(model.bound.spec.names.get(record), Hardware):
        return f'spec.bind(hardware={{"{written}": "{text}"}})'
    where = f"{found.span.source.name}:{found.span.line}"
    return f"# {where}: in {found.constraint}, {text} instead of {written}"


def _text(curve: StepCurve, i: int) -> str:
    """The limit of a step as the language reads it, no tighter than it is."""
    limit = curve.found.curve[i][0]
    text = shown_text(limit)
    if not text.startswith("~"):
        return text
    value = limit.value if isinstance(limit, Quantity) else Fraction(str(limit))
    parts = value / curve.limits.factor * DIGITS
    rounded = Fraction(ceil(parts) if curve.found.upper else floor(parts), DIGITS)
    return f"{float(rounded):.6f} {curve.limits.unit}".strip()


def _allowed(control: ParameterControl, limit: Shown, upper: bool) -> Shown | None:
    """The tightest value of a parameter that is at least as loose as a limit."""
    values = list(control.values)
    if control.kind == "whole":
        values = [
            control.whole(number) for number in range(control.low, control.high + 1, control.step)
        ]
    loose = [v for v in values if (_size(v) >= _size(limit) if upper else _size(v) <= _size(limit))]
    return (min if upper else max)(loose, key=_size, default=None)


def _size(value: Shown) -> Fraction:
    if isinstance(value, Quantity):
        return value.value
    return Fraction(value) if isinstance(value, int | Fraction) else Fraction(0)
