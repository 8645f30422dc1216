"""Tables from files: CSV, netCDF, zarr and parquet, inside the folder of the spec."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.spec import Spec

from .table_columns import BoundTable
from .table_csv import csv_table
from .table_given import dataset_table, frame_table
from .tables import source_span

_NETCDF = (".nc", ".nc4", ".cdf")
_ZARR = (".zarr",)  # folders, the others are files
_PARQUET = (".parquet", ".pq")
_SHEETS = (".xlsx", ".xls", ".ods")


def file_table(spec: Spec, table: nodes.Table, top: Path | None) -> BoundTable:
    """The rows of a table that the spec takes from a file.

    Parameters
    ----------
    top : Path or None
        The folder that the file must lie in; None where any place is allowed.

    Raises
    ------
    ArchError
        `path-outside`, `file-not-found`, `file-too-large`, `not-text`, `not-a-table`,
        `missing-column`, `unit-mismatch`, `bad-cell`, `duplicate-key` or `too-many-rows`.
    """
    assert isinstance(table.source, nodes.FromFile)
    text = table.source.file
    path = _resolve(spec, text, top)
    where = f"`{text.value}`"
    limits = table.limits
    if _size(path) > limits.data:
        raise ArchError(
            Diagnostic(
                "file-too-large",
                f"the file {where} has more than {limits.data:_} bytes, the most that is read "
                "as a table",
                text.span,
                notes=("keep the columns and rows that the spec reads", limits.note("data")),
            )
        )
    kind = path.suffix.lower()
    if kind in _NETCDF:
        return _dataset(spec, table, path, where, "netCDF", "netCDF4")
    if kind in _ZARR:
        return _dataset(spec, table, path, where, "zarr", "zarr")
    if kind in _PARQUET:
        return _parquet(spec, table, path, where)
    if kind in _SHEETS:
        raise ArchError(
            Diagnostic(
                "not-a-table",
                f"the file {where} is a spreadsheet; tables are read from CSV, netCDF, zarr and "
                "parquet",
                text.span,
                notes=("save the sheet as CSV, or read it in Python and pass it to bind",),
            )
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(table, where, error.strerror or str(error)) from None
    return csv_table(spec, table, raw, where)


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
    path = Path(os.path.realpath(spec.folder / text.value))
    if top is not None and not path.is_relative_to(top.resolve()):
        raise ArchError(
            Diagnostic(
                "path-outside",
                f"`{text.value}` lies outside of the folder of the spec",
                text.span,
                notes=(
                    "a spec reads files of its own folder only, unless paths are trusted: "
                    "`--trust-paths`, or `trust_paths=True` in Python",
                ),
            )
        )
    if not path.is_file() and not (path.is_dir() and path.suffix.lower() in _ZARR):
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


def _unreadable(table: nodes.Table, where: str, why: str) -> ArchError:
    return ArchError(
        Diagnostic("not-text", f"the file {where} cannot be read: {why}", source_span(table))
    )


def _first_line(error: Exception) -> str:
    """What a library says, without its advice."""
    line = str(error).partition("\n")[0].partition(". ")[0]
    return f"{type(error).__name__}: {line}"


def _needs(table: nodes.Table, where: str, what: str, *packages: str) -> None:
    missing = [p for p in packages if find_spec(p) is None]
    if missing:
        names = " and ".join(missing)
        raise _unreadable(table, where, f"{what} needs the package {names}, which is not installed")


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _dataset(
    spec: Spec, table: nodes.Table, path: Path, where: str, kind: str, package: str
) -> BoundTable:
    _needs(table, where, kind, "xarray", package)
    import xarray

    engine = "zarr" if kind == "zarr" else None
    try:
        # An attribute such as `ms` is a unit of the language, not a time to be decoded.
        dataset = xarray.open_dataset(path, decode_times=False, engine=engine)
    except Exception as error:  # the backends raise whatever they like
        raise _unreadable(table, where, f"it is no {kind} file ({_first_line(error)})") from None
    with dataset:
        return dataset_table(spec, table, dataset, where)


def _parquet(spec: Spec, table: nodes.Table, path: Path, where: str) -> BoundTable:
    _needs(table, where, "parquet", "pandas", "pyarrow")
    import pandas  # type: ignore[import-untyped]

    try:
        frame = pandas.read_parquet(path, engine="pyarrow")
    except Exception as error:  # as above
        raise _unreadable(table, where, f"it is no parquet file ({_first_line(error)})") from None
    return frame_table(spec, table, frame, where)
