"""Counting by eliminating variables agrees with brute force and knows its cost beforehand."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import pytest
from hypothesis import given, settings

from archwright.solvers import elimination, reference
from archwright.solvers import questions as ask
from archwright.solvers.control import Control, Stopped
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem

from .random_instances import instances


@settings(max_examples=300, deadline=None)
@given(instances())
def test_agrees_with_brute_force(instance: Instance) -> None:
    plan = elimination.plan(instance)
    if plan is not None:
        assert elimination.count(instance, plan) == len(list(reference.assignments(instance)))


def _rising(n: int, k: int) -> Problem:
    problem = Problem()
    cuts = [problem.integer(f"cut{i}", range(1, n)) for i in range(k)]
    for a, b in pairwise(cuts):
        problem.require(a < b)
    return problem


def test_a_chain_of_cuts() -> None:
    instance = Instance.ask(_rising(100, 9))
    plan = elimination.plan(instance)
    assert plan is not None
    assert elimination.count(instance, plan) == comb(99, 9)
    assert ask.count(_rising(100, 9)) == comb(99, 9)


def test_counts_of_any_size() -> None:
    problem = Problem()
    steps = [problem.integer(f"s{i}", range(2**70, 2**70 + 8)) for i in range(300)]
    for a, b in zip(steps[::2], steps[1::2], strict=True):
        problem.require(a <= b)
    instance = Instance.ask(problem)
    plan = elimination.plan(instance)
    assert plan is not None
    assert elimination.count(instance, plan) == 36**150


def test_variables_that_nothing_reads_multiply() -> None:
    problem = _rising(10, 3)
    problem.integer("free", range(7))
    fixed = Instance.ask(problem, fixed={0: 4})
    plan = elimination.plan(fixed)
    assert plan is not None
    assert elimination.count(fixed, plan) == 7 * comb(5, 2)


def test_a_wide_condition_is_left_to_others() -> None:
    problem = Problem()
    bits = [problem.boolean(f"b{i}") for i in range(80)]
    problem.require(problem.sum(bits) == 30)
    assert elimination.plan(Instance.ask(problem)) is None
    assert ask.count(problem) == comb(80, 30)


def test_the_cost_is_known_beforehand() -> None:
    plan = elimination.plan(Instance.ask(_rising(100, 9)))
    assert plan is not None
    assert elimination.plan(Instance.ask(_rising(100, 9)), cells=plan.cells) == plan
    assert elimination.plan(Instance.ask(_rising(100, 9)), cells=plan.cells - 1) is None


def test_stopping() -> None:
    problem = _rising(50, 4)
    plan = elimination.plan(Instance.ask(problem))
    assert plan is not None
    control = Control()
    control.cancel()
    with pytest.raises(Stopped):
        elimination.count(Instance.ask(problem, control=control), plan)


def test_one_count_of_more_than_64_bits() -> None:
    problem = Problem()
    steps = [problem.integer(f"s{i}", range(8)) for i in range(60)]
    for a, b in pairwise(steps):
        problem.require(abs(a - b) <= 1)
    plan = elimination.plan(Instance.ask(problem))
    assert plan is not None
    ways = [1] * 8
    for _ in range(59):
        ways = [sum(ways[max(0, i - 1) : i + 2]) for i in range(8)]
    assert elimination.count(Instance.ask(problem), plan) == sum(ways) > 2**63
