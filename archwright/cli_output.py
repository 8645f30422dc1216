"""What the commands print: one JSON object, or the text face."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
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
    typer.echo(to_json(head | {k: plain(v) for k, v in fields.items()}))


def to_json(value: Any) -> str:
    """Plain data as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def writable(path: Path | None) -> Path | None:
    """A file that can be written; known before anything is solved.

    Raises
    ------
    typer.BadParameter
        If the path is a folder, or lies in none that can be written to.
    """
    if path is None:
        return None
    folder = path.absolute().parent
    if path.is_dir():
        raise typer.BadParameter(f"`{path}` is a folder, expected a file to write")
    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder `{folder}` to write into")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise typer.BadParameter(f"the system does not let `{path}` be written")
    return path


def netcdf(path: Path | None) -> Path | None:
    """A netCDF file that can be written.

    Raises
    ------
    typer.BadParameter
        If it is called otherwise, cannot be written, or the packages that write it are missing.
    """
    if path is None:
        return None
    if path.suffix != ".nc":
        raise typer.BadParameter(f"rows are written as netCDF; call the file `{path.stem}.nc`")
    if any(find_spec(name) is None for name in ("xarray", "netCDF4")):
        raise typer.BadParameter("netCDF files need `pip install 'archwright[data]'`")
    return writable(path)
