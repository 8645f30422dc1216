"""Hints change how much is searched, never what is best."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.solvers import Instance, Problem
from archwright.solvers import questions as ask
from archwright.solvers.search import Search

from .random_problems import problems


@settings(max_examples=150, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_answers_stay_the_same(problem: Problem, random: Random) -> None:
    plain = ask.solve(problem)
    hints = {i: random.choice(list(v.values)) for i, v in enumerate(problem.variables)}
    instance = Instance.ask(problem, hints=hints)
    for hinted in (ask.solve(instance), Search(instance).best()):
        assert (hinted.status, hinted.goals) == (plain.status, plain.goals)
        if problem.goals:
            assert hinted.values == plain.values


def test_the_answer_itself_is_the_best_hint() -> None:
    p = Problem()
    x = [p.integer(f"x{i}", range(1, 120)) for i in range(6)]
    p.require(p.sum(x) == 200)
    p.require(x[0] * x[1] + x[2] * x[3] + x[4] * x[5] == 3001)
    p.minimize(x[0] * x[5] + x[1] * x[2], "least")
    plain = Search(Instance.ask(p)).best()
    assert plain.status == "optimal" and plain.values is not None
    hinted = Search(Instance.ask(p, hints=dict(enumerate(plain.values)))).best()
    assert hinted.values == plain.values
    assert hinted.proof.nodes < plain.proof.nodes


def test_weights_and_values_outside_the_domain() -> None:
    p = Problem()
    x, y = p.integer("x", range(9)), p.integer("y", [1, 5, 9])
    p.require(x * y >= 20)
    p.minimize(x * x + y, "size")
    plain = ask.solve(p)
    for hint in ({0: {3: 0.2, 5: 0.7}}, {1: 4}, {0: 100, 1: -3}):
        assert ask.solve(Instance.ask(p, hints=hint)).values == plain.values
    assert Instance.ask(p, hints={0: {3: 0.2, 5: 0.7, 8: 0.7}}).hints == {0: 5}
    with pytest.raises(ValueError):
        Instance.ask(p, hints={0: {}})


def test_a_hint_without_a_goal_finds_its_solution() -> None:
    p = Problem()
    x = [p.integer(f"x{i}", range(1000)) for i in range(5)]
    p.require(p.sum(x) == 2500)
    found = Search(Instance.ask(p, hints=dict.fromkeys(range(5), 500))).best()
    assert found.values == (500,) * 5
