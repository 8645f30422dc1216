"""Helpers: what propagation makes of a problem with one constraint, and what it should keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

from hypothesis import settings
from hypothesis import strategies as st

from archwright.solvers import memory as layout
from archwright.solvers.control import Control
from archwright.solvers.evaluate import violated
from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.search import Search
from archwright.solvers.slices import Slices

Build = Callable[..., Expr]
Domains = list[tuple[int, ...] | range]

quiet = settings(max_examples=60, deadline=None)


def state(build: Build, *domains: Iterable[int]) -> Problem:
    """A problem with one variable for each domain and the constraint that `build` makes of them."""
    problem = Problem()
    variables = [problem.integer(f"x{i}", d) for i, d in enumerate(domains)]
    problem.require(build(*variables))
    return problem


def narrowed(build: Build, *domains: Iterable[int]) -> list[list[int]] | None:
    """The domains after propagation, None if it refutes."""
    found = Search(Instance.ask(state(build, *domains))).propagate()
    return None if found is None else [list(d) for d in found]


def solutions(problem: Problem) -> list[tuple[int, ...]]:
    """All solutions by brute force."""
    everything = product(*(v.values for v in problem.variables))
    return [values for values in everything if not violated(problem, values)]


def check_sound(build: Build, *domains: Iterable[int]) -> None:
    """What every propagator keeps to, checked by brute force.

    Soundness: no solution is lost, refutation is right, and full assignments are decided exactly.
    Idempotence: running all propagators again changes nothing. Monotonicity: smaller domains never
    leave a value that larger ones lose.
    """
    problem = state(build, *domains)
    expected = solutions(problem)
    search = Search(Instance.ask(problem))
    found = search.propagate()
    if found is None:
        assert not expected
    else:
        for values in expected:
            assert all(v in d for v, d in zip(values, found, strict=True))
        check_idempotent(search, found)
    check_monotone(build, domains, found)
    assert [tuple(row) for row in search.all().tolist()] == expected


def check_idempotent(search: Search, found: Domains) -> None:
    """The fixpoint is one: every propagator once more leaves it as it is."""
    slices = Slices(search.flat.memory.copy(), Control())
    for _ in range(2):
        assert slices.task(layout.ROOT, "propagating") != layout.REFUTED
        again = [search._domain(slices.memory, x) for x in search.flat.decisions.values()]
        assert again == found


def check_monotone(build: Build, domains: Sequence[Iterable[int]], found: Domains | None) -> None:
    """Halves of the domains, stated as conditions, leave subsets of what the whole leaves."""
    for part in (slice(None, None, 2), slice(1, None, 2), slice(0, 2)):
        problem = state(build, *domains)
        for variable in problem.variables[: len(domains)]:
            some = list(variable.values)[part] or list(variable.values)
            problem.require(Expr(problem, variable.node).among(some))
        narrow = Search(Instance.ask(problem)).propagate()
        assert narrow is None or found is not None
        if narrow is not None and found is not None:
            for less, more in zip(narrow, found, strict=True):
                assert set(less) <= set(more)


def check_domain(build: Build, *domains: Iterable[int]) -> None:
    """Domain consistency: exactly the values that some solution has are left."""
    check_sound(build, *domains)
    problem = state(build, *domains)
    expected = solutions(problem)
    found = narrowed(build, *domains)
    columns = [sorted(set(column)) for column in zip(*expected, strict=True)]
    assert found == (columns or None)


def check_bounds(build: Build, *domains: Iterable[int]) -> None:
    """Bounds consistency: each end has a solution whose other values lie between their ends."""
    check_sound(build, *domains)
    found = narrowed(build, *domains)
    if found is None:
        return
    between = [range(d[0], d[-1] + 1) for d in found]
    for i, domain in enumerate(found):
        for end in (domain[0], domain[-1]):
            others = [r if j != i else [end] for j, r in enumerate(between)]
            assert solutions(state(build, *others)), (i, end, found)


def check_corners(residual: Callable[..., int], build: Build, *domains: Iterable[int]) -> None:
    """Bounds consistency over the reals, of residual == 0 for a residual linear in each variable.

    With a variable at one of its ends the residual reaches 0 between the ends of the others.
    """
    check_sound(build, *domains)
    found = narrowed(build, *domains)
    if found is None:
        return
    ends = [(d[0], d[-1]) for d in found]
    for i, both in enumerate(ends):
        for end in both:
            corners = product(*((end,) if j == i else e for j, e in enumerate(ends)))
            values = [residual(*corner) for corner in corners]
            assert min(values) <= 0 <= max(values), (i, end, found)


def check_last(build: Build, *domains: Iterable[int]) -> None:
    """Domain consistency for the last open variable, the others fixed to each of their values."""
    check_sound(build, *domains)
    for i, domain in enumerate(domains):
        others = [[v] for j, d in enumerate(domains) for v in [min(d)] if j != i]
        parts = [*others[:i], domain, *others[i:]]
        expected = solutions(state(build, *parts))
        assert narrowed(build, *parts) == (
            [sorted(set(c)) for c in zip(*expected, strict=True)] or None
        )


def small(lo: int = -6, hi: int = 9) -> st.SearchStrategy[list[int]]:
    """A random domain: a list of values or all between two."""
    lists = st.sets(st.integers(lo, hi), min_size=1, max_size=6).map(sorted)
    ranges = st.tuples(st.integers(lo, hi), st.integers(0, 5)).map(
        lambda t: list(range(t[0], t[0] + t[1] + 1))
    )
    return st.one_of(lists, ranges)


def runs(lo: int = -6, hi: int = 9) -> st.SearchStrategy[list[int]]:
    """A random domain without holes."""
    return st.tuples(st.integers(lo, hi), st.integers(0, 5)).map(
        lambda t: list(range(t[0], min(hi, t[0] + t[1]) + 1))
    )


def extreme(lo: int = -(2**62) + 2, hi: int = 2**62 - 2) -> st.SearchStrategy[list[int]]:
    """A few values near what the engine's words hold, of both signs, and small ones."""
    ends = (0, 1, 2**31, 2**61, 2**62 - 2)
    anchors = sorted({s * e for e in ends for s in (1, -1)} | {lo, hi})
    near = st.tuples(st.sampled_from(anchors), st.integers(-2, 2)).map(sum)
    values = near.filter(lambda v: lo <= v <= hi)
    return st.sets(values, min_size=1, max_size=4).map(sorted)
