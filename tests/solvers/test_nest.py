"""Loop nests agree with brute force, and keep a diagram of what they find."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings

from archwright.solvers import planner, reference
from archwright.solvers.answers import Status
from archwright.solvers.control import Control, Stopped
from archwright.solvers.instance import Instance
from archwright.solvers.nest import points
from archwright.solvers.nest.emitter import Unsuited
from archwright.solvers.nest.graph import TooManyValues, graph
from archwright.solvers.problem import Problem

from .random_instances import instances


def listed(instance: Instance) -> list[tuple[int, ...]]:
    return [tuple(row) for row in graph(instance, 1 << 20).rows().tolist()]


@settings(max_examples=600, deadline=None)
@given(instances())
def test_agrees_with_brute_force(instance: Instance) -> None:
    try:
        found = listed(instance)
    except Unsuited:
        return
    assert found == list(reference.assignments(instance))


@settings(max_examples=300, deadline=None)
@given(instances())
def test_agrees_after_propagation(instance: Instance) -> None:
    narrow = planner.narrowed(planner.without_goals(instance))
    expected = list(reference.assignments(instance))
    assert narrow is not None or not expected
    if narrow is not None:
        try:
            assert listed(narrow) == expected
        except Unsuited:
            return


def test_a_defined_variable_is_computed_not_tried() -> None:
    p = Problem()
    a, b = p.integer("a", range(1, 9)), p.integer("b", range(1, 9))
    total = p.integer("total", range(10**9))
    share = p.integer("share", range(-(10**9), 10**9))
    p.require(total == 3 * a + 1000 * b)
    p.require(share * a == total)
    found = graph(Instance.ask(p), 1000)
    expected = [
        (i, j, 3 * i + 1000 * j, (3 * i + 1000 * j) // i)
        for i in range(1, 9)
        for j in range(1, 9)
        if 1000 * j % i == 0
    ]
    assert [tuple(row) for row in found.rows().tolist()] == expected
    assert found.tried < 1000


def test_the_first_variable_differs_from_numbers() -> None:
    p = Problem()
    x, y = p.integer("x", range(3)), p.integer("y", range(3))
    p.require(p.all_different([x, y, 0, p.constant(5)]))
    assert listed(Instance.ask(p)) == [(1, 2), (2, 1)]


def test_equal_states_share_a_node() -> None:
    p = Problem()
    many = [p.integer(f"x{i}", range(2)) for i in range(200)]
    p.require(p.sum(many) == 100)
    found = graph(Instance.ask(p), 1 << 20)
    assert found.count() == comb(200, 100)
    assert len(found.nodes) < 2 * 201 * 101


def test_free_and_fixed_variables() -> None:
    p = Problem()
    p.integer("free", [3, 5])
    x = p.integer("x", range(4))
    p.integer("fixed", [7])
    p.require(x * x >= 4)
    assert listed(Instance.ask(p)) == [(3, 2, 7), (3, 3, 7), (5, 2, 7), (5, 3, 7)]


def test_nothing_fits() -> None:
    p = Problem()
    x, y = p.integer("x", range(5)), p.integer("y", range(5))
    p.require(x + y == 3)
    p.require(x * y == 1)
    found = graph(Instance.ask(p), 1 << 20)
    assert found.count() == 0
    assert found.rows().shape == (0, 2)


def test_limits() -> None:
    p = Problem()
    many = [p.integer(f"x{i}", range(100)) for i in range(6)]
    p.require(p.sum([x * x for x in many]) % 1_000_003 == 17)
    with pytest.raises(TooManyValues):
        graph(Instance.ask(p), 100_000)
    control = Control(time_limit=0.1)
    with pytest.raises(Stopped):
        graph(Instance.ask(p, control=control), 1 << 40)


def test_what_64_bits_do_not_hold_is_refused() -> None:
    p = Problem()
    x = p.integer("x", range(2**40))
    p.require(x * x * x % 7 == 3)
    with pytest.raises(Unsuited):
        graph(Instance.ask(p), 1000)


def test_rows_are_rising_in_every_order_of_definition() -> None:
    p = Problem()
    first = p.integer("first", range(100))
    a, b = p.integer("a", range(10)), p.integer("b", range(10))
    p.require(first == a * 10 + b)
    rows = graph(Instance.ask(p), 1 << 20).rows()
    assert np.array_equal(rows[:, 0], np.arange(100))


@settings(max_examples=400, deadline=None)
@given(instances())
def test_branch_and_bound_agrees_with_brute_force(instance: Instance) -> None:
    if not instance.problem.goals:
        return
    try:
        front, best = points.front(instance, 1 << 20), points.best(instance, 1 << 20)
    except Unsuited:
        return
    assert front.complete
    assert front.points == reference.front(instance).points
    expected = reference.solve(instance)
    assert (best.status, best.values, best.goals) == (
        expected.status,
        expected.values,
        expected.goals,
    )


def test_bounds_spare_values() -> None:
    p = Problem()
    cuts = [p.integer(f"cut{i}", range(1, 60)) for i in range(4)]
    for a, b in pairwise(cuts):
        p.require(a < b)
    p.minimize(p.maximum([b - a for a, b in pairwise([*cuts, p.constant(60)])] + [cuts[0]]))
    best = points.best(Instance.ask(p), 1 << 20)
    assert best.goals == (12,)
    assert best.proof.nodes < 200_000


def test_large_values_first_where_one_variable_is_the_goal() -> None:
    p = Problem()
    size = p.integer("size", range(1, 100_000))
    part = p.integer("part", range(1, 50))
    p.require(part.divides(size))
    p.require(size + 1000 * part <= 40_000)
    p.maximize(size)
    best = points.best(Instance.ask(p), 1 << 20)
    assert best.values == (39_000, 1)
    assert best.status is Status.OPTIMAL
    with pytest.raises(TooManyValues):
        points.best(Instance.ask(p), 100)


def test_a_stopped_climb_says_what_no_goal_can_pass() -> None:
    p = Problem()
    parts = [p.integer(f"part{i}", range(10)) for i in range(24)]
    for i in range(20):
        p.require(parts[i] * parts[i + 1] + parts[i + 2] * parts[i + 3] <= 40 + i)
    p.maximize(p.sum([(i + 1) * x for i, x in enumerate(parts)]))
    best = points.best(Instance.ask(p, control=Control(time_limit=0)), 1 << 30)
    assert best.status is Status.FEASIBLE
    assert best.proof.bound == (9 * 300,)


def test_a_quotient_falls_as_its_divisor_grows() -> None:
    p = Problem()
    x, y = p.integer("x", range(40, 61)), p.integer("y", range(1, 31))
    p.require(x // y <= 5, "flat")
    q = Problem()
    a, b = q.integer("a", range(40, 61)), q.integer("b", range(1, 31))
    q.require(a // b >= 5, "steep")
    for problem in (p, q):
        assert listed(Instance.ask(problem)) == list(reference.assignments(Instance.ask(problem)))
