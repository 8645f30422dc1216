"""Rows that a spec can read: the time of what stands under a label, by the choices that decide it.

For `block[s, b]`, whose layers depend on `k[s, b]` and `e[s, b]`, there is a variable `block_time`
over `s`, `b`, `k` and `e`, so that a spec writes

    table here(s, b, k, e) -> (block_time: us) from "here.nc"

A choice with the indices of the label, or the first of them, is called by its name; the one before
it, as the width that a layer reads, `NAME_before`; any other one by its name and indices,
`width_3`. What depends on no choice and has no index lies along `batch`, which is 1, and so does
`rest_time`, the total of all of these that are always there.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

from archwright.dsl.dimensions import natural_scale
from archwright.interpreter.bound import index_text
from archwright.interpreter.layer_options import Label
from archwright.interpreter.lowering.result import LoweredChoice
from archwright.interpreter.values import Enumerator, Value

from .cover import Cover

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

MOST_CELLS = 1_000_000
Plain: TypeAlias = int | float | bool | str
Row: TypeAlias = tuple[dict[str, Plain], float]  # where a cell is, and what it holds

ONCE: dict[str, Plain] = {"batch": 1}


def options(cover: Cover, times: Mapping[str, float]) -> tuple[xr.Dataset, list[str]]:
    """A variable for each family of labels, and notes on what is left out.

    Parameters
    ----------
    times : mapping
        Of layers by their keys, in microseconds; what has none leaves its options without a row.
    """
    import numpy as np
    import xarray as xr

    notes: list[str] = []
    units: dict[str, str] = {}
    families = _families(cover, times, units, notes)
    places = _places(families)
    variables: dict[str, Any] = {}
    for family, rows in families.items():
        names = list(dict.fromkeys(name for where, _ in rows for name in where))
        if prod(len(places[name]) for name in names) > MOST_CELLS:
            notes.append(f"`{family}` depends on too many choices together for rows of its own")
            continue
        variables[f"{family}_time"] = (names, _cells(rows, names, places), {"units": "us"})
    used = {name for names, *_ in variables.values() for name in names}
    coordinates = {
        name: (name, np.array(list(found)), {"units": units[name]} if name in units else {})
        for name, found in places.items()
        if name in used
    }
    return xr.Dataset(variables, coordinates), notes


def _families(
    cover: Cover, times: Mapping[str, float], units: dict[str, str], notes: list[str]
) -> dict[str, list[Row]]:
    """The rows of each family of labels that has some, and of all that always stands there."""
    families: dict[str, list[Row]] = {}
    rest: list[float] = []
    for label in cover.places.labels:
        if not label.listed:
            notes.append(f"`{label.text}` depends on too many choices for rows of its own")
            continue
        rows = _rows(cover, label, times, units, notes)
        if rows:
            families.setdefault(label.family, []).extend(rows)
        if label.always and [where for where, _ in rows] == [ONCE]:
            rest.append(rows[0][1])
    if rest and "rest" not in families:
        families["rest"] = [(ONCE, sum(rest))]
    return families


def _places(families: Mapping[str, list[Row]]) -> dict[str, dict[Plain, int]]:
    """For each column where its values stand along its axis."""
    values: dict[str, dict[Plain, None]] = {}
    for rows in families.values():
        for where, _ in rows:
            for name, value in where.items():
                values.setdefault(name, {})[value] = None
    return {
        name: {value: i for i, value in enumerate(_sorted(found))} for name, found in values.items()
    }


def _cells(
    rows: list[Row], names: list[str], places: Mapping[str, Mapping[Plain, int]]
) -> NDArray[np.float64]:
    """Times over the axes of these columns; not-a-number where there is no row."""
    import numpy as np

    array = np.full([len(places[name]) for name in names], np.nan)
    for where, time in rows:
        # A choice that makes no difference here does elsewhere: the same for all its values.
        cell = tuple(places[name][where[name]] if name in where else slice(None) for name in names)
        array[cell] = round(time, 1)
    return array


def _rows(
    cover: Cover,
    label: Label,
    times: Mapping[str, float],
    units: dict[str, str],
    notes: list[str],
) -> list[Row]:
    """The options of a label whose layers are all known, each with its time."""
    numbers = {id(site): i for i, site in enumerate(cover.places.sites)}
    names = _names(label)
    fixed = dict(zip(label.index_names, map(_index, label.indices), strict=True))
    rows: list[Row] = []
    inactive = False
    for option in label.options:
        total = 0.0
        for site, form in zip(label.sites, option.forms, strict=True):
            if form is not None:
                key = cover.known.get((numbers[id(site)], form), "")
                total += times.get(key, float("nan"))
        if total != total:
            continue
        where = dict(fixed)
        for name, choice, value in zip(names, label.choices, option.values, strict=True):
            inactive = inactive or value is None
            if value is not None:
                where[name] = _plain(value, choice, name, units)
        if len(where) == len(fixed) + len(names):
            rows.append((where or ONCE, total))
    if inactive:
        notes.append(f"`{label.text}` has no rows where one of its choices is inactive")
    return rows


def _names(label: Label) -> list[str]:
    """What the choices of a label are called as columns, each differently."""
    short = [_relative(choice, label) for choice in label.choices]
    return [
        name if short.count(name) == 1 and name not in label.index_names else _full(choice)
        for name, choice in zip(short, label.choices, strict=True)
    ]


def _relative(choice: LoweredChoice, label: Label) -> str:
    name = choice.name.rpartition(".")[2]
    own = [index_text(i) for i in choice.indices]
    there = list(label.indices[: len(own)])
    if own == there:
        return name
    if len(own) == len(there) and own[:-1] == there[:-1]:
        before, here = own[-1], there[-1]
        if before.isdigit() and here.isdigit() and int(before) == int(here) - 1:
            return f"{name}_before"
    return "_".join([name, *own])


def _full(choice: LoweredChoice) -> str:
    return "_".join([choice.name.replace(".", "_"), *(index_text(i) for i in choice.indices)])


def _index(text: str) -> Plain:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdigit() else text


def _plain(value: Value, choice: LoweredChoice, name: str, units: dict[str, str]) -> Plain:
    """A value as a cell of netCDF, in the natural unit of its dimension."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Enumerator):
        return value.name
    number = Fraction(value)
    if choice.dimension is not None and not choice.dimension.plain:
        scale = natural_scale(choice.dimension)
        number /= scale.factor
        units[name] = scale.name
    return int(number) if number.denominator == 1 else float(number)


def _sorted(values: Mapping[Plain, None]) -> list[Plain]:
    """Numbers rising; names in the order in which they came."""
    if any(isinstance(v, str) for v in values):
        return [str(v) for v in values]
    return sorted(values)
