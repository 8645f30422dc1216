"""Tables from outside: CSV and netCDF files, and what Python passes to `bind`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.spec import Spec
from archwright.dsl.units import find_unit

from .bound import BoundTable
from .tables import (
    ROW_LIMIT,
    ColumnReader,
    Columns,
    assemble,
    collector_off,
    column_readers,
    missing_column,
    number,
    source_span,
    too_many_rows,
    unit_text,
)

_CHUNK = 1 << 14
_NETCDF = (".nc", ".nc4", ".cdf")


def file_table(spec: Spec, table: nodes.Table, top: Path | None) -> BoundTable:
    """The rows of a table that the spec takes from a file.

    Parameters
    ----------
    top : Path or None
        The folder that the file must lie in; None where any place is allowed.

    Raises
    ------
    ArchError
        `path-outside`, `file-not-found`, `not-text`, `missing-column`, `bad-cell`,
        `duplicate-key` or `too-many-rows`.
    """
    assert isinstance(table.source, nodes.FromFile)
    text = table.source.file
    path = _resolve(spec, text, top)
    if path.suffix in _NETCDF:
        return _netcdf(spec, table, path, text.value)
    return _csv(spec, table, path, text.value)


def _resolve(spec: Spec, text: nodes.Text, top: Path | None) -> Path:
    if spec.folder is None:
        raise ArchError(
            Diagnostic(
                "file-not-found",
                f"`{text.value}` cannot be found: this text lies in no folder",
                text.span,
                notes=("give the folder with loads(text, folder=…)",),
            )
        )
    path = (spec.folder / text.value).resolve()
    if top is not None and not path.is_relative_to(top.resolve()):
        raise ArchError(
            Diagnostic(
                "path-outside",
                f"`{text.value}` lies outside of the folder of the spec",
                text.span,
                notes=(
                    "a spec reads files of its own folder only, unless it is bound with "
                    "trust_paths=True",
                ),
            )
        )
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise ArchError(
            Diagnostic(
                "file-not-found",
                f"the file `{text.value}` {what}",
                text.span,
                notes=(f"looked for {path}",),
            )
        )
    return path


def _unreadable(table: nodes.Table, name: str, why: str) -> ArchError:
    return ArchError(
        Diagnostic("not-text", f"the file `{name}` cannot be read: {why}", source_span(table))
    )


# -------------------------------------------------------------------------------------------- csv


def _csv(spec: Spec, table: nodes.Table, path: Path, name: str) -> BoundTable:
    where = f"`{name}`"
    try:
        if _lines_beyond(path, ROW_LIMIT + 1):
            raise ArchError(too_many_rows(table, where))
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, skipinitialspace=True)
            header = [h.strip() for h in next(reader, [])]
            readers = column_readers(spec, table)
            positions = []
            for column in readers:
                if column.name not in header:
                    raise ArchError(missing_column(table, column.name, header, where))
                positions.append(header.index(column.name))
            with collector_off():
                cells, lines = _read_rows(table, reader, readers, positions, where)
    except UnicodeDecodeError as error:
        raise _unreadable(table, name, f"byte {error.start} is no UTF-8") from None
    except (OSError, csv.Error) as error:
        raise _unreadable(table, name, str(error)) from None
    return assemble(table, Columns(readers, cells, lambda i: f"row {lines[i]} of {where}"))


def _lines_beyond(path: Path, limit: int) -> bool:
    """Whether a file has more lines than that; stops reading there."""
    count = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            count += block.count(b"\n")
            if count > limit:
                return True
    return False


def _read_rows(
    table: nodes.Table,
    reader: Iterator[list[str]],
    readers: Sequence[ColumnReader],
    positions: Sequence[int],
    where: str,
) -> tuple[list[list[str]], Sequence[int]]:
    """The cells of the wanted columns, and the row number of each (the header is row 1)."""
    cells: list[list[str]] = [[] for _ in readers]
    lines: list[int] = []
    width = max(positions) + 1
    at = 2
    while chunk := list(islice(reader, _CHUNK)):
        numbers: Iterable[int] = range(at, at + len(chunk))
        at += len(chunk)
        if not all(chunk):  # blank lines
            kept = [(n, row) for n, row in zip(numbers, chunk, strict=True) if row]
            numbers, chunk = [n for n, _ in kept], [row for _, row in kept]
        if chunk and min(map(len, chunk)) < width:
            n, row = next((n, r) for n, r in zip(numbers, chunk, strict=True) if len(r) < width)
            raise ArchError(
                Diagnostic(
                    "bad-cell",
                    f"row {n} of {where} has {len(row)} cells; table `{table.name}` "
                    f"needs column {width}, `{readers[positions.index(width - 1)].name}`",
                    source_span(table),
                )
            )
        lines.extend(numbers)
        even = chunk and max(map(len, chunk)) == width
        columns = list(zip(*(chunk if even else [row[:width] for row in chunk]), strict=True))
        if chunk:
            for column, position in zip(cells, positions, strict=True):
                column.extend(columns[position])
    return cells, lines


# ----------------------------------------------------------------------------------------- netcdf


def _netcdf(spec: Spec, table: nodes.Table, path: Path, name: str) -> BoundTable:
    try:
        import xarray
    except ImportError:
        raise _unreadable(table, name, "netCDF needs the package xarray") from None
    try:
        dataset = xarray.load_dataset(path)
    except Exception as error:  # the backends raise whatever they like
        raise _unreadable(table, name, f"{type(error).__name__}: {error}") from None
    return _dataset(spec, table, dataset, f"`{name}`")


def _dataset(spec: Spec, table: nodes.Table, dataset: Any, where: str) -> BoundTable:
    """Dimensions are keys, coordinates their values; NaN marks a missing row."""
    readers = column_readers(spec, table)
    keys = [c.name.text for c in table.keys]
    values = [c.name.text for c in table.values]
    there = [*map(str, dataset.coords), *map(str, dataset.data_vars)]
    for key in keys:
        if key not in dataset.coords or key not in dataset.dims:
            raise ArchError(missing_column(table, key, there, where))
    for value in values:
        if value not in dataset.data_vars:
            raise ArchError(missing_column(table, value, there, where))
    size = 1
    for key in keys:
        size *= dataset.sizes[key]
    if size > ROW_LIMIT:
        raise ArchError(too_many_rows(table, where))
    arrays = [dataset[v].broadcast_like(dataset[keys].coords.to_dataset()) for v in values]
    cells: list[list[Any]] = [[] for _ in readers]
    grid = [dataset[key].values.tolist() for key in keys]
    flat = [a.transpose(*keys).values.reshape(-1).tolist() for a in arrays]
    for i, index in enumerate(_product(grid)):
        row = [column[i] for column in flat]
        if any(v != v for v in row):
            continue
        for column, cell in zip(cells, (*index, *row), strict=True):
            column.append(cell)
    readers = [
        _in_unit(table, reader, column, dataset[reader.name].attrs.get("units"), where)
        for reader, column in zip(readers, (*table.keys, *table.values), strict=True)
    ]
    return assemble(table, Columns(readers, cells, lambda i: f"entry {i + 1} of {where}"))


def _product(grid: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    from itertools import product

    return product(*grid)


def _in_unit(
    table: nodes.Table, reader: ColumnReader, column: nodes.Column, text: Any, where: str
) -> ColumnReader:
    """The reader for data that states its own unit."""
    if not isinstance(text, str):
        return reader
    found, declared = find_unit(text), find_unit(unit_text(column) or "1")
    if found is None or declared is None or found[1] != declared[1]:
        wanted = unit_text(column) or "a plain number"
        raise ArchError(
            Diagnostic(
                "unit-mismatch",
                f"`{reader.name}` in {where} is measured in `{text}`; "
                f"table `{table.name}` declares {wanted}",
                column.span,
            )
        )
    return ColumnReader(reader.name, reader.expected, lambda cell: number(cell) * found[0])


# ------------------------------------------------------------------------------------ from Python


def given_table(spec: Spec, table: nodes.Table, data: Any) -> BoundTable:
    """The rows of a table from Python.

    Parameters
    ----------
    data : mapping, DataFrame, Dataset or iterable of mappings
        Keys to values (`{(160, 3): 12}`), columns by name, a data frame with these columns, a
        dataset whose dimensions are the keys, or one mapping for each row.
    """
    where = f"the data given for `{table.name}`"
    if hasattr(data, "data_vars"):
        return _dataset(spec, table, data, where)
    readers = column_readers(spec, table)
    names = [r.name for r in readers]
    if hasattr(data, "columns") and hasattr(data, "index"):
        if any(n in names for n in data.index.names):
            data = data.reset_index()
        data = {str(c): data[c].tolist() for c in data.columns}
    if isinstance(data, Mapping) and (not data or not all(isinstance(k, str) for k in data)):
        cells = _rows(table, data, where)
    elif isinstance(data, Mapping) and (set(data) & set(names)):
        for name in names:
            if name not in data:
                raise ArchError(missing_column(table, name, data, where))
        cells = [list(data[name]) for name in names]
    elif isinstance(data, Mapping):
        cells = _rows(table, data, where)
    elif isinstance(data, Iterable) and not isinstance(data, str):
        rows = list(islice(data, ROW_LIMIT + 1))
        for name in names:
            for row in rows:
                if not isinstance(row, Mapping):
                    raise _not_a_table(table)
                if name not in row:
                    raise ArchError(missing_column(table, name, row, where))
        cells = [[row[name] for row in rows] for name in names]
    else:
        raise _not_a_table(table)
    if len(set(map(len, cells))) > 1:
        raise _not_a_table(table, "its columns have different lengths")
    if len(cells[0]) > ROW_LIMIT:
        raise ArchError(too_many_rows(table, where))
    return assemble(table, Columns(readers, cells, lambda i: f"row {i + 1} of {where}"))


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
            raise _not_a_table(table, f"the entry {key!r} has the wrong length")
        for column, cell in zip(cells, (*left, *right), strict=True):
            column.append(cell)
    return cells


def _not_a_table(table: nodes.Table, why: str = "") -> ArchError:
    keys = ", ".join(c.name.text for c in table.keys)
    values = ", ".join(c.name.text for c in table.values)
    return ArchError(
        Diagnostic(
            "not-a-table",
            f"the data given for `{table.name}` is no table of ({keys}) to ({values})"
            + (f": {why}" if why else ""),
            table.name.span,
            notes=("pass a mapping, a DataFrame, a Dataset, or a list of mappings",),
        )
    )
