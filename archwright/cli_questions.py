"""Commands that ask a bound spec: solve, count, all, pareto, sample, domains, explain, run."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from archwright.solvers.answers import Status

from . import text
from .cli import (
    ANSWERED,
    INFEASIBLE,
    UNPROVED,
    Debug,
    Dropped,
    File,
    Fixed,
    Json,
    Parameters,
    Quiet,
    TimeLimit,
    Trust,
    app,
    assignments,
    read,
)
from .cli_output import show_json
from .handles import Bound
from .results import Answer, Conflict

Out = Annotated[Path | None, typer.Option("--out", help="write the rows to a netCDF file")]


def bound(file: Path, parameters: list[str] | None, trust: bool) -> Bound:
    """The spec of a command, bound to its options."""
    return Bound(read(file, trust)._bind(parameters=assignments(parameters, "--param")))


def asked(
    fixed: list[str] | None, dropped: list[str] | None, time_limit: float | None, quiet: bool
) -> dict[str, Any]:
    """The options that every question takes."""
    return {
        "choices": assignments(fixed, "--fix"),
        "without": tuple(dropped or ()),
        "time_limit": time_limit,
        "progress": not quiet,
    }


def refuse(p: Bound, options: dict[str, Any], json: bool, file: Path, started: float) -> None:
    """Say why nothing fits and leave with the exit code of infeasibility."""
    conflict = p.explain(**options)
    if json:
        show_json(
            str(file), perf_counter() - started, status="infeasible", **conflict_fields(conflict)
        )
    else:
        typer.echo(repr(conflict))
    sys.exit(INFEASIBLE)


def conflict_fields(conflict: Conflict | None) -> dict[str, Any]:
    """A conflict as JSON fields."""
    if conflict is None:
        return {"conflict": [], "repairs": []}
    return {
        "conflict": [
            {
                "name": m.name,
                "instance": m.instance,
                "file": m.span.source.name,
                "line": m.span.line,
                "column": m.span.column,
                "reason": m.reason,
                "values": [
                    {"term": t.text, "value": t.lo}
                    if t.lo == t.hi
                    else {"term": t.text, "lo": t.lo, "hi": t.hi}
                    for t in m.terms
                ],
            }
            for m in conflict.members
        ],
        "repairs": [{"change": r.change, "verified": r.verified} for r in conflict.repairs],
    }


@app.command()
def solve(
    file: File,
    parameters: Parameters = None,
    fix: Fixed = None,
    without: Dropped = None,
    time_limit: TimeLimit = None,
    json: Json = False,
    quiet: Quiet = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Find the best solution and prove it."""
    started = perf_counter()
    p = bound(file, parameters, trust)
    options = asked(fix, without, time_limit, quiet)
    a: Answer = p.solve(**options)
    if a.status == Status.INFEASIBLE:
        refuse(p, options, json, file, started)
    if json:
        show_json(
            str(file),
            perf_counter() - started,
            status=str(a.status),
            goals=dict(a.goals),
            choices=dict(a.choices),
            values=dict(a.values),
            proof={
                "engine": a.proof.engine,
                "bound": list(a.bound.values()),
                "nodes": a.proof.nodes,
                "reason": a.proof.reason,
            },
        )
    else:
        typer.echo(repr(a))
    unproved = a.status == Status.UNKNOWN or (a.status == Status.FEASIBLE and bool(a.goals))
    sys.exit(UNPROVED if unproved else ANSWERED)


