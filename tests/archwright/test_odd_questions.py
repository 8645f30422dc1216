"""Odd spaces and limits, asked of specs: a clear error, or the answer that mathematics gives."""

from __future__ import annotations

import pytest

import archwright as aw
from archwright.solvers.sampling import EmptySpace

EMPTY = "arch 1\nspace s { x: 1 .. 4 }\nrequire low: x <= 0\nmaximize x as most"


def test_an_empty_space() -> None:
    p = aw.loads(EMPTY).bind()
    assert p.solve().status == "infeasible" and p.count() == 0
    assert len(p.all()) == 0 and p.all()[:] == [] and p.all().to_numpy().shape == (0, 1)
    assert len(p.pareto()) == 0 and p.domains() == {"x": []}
    with pytest.raises(EmptySpace):
        p.sample(1)
    t = p.tightness("low")
    assert t.slack == {} and t.curve == [(1, 1), (2, 2), (3, 3), (4, 4)]
    conflict = p.explain()
    assert conflict is not None and conflict.repairs[0].change == "raise `low` to 1"


def test_no_choices_at_all() -> None:
    p = aw.loads("arch 1\nlet a = 3\nrequire fine: a <= 4\nminimize a as size").bind()
    assert p.solve().goals == {"size": 3} and p.count() == 1
    assert p.all()[0] == {} and p.sample(2) == [{}, {}] and p.domains() == {}
    assert [point.goals for point in p.pareto()] == [{"size": 3}]
    t = p.tightness("fine")
    assert t.slack == {"fine": 1} and t.curve == [(3, 3)]


def test_a_constant_goal_and_one_goal() -> None:
    p = aw.loads("arch 1\nspace s { x: 1 .. 4 }\nrequire low: x <= 3\nmaximize 7 as seven").bind()
    assert p.solve().goals == {"seven": 7} and len(p.pareto()) == 1
    assert p.tightness("low").curve == [(1, 7)]


def test_bounds_past_64_bits() -> None:
    p = aw.loads("""arch 1
    space s { x: 1 .. 3 }
    require huge: x * 1_000_000_000_000_000_000 * 1_000_000_000_000 <=
      2_000_000_000_000_000_000_000_000_000_000
    maximize x as most
    """).bind()
    assert p.solve().goals == {"most": 2}
    assert p.tightness("huge").curve[-1][1] == 3


@pytest.mark.parametrize("limit", [-1, -0.1, float("nan")])
@pytest.mark.parametrize(
    "ask",
    [
        lambda p, limit: p.solve(time_limit=limit),
        lambda p, limit: p.count(time_limit=limit),
        lambda p, limit: len(p.all(time_limit=limit)),
        lambda p, limit: p.tightness("low", time_limit=limit),
        lambda p, limit: p.explain(time_limit=limit),
    ],
)
def test_a_negative_time_limit(ask: object, limit: float) -> None:
    with pytest.raises(ValueError, match="time limit"):
        ask(aw.loads(EMPTY).bind(), limit)  # type: ignore[operator]


def test_always_false_and_always_true_limits() -> None:
    p = aw.loads("""arch 1
    param most: 1 .. 9 = 2
    space s { x: 3 .. 4  y: 1 .. 2 }
    require never: x <= most
    require always: y <= 8
    maximize y as gain
    """).bind()
    conflict = p.explain()
    assert conflict is not None and conflict.constraints == ("never",)
    assert conflict.repairs[0].change == "set most >= 3"
    t = p.tightness("always", without="never")
    assert t.slack == {"always": 6} and t.curve == [(1, 1), (2, 2)]
