"""Curves of many steps: those near the limit are all there, the others are steps, too."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archwright.solvers import Control, Instance, Problem, Stopped, near, planner
from archwright.solvers import questions as ask
from archwright.solvers.answers import Front, Solution
from archwright.solvers.tightness import against, own_excess


def curve(p: Problem, every: int, far: int) -> near.Curve:
    instance = Instance.ask(p)
    excess = own_excess(instance, "limit")
    assert excess is not None
    goals = against(instance, "limit", excess)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near, "NEAR", every)
        patch.setattr(near, "FAR", far)
        return near.near(goals, planner.best, Control)


def line(size: int, factor: int, limit: int) -> Problem:
    """Every value of the goal is a step."""
    p = Problem()
    x, y = p.integer("x", range(size)), p.integer("y", range(3))
    p.require(factor * x + y <= limit, "limit")
    p.maximize(4 * x + y, "goal")
    return p


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 30), st.integers(1, 3), st.integers(-5, 60), st.integers(1, 3))
def test_near_steps_are_those_of_the_whole_curve(
    size: int, factor: int, limit: int, every: int
) -> None:
    p = line(size, factor, limit)
    assume(p.bounds[p.constraints[0].node] == (0, 1))
    excess = own_excess(Instance.ask(p), "limit")
    assert excess is not None
    whole = [point.goals for point in ask.curve(Instance.ask(p), "limit", excess).points]
    found = curve(p, every, 2)
    points = [point.goals for point in found.points]
    assert set(points) <= set(whole)
    assert {points[0], points[-1]} == {whole[0], whole[-1]}
    assert found.complete == (points == whole) or found.every is not None
    if found.every is not None:
        first, last = found.every
        assert [g for g in points if first <= g[1] <= last] == [
            g for g in whole if first <= g[1] <= last
        ]
        assert first <= max([g[1] for g in whole if g[1] <= 0], default=whole[-1][1]) <= last


def test_nothing_fits_under_any_limit() -> None:
    p = line(9, 2, 7)
    p.require(p.constant(0), "never")
    assert curve(p, 2, 2).points == () and curve(p, 2, 2).complete


def test_a_curve_of_many_steps_needs_no_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(instance: Instance) -> Front:
        raise Stopped("the curve has too many steps")

    monkeypatch.setattr(ask, "front", stopped)
    monkeypatch.setattr(ask, "_swept", stopped)
    p = Problem()
    high, low = p.integer("high", range(200)), p.integer("low", range(200))
    work = 200 * high + low
    p.require(work <= 30_000, "limit")
    p.maximize(work)
    t = ask.curve(Instance.ask(p), "limit", work - 30_000)
    assert not t.complete and t.every is not None and t.every[0] < 0 < t.every[1]
    inside = [point.goals[1] for point in t.points if t.every[0] <= point.goals[1] <= t.every[1]]
    assert sorted(inside) == list(range(t.every[0], t.every[1] + 1))


def test_a_stopped_curve_keeps_what_it_has() -> None:
    p = line(30, 2, 20)
    instance = Instance.ask(p)
    excess = own_excess(instance, "limit")
    assert excess is not None
    goals = against(instance, "limit", excess)
    calls = 0

    def best(asked: Instance) -> Solution:
        nonlocal calls
        calls += 1
        if calls == 4:
            goals.control.cancel()
            raise Stopped("enough")
        return planner.best(asked)

    with pytest.raises(Stopped) as stopped:
        near.near(goals, best, Control)
    partial = stopped.value.partial
    assert isinstance(partial, Front) and len(partial.points) == 3
