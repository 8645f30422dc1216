"""Questions about a whole space: how many solutions, all of them, by number, checked, drawn.

Each is split into independent parts after propagation, and each part goes to the engine that the
planner chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from . import exhaustive, numbering, planner
from .answers import Proof, Solution, Status
from .certify import check_rows, check_solution, verify_rows
from .components import Part, Split, split
from .counting import Space
from .instance import Instance, Question, ask
from .joining import join_rows, joint_reason
from .problem import Values
from .sampling import EmptySpace, Halving, Listed, Numbered, draw
from .shortage import frugal

LISTED_WAYS = 1 << 16  # so many solutions are listed to draw from them
ARRAY = 1 << 59  # values that an array can name at all
CELLS = 1 << 27  # values in the largest array that is listed unless another limit is given


class TooMany(ValueError):
    """More solutions than should be listed."""


@frugal
def count(question: Question) -> int:
    """How many assignments satisfy the constraints; exact, however many.

    Raises
    ------
    Stopped
        If the question was stopped before the count was known.
    """
    return count_with_proof(question)[0]


@frugal
def count_with_proof(question: Question) -> tuple[int, Proof]:
    """The count, and how it was found."""
    instance = ask(question)
    few = exhaustive.listed(instance, goals=False)
    if few is not None:
        return len(few.rows), few.proof
    short = planner.eliminated(instance)
    if short is not None:
        return short
    whole = planner.diagram_count(planner.without_goals(instance))
    if not isinstance(whole, str):
        return whole
    narrow = planner.narrowed(planner.without_goals(instance))
    if narrow is None:
        return 0, Proof("planner", reason="refuted by propagation")
    nest = planner.nested(narrow, planner.NEST)
    if not isinstance(nest, str):
        return nest.count(), nest.proof
    parted = split(narrow, goals=False)
    if parted is None:
        return 0, Proof("planner", reason="a false condition")
    total = prod(len(parted.whole.domains[v]) for v in parted.free)
    proofs = []
    for part in parted.parts:
        ways, proof = planner.count(part.instance)
        total *= ways
        proofs.append(proof)
        if not ways:
            break
    engines = " + ".join(dict.fromkeys(p.engine for p in proofs)) or "planner"
    reason = joint_reason(proofs, parted)
    return total, Proof(engines, sum(p.nodes for p in proofs), reason=reason)


def parted_space(instance: Instance) -> Split | None:
    """The parts after propagation, without goals; None if propagation refutes the instance."""
    narrow = planner.narrowed(planner.without_goals(instance))
    return None if narrow is None else split(narrow, goals=False)


@frugal
def solutions(question: Question, limit: int | None = None) -> NDArray[np.int64]:
    """All solutions in lexicographic order, one row each, one column for each variable.

    Raises
    ------
    TooMany
        If there are more than `limit` (by default, as many as fill `CELLS` values).
    Stopped
        If the question was stopped before all were found.
    ValueError
        If the limit is negative.
    """
    if limit is not None and limit < 0:
        raise ValueError(f"a limit of {limit} solutions: it must not be negative")
    instance = ask(question)
    width = len(instance.domains)
    most = (CELLS if limit is None else ARRAY) // max(1, width)
    most = most if limit is None else min(limit, most)
    few = exhaustive.listed(instance, goals=False)
    if few is not None:
        if len(few.rows) > most:
            raise too_many(len(few.rows), most)
        return check_rows(instance, few.rows)
    narrow = planner.narrowed(planner.without_goals(instance))
    nest = "nothing fits" if narrow is None else planner.nested(narrow, planner.NEST)
    if not isinstance(nest, str):
        if nest.count() > most:
            raise too_many(nest.count(), most)
        return check_rows(instance, nest.rows())
    parted = None if narrow is None else split(narrow, goals=False)
    if parted is None:
        return np.zeros((0, width), np.int64)
    lists = [planner.listed(part.instance, most) for part in parted.parts]
    blocks = [(p, rows) for p, rows in zip(parted.parts, lists, strict=True) if rows is not None]
    total = prod(len(parted.whole.domains[v]) for v in parted.free)
    total *= prod(len(rows) for _, rows in blocks)
    if total and len(blocks) < len(lists):
        raise TooMany(f"there are more than {most:,} solutions; count or sample them instead")
    if total > most:
        raise too_many(total, most)
    return check_rows(instance, join_rows(parted, blocks, total))


@frugal
def verify(question: Question, rows: NDArray[np.int64]) -> int:
    """Evaluate every condition again in every one of some rows, with Python's integers.

    `solutions` checks the order of all rows and the conditions in some of them; this checks all, at
    some hundred thousand rows a second.

    Parameters
    ----------
    rows : array [solutions, variables]
        Solutions in lexicographic order, all or some.

    Returns
    -------
    int
        How many rows there are.

    Raises
    ------
    WrongAnswer
        If a row is out of order, has a value outside its domain or breaks a condition.
    Stopped
        If the question was stopped; `partial` is how many rows were checked.
    """
    return verify_rows(ask(question), rows)


def too_many(total: int, most: int) -> TooMany:
    """The error that names both numbers."""
    return TooMany(f"there are {total:,} solutions, more than the limit of {most:,}")


def numbered(question: Question) -> numbering.Numbered:
    """The solutions by number, in lexicographic order: `count()`, and `rows(start, stop)`.

    Nothing is listed before it is asked for, and then only what lies around it. Its methods raise
    Stopped when the question is over.
    """
    instance = ask(question)
    few = exhaustive.listed(instance, goals=False)
    if few is not None:
        return numbering.Listed(few.rows)
    whole = planner.without_goals(instance)
    narrow = planner.narrowed(whole)
    if narrow is not None:
        nest = planner.nested(narrow, planner.NEST)
        if not isinstance(nest, str):
            return numbering.Paths(nest)
    parted = None if narrow is None else split(narrow, goals=False)
    if parted is None:
        return numbering.Listed(np.empty((0, len(whole.domains)), np.int64))
    ways = [_ways(part.instance) for part in parted.parts]

    def listed(domains: tuple[Values, ...]) -> NDArray[np.int64]:
        return solutions(replace(whole, domains=domains))

    return numbering.Halves(parted, ways, listed)


def _ways(instance: Instance) -> Callable[[tuple[Values, ...]], int]:
    """How a part is counted within smaller domains, over and over."""
    ways, proof = planner.count(instance)
    if ways <= planner.LISTED and proof.engine in ("nest", "search", "caching"):
        rows = planner.listed(instance, planner.LISTED)
        if rows is not None:
            return numbering.among(rows, instance.domains)
    if proof.engine == "caching":
        return Space(instance).count_within
    return lambda domains: planner.count(replace(instance, domains=domains))[0]


@frugal
def sample(question: Question, n: int = 1, seed: int | None = None) -> NDArray[np.int64]:
    """`n` independent draws from the solutions, each solution equally likely, one row each.

    Raises
    ------
    EmptySpace
        If there is no solution.
    ValueError
        If `n` is negative.
    """
    if n < 0:
        raise ValueError(f"{n} samples: it must not be a negative number")
    instance = ask(question)
    parted, parts = _to_draw_from(instance)
    rows = np.array(draw(parted, parts, n, seed), np.int64).reshape(n, len(instance.domains))
    for values in rows.tolist():
        check_solution(planner.without_goals(instance), _plain(values))
    return rows


def _to_draw_from(instance: Instance) -> tuple[Split, list[Numbered]]:
    """The parts of a space and their solutions by number."""
    few = exhaustive.listed(instance, goals=False)
    if few is not None:
        everything = Part(instance, tuple(range(len(instance.domains))))
        return Split(instance, (everything,), (), ()), [Listed(few.rows)]
    parted = parted_space(instance)
    if parted is None:
        raise EmptySpace("no sample: nothing satisfies the constraints")
    return parted, [_numbered(part.instance) for part in parted.parts]


def _plain(values: Sequence[int]) -> Solution:
    return Solution(Status.FEASIBLE, tuple(values), (), Proof("sample"))


def _numbered(instance: Instance) -> Numbered:
    """The part's solutions by number.

    The way depends on the problem alone, never on the clock, so that a seed means the same draws on
    every machine: few solutions are listed, sums are walked back, spaces too large for that are
    halved, the rest is numbered by components.
    """
    ways = planner.count(instance)[0]
    if ways <= LISTED_WAYS:
        rows = planner.listed(instance, LISTED_WAYS)
        if rows is None:
            raise RuntimeError(f"{ways} solutions were counted, and more were listed")
        return Listed(rows)
    sums = planner.diagram_numbers(instance)
    if not isinstance(sums, str):
        return sums
    if not isinstance(planner.diagram_count(instance), str):
        return Halving(instance, lambda narrow: planner.count(narrow)[0])
    return Space(instance)
