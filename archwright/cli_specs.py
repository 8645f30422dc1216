"""Commands about specs and machines: check, test, doc, hardware."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from archwright.dsl.diagnostics import ArchError, Diagnostic

from .asking import unrolling
from .cli import (
    ANSWERED,
    BROKEN,
    Debug,
    Json,
    Quiet,
    Raised,
    TimeLimit,
    Trust,
    app,
    flag,
    raised,
    read,
    told,
)
from .cli_output import show_json, to_json
from .text import counted

# Inputs that only a question brings; such a spec is checked as far as its text goes.
LEFT_OPEN = {"missing-parameter", "missing-table", "missing-hardware"}

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help=".arch files or folders", show_default=False),
]


def specs(paths: list[Path], json: bool) -> list[Path]:
    """The files named, and every `.arch` file below the folders named; wrong usage without any."""
    from .formatting import files

    found, missing = files(paths)
    lacking = [f"there is no file or folder called {path}" for path in missing]
    if not found and not missing:
        lacking = ["no .arch file below these folders"]
    if lacking:
        with told(", ".join(map(str, paths)), json):
            raise ArchError(Diagnostic("file-not-found", message, None) for message in lacking)
    return found


@app.command()
def check(
    files: Paths,
    json: Json = False,
    trust: Trust = False,
    limit: Raised = None,
    debug: Debug = False,
) -> None:
    """Check names, kinds and units, and what compiling finds; print diagnostics."""
    from archwright.dsl.load import load
    from archwright.dsl.render_json import as_json
    from archwright.dsl.render_text import text
    from archwright.interpreter.bind import bind
    from archwright.interpreter.blame import always_false
    from archwright.interpreter.lower import lower

    started = perf_counter()
    limits = raised(limit)
    broken = False
    every = []
    for path in specs(files, json):
        diagnostics: tuple[Diagnostic, ...] = ()
        try:
            spec = load(path, trust_paths=trust, limits=limits)
            diagnostics = spec.warnings
            with unrolling(None):
                lowered = lower(bind(spec, {}, trust_paths=trust))
            diagnostics = (*diagnostics, *always_false(lowered))
        except ArchError as error:
            found = [d for d in error.diagnostics if d.slug not in LEFT_OPEN]
            diagnostics = (*found, *diagnostics)
            broken = broken or bool(found)
        every += as_json(diagnostics)
        if diagnostics and not json:
            typer.echo(text(diagnostics), err=True)
        elif not json:
            typer.echo(f"{path}: ok")
    if json:
        show_json(", ".join(map(str, files)), perf_counter() - started, diagnostics=every)
    sys.exit(BROKEN if broken else ANSWERED)


@app.command()
def test(
    paths: Paths,
    json: Json = False,
    time_limit: TimeLimit = None,
    quiet: Quiet = False,
    trust: Trust = False,
    limit: Raised = None,
    debug: Debug = False,
) -> None:
    """Run every `expect` of the specs below the paths."""
    from dataclasses import asdict

    from archwright.dsl.render_json import as_json
    from archwright.dsl.render_text import text

    from .results import ExpectFailure
    from .specs import load

    started = perf_counter()
    limits = raised(limit)
    passed, broken, every = 0, 0, []
    failed: list[ExpectFailure] = []
    for path in specs(paths, json):
        try:
            report = load(path, trust_paths=trust, limits=limits).test(
                time_limit=time_limit, progress=False if quiet else None
            )
        except ArchError as error:
            if not json:
                typer.echo(text(error.diagnostics), err=True)
            every += as_json(error.diagnostics)
            broken += 1
            continue
        passed += report.passed
        failed += report.failed
        if not json:
            typer.echo(f"{path}: {report!r}  ({report.seconds:.2f} s)")
    seconds = perf_counter() - started
    if json:
        show_json(
            ", ".join(map(str, paths)),
            seconds,
            passed=passed,
            failed=[asdict(f) for f in failed],
            diagnostics=every,
        )
    else:
        errors = f", {counted(broken, 'file')} with errors" if broken else ""
        typer.echo(f"{passed} passed, {len(failed)} failed{errors} in {seconds:.2f} s")
    sys.exit(BROKEN if failed or broken else ANSWERED)


@app.command()
def doc(
    topic: Annotated[
        Path,
        typer.Argument(metavar="TOPIC", help="an .arch file, std.gpu or sum", show_default=False),
    ],
    json: Json = False,
    time_limit: Annotated[
        float, typer.Option("--time-limit", min=0, help="seconds, to count and to find a solution")
    ] = 5,
    trust: Trust = False,
    limit: Raised = None,
    debug: Debug = False,
) -> None:
    """Print all that a spec states, and how large it is; or a module, or a function."""
    from archwright.dsl.load import standard, standard_modules
    from archwright.interpreter.card.written import card

    from .catalogue import described, known, unknown
    from .summary import documented, shown_card

    started = perf_counter()
    name = str(topic)
    if known(name) and not topic.exists():
        if json and name in standard_modules():
            show_json(name, perf_counter() - started, **card(standard(name)).facts())
        else:
            typer.echo(described(name))
        return
    with told(topic, json):
        if not topic.exists() and (error := unknown(name)) is not None:
            raise error
        found = documented(read(topic, trust, raised(limit)), time_limit)
    if json:
        show_json(str(topic), perf_counter() - started, **found.facts())
    else:
        typer.echo(shown_card(found))


@app.command("explain-error")
def explain_error(
    slug: Annotated[
        str | None,
        typer.Argument(metavar="SLUG", help="of a diagnostic: unit-mismatch", show_default=False),
    ] = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Print what a diagnostic means, with a wrong and a right example; without a slug, list all."""
    from archwright.dsl.explanations import page
    from archwright.dsl.slugs import SLUGS

    if slug is None:
        width = max(map(len, SLUGS))
        lines = [f"{name:{width}}  {SLUGS[name]}" for name in sorted(SLUGS)]
        typer.echo(to_json(dict(sorted(SLUGS.items()))) if json else "\n".join(lines))
        return
    try:
        found = page(slug)
    except KeyError as error:
        raise typer.BadParameter(str(error.args[0])) from None
    typer.echo(to_json(found.to_json()) if json else str(found))


@app.command()
def hardware(
    refresh: Annotated[bool, flag(help="measure again")] = False, debug: Debug = False
) -> None:
    """Probe this machine and print it as a `hardware` record."""
    from archwright.kernels.machine.probe import as_arch, probe

    typer.echo(as_arch(probe(refresh=refresh)))
