"""Tightness and looser limits against brute force."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archwright.solvers import Control, Instance, Problem, Stopped
from archwright.solvers import questions as ask
from archwright.solvers.evaluate import evaluate
from archwright.solvers.tightness import NoSlack, excesses_of


def small(factors: list[int], limit: int, other: int) -> Problem:
    p = Problem()
    x, y, z = (p.integer(name, range(-2, 5)) for name in "xyz")
    a, b, c = factors
    p.require(a * x + b * y * z <= limit, "tight")
    p.require(x - c * z >= -limit, "tight")
    p.require(x + y + z <= other, "rest")
    p.maximize(x + 2 * y - z * z, "first")
    p.minimize(x, "second")
    return p


def brute(p: Problem) -> list[tuple[int, int]]:
    """The steps by trying everything: for each excess the best goal, where it becomes better."""
    instance = Instance.ask(p)
    nodes = [e.node for e in excesses_of(instance, "tight").values()]
    rest = [c.node for c in p.constraints if c.group != "tight"]
    best: dict[int, int] = {}
    for values in product(*(v.values for v in p.variables)):
        if all(evaluate(p, values, rest)):
            excess = max(evaluate(p, values, nodes))
            goal = evaluate(p, values, [p.goals[0].node])[0]
            best[excess] = max(goal, best.get(excess, goal))
    steps: list[tuple[int, int]] = []
    for excess in sorted(best):
        if not steps or best[excess] > steps[-1][1]:
            steps.append((excess, best[excess]))
    return steps


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-3, 3).filter(bool), min_size=3, max_size=3),
    st.integers(-8, 8),
    st.integers(-7, 6),
)
def test_the_curve_is_that_of_brute_force(factors: list[int], limit: int, other: int) -> None:
    p = small(factors, limit, other)
    assume(all(p.bounds[c.node] == (0, 1) for c in p.constraints))
    nodes = len(p.ops)
    t = ask.tightness(p, "tight")
    assert [(s.excess, s.goal) for s in t.steps] == brute(p)
    assert len(p.ops) == nodes  # the problem is as it was
    allowed = [s for s in t.steps if s.excess <= 0]
    if t.optimum.values is None:
        assert not allowed
    else:
        assert allowed[-1].goal == t.optimum.goals[0]
        assert min(t.slack.values()) >= 0


@settings(max_examples=40, deadline=None)
@given(st.integers(-9, -1), st.integers(-6, 6))
def test_the_least_looser_limit(limit: int, other: int) -> None:
    p = small([1, 1, 1], limit, other)
    assume(all(p.bounds[c.node] == (0, 1) for c in p.constraints))
    reached = brute(p)
    changes = ask.relaxations(p)
    looser = [c for c in changes if c.excess is not None and c.group == "tight"]
    if not reached or reached[0][0] <= 0:
        assert not looser
    else:
        assert [(c.excess, c.least) for c in looser] == [(reached[0][0],) * 2]
        assert changes[0] == looser[0]


def test_slack_of_each_constraint() -> None:
    p = Problem()
    x, y = p.integer("x", range(10)), p.integer("y", range(10))
    p.require((x <= 7) & (y <= 5), "box")
    p.maximize(x + y, "sum")
    p.require(x + y <= 9, "budget")
    t = ask.tightness(p, "box")
    values = t.optimum.values or ()
    assert t.slack == {0: 7 - values[0], 1: 5 - values[1]}
    assert t.steps[-1].goal == 9


def test_what_has_no_slack() -> None:
    p = Problem()
    x, y = p.integer("x", range(1, 10)), p.integer("y", range(1, 10))
    p.require(x.divides(y), "whole")
    p.require((x <= 3) | (y <= 3), "either")
    p.require(x == y, "same")
    p.require(x <= 100, "always")
    p.minimize(x)
    for name in ("whole", "either", "same", "always", "nowhere"):
        with pytest.raises(NoSlack):
            ask.tightness(p, name)


def test_without_a_goal_the_curve_is_the_least_excess() -> None:
    p = Problem()
    x = p.integer("x", range(5, 10))
    p.require(x <= 3, "low")
    p.require(x * x >= 36, "high")
    found = ask.curve(Instance.ask(p), "low", x - 3)
    assert [point.goals for point in found.points] == [(3,)]


def test_nothing_fits_under_any_limit() -> None:
    p = Problem()
    x = p.integer("x", range(5))
    p.require(x <= 3, "limit")
    p.require(x * x == 2, "never")
    p.minimize(x)
    t = ask.tightness(p, "limit")
    assert t.optimum.status == "infeasible" and not t.steps and not t.slack


def test_a_curve_that_is_stopped() -> None:
    p = Problem()
    many = [p.integer(f"x{i}", range(50)) for i in range(12)]
    p.require(p.sum([x * y for x, y in pairwise(many)]) <= 9000, "limit")
    p.maximize(p.sum([(x * 7) % 31 * y for x, y in zip(many, many[2:], strict=False)]))
    control = Control()
    instance = replace(Instance.ask(p), control=control)
    control.cancel()
    with pytest.raises(Stopped):
        ask.tightness(instance, "limit")
