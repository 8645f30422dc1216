"""The text face of every answer: stable, plain, the same in a notebook, a test and a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from archwright.dsl.units import Quantity, format_alike
from archwright.interpreter.answers import (
    Answer,
    Architecture,
    ConflictReport,
    Shown,
    deviation,
    readable,
    with_error,
)
from archwright.interpreter.overview import Overview
from archwright.interpreter.tightness import Tightness

OTHERS = 8  # constraints that are no limits and are named


def value(item: Shown) -> str:
    """A value as the spec would write it: `true`, `64 KiB`, `12_000`, `skip`."""
    return readable(item)


def grouped(number: int) -> str:
    """Digits in groups of three from five digits on, as the language reads them."""
    return f"{number:_}" if abs(number) >= 10_000 else str(number)


def counted(number: int, what: str) -> str:
    """`1 point`, `12_000 points`."""
    return f"{grouped(number)} {what}" + ("" if number == 1 else "s")


def column(items: Sequence[Shown]) -> list[str]:
    """Values that stand below one another: quantities in one unit where that is exact."""
    amounts = [item for item in items if isinstance(item, Quantity)]
    if len(amounts) == len(items) and len({a.dimension for a in amounts}) == 1:
        return format_alike([a.value for a in amounts], amounts[0].dimension)
    return [value(item) for item in items]


def pairs(items: Mapping[str, Shown], errors: Mapping[str, Fraction] | None = None) -> list[str]:
    """`name = value` for each item; members of a family share a line: `k[1, *] = 3 5 5`.

    A value that a logarithm went into is followed by the bound of its error.
    """
    inexact = {n: with_error(items[n], e) for n, e in (errors or {}).items() if n in items}
    families: dict[str, list[tuple[str, Shown]]] = {}
    for name, item in items.items():
        families.setdefault(name.partition("[")[0], []).append((name, item))
    lines = []
    for family, members in families.items():
        if len(members) == 1:
            name, item = members[0]
            lines.append(f"{name} = {inexact.get(name) or value(item)}")
            continue
        rows: dict[str, list[tuple[str, str]]] = {}
        texts = column([item for _, item in members])
        for (name, _), item in zip(members, texts, strict=True):
            *outer, last = name.removeprefix(family + "[").removesuffix("]").split(", ")
            rows.setdefault("".join(f"{i}, " for i in outer), []).append((last, item))
        for front, row in rows.items():
            head = f"{family}[{front}"
            numbers = [last for last, _ in row]
            if len(row) == 1:
                lines.append(f"{head}{numbers[0]}] = {row[0][1]}")
            else:
                lines.append(f"{head}{' '.join(numbers)}] = " + " ".join(item for _, item in row))
    return lines


def block(title: str, lines: Iterable[str]) -> list[str]:
    """A titled, indented block; nothing where there are no lines."""
    inner = [f"  {line}" for line in lines]
    return [title, *inner] if inner else []


def answer(a: Answer) -> str:
    """A solved question: status, goals, choices, values, and how it was proved."""
    head = {
        "optimal": "optimal: proved, nothing is better",
        "feasible": "feasible",
        "infeasible": "infeasible: proved, nothing fits; explain() says why",
        "unknown": "unknown: stopped before anything was found or refuted",
    }[str(a.status)]
    if a.status == "feasible" and a.goals:
        head += ": the best so far, not proved"
    goals = []
    errors = {} if a.architecture is None else a.architecture.errors
    for name, item in a.goals.items():
        bound = a.bound.get(name)
        reached, limit = column([item, item if bound is None else bound])
        proved = "" if bound is None or bound == item else f"   (bound {limit})"
        goal = pairs({name: item}, errors)[0] if name in errors else f"{name} = {reached}"
        goals.append(goal + proved)
    values = varying(a.architecture)
    lines = [
        head,
        *block("goals", goals),
        *block("choices", pairs(a.choices)),
        *block("values", pairs(values, errors)),
    ]
    if a.proof.reason:
        lines.append(f"proof: {a.proof.engine}, {grouped(a.proof.nodes)} nodes; {a.proof.reason}")
    else:
        lines.append(f"proof: {a.proof.engine}, {grouped(a.proof.nodes)} nodes")
    return "\n".join(lines)


def varying(a: Architecture | None) -> dict[str, Shown]:
    """The values that depend on what was chosen, all where nothing was, and are not goals."""
    if a is None:
        return {}
    constants = a.constants if a.choices else ()
    return {n: v for n, v in a.values.items() if n not in a.goals and n not in constants}


def conflict(report: ConflictReport) -> str:
    """A minimal conflict: constraints with place, reason and values of their terms, repairs."""
    if not report.members:
        return (
            "infeasible: the structure of the spec alone (domains, tables, shapes and what is "
            "fixed) has no solution"
        )
    lines = members(report, "infeasible")
    if report.repairs:
        lines.append("smallest repairs, each solved again:")
        lines.extend(f"  {r.change}" for r in report.repairs)
    if not report.repairs_complete:
        lines.append("stopped before every change was tried: there may be more that help")
    return "\n".join(lines)


def members(report: ConflictReport, head: str) -> list[str]:
    """What cannot hold together: constraints with place, reason and values of their terms."""
    n = len(report.constraints)
    lines = [
        f"{head}: this constraint cannot hold"
        if n == 1
        else f"{head}: these {n} constraints cannot hold together, but any {n - 1} of them can"
    ]
    for member in report.members:
        lines.append(f"  {member.instance}   --> {member.span}")
        body = member.span.text.partition(":")[2]
        source = " ".join(body.split(" because ")[0].split())
        if source and member.goal is None:
            lines.append(f"      {source}")
        if member.reason:
            lines.append(f"      {member.reason}")
        lines.extend(f"        {term}" for term in member.terms)
    return lines


def tightness(t: Tightness) -> str:
    """Slack of a limit at the optimum, and a table of the best goal under each limit."""
    body = " ".join(t.span.text.partition(":")[2].split(" because ")[0].split())
    lines = [f"{t.constraint}   --> {t.span}", f"  {body}"]
    if t.slack:
        lines += block("slack at the optimum", pairs(t.slack))
    elif str(t.optimum.status) == "infeasible":
        lines.append("nothing fits under the limit as it is")
    state = "complete" if t.complete else f"not complete{_where(t)}"
    side = "least" if t.upper else "most"
    moved = f"the limit {t.written}" if t.written else "the limit, by how much looser it is"
    lines.append(
        f"best {t.goal} against {moved}: {counted(len(t.curve), 'step')}, {state}"
        if t.curve
        else f"nothing fits under any limit: {state}"
    )
    if t.error:
        amount = t.error.value if isinstance(t.error, Quantity) else Fraction(t.error)
        lines[-1] += f"; limits ± {deviation(amount, t.error)}"
    if t.curve:
        columns = [column(items) for items in zip(*t.curve, strict=True)]
        now = t.steps.holding()
        rows = [
            [*row, "<- the limit as it is" if i == now else ""]
            for i, row in enumerate(zip(*columns, strict=True))
        ]
        head = [f"{side} limit" if t.written else "looser by", t.goal, ""]
        lines.append(table(head, _around(rows, now), len(rows)))
    return "\n".join(lines)


def overview(o: Overview) -> str:
    """Every named limit: slack, its share, the best goal without it, and how often it failed."""
    lines = [f"{counted(len(o.limits), 'named limit')} at the optimum of {o.goal}"]
    if str(o.optimum.status) == "infeasible":
        lines = [f"{counted(len(o.limits), 'named limit')}; nothing fits under them"]
    elif str(o.optimum.status) != "optimal":
        lines = [f"{counted(len(o.limits), 'named limit')} at the best {o.goal} so far"]
    head = ["", "limit", "slack", "share", f"{o.goal} without", ""]
    rows = []
    for limit in o.limits:
        row = [
            limit.name,
            "" if limit.limit is None else value(limit.limit),
            "" if limit.slack is None else value(limit.slack),
            "" if limit.share is None else f"{float(limit.share):.1%}",
            "?" if limit.without is None else value(limit.without),
            {True: "binds", False: "does not bind", None: "not known"}[limit.binds],
        ]
        if o.counted:
            row.append(grouped(limit.failures or 0))
        rows.append(row)
    if o.counted:
        head.append("failures")
    if rows:
        lines.append(table(head, rows, len(rows)))
    if not o.counted and rows:
        lines.append(f"{o.optimum.proof.engine} does not count what fails")
    if o.others:
        names = ", ".join(o.others[:OTHERS])
        more = len(o.others) - OTHERS
        lines.append(f"no limits: {names}" + (f" and {more} more" if more > 0 else ""))
    return "\n".join(lines)


def _where(t: Tightness) -> str:
    """Where no step is missing in a curve that is not complete."""
    if not t.every:
        return ""
    limits = column([limit for limit, _ in t.curve])
    first, last = limits[t.every[0]], limits[t.every[-1]]
    return f": every step from {first} to {last}, some elsewhere"


def _around(rows: list[list[str]], place: int | None, most: int = 20) -> list[list[str]]:
    """A long table with its ends, and a few rows around one place."""
    if len(rows) <= most:
        return rows
    few = most // 3
    here = 0 if place is None else place
    kept = {*range(few), *range(len(rows) - few, len(rows))}
    kept.update(range(here - few // 2, here + few // 2 + 1))
    found: list[list[str]] = []
    for i, row in enumerate(rows):
        if i in kept:
            found.append(row)
        elif i - 1 in kept:
            found.append([*["..."] * (len(row) - 1), ""])
    return found


def architecture(a: Architecture) -> str:
    """An architecture in a few lines."""
    return "\n".join(
        [
            f"architecture of {a.spec}",
            *block("choices", pairs(a.choices)),
            *block("values", pairs(varying(a), a.errors)),
        ]
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], limit: int = 20) -> str:
    """Columns of text, right-aligned; long tables fold their middle."""
    shown = list(rows)
    if len(rows) > limit:
        half = limit // 2
        shown = [*rows[:half], ["..."] * len(head), *rows[-half:]]
    widths = [max(len(r[i]) for r in [head, *shown]) for i in range(len(head))]
    return "\n".join(
        "  ".join(c.rjust(w) for c, w in zip(r, widths, strict=True)).rstrip()
        for r in [head, *shown]
    )
