"""The command that times layers: measure."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from archwright.solvers.sampling import EmptySpace

from .cli import ANSWERED, UNPROVED
from .cli_output import netcdf, writable
from .cli_questions import Question, Which, question
from .measuring import MOST, ROUNDS


def _picture(path: Path | None) -> Path | None:
    """A file for a picture or its data, known to be writable before anything is timed.

    Raises
    ------
    typer.BadParameter
    """
    if path is not None and path.suffix == ".nc":
        return netcdf(path)
    if path is not None and path.suffix != ".svg":
        raise typer.BadParameter(
            f"a roofline is drawn as SVG, its data are netCDF; call the file `{path.stem}.svg` or "
            f"`{path.stem}.nc`"
        )
    return writable(path)


def _table(path: Path | None) -> Path | None:
    """A table that can be written, as netCDF or zarr.

    Raises
    ------
    typer.BadParameter
    """
    if path is None or path.suffix != ".zarr":
        return netcdf(path)
    found = path if path.is_dir() else writable(path)
    if any(find_spec(name) is None for name in ("xarray", "zarr")):
        raise typer.BadParameter("a zarr folder needs `pip install xarray zarr`")
    return found


@question("measure")
def measure(
    q: Question,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            callback=_table,
            help="the table, NAME.nc or NAME.zarr; FILE.nc if left out",
        ),
    ] = None,
    network: Which = None,
    rounds: Annotated[int, typer.Option(min=1, help="alternating rounds")] = ROUNDS,
    threads: Annotated[int, typer.Option(min=1, help="threads of torch")] = 1,
    most: Annotated[int, typer.Option(min=1, help="distinct layers at most")] = MOST,
    held_out: Annotated[
        int,
        typer.Option("--held-out", min=0, help="networks to compare with sums of their layers"),
    ] = 0,
    seed: Annotated[int, typer.Option(help="of the networks that are held out")] = 0,
    roofline: Annotated[
        Path | None,
        typer.Option(
            "--roofline", callback=_picture, help="layers against the machine's lines: .svg or .nc"
        ),
    ] = None,
) -> None:
    """Time every layer that a space can use, where it stands, into a table for the next solve."""
    from archwright.kernels.measure.recurrences import ElsewhereOnly
    from archwright.kernels.measure.table import WrongTable

    from .measuring import measure as measure_space

    path = out or netcdf(Path(q.file.with_suffix(".nc").name))
    try:
        found = measure_space(
            q.p, path, network, rounds=rounds, threads=threads, most=most, held_out=held_out,
            seed=seed, **q.options,
        )  # fmt: skip
    except EmptySpace:
        q.refuse()
    except WrongTable as error:
        raise typer.BadParameter(str(error), param_hint="'--out'") from error
    except ElsewhereOnly as error:
        raise typer.BadParameter(str(error), param_hint="'FILE'") from error
    if roofline is not None:
        lines = found.roofline()
        if roofline.suffix == ".nc":
            lines.to_xarray().to_netcdf(roofline)
        else:
            roofline.write_text(lines.svg(), encoding="utf-8")
    q.show(repr(found), **found.to_json())
    sys.exit(ANSWERED if found.complete else UNPROVED)
