"""What the commands print: one JSON object, or the text face."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import typer

from archwright import __version__
from archwright.dsl.units import Quantity


def plain(value: Any) -> Any:
    """A value for JSON: numbers stay numbers, quantities become value and unit."""
    if isinstance(value, Quantity):
        return value.to_json()
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def show_json(spec: str, seconds: float, **fields: Any) -> None:
    """Print the one object of a command."""
    head = {"spec": spec, "version": __version__, "seconds": round(seconds, 6)}
    typer.echo(json.dumps(head | {k: plain(v) for k, v in fields.items()}, ensure_ascii=False))
