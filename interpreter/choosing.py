"""Names and values from Python or the command line, matched to what a spec declares."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction

from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix
from archwright.dsl.units import Quantity, parse_quantity

from .evaluate import names_match
from .lower import Lowered, LoweredChoice
from .values import Enumerator, Value

_KEY = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(?:\[([^\]]*)\])?\s*")


def read_choices(
    lowered: Lowered, choices: Mapping[str, object]
) -> Iterator[tuple[str, tuple[Value, ...], Value]]:
    """Each fixing as (name, indices, value); a bare family name has no indices.

    Raises
    ------
    ArchError
        `unknown-choice` or `out-of-domain`.
    """
    for key, raw in choices.items():
        members = _members(lowered, key)
        first = members[0]
        whole = len(members) > 1 or first.key != _plain(key)
        value = _read(key, members, raw)
        yield first.name, () if whole else first.indices, value


def matching_groups(lowered: Lowered, names: Collection[str]) -> frozenset[str]:
    """The groups that names of constraints stand for; indices of labels may be left out.

    Raises
    ------
    ArchError
        `unknown-constraint`.
    """
    groups = {c.group for c in lowered.problem.constraints if c.group is not None}
    declared = {
        prefix + name for prefix, bound in lowered.bound.walk() for name in bound.spec.requires
    }
    found: set[str] = set()
    for name in names:
        matching = {g for g in groups if names_match(name, g)}
        if not matching and name not in declared:
            raise ArchError(_unknown("unknown-constraint", "constraint", name, groups | declared))
        found |= matching
    return frozenset(found)


def _plain(key: str) -> str:
    match = _KEY.fullmatch(key)
    if match is None:
        return key
    name, inside = match.groups()
    return name if inside is None else f"{name}[{', '.join(i.strip() for i in inside.split(','))}]"


def _members(lowered: Lowered, key: str) -> list[LoweredChoice]:
    plain = _plain(key)
    members = [c for c in lowered.choices if c.key == plain]
    members = members or [c for c in lowered.choices if c.name == plain]
    if not members:
        known = {c.key for c in lowered.choices} | {c.name for c in lowered.choices}
        raise ArchError(_unknown("unknown-choice", "choice", key, known))
    return members


def _read(key: str, members: list[LoweredChoice], raw: object) -> Value:
    legal = list(dict.fromkeys(v for m in members for v in m.values()))
    value = _match(raw, legal)
    if value is None:
        texts = [str(v) if not isinstance(v, bool) else str(v).lower() for v in legal]
        some = ", ".join(texts[:12]) + (", ..." if len(texts) > 12 else "")
        raise ArchError(
            Diagnostic(
                "out-of-domain",
                f"`{key}` cannot be {raw}: its values are {some}",
                members[0].span,
                label="declared here",
                fixes=_nearest(raw, legal, key),
            )
        )
    return value


def _match(raw: object, legal: list[Value]) -> Value | None:
    if isinstance(raw, str):
        named = [v for v in legal if isinstance(v, Enumerator) and v.name == raw.strip()]
        if named:
            return named[0]
        if raw.strip() in ("true", "false"):
            raw = raw.strip() == "true"
        else:
            try:
                raw = parse_quantity(raw)
            except ValueError:
                return None
    if isinstance(raw, Quantity):
        raw = raw.value
    if isinstance(raw, bool):
        return next((v for v in legal if isinstance(v, bool) and v == raw), None)
    if isinstance(raw, Enumerator):
        return raw if raw in legal else None
    try:
        number = Fraction(raw)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return None
    return next((v for v in legal if isinstance(v, Fraction) and v == number), None)


def _nearest(raw: object, legal: list[Value], key: str) -> tuple[Fix, ...]:
    numbers = [v for v in legal if isinstance(v, Fraction)]
    try:
        wanted = Fraction(raw)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return ()
    if not numbers:
        return ()
    return (Fix(f"{key}={min(numbers, key=lambda v: abs(v - wanted))}"),)


def _unknown(slug: str, kind: str, name: str, known: Collection[str]) -> Diagnostic:
    close = get_close_matches(name, sorted(known), n=1)
    return Diagnostic(
        slug,
        f"there is no {kind} called `{name}`",
        None,
        fixes=tuple(Fix(f"did you mean `{c}`?") for c in close),
        notes=() if close else (f"the spec has {', '.join(sorted(known)[:12])}",),
    )
