"""Without goals the answer is the first solution in order, as it is among equals with goals."""

from __future__ import annotations

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


def test_a_hard_question_has_the_same_answer_each_time() -> None:
    def queens(n: int) -> Problem:
        p = Problem()
        columns = [p.integer(f"x{i}", range(n)) for i in range(n)]
        for shift in (-1, 0, 1):
            p.require(p.all_different([c + shift * i for i, c in enumerate(columns)]))
        return p

    assert solve(queens(40)).values == solve(queens(40)).values
