"""Several workers find what one finds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings

from archwright.solvers import Control, Instance, Problem
from archwright.solvers import questions as ask

from .random_problems import problems


@settings(max_examples=120, deadline=None)
@given(problems())
def test_the_answer_does_not_depend_on_workers(problem: Problem) -> None:
    nodes = len(problem.ops)
    one, many = ask.solve(problem), ask.solve(problem, workers=3)
    assert (one.status, one.goals) == (many.status, many.goals)
    assert one.values == many.values
    assert len(problem.ops) == nodes


def golomb(marks: int, longest: int) -> Problem:
    """The shortest ruler whose marks are all of different distance."""
    p = Problem()
    x = [p.integer(f"m{i}", range(longest)) for i in range(marks)]
    for a, b in pairwise(x):
        p.require(a < b)
    p.require(p.all_different([b - a for i, a in enumerate(x) for b in x[i + 1 :]]))
    p.minimize(x[-1], "length")
    return p


def test_a_search_by_two() -> None:
    p = golomb(7, 40)
    one, two = ask.solve(p), ask.solve(p, workers=2)
    assert two.goals == one.goals == (25,) and two.values == one.values
    assert two.status == "optimal" and two.proof.bound == (25,)


def test_limits_hold_for_all_workers() -> None:
    # fourteen marks take a search of hours to prove
    hard = Instance.ask(golomb(14, 200), control=Control(time_limit=0.3))
    assert ask.solve(hard, workers=2).status in ("feasible", "unknown")


@pytest.mark.parametrize("workers", [0, -2])
def test_no_workers(workers: int) -> None:
    with pytest.raises(ValueError, match="workers"):
        ask.solve(Problem(), workers=workers)
