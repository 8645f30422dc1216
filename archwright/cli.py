"""The command line: `archwright COMMAND FILE...`.

Answers go to stdout, diagnostics and progress to stderr; exit codes are those of `docs/cli.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from archwright import __version__
from archwright.dsl.diagnostics import ArchError

if TYPE_CHECKING:
    from archwright.dsl.diagnostics import Diagnostic
    from archwright.dsl.limits import Limits

    from .specs import Spec

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="State a network's search space, a machine and a goal; get the best answer with proof.",
)

ANSWERED, BROKEN, USAGE, INFEASIBLE, UNPROVED = 0, 1, 2, 3, 4
# Mistakes of the call rather than of the spec.
USAGE_SLUGS = {
    "unknown-parameter",
    "missing-parameter",
    "unknown-choice",
    "unknown-constraint",
    "unknown-module",
    "unknown-record",
    "unknown-field",
    "out-of-domain",
    "bad-value",
    "unit-mismatch",
    "no-network",
    "no-goal",
    "no-slack",
}

File = Annotated[Path, typer.Argument(metavar="FILE", help="an .arch file", show_default=False)]
Parameters = Annotated[
    list[str] | None, typer.Option("-p", "--param", help="name=value: set a parameter")
]
Machines = Annotated[
    list[str] | None,
    typer.Option("--hardware", help="name=std.gpu.h200, name=file.arch:record or name.field=value"),
]
Fixed = Annotated[list[str] | None, typer.Option("--fix", help="choice=value: fix a choice")]
Dropped = Annotated[list[str] | None, typer.Option("--without", help="drop a named constraint")]
TimeLimit = Annotated[float | None, typer.Option("--time-limit", min=0, help="seconds")]
flag = partial(typer.Option, metavar="")  # an option that takes no value shows none
Json = Annotated[bool, flag("--json", help="print one JSON object")]
Quiet = Annotated[bool, flag("-q", "--quiet", help="no progress on stderr")]
Debug = Annotated[bool, flag("--debug", help="show tracebacks")]
Trust = Annotated[
    bool, flag("--trust-paths", help="allow imports and tables outside the spec's folder")
]

Raised = Annotated[
    list[str] | None, typer.Option("--limit", help="name=number: raise a limit, rows=5_000_000")
]


def main() -> None:
    """Entry point: no traceback reaches a user unless `--debug` is given."""
    debug = "--debug" in sys.argv
    try:
        app(standalone_mode=True)
    except ArchError as error:
        if debug:
            raise
        fail(error)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ANSWERED)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(UNPROVED)
    except Exception as error:
        if debug:
            raise
        from archwright.solvers.control import Stopped

        if isinstance(error, Stopped):
            typer.echo(str(error), err=True)
            sys.exit(UNPROVED)
        name = type(error).__name__
        typer.echo(
            f"internal-error: {name}: {error}\nthis is a bug in archwright; "
            "please report it with the spec; `--debug` shows the traceback",
            err=True,
        )
        sys.exit(70)


class Unread(ArchError):
    """A spec that could not be read: the mistakes are the spec's, unless there is no file."""

    code = BROKEN


def fail(error: ArchError) -> NoReturn:
    """Print diagnostics and leave with the exit code that the mistakes ask for."""
    from archwright.dsl.render_text import text

    typer.echo(text(error.diagnostics), err=True)
    if isinstance(error, Unread):
        sys.exit(error.code)
    usage = all(d.slug in USAGE_SLUGS or _no_such_file(d) for d in error.diagnostics)
    sys.exit(USAGE if usage else BROKEN)


@contextmanager
def told(spec: object, json: bool) -> Iterator[None]:
    """With `--json`, mistakes are the one object of the command as well."""
    started = perf_counter()
    try:
        yield
    except ArchError as error:
        if json:
            from archwright.dsl.render_json import as_json

            from .cli_output import show_json

            seconds = perf_counter() - started
            show_json(str(spec), seconds, diagnostics=as_json(error.diagnostics))
        raise


def _no_such_file(told: Diagnostic) -> bool:
    return told.slug == "file-not-found" and told.span is None


def raised(pairs: list[str] | None) -> Limits:
    """The limits that a command is run with."""
    from archwright.dsl.limits import Limits

    return Limits.of(assignments(pairs, "--limit"))


def read(file: Path, trust: bool, limits: Limits) -> Spec:
    """The spec of a command; its mistakes are the spec's, whatever their slug."""
    from .specs import load

    try:
        return load(file, trust_paths=trust, limits=limits)
    except ArchError as error:
        unread = Unread(error.diagnostics)
        if file.is_dir() or all(map(_no_such_file, error.diagnostics)):
            unread.code = USAGE
        raise unread from error


def assignments(pairs: list[str] | None, option: str) -> dict[str, str]:
    """`name=value` options as a mapping."""
    result = {}
    for pair in pairs or []:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise typer.BadParameter(f"expected name=value, found {pair!r}", param_hint=option)
        if name.strip() in result:
            raise typer.BadParameter(f"`{name.strip()}` is given twice", param_hint=option)
        result[name.strip()] = value.strip()
    return result


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"archwright {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, flag("--version", callback=_version, is_eager=True, help="show the version")
    ] = False,
) -> None:
    """Options of every command."""


from . import (  # noqa: E402  (they register)
    cli_explore,  # noqa: F401
    cli_format,  # noqa: F401
    cli_lsp,  # noqa: F401
    cli_measure,  # noqa: F401
    cli_networks,  # noqa: F401
    cli_questions,  # noqa: F401
    cli_specs,  # noqa: F401
)
