"""Without goals the answer is the first solution in order, as it is among equals with goals."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from archwright.solvers.answers import Status
from archwright.solvers.planner import without_goals
from archwright.solvers.problem import Problem
from archwright.solvers.questions import ask, solve

from .random_problems import problems, solutions_of


@settings(max_examples=40, deadline=None)
@given(problems())
def test_the_first_solution(problem: Problem) -> None:
    answer = solve(without_goals(ask(problem)))
    found = solutions_of(problem)
    if found:
        assert answer.status is Status.FEASIBLE
        assert answer.values == found[0]
    else:
        assert answer.status is Status.INFEASIBLE


@settings(max_examples=40, deadline=None)
@given(problems())
def test_any_solution(problem: Problem) -> None:
    bare = without_goals(ask(problem))
    found = solutions_of(problem)
    answer = solve(bare, any_solution=True)
    assert answer.values in found if found else answer.status is Status.INFEASIBLE
    assert answer == solve(bare, any_solution=True)
    assert solve(problem, any_solution=True) == solve(problem)  # goals decide as ever


def queens(n: int) -> Problem:
    p = Problem()
    columns = [p.integer(f"x{i}", range(n)) for i in range(n)]
    for shift in (-1, 0, 1):
        p.require(p.all_different([c + shift * i for i, c in enumerate(columns)]))
    return p


@pytest.mark.parametrize("any_solution", [False, True])
def test_a_hard_question_has_the_same_answer_each_time(any_solution: bool) -> None:
    first, second = (solve(queens(40), any_solution=any_solution) for _ in range(2))
    assert first.values == second.values


def test_the_first_solution_comes_before_any_other() -> None:
    some, first = solve(queens(12), any_solution=True), solve(queens(12))
    assert some.values is not None and first.values is not None
    assert first.values <= some.values
