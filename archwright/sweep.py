"""One question for every combination of some inputs, as an xarray dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from archwright.dsl import nodes

from . import arrays

if TYPE_CHECKING:
    import xarray as xr

    from .bound import Bound
    from .results import Answer
    from .specs import Spec


def sweep(
    spec: Spec, inputs: Mapping[str, object], given: Mapping[str, Any], asked: Mapping[str, Any]
) -> xr.Dataset:
    """What `Spec.sweep` says; `given` goes to `bind` and `asked` to `solve` each time.

    Raises
    ------
    ValueError
        If nothing is swept over, or one input over no values.
    ArchError
        As `bind`, for any of the combinations.
    """
    axes: dict[str, list[Any]] = {
        name: list(values)
        for name, values in inputs.items()
        if isinstance(values, Iterable) and not isinstance(values, str | Mapping)
    }
    if not axes:
        raise ValueError("nothing is swept over: give a parameter or a record a list of values")
    for name, values in axes.items():
        if not values:
            raise ValueError(f"`{name}` is swept over no values")
    others = {name: value for name, value in inputs.items() if name not in axes}
    found = [bound.solve(**asked, progress=False) for bound in each(spec, axes, others, given)]
    return dataset(axes, found)


def each(
    spec: Spec, axes: Mapping[str, list[Any]], others: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[Bound]:
    """The spec bound to every combination, the last axis fastest.

    Where only parameters change, what was lowered before is kept.
    """
    items = spec.checked.file.items
    parameters = {node.name.text for node in items if isinstance(node, nodes.Param)}
    bound: dict[tuple[int, ...], Bound] = {}  # by the places of the records among their values
    for places in product(*(range(len(values)) for values in axes.values())):
        asked = {name: axes[name][i] for name, i in zip(axes, places, strict=True)}
        records = tuple(i for name, i in zip(axes, places, strict=True) if name not in parameters)
        if records in bound:
            changed = {name: value for name, value in asked.items() if name in parameters}
            yield bound[records].changed(**changed)
        else:
            yield bound.setdefault(records, spec.bind(**given, **others, **asked))


def dataset(axes: Mapping[str, list[Any]], answers: list[Answer]) -> xr.Dataset:
    """Answers, one for each combination, along a dimension for each axis."""
    import numpy as np
    import xarray as xr

    shape, along = tuple(map(len, axes.values())), tuple(axes)
    coordinates = {name: _coordinate(name, values) for name, values in axes.items()}
    rows = [{**a.choices} for a in answers]
    goals = arrays.table("all", [a.goals for a in answers], _names(a.goals for a in answers))
    chosen = arrays.table("all", rows, _names(rows), goals)
    told: dict[str, Any] = {
        "status": ("all", np.array([str(a.status) for a in answers], np.str_), {}),
        "nodes": ("all", np.array([a.proof.nodes for a in answers], np.int64), {}),
    }
    variables = {
        (name if name not in axes else f"{name} (chosen)"): (along, values.reshape(shape), notes)
        for name, (_, values, notes) in {**told, **chosen, **goals}.items()
    }
    return xr.Dataset(variables, coords=coordinates)


def _names(rows: Any) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _coordinate(name: str, values: list[Any]) -> tuple[str, Any]:
    """Values as they were given: numbers as numbers, anything else as its text."""
    import numpy as np

    plain = [v.item() if hasattr(v, "item") else v for v in values]
    if all(isinstance(v, int | float) for v in plain):
        return name, np.array(plain)
    return name, np.array([str(v) for v in plain], np.str_)
