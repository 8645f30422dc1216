"""Tables from Python: what `bind(tables={...})` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.spec import Spec
from archwright.dsl.suggest import nearest

from .table_cells import column_forms
from .table_columns import BoundTable
from .table_headers import Header
from .tables import Cells, assemble, missing_column, source_span, too_many_rows


def given_table(spec: Spec, table: nodes.Table, data: Any) -> BoundTable:
    """The rows of a table from Python.

    Parameters
    ----------
    data : DataFrame, Series, Dataset, DataArray, structured array, mapping or iterable of mappings
        Columns by name, with the keys in columns or in the index of a frame; variables and
        coordinates by name; keys to values (`{(160, 3): 12}`); or one mapping for each row.
        Units that the data state, `time [us]` or an attribute `units`, are converted.

    Raises
    ------
    ArchError
        `not-a-table`, `missing-column`, `unit-mismatch`, `bad-cell`, `duplicate-key` or
        `too-many-rows`.
    """
    where = f"the data given for `{table.name}`"
    only = table.values[0].name.text if len(table.values) == 1 else None
    if hasattr(data, "data_vars"):
        return dataset_table(spec, table, data, where)
    if hasattr(data, "to_dataset"):
        return dataset_table(spec, table, data.to_dataset(name=data.name or only), where)
    if hasattr(data, "to_frame") and hasattr(data, "index"):
        data = data.to_frame(data.name if data.name is not None else only)
    if hasattr(data, "columns") and hasattr(data, "index"):
        return frame_table(spec, table, data, where)
    if isinstance(data, np.ndarray) and data.dtype.names:
        flat = data.reshape(-1)
        return _by_column(spec, table, {n: flat[n] for n in data.dtype.names}, where)
    if isinstance(data, Mapping):
        if data and all(isinstance(k, str) for k in data) and _has_columns(table, data):
            return _by_column(spec, table, data, where)
        return _assembled(spec, table, _rows(table, data, where), where)
    if isinstance(data, Iterable) and not isinstance(data, str | bytes | np.ndarray):
        rows = list(islice(data, table.limits.rows + 1))
        if not all(isinstance(row, Mapping) for row in rows):
            raise not_a_table(table)
        return _by_column(spec, table, _columns_of(table, rows, where), where)
    raise not_a_table(table)


def frame_table(spec: Spec, table: nodes.Table, frame: Any, where: str) -> BoundTable:
    """A table from a pandas DataFrame; `attrs["units"]` may map columns to their units."""
    wanted = {c.name.text for c in (*table.keys, *table.values)}
    attributes = frame.attrs
    if any(name in wanted for name in frame.index.names):
        frame = frame.reset_index()
    if len(frame) > table.limits.rows:
        raise ArchError(too_many_rows(table, where))
    columns = {str(name): _series(frame.iloc[:, i]) for i, name in enumerate(frame.columns)}
    if len(columns) < frame.shape[1]:
        names = [str(name) for name in frame.columns]
        Header(table, names, where).match(column_forms(spec, table))
    units = attributes.get("units")
    units = units if isinstance(units, Mapping) else {}
    for name in units:
        if name not in columns:
            guess = nearest(str(name), columns)
            hint = f"; did you mean `{guess}`?" if guess else ""
            raise not_a_table(table, f'attrs["units"] has `{name}`, which is no column{hint}')
    return _by_column(spec, table, columns, where, units)


def _series(series: Any) -> Any:
    """The cells of a column: an array, a categorical, or a list."""
    values = series.array
    if hasattr(values, "categories"):
        return values
    return series.to_numpy() if isinstance(series.dtype, np.dtype) else series.tolist()


def dataset_table(spec: Spec, table: nodes.Table, dataset: Any, where: str) -> BoundTable:
    """A table from an xarray Dataset.

    Keys and values are variables or coordinates, spread over all dimensions that they have
    together: keys that are dimensions make a grid, keys along one dimension a list. An entry whose
    values are all not-a-number has no row. An attribute `units` states a unit.
    """
    forms = column_forms(spec, table)
    for form in forms:
        if form.name not in dataset.variables:
            raise ArchError(missing_column(table, form.name, list(dataset.variables), where))
    variables = [dataset[form.name].variable for form in forms]
    sizes = {d: n for v in reversed(variables) for d, n in v.sizes.items()}
    spread = {d for v in variables[: len(table.keys)] for d in v.dims}
    if not set(sizes) <= spread:  # nothing says which entry along it is which
        fixed = [f.name for f, v in zip(forms, variables, strict=True) if not v.dims]
        name = fixed[0] if fixed else table.keys[0].name.text
        raise ArchError(missing_column(table, name, [str(d) for d in sizes], where))
    count = int(np.prod(list(sizes.values()), dtype=object))
    if count > table.limits.rows:
        raise ArchError(too_many_rows(table, where))
    arrays = [v.set_dims(sizes).transpose(*sizes).values.reshape(-1) for v in variables]
    absent = np.ones(count, bool)
    for array in arrays[len(table.keys) :]:
        absent &= array != array if array.dtype.kind in "fO" else np.False_
    there = np.flatnonzero(~absent)
    if len(there) < count:
        arrays = [array[there] for array in arrays]
    units = {str(n): v.attrs.get("units") for n, v in dataset.variables.items()}
    header = Header(table, [form.name for form in forms], where, units)
    matched, _ = header.match(forms)
    keys = list(zip(forms, arrays, strict=True))[: len(table.keys)]

    def entry(row: int) -> str:
        shown = ", ".join(f"{form.name} {array[row]}" for form, array in keys)
        return f"the entry ({shown}) of {where}"

    return assemble(table, Cells(matched, arrays, entry))


def _has_columns(table: nodes.Table, data: Mapping[str, Any]) -> bool:
    """Whether the names of a mapping are columns rather than keys of rows."""
    shorts = {name.partition("[")[0].partition("(")[0].strip() for name in data}
    wanted = {c.name.text for c in (*table.keys, *table.values)}
    return bool(wanted & (shorts | set(data)))


def _by_column(
    spec: Spec,
    table: nodes.Table,
    columns: Mapping[str, Any],
    where: str,
    units: Mapping[str, object] | None = None,
) -> BoundTable:
    header = Header(table, list(columns), where, units)
    forms, places = header.match(column_forms(spec, table))
    every = list(columns.values())
    cells = [_listed(table, every[i], where) for i in places]
    return _checked(table, Cells(forms, cells, _row_name(where)), where)


def _listed(table: nodes.Table, column: Any, where: str) -> Any:
    if hasattr(column, "categories") or (isinstance(column, np.ndarray) and column.ndim == 1):
        return column
    if isinstance(column, str) or not isinstance(column, Iterable):
        raise not_a_table(table, "its columns are no lists")
    return list(column)


def _columns_of(
    table: nodes.Table, rows: Sequence[Mapping[str, Any]], where: str
) -> dict[str, list[Any]]:
    """Rows turned into columns; every row has the columns of the first."""
    names = list(rows[0]) if rows else [c.name.text for c in (*table.keys, *table.values)]
    try:
        return {name: [row[name] for row in rows] for name in names}
    except KeyError:
        pass
    wanted = [c.name.text for c in (*table.keys, *table.values)]
    for row in rows:
        for name in wanted:
            if name not in row:
                raise ArchError(missing_column(table, name, row, where))
    return {name: [row[name] for row in rows] for name in wanted}


def _assembled(spec: Spec, table: nodes.Table, cells: list[list[Any]], where: str) -> BoundTable:
    return _checked(table, Cells(column_forms(spec, table), cells, _row_name(where)), where)


def _checked(table: nodes.Table, cells: Cells, where: str) -> BoundTable:
    lengths = {len(column) for column in cells.columns}
    if len(lengths) > 1:
        raise not_a_table(table, "its columns have different lengths")
    if max(lengths) > table.limits.rows:
        raise ArchError(too_many_rows(table, where))
    return assemble(table, cells)


def _row_name(where: str) -> Callable[[int], str]:
    return lambda i: f"row {i + 1} of {where}"


def _rows(table: nodes.Table, data: Mapping[Any, Any], where: str) -> list[list[Any]]:
    keys, values = len(table.keys), [c.name.text for c in table.values]
    cells: list[list[Any]] = [[] for _ in range(keys + len(values))]
    for key, row in data.items():
        left = key if isinstance(key, tuple) else (key,)
        if isinstance(row, Mapping):
            missing = [v for v in values if v not in row]
            if missing:
                raise ArchError(missing_column(table, missing[0], row, where))
            row = tuple(row[v] for v in values)
        right = tuple(row) if isinstance(row, tuple | list) else (row,)
        if len(left) != keys or len(right) != len(values):
            raise not_a_table(table, f"the entry {key!r} has the wrong length")
        for column, cell in zip(cells, (*left, *right), strict=True):
            column.append(cell)
    return cells


def not_a_table(table: nodes.Table, why: str = "") -> ArchError:
    """Data of another form."""
    keys = ", ".join(c.name.text for c in table.keys)
    values = ", ".join(c.name.text for c in table.values)
    return ArchError(
        Diagnostic(
            "not-a-table",
            f"the data given for `{table.name}` is no table of ({keys}) to ({values})"
            + (f": {why}" if why else ""),
            source_span(table),
            notes=("pass a mapping, a DataFrame, a Dataset, or a list of mappings",),
        )
    )
