"""Helpers: what propagation makes of a problem with one constraint, and what it should keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

from hypothesis import settings
from hypothesis import strategies as st

from archwright.solvers.evaluate import violated
from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.search import Search

Build = Callable[..., Expr]

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
    """No solution is lost, refutation is right, and full assignments are decided exactly."""
    problem = state(build, *domains)
    expected = solutions(problem)
    search = Search(Instance.ask(problem))
    found = search.propagate()
    if found is None:
        assert not expected
    else:
        for values in expected:
            assert all(v in d for v, d in zip(values, found, strict=True))
    assert [tuple(row) for row in search.all().tolist()] == expected


def hull(values: Iterable[Sequence[int]], i: int) -> tuple[int, int]:
    """The least and the largest i-th value."""
    column = [v[i] for v in values]
    return min(column), max(column)


def small(lo: int = -6, hi: int = 9) -> st.SearchStrategy[list[int]]:
    """A random domain: a list of values or all between two."""
    lists = st.sets(st.integers(lo, hi), min_size=1, max_size=6).map(sorted)
    ranges = st.tuples(st.integers(lo, hi), st.integers(0, 5)).map(
        lambda t: list(range(t[0], t[0] + t[1] + 1))
    )
    return st.one_of(lists, ranges)
