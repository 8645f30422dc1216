"""Samples are uniform: chi-square against the listed space, for each way of numbering."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.solvers import Problem, exhaustive, planner, reference, spaces
from archwright.solvers.components import Part, Split
from archwright.solvers.counting import Space
from archwright.solvers.diagram import numbers
from archwright.solvers.diagram.numbers import Solutions
from archwright.solvers.instance import Instance
from archwright.solvers.questions import sample
from archwright.solvers.sampling import Halving, Listed, Numbered, draw

from .random_instances import instances


def uneven() -> Problem:
    """24 solutions: a part of 6 that no branching splits evenly, a part of 2, two free values."""
    problem = Problem()
    x, y = problem.integer("x", range(1, 13)), problem.integer("y", range(1, 13))
    problem.require(x * y == 12)
    a, b = problem.boolean("a"), problem.boolean("b")
    problem.require(a + b == 1)
    problem.integer("free", [3, 9])
    return problem


def chi_square(counts: list[int], expected: float) -> float:
    return sum((c - expected) ** 2 / expected for c in counts)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_uniform(seed: int) -> None:
    problem = uneven()
    n = 2400
    seen = Counter(map(tuple, sample(problem, n, seed=seed).tolist()))
    assert set(seen) == set(reference.assignments(Instance.ask(problem)))
    assert chi_square(list(seen.values()), n / 24) < 49.7  # 23 degrees of freedom, 99.9 %


@pytest.mark.parametrize("way", ["listed", "space", "halving"])
def test_every_numbering_is_uniform(way: str) -> None:
    instance = Instance.ask(uneven())
    rows = np.array(list(reference.assignments(instance)), np.int64)
    numbered: Numbered = {
        "listed": Listed(rows),
        "space": Space(instance),
        "halving": Halving(instance, reference.count),
    }[way]
    whole = Split(instance, (_whole(instance),), (), ())
    seen = Counter(draw(whole, [numbered], 2400, seed=5))
    assert set(seen) == set(map(tuple, rows.tolist()))
    assert chi_square(list(seen.values()), 100) < 49.7


def _whole(instance: Instance) -> Part:
    return Part(instance, tuple(range(len(instance.domains))))


@settings(max_examples=60, deadline=None)
@given(instances(), st.data())
def test_halving_numbers_in_order(instance: Instance, data: st.DataObject) -> None:
    expected = list(reference.assignments(instance))
    if not expected:
        return
    halving = Halving(instance, reference.count)
    assert halving.count() == len(expected)
    number = data.draw(st.integers(0, len(expected) - 1))
    assert halving.solution(number) == expected[number]


def test_a_budget_is_sampled_by_counting() -> None:
    problem = Problem()
    layers = [problem.integer(f"layer{i}", range(7)) for i in range(14)]
    tables = [
        problem.table({(v,): (137 * i + 911 * v * v + 13 * v % 7,) for v in range(7)})
        for i in range(14)
    ]
    total = problem.sum([problem.lookup(t, [x]) for t, x in zip(tables, layers, strict=True)])
    problem.require(total <= 120_000, "budget")
    rows = sample(problem, 3, seed=1)
    assert rows.shape == (3, 14)
    assert (rows == sample(problem, 3, seed=1)).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_parts_and_free_values_are_drawn_apart(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # two parts of six, each of which has its own draw, and three free values
    problem = Problem()
    for name in "ab":
        x, y = problem.integer(f"{name}x", range(1, 13)), problem.integer(f"{name}y", range(1, 13))
        problem.require(x * y == 12)
    problem.integer("free", [3, 5, 9])
    monkeypatch.setattr(exhaustive, "listed", lambda instance, goals=True: None)
    n = 108 * 40
    rows = list(map(tuple, sample(problem, n, seed=seed).tolist()))
    seen = Counter(rows)
    assert set(seen) == set(reference.assignments(Instance.ask(problem)))
    assert chi_square(list(seen.values()), 40) < 156  # 107 degrees of freedom, 99.9 %
    pairs = Counter((a[0], b[0]) for a, b in pairwise(rows))  # one draw says nothing of the next
    assert chi_square(list(pairs.values()), (n - 1) / 36) + (36 - len(pairs)) * n / 36 < 67


def test_seeds_differ_and_no_seed_is_a_new_one() -> None:
    problem = Problem()
    for i in range(12):
        problem.integer(f"x{i}", range(10))
    assert (sample(problem, 4, seed=1) == sample(problem, 4, seed=1)).all()
    assert (sample(problem, 4, seed=1) != sample(problem, 4, seed=2)).any()
    assert (sample(problem, 4) != sample(problem, 4)).any()


def budget() -> Problem:
    """Sums, which the diagram engine counts."""
    problem = Problem()
    problem.require(problem.sum(problem.integer(f"x{i}", range(4)) for i in range(4)) <= 5)
    return problem


@pytest.mark.parametrize("way", [Solutions, Halving, Space])
def test_what_is_too_much_to_list_is_uniform(way: type, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = budget()
    expected = list(reference.assignments(Instance.ask(problem)))
    monkeypatch.setattr(exhaustive, "listed", lambda instance, goals=True: None)
    monkeypatch.setattr(spaces, "LISTED_WAYS", 1)
    if way is Halving:
        monkeypatch.setattr(numbers, "MOST_KEPT", 1)
    if way is Space:
        monkeypatch.setattr(planner, "diagram_numbers", lambda instance: "not asked")
        monkeypatch.setattr(planner, "diagram_count", lambda instance: "not asked")
    numbered: list[type] = []
    number = spaces._numbered

    def noted(instance: Instance) -> Numbered:
        found = number(instance)
        numbered.append(type(found))
        return found

    monkeypatch.setattr(spaces, "_numbered", noted)
    seen = Counter(map(tuple, sample(problem, 20 * len(expected), seed=8).tolist()))
    assert numbered == [way] and set(seen) <= set(expected)
    square = sum((seen[row] - 20) ** 2 / 20 for row in expected)
    freedom = len(expected) - 1
    assert square < freedom + 3.3 * (2 * freedom) ** 0.5 + 5  # 99.9 %
