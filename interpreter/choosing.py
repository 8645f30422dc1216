"""Names and values from Python or the command line, matched to what a spec declares."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction

from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix, did_you_mean
from archwright.dsl.suggest import nearest
from archwright.dsl.types import Num
from archwright.dsl.units import PLAIN, Dimension

from .bound import Key
from .constraint_names import ConstraintNames
from .evaluate import names_match
from .listing import from_python, is_open, spread
from .lower import Lowered, LoweredChoice
from .mistakes import SHOWN, value_text
from .python_values import read_value
from .values import Enumerator, Value

_KEY = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(?:\[([^\]]*)\])?\s*")


def read_choices(
    lowered: Lowered, choices: Mapping[str, object]
) -> Iterator[tuple[str, tuple[Value, ...], Value]]:
    """Each fixing as (name, indices, value); a bare family name has no indices.

    Raises
    ------
    ArchError
        `unknown-choice`, `bad-value`, `unit-mismatch`, `out-of-domain` or `wrong-length`.
    TypeError
        If `choices` is no mapping.
    """
    if not isinstance(choices, Mapping):
        raise TypeError(f"choices map names to values, as in {{'k': 3}}; found {choices!r}")
    for key, raw in choices.items():
        members = _members(lowered, key)
        first = members[0]
        whole = len(members) > 1 or first.key != _plain(key)
        if first.indices and whole and from_python(raw) is not None:
            yield from _listed(lowered, members, raw)
            continue
        value = _read(lowered, key, members, raw)
        yield first.name, () if whole else first.indices, value


def _listed(
    lowered: Lowered, members: list[LoweredChoice], raw: object
) -> Iterator[tuple[str, Key, Value]]:
    """A list for a family, one fixing for each member that it does not leave open."""
    by_key = {m.indices: m for m in members}
    first = members[0]
    for indices, entry in spread(first.node, first.name, [*by_key], raw, from_python):
        if not is_open(entry):
            member = by_key[indices]
            yield member.name, indices, _read(lowered, member.key, [member], entry)


def read_hints(lowered: Lowered, hints: Mapping[str, object]) -> dict[int, int]:
    """For variables of the solver the value that a hint says is likeliest.

    A hint is a value, or a mapping of values to weights of which the heaviest counts, the first of
    equals.

    Raises
    ------
    ArchError
        `unknown-choice`, `bad-value`, `unit-mismatch`, `out-of-domain` or `wrong-length`.
    TypeError
        If `hints` is no mapping.
    ValueError
        If weights are given for no value at all.
    """
    if not isinstance(hints, Mapping):
        raise TypeError(f"hints map names to values, as in {{'k': 3}}; found {hints!r}")
    likeliest: dict[str, object] = {}
    for key, hint in hints.items():
        if isinstance(hint, Mapping):
            if not hint:
                raise ValueError(f"the hint for {key} has no value")
            likeliest[key] = max(hint, key=hint.__getitem__)
        else:
            likeliest[key] = hint
    found: dict[int, int] = {}
    for name, indices, value in read_choices(lowered, likeliest):
        for choice in lowered.choices:
            if choice.name == name and (not indices or choice.indices == indices):
                number = choice.encode(value)
                if number is not None:
                    found[choice.variable] = number
    return found


def matching_groups(lowered: Lowered, names: Collection[str]) -> frozenset[str]:
    """The groups that names of constraints stand for; indices of labels may be left out.

    Raises
    ------
    ArchError
        `unknown-constraint`.
    """
    groups = {c.group for c in lowered.problem.constraints if c.group is not None}
    known = ConstraintNames.of(lowered.bound)
    found: set[str] = set()
    for name in names:
        matching = {g for g in groups for meant in known.meant([name]) if names_match(meant, g)}
        if not matching and name not in known:  # what always holds has no group
            every = groups | {*known}
            raise ArchError(_unknown_here(lowered, "unknown-constraint", "constraint", name, every))
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
        raise ArchError(_unknown_here(lowered, "unknown-choice", "choice", key, known))
    return members


def _read(lowered: Lowered, key: str, members: list[LoweredChoice], raw: object) -> Value:
    first = members[0]
    legal = list(dict.fromkeys(v for m in members for v in m.values()))
    value = _word(raw, legal) if first.words else _number(lowered, key, first, raw)
    if value is None or value not in legal:
        texts = [value_text(v, first.dimension) for v in legal[:SHOWN]]
        some = ", ".join(texts) + (", ..." if len(legal) > SHOWN else "")
        shown = raw if value is None else value_text(value, first.dimension)
        raise ArchError(
            Diagnostic(
                "out-of-domain",
                f"`{key}` cannot be {shown}: its values are {some}",
                first.span,
                label="declared here",
                fixes=_nearest(raw, value, legal, first.dimension, key),
            )
        )
    return value


def _word(raw: object, legal: list[Value]) -> Value | None:
    """An enumerator or truth value as Python or the command line says it."""
    if not isinstance(raw, str):
        return raw if isinstance(raw, bool | Enumerator) else None
    named = {value_text(v): v for v in legal}
    return named.get(raw.strip())


def _number(lowered: Lowered, key: str, choice: LoweredChoice, raw: object) -> Value:
    dimension = choice.dimension or PLAIN
    return read_value(lowered.bound.spec, choice.node, raw, Num(dimension), key)


def _nearest(
    raw: object, value: Value | None, legal: list[Value], dimension: Dimension | None, key: str
) -> tuple[Fix, ...]:
    numbers = [v for v in legal if isinstance(v, Fraction)]
    if isinstance(raw, str) and not numbers:
        guess = nearest(raw.strip(), map(value_text, legal))
        return did_you_mean(guess and f"{key} = {guess}")
    if not numbers or not isinstance(value, Fraction):
        return ()
    best = min(numbers, key=lambda v: abs(v - value))
    return (Fix(f"`{key} = {value_text(best, dimension)}`, which is the nearest"),)


def _unknown_here(
    lowered: Lowered, slug: str, kind: str, name: str, known: Collection[str]
) -> Diagnostic:
    close = get_close_matches(name, sorted(known), n=1)
    listed = ", ".join(sorted(known)[:SHOWN]) or f"no {kind} at all"
    return Diagnostic(
        slug,
        f"there is no {kind} called `{name}`",
        lowered.bound.spec.header,
        "in this spec",
        fixes=did_you_mean(close[0] if close else None),
        notes=() if close else (f"the spec has {listed}",),
    )
