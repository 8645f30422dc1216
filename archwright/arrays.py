"""Answers as xarray datasets: numbers in their natural units, which `attrs["units"]` names.

A number that is absent, as that of an inactive choice, is not-a-number, and an absent text is
empty. A column of whole numbers of which 64 bits do not hold every one is rounded, and its
`attrs["exact"]` has all digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archwright.dsl.dimensions import natural_scale
from archwright.dsl.units import Quantity
from archwright.interpreter.answers import Answer, ConflictReport, Shown

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

WORD = 1 << 63


def column(values: Sequence[Shown | None]) -> tuple[np.ndarray[Any, Any], dict[str, str]]:
    """Values as an array, whole numbers as int64, and the attributes that say their unit."""
    import numpy as np

    known = [v for v in values if v is not None]
    if any(isinstance(v, str) for v in known):
        return np.array(["" if v is None else str(v) for v in values], np.str_), {}
    attributes = {}
    first = known[0] if known else 0
    if isinstance(first, Quantity):
        attributes["units"] = natural_scale(first.dimension).name
    numbers = [None if v is None else _number(v) for v in values]
    whole = all(n is None or n.denominator == 1 for n in numbers)
    if whole and all(n is not None and -WORD <= n < WORD for n in numbers):
        return np.array([int(n) for n in numbers if n is not None], np.int64), attributes
    if whole and any(n is not None and not -WORD <= n < WORD for n in numbers):
        attributes["exact"] = " ".join("-" if n is None else str(n.numerator) for n in numbers)
    return np.array([np.nan if n is None else float(n) for n in numbers], np.float64), attributes


def _number(value: Shown) -> Fraction:
    return Fraction(value.natural if isinstance(value, Quantity) else value)


def table(
    along: str,
    rows: Sequence[Mapping[str, Shown]],
    names: Sequence[str],
    beside: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A variable for each name along a dimension; one that is `beside` it already is left out.

    A choice that is called like a goal and is another number is `NAME (choice)`.
    """
    found: dict[str, Any] = {}
    for name in names:
        array, attributes = column([row.get(name) for row in rows])
        other = (beside or {}).get(name)
        if other is None:
            found[name] = (along, array, attributes)
        elif array.tolist() != other[1].tolist():
            found[f"{name} (choice)"] = (along, array, attributes)
    return found


def answer(a: Answer) -> xr.Dataset:
    """The answer to `solve`: goals as coordinates, choices and values as variables, no dimension.

    `attrs` hold the status, the engine and its number of nodes.
    """
    import xarray as xr

    goals = table("answer", [a.goals] if a.goals else [], list(a.goals))
    shown = {**a.choices, **a.values}
    variables = table("answer", [shown] if shown else [], list(shown), goals)
    attributes = {"status": str(a.status), "engine": a.proof.engine, "nodes": a.proof.nodes}
    data = xr.Dataset(variables, coords=goals, attrs=attributes)
    return data.squeeze("answer") if "answer" in data.dims else data


def count(number: int) -> xr.Dataset:
    """The answer to `count`: the variable `count`, with all digits in `attrs["exact"]`."""
    import xarray as xr

    array, _ = column([number])
    return xr.Dataset({"count": ((), array[0], {"exact": str(number)})})


def sample(rows: Sequence[Mapping[str, Shown]], names: Sequence[str], seed: int) -> xr.Dataset:
    """The answer to `sample`: one variable per choice along `draw`."""
    import xarray as xr

    return xr.Dataset(table("draw", rows, names), attrs={"seed": seed})


def domains(possible: Mapping[str, Sequence[Shown]], exact: bool) -> xr.Dataset:
    """The answer to `domains`: for each choice a coordinate of its own, with its values."""
    import xarray as xr

    coordinates = {name: (name, *column(values)) for name, values in possible.items()}
    return xr.Dataset(coords=coordinates, attrs={"exact": int(exact)})


def conflict(report: ConflictReport | None) -> xr.Dataset:
    """The answer to `explain`: constraints along `member`, changes that help along `repair`."""
    import numpy as np
    import xarray as xr

    def texts(values: Sequence[str]) -> np.ndarray[Any, Any]:
        return np.array(list(values), np.str_)

    members = () if report is None else report.members
    repairs = () if report is None else report.repairs
    return xr.Dataset(
        {
            "name": ("member", texts([m.name for m in members])),
            "file": ("member", texts([m.span.source.name for m in members])),
            "line": ("member", np.array([m.span.line for m in members], np.int64)),
            "reason": ("member", texts([m.reason for m in members])),
            "change": ("repair", texts([r.change for r in repairs])),
        },
        coords={"instance": ("member", texts([m.instance for m in members]))},
        attrs={"status": "feasible" if report is None else "infeasible"},
    )
