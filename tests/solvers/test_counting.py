"""Counts are exact, and solutions can be numbered."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import pytest
from hypothesis import given, settings

from archwright.solvers import counting, reference
from archwright.solvers.control import Control, Stopped
from archwright.solvers.counting import Space
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem

from .random_instances import instances


@settings(max_examples=300, deadline=None)
@given(instances())
def test_space_numbers_every_solution_once(instance: Instance) -> None:
    expected = list(reference.assignments(instance))
    space = Space(instance)
    assert space.count() == len(expected)
    numbered = [space.solution(i) for i in range(min(len(expected), 300))]
    assert len(set(numbered)) == len(numbered)
    assert set(numbered) <= set(expected)
    with pytest.raises(IndexError):
        space.solution(len(expected))


def test_large_spaces() -> None:
    problem = Problem()
    bits = [problem.boolean(f"b{i}") for i in range(80)]
    problem.require(problem.sum(bits) == 30)
    space = Space(Instance.ask(problem))
    assert space.count() == comb(80, 30)
    assert sum(space.solution(comb(80, 30) - 1)) == 30


def test_a_chain_is_dynamic_programming() -> None:
    problem = Problem()
    steps = [problem.integer(f"s{i}", range(8)) for i in range(60)]
    for a, b in pairwise(steps):
        problem.require(abs(a - b) <= 1)
    space = Space(Instance.ask(problem))
    ways = [1] * 8
    for _ in range(59):
        ways = [sum(ways[max(0, i - 1) : i + 2]) for i in range(8)]
    assert space.count() == sum(ways)
    assert space.states < 4000


def test_stopping() -> None:
    problem = Problem()
    values = [problem.integer(f"v{i}", range(1, 200)) for i in range(12)]
    problem.require(problem.sum([v * w for v in values for w in values]) % 1009 == 7)
    with pytest.raises(Stopped):
        Space(Instance.ask(problem, control=Control(time_limit=0.2))).count()


def test_what_is_forgotten_is_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem()
    bits = [problem.boolean(f"b{i}") for i in range(24)]
    problem.require(problem.sum(bits) == 9)
    known = Space(Instance.ask(problem))
    assert known.count() == comb(24, 9)
    monkeypatch.setattr(counting, "REMEMBERED", 40)
    space = Space(Instance.ask(problem))
    assert space.count() == comb(24, 9) and space.states > known.states
    assert len({space.solution(i) for i in range(0, comb(24, 9), 9973)}) == 132
