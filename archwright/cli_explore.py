"""The command that opens the explorer without a notebook: explore."""

from __future__ import annotations

import signal
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer

from .cli import (
    USAGE,
    Debug,
    Dropped,
    File,
    Fixed,
    Machines,
    Parameters,
    Quiet,
    Raised,
    Trust,
    app,
    assignments,
    flag,
    raised,
    read,
)

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free")]
NoBrowser = Annotated[bool, flag("--no-browser", help="print the address, open nothing")]


def _interrupted(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Both signals end it; a shell may have started this without Ctrl-C."""
    before = {n: signal.signal(n, _interrupted) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@app.command("explore")
def explore(
    file: File,
    parameters: Parameters = None,
    hardware: Machines = None,
    fix: Fixed = None,
    without: Dropped = None,
    port: Port = 0,
    no_browser: NoBrowser = False,
    quiet: Quiet = False,
    trust: Trust = False,
    limit: Raised = None,
    debug: Debug = False,
) -> None:
    """Open the explorer in a browser: a control for every parameter, choice and constraint."""
    from archwright.interpreter.choosing import read_choices
    from archwright.notebooks.explorer import serving

    from .asking import unrolling
    from .bound import Bound

    # Mistakes are told before there is a server.
    values, records = assignments(parameters, "--param"), assignments(hardware, "--hardware")
    choices, names = assignments(fix, "--fix"), tuple(without or ())
    spec = read(file, trust, raised(limit))
    with unrolling(not quiet):
        p = Bound(spec._bind(hardware=dict(records), parameters=dict(values)))
        _ = p.model.lowered
    list(read_choices(p.model.lowered, choices))
    p.model.groups(names)
    if absent := serving.missing():
        lacks = " and ".join(absent)
        typer.echo(
            f"the explorer without a notebook needs {lacks}: pip install 'archwright[explore]'",
            err=True,
        )
        sys.exit(USAGE)
    source = serving.code(
        file.resolve(), values, records, choices, names, trust, assignments(limit, "--limit")
    )
    try:
        with (
            _ended_by_signals(),
            serving.Server(file.name, source, serving.free_port(port)) as server,
        ):
            typer.echo(f"{file.name} is open at {server.address}")
            typer.echo("Ctrl-C ends it", err=True)
            if not no_browser:
                webbrowser.open(server.address)
            server.wait()
    except serving.NotServed as error:
        typer.echo(str(error), err=True)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        pass
