"""Commands that ask a bound spec: solve, count, all, pareto, sample, domains, explain, run."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NoReturn, cast, get_type_hints

import typer

from archwright.interpreter.answers import Architecture
from archwright.interpreter.evaluate import Evaluation
from archwright.solvers.answers import Status
from archwright.solvers.control import Stopped

from . import arrays, text
from .asking import unrolling
from .bound import Bound
from .cli import (
    ANSWERED,
    INFEASIBLE,
    UNPROVED,
    Debug,
    Dropped,
    File,
    Fixed,
    Json,
    Machines,
    Parameters,
    Quiet,
    Raised,
    TimeLimit,
    Trust,
    app,
    assignments,
    flag,
    raised,
    read,
    told,
)
from .cli_output import netcdf, show_json
from .front import Front
from .results import Answer, Conflict, Tightness
from .running import meant

Out = Annotated[
    Path | None, typer.Option("--out", callback=netcdf, help="write the answer to a netCDF file")
]
Which = Annotated[str | None, typer.Option(help="which network, of several")]

Fuse = Annotated[
    bool,
    typer.Option("--fuse/--no-fuse", help="whether inverted residuals are compiled and timed, too"),
]


class Question:
    """What every question on the command line has: a bound spec, its options, and how to answer."""

    def __init__(
        self,
        file: File,
        parameters: Parameters = None,
        hardware: Machines = None,
        fix: Fixed = None,
        without: Dropped = None,
        time_limit: TimeLimit = None,
        json: Json = False,
        quiet: Quiet = False,
        trust: Trust = False,
        limit: Raised = None,
        debug: Debug = False,
    ) -> None:
        self.started = perf_counter()
        self.file, self.json = file, json
        spec = read(file, trust, raised(limit))
        values = assignments(parameters, "--param")
        records = assignments(hardware, "--hardware")
        with unrolling(not quiet):
            self.p = Bound(spec._bind(hardware=dict(records), parameters=dict(values)))
            _ = self.p.model.lowered
        self.options: dict[str, Any] = {
            "choices": assignments(fix, "--fix"),
            "without": tuple(without or ()),
            "time_limit": time_limit,
            "progress": not quiet,
        }

    def show(self, face: str, **fields: Any) -> None:
        """Print the text face, or with `--json` the fields."""
        if self.json:
            show_json(str(self.file), perf_counter() - self.started, **fields)
        else:
            typer.echo(face)

    def refuse(self) -> NoReturn:
        """Say why nothing fits and leave with the exit code of infeasibility."""
        conflict = self.p.explain(**self.options)
        self.show(repr(conflict), status="infeasible", **conflict_fields(conflict))
        sys.exit(INFEASIBLE)

    def chosen(self, network: str | None) -> tuple[Answer, Architecture]:
        """The best solution and what it chose; leaves where there is none.

        Raises
        ------
        ArchError
            `no-network`, before anything is solved.
        """
        bound = self.p.model.bound
        meant(Evaluation(bound, {}).network_names, network, bound.spec.header)
        a = self.p.solve(**self.options)
        if a.status == Status.INFEASIBLE:
            self.refuse()
        if a.architecture is None:
            typer.echo(repr(a))
            sys.exit(UNPROVED)
        return a, a.architecture


def question(name: str) -> Callable[[Callable[..., None]], None]:
    """Register `function(question, ...)` as a command with the options that all questions take."""

    def register(function: Callable[..., None]) -> None:
        shared = list(inspect.signature(Question.__init__).parameters.values())[1:]
        own = list(inspect.signature(function).parameters.values())[1:]
        hints = get_type_hints(Question.__init__, include_extras=True)
        hints |= get_type_hints(function, include_extras=True)

        def command(**given: Any) -> None:
            extra = {p.name: given.pop(p.name) for p in own}
            with told(given["file"], given["json"]):
                function(Question(**given), **extra)

        command.__doc__ = function.__doc__
        command.__annotations__ = {p.name: hints[p.name] for p in (*shared, *own)}
        parameters = [
            p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY)
            for p in (*shared, *own)
        ]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        app.command(name)(command)

    return register


def conflict_fields(conflict: Conflict | None) -> dict[str, Any]:
    """A conflict as JSON fields."""
    if conflict is None:
        return {"conflict": [], "repairs": [], "repairs_complete": True}
    return {
        "conflict": member_fields(conflict),
        "repairs": [{"change": r.change, "verified": r.verified} for r in conflict.repairs],
        "repairs_complete": conflict.repairs_complete,
    }


def member_fields(conflict: Conflict) -> list[dict[str, Any]]:
    """The constraints of a conflict as JSON."""
    return [
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
    ]


@question("solve")
def solve(
    q: Question,
    out: Out = None,
    hint: Annotated[
        list[str] | None, typer.Option("--hint", help="choice=value: a value to try first")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="threads")] = 1,
    any_solution: Annotated[
        bool, flag("--any", help="without a goal any solution, not the first in order")
    ] = False,
) -> None:
    """Find the best solution and prove it."""
    a: Answer = q.p.solve(
        hints=assignments(hint, "--hint"),
        workers=workers,
        any_solution=any_solution,
        **q.options,
    )
    if a.status == Status.INFEASIBLE:
        q.refuse()
    if out is not None:
        a.to_xarray().to_netcdf(out)
    q.show(
        repr(a),
        status=str(a.status),
        goals=dict(a.goals),
        choices=dict(a.choices),
        values=dict(a.values),
        errors=a.errors,
        proof={
            "engine": a.proof.engine,
            "bound": list(a.bound.values()),
            "nodes": a.proof.nodes,
            "reason": a.proof.reason,
        },
    )
    unproved = a.status == Status.UNKNOWN or (a.status == Status.FEASIBLE and bool(a.goals))
    sys.exit(UNPROVED if unproved else ANSWERED)


@question("count")
def count(q: Question, out: Out = None) -> None:
    """Count the solutions exactly."""
    n = q.p.count(**q.options)
    if out is not None:
        arrays.count(n).to_netcdf(out)
    q.show(text.grouped(n), count=n)


@question("all")
def all_(
    q: Question,
    out: Out = None,
    n: Annotated[int | None, typer.Option("-n", min=0, help="at most so many")] = None,
    offset: Annotated[int, typer.Option("--offset", min=0, help="leave out the first ones")] = 0,
    verify: Annotated[
        bool, flag("--verify", help="evaluate every condition again in every one of them")
    ] = False,
) -> None:
    """List every solution, or some of them by their numbers."""
    every = q.p.all(**q.options)
    names = [c.key for c in q.p.model.lowered.choices]
    some = every
    if n is not None or offset:
        some = every.part(offset, every.total if n is None else offset + n)
    if verify:
        typer.echo(f"{text.counted(some.verify(), 'solution')} verified", err=True)
    if out is not None:
        some.to_xarray().to_netcdf(out)
        typer.echo(f"{text.counted(some.total, 'solution')} written to {out}", err=q.json)
    rows = [[row.get(n) for n in names] for row in some] if q.json or out is None else []
    lines = [" ".join("-" if v is None else text.value(v) for v in row) for row in rows]
    if q.json or lines:
        q.show(
            "\n".join(lines),
            count=every.total,
            offset=offset,
            verified=verify,
            choices=names,
            rows=rows,
        )


@question("pareto")
def pareto(q: Question, out: Out = None) -> None:
    """Find every non-dominated point of the goals."""
    try:
        front = q.p.pareto(**q.options)
    except Stopped as stopped:
        if stopped.partial is None:
            raise
        front = cast(Front, stopped.partial)
    if front.complete and not len(front):
        q.refuse()
    if out is not None:
        front.to_xarray().to_netcdf(out)
    points = [{"goals": dict(x.goals), "choices": dict(x.choices)} for x in front if q.json]
    q.show(repr(front), complete=front.complete, errors=front.errors, points=points)
    sys.exit(ANSWERED if front.complete else UNPROVED)


@question("sample")
def sample(
    q: Question,
    out: Out = None,
    n: Annotated[int, typer.Option("-n", min=1, help="how many")] = 1,
    seed: Annotated[int, typer.Option("--seed", help="the same seed draws the same")] = 0,
) -> None:
    """Draw solutions uniformly."""
    if q.p.count(**q.options) == 0:
        q.refuse()
    rows = q.p.sample(n, seed, **q.options)
    if out is not None:
        names = [c.key for c in q.p.model.lowered.choices]
        arrays.sample(rows, names, seed).to_netcdf(out)
    q.show("\n".join("  ".join(text.pairs(row)) for row in rows), seed=seed, rows=rows)


@question("domains")
def domains(
    q: Question,
    out: Out = None,
    fast: Annotated[bool, flag("--fast", help="propagation alone")] = False,
) -> None:
    """List the values that each choice can still take."""
    possible = q.p.domains(exact=not fast, **q.options)
    if out is not None:
        arrays.domains(possible, exact=not fast).to_netcdf(out)
    lines = [
        f"{name}: " + (" ".join(text.value(v) for v in values) or "none")
        for name, values in possible.items()
    ]
    q.show("\n".join(lines), domains=possible, exact=not fast)


@question("explain")
def explain(
    q: Question,
    out: Out = None,
    every: Annotated[bool, flag("--all", help="every minimal conflict")] = False,
) -> None:
    """Say why nothing fits: a minimal set of constraints that cannot hold together."""
    conflict = q.p.explain(**q.options)
    status = "feasible" if conflict is None else "infeasible"
    face = "feasible: there is nothing to explain" if conflict is None else repr(conflict)
    others: list[Conflict] = []
    complete = True
    if every and conflict is not None:
        try:
            others.extend(conflict.others())
        except Stopped:
            complete = False
        lines = [line for other in others for line in text.members(other, "another conflict")]
        last = "these are all conflicts" if complete else "stopped: there may be other conflicts"
        face = "\n".join([face, *lines, last])
    if out is not None:
        arrays.conflict(conflict).to_netcdf(out)
    fields = {"others": [member_fields(o) for o in others], "others_complete": complete}
    q.show(face, status=status, **conflict_fields(conflict), **(fields if every else {}))
    sys.exit(ANSWERED if complete else UNPROVED)


@question("tightness")
def tightness(
    q: Question,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="of a constraint", show_default=False)
    ],
    out: Out = None,
) -> None:
    """Say how much slack a limit has, and what the best goal would be under other limits."""
    try:
        t = q.p.tightness(name, **q.options)
    except Stopped as stopped:
        if stopped.partial is None:
            raise
        t = cast(Tightness, stopped.partial)
    if out is not None:
        t.to_xarray().to_netcdf(out)
    q.show(
        repr(t),
        constraint=t.constraint,
        limit=t.limit,
        goal=t.goal,
        status=str(t.optimum.status),
        best=t.optimum.goals.get(t.goal),
        slack=dict(t.slack),
        curve=[list(step) for step in t.curve],
        complete=t.complete,
    )
    sys.exit(ANSWERED if t.complete else UNPROVED)


@question("run")
def run(q: Question, network: Which = None, fuse: Fuse = True) -> None:
    """Choose, build and run on this machine; check against a reference and time it."""
    from .running import run as run_architecture

    a, architecture = q.chosen(network)
    if not q.json:
        typer.echo(repr(a))
    progress = q.options["progress"]
    outcome = run_architecture(architecture, network, fused=fuse, progress=progress)
    q.show(str(outcome), status=str(a.status), **outcome.to_json())
