"""The sweep over boxes finds exactly the non-dominated points."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.solvers import reference
from archwright.solvers.answers import Solution
from archwright.solvers.control import Control
from archwright.solvers.frontier import add_fronts, non_dominated, sweep, undominated
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem

from .random_instances import instances

vectors = st.lists(st.tuples(*[st.integers(0, 5)] * 3), max_size=12)


@settings(max_examples=200, deadline=None)
@given(instances(max_goals=4, front=True))
def test_sweep(instance: Instance) -> None:
    found = sweep(instance, reference.solve)
    assert found.complete
    assert found.points == reference.front(instance).points


@given(vectors)
def test_non_dominated(some: list[tuple[int, int, int]]) -> None:
    for width in (1, 2, 3):
        keys = {v[:width] for v in some}
        expected = [
            v
            for v in sorted(keys)
            if not any(w != v and all(a <= b for a, b in zip(w, v, strict=True)) for w in keys)
        ]
        assert non_dominated(keys) == expected
        ordered = sorted(v[:width] for v in some)
        columns = [np.array([v[i] for v in ordered], np.int64) for i in range(width)]
        places = undominated(columns).tolist()
        assert [ordered[i] for i in places] == expected
        assert places == [ordered.index(v) for v in expected]


@given(vectors, vectors)
def test_fronts_add(some: list[tuple[int, ...]], others: list[tuple[int, ...]]) -> None:
    first = {cost: (i,) for i, cost in enumerate(dict.fromkeys(some))}
    second = {cost: (i,) for i, cost in enumerate(dict.fromkeys(others))}
    total = add_fronts(first, second, lambda a, b: a + b)
    sums: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for a, x in first.items():
        for b, y in second.items():
            sums.setdefault(tuple(i + j for i, j in zip(a, b, strict=True)), []).append(x + y)
    assert list(total) == non_dominated(sums)
    assert all(total[cost] == min(sums[cost]) for cost in total)


def test_a_stopped_sweep_is_not_complete() -> None:
    problem = Problem()
    x = problem.integer("x", range(100))
    problem.minimize(x)
    problem.maximize(x)
    control = Control()
    solved: list[Solution] = []

    def best(instance: Instance) -> Solution:
        solved.append(reference.solve(instance))
        if len(solved) == 5:
            control.cancel()
        return solved[-1]

    found = sweep(Instance.ask(problem, control=control), best)
    assert not found.complete
    assert 0 < len(found.points) < 100
    assert [p.goals for p in found.points] == [(i, i) for i in range(len(found.points))]
