"""Several workers find what one finds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archwright.solvers import Control, Instance, Problem, exhaustive, reference
from archwright.solvers import questions as ask
from archwright.solvers.parallel import cut_in_runs, in_runs

from .random_problems import problems


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small problems go to the workers as well, instead of being listed."""
    monkeypatch.setattr(exhaustive, "listed", lambda instance, goals=True: None)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(problems(), st.integers(2, 5))
def test_the_answer_does_not_depend_on_workers(problem: Problem, workers: int) -> None:
    nodes = len(problem.ops)
    many = ask.solve(problem, workers=workers)
    if problem.goals:
        expected = reference.solve(Instance.ask(problem))
        assert (many.status, many.goals, many.values) == (
            expected.status,
            expected.goals,
            expected.values,
        )
        assert many.values is None or many.proof.bound == many.goals
    one = ask.solve(problem)
    assert (one.status, one.goals, one.values) == (many.status, many.goals, many.values)
    assert len(problem.ops) == nodes


def test_ties_and_both_ends_of_the_runs() -> None:
    p = Problem()
    x, y = p.integer("x", range(23)), p.integer("y", range(23))
    p.require(x + y >= 30, "far")
    p.minimize(p.maximum([x + y, 33]), "sum")  # many are best, the first of them is (8, 22)
    for workers in (2, 3, 7):
        assert ask.solve(p, workers=workers).values == (8, 22)
    q = Problem()
    a, b = q.integer("a", range(23)), q.integer("b", range(2))
    q.maximize(3 * a - b, "last")
    assert ask.solve(q, workers=2).values == (22, 0)


def test_a_run_that_starts_late_may_be_as_good() -> None:
    p = Problem()
    x = p.integer("x", range(4))
    p.minimize(p.constant(7), "same")
    p.minimize(-x, "second")
    found = cut_in_runs(Instance.ask(p), 1, ask.solve)  # one thread: the runs come one by one
    assert found is not None and (found.values, found.goals) == ((3,), (7, -3))


def test_sums_over_blocks_are_left_to_one_thread() -> None:
    p = Problem()
    p.minimize(p.sum([i * p.integer(f"x{i}", range(9)) for i in range(9)]))
    assert in_runs(Instance.ask(p), 2, ask.solve) is None


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
