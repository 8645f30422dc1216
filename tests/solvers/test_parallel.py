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


def test_a_search_by_two() -> None:
    p = Problem()
    marks = [p.integer(f"m{i}", range(40)) for i in range(7)]
    for a, b in pairwise(marks):
        p.require(a < b)
    p.require(p.all_different([b - a for i, a in enumerate(marks) for b in marks[i + 1 :]]))
    p.minimize(marks[-1], "length")
    one, two = ask.solve(p), ask.solve(p, workers=2)
    assert two.goals == one.goals == (25,) and two.values == one.values
    assert two.status == "optimal" and two.proof.bound == (25,)


def test_limits_hold_for_all_workers() -> None:
    p = Problem()
    x = [p.integer(f"x{i}", range(90)) for i in range(14)]
    for i in range(11):
        p.require((x[i] * x[i + 1] + x[i + 2] * x[i + 3]) % 7 <= 3)
    p.maximize(p.sum([a * b % 31 for a, b in zip(x, x[3:], strict=False)]))
    answer = ask.solve(Instance.ask(p, control=Control(time_limit=0.3)), workers=2)
    assert answer.status in ("feasible", "unknown")


@pytest.mark.parametrize("workers", [0, -2])
def test_no_workers(workers: int) -> None:
    with pytest.raises(ValueError, match="workers"):
        ask.solve(Problem(), workers=workers)