@app.command()
def count(
    file: File,
    parameters: Parameters = None,
    fix: Fixed = None,
    without: Dropped = None,
    time_limit: TimeLimit = None,
    json: Json = False,
    quiet: Quiet = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Count the solutions exactly."""
    started = perf_counter()
    n = bound(file, parameters, trust).count(**asked(fix, without, time_limit, quiet))
    if json:
        show_json(str(file), perf_counter() - started, count=n)
    else:
        typer.echo(text.grouped(n))


@app.command("all")
def all_(
    file: File,
    parameters: Parameters = None,
    fix: Fixed = None,
    without: Dropped = None,
    time_limit: TimeLimit = None,
    json: Json = False,
    out: Out = None,
    quiet: Quiet = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """List every solution."""
    started = perf_counter()
    p = bound(file, parameters, trust)
    every = p.all(**asked(fix, without, time_limit, quiet))
    names = [c.key for c in p.model.lowered.choices]
    if out is not None:
        every.to_xarray().to_netcdf(out)
        typer.echo(f"{text.grouped(every.total)} solutions written to {out}", err=json)
    rows = [[row.get(n) for n in names] for row in every] if json or out is None else []
    if json:
        show_json(str(file), perf_counter() - started, count=every.total, choices=names, rows=rows)
    elif out is None:
        for row in rows:
            typer.echo(" ".join("-" if v is None else text.value(v) for v in row))


@app.command()
def pareto(
    file: File,
    parameters: Parameters = None,
    fix: Fixed = None,
    without: Dropped = None,
    time_limit: TimeLimit = None,
    json: Json = False,
    out: Out = None,
    quiet: Quiet = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Find every non-dominated point of the goals."""
    started = perf_counter()
    p = bound(file, parameters, trust)
    options = asked(fix, without, time_limit, quiet)
    front = p.pareto(**options)
    if not len(front):
        refuse(p, options, json, file, started)
    if out is not None:
        front.to_xarray().to_netcdf(out)
    if json:
        points = [{"goals": dict(q.goals), "choices": dict(q.choices)} for q in front]
        show_json(str(file), perf_counter() - started, complete=front.complete, points=points)
    else:
        typer.echo(repr(front))
    sys.exit(ANSWERED if front.complete else UNPROVED)


@app.command()
def sample(
    file: File,
    n: Annotated[int, typer.Option("-n", min=1, help="how many")] = 1,
    seed: Annotated[int, typer.Option("--seed", help="the same seed draws the same")] = 0,
    parameters: Parameters = None,
    fix: Fixed = None,
    without: Dropped = None,
    time_limit: TimeLimit = None,
    json: Json = False,
    quiet: Quiet = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Draw solutions uniformly."""
    started = perf_counter()
    p = bound(file, parameters, trust)
    options = asked(fix, without, time_limit, quiet)
    if p.count(**options) == 0:
        refuse(p, options, json, file, started)
    rows = p.sample(n, seed, **options)
    if json:
        show_json(str(file), perf_counter() - started, seed=seed, rows=rows)
    else:
        for row in rows:
            typer.echo("  ".join(text.pairs(row)))


@app.command()
def domains(
    file: File,
    parameters: Parameters = None,
    fix: Fixed = None,
    without: Dropped = None,
    fast: Annotated[bool, typer.Option("--fast", help="propagation alone")] = False,
    time_limit: TimeLimit = None,
    json: Json = False,
    quiet: Quiet = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """List the values that each choice can still take."""
    started = perf_counter()
    p = bound(file, parameters, trust)
    possible = p.domains(exact=not fast, **asked(fix, without, time_limit, quiet))
    if json:
        show_json(str(file), perf_counter() - started, domains=possible, exact=not fast)
    else:
        for name, values in possible.items():
            typer.echo(f"{name}: " + (" ".join(text.value(v) for v in values) or "none"))


@app.command()
def explain(
    file: File,
    parameters: Parameters = None,
    fix: Fixed = None,
    without: Dropped = None,
    time_limit: TimeLimit = None,
    json: Json = False,
    quiet: Quiet = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Say why nothing fits: a minimal set of constraints that cannot hold together."""
    started = perf_counter()
    p = bound(file, parameters, trust)
    conflict = p.explain(**asked(fix, without, time_limit, quiet))
    if json:
        status = "feasible" if conflict is None else "infeasible"
        show_json(str(file), perf_counter() - started, status=status, **conflict_fields(conflict))
    else:
        typer.echo("feasible: there is nothing to explain" if conflict is None else repr(conflict))


@app.command()
def run(
    file: File,
    parameters: Parameters = None,
    fix: Fixed = None,
    without: Dropped = None,
    network: Annotated[str | None, typer.Option(help="which network, of several")] = None,
    time_limit: TimeLimit = None,
    json: Json = False,
    quiet: Quiet = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Choose, build and run on this machine; check against a reference and time it."""
    from .running import run as run_architecture

    started = perf_counter()
    p = bound(file, parameters, trust)
    options = asked(fix, without, time_limit, quiet)
    a = p.solve(**options)
    if a.architecture is None:
        if a.status == Status.INFEASIBLE:
            refuse(p, options, json, file, started)
        typer.echo(repr(a))
        sys.exit(UNPROVED)
    if not json:
        typer.echo(repr(a))
    outcome = run_architecture(a.architecture, network)
    if json:
        show_json(str(file), perf_counter() - started, status=str(a.status), **outcome.to_json())
    else:
        typer.echo(str(outcome))


@app.command()
def build(
    file: File,
    out: Annotated[Path, typer.Option("--out", help="where to write the torch module")],
    parameters: Parameters = None,
    fix: Fixed = None,
    without: Dropped = None,
    network: Annotated[str | None, typer.Option(help="which network, of several")] = None,
    time_limit: TimeLimit = None,
    json: Json = False,
    quiet: Quiet = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Choose, build a torch module and write its weights (freshly initialised) to a file."""
    from .running import build as build_architecture

    started = perf_counter()
    p = bound(file, parameters, trust)
    options = asked(fix, without, time_limit, quiet)
    a = p.solve(**options)
    if a.architecture is None:
        if a.status == Status.INFEASIBLE:
            refuse(p, options, json, file, started)
        typer.echo(repr(a))
        sys.exit(UNPROVED)
    module = build_architecture(a.architecture, network)
    import torch

    torch.save(module.state_dict(), out)
    parameters_built, macs = module.parameter_count(), module.mac_count()
    if json:
        show_json(
            str(file),
            perf_counter() - started,
            status=str(a.status),
            out=str(out),
            parameters=parameters_built,
            macs=macs,
        )
    else:
        typer.echo(f"{out}: {text.grouped(parameters_built)} parameters, {text.grouped(macs)} MACs")
