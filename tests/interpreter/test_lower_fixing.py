"""Names, values and fixings of a lowered spec."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import load
from archwright.interpreter.bind import bind
from archwright.interpreter.lower import lower
from archwright.interpreter.values import Enumerator
from archwright.solvers.evaluate import evaluate

from .agreement import lowered

SPECS = Path(__file__).parent.parent / "specs"
ELASTIC = """
enum Op { conv, pool }
space s {
  depth: 1 .. 3
  k[b in 1 .. 3]: {3, 5, 7} when b <= depth
  op: Op
  on: bool
  rate: 1 GB/s .. 3 GB/s step 1 GB/s
}
"""


def test_choices_in_order_of_declaration() -> None:
    problem = lowered(ELASTIC)
    keys = ["depth", "k[1]", "k[2]", "k[3]", "op", "on", "rate"]
    assert [c.key for c in problem.choices] == keys
    assert [v.name for v in problem.problem.variables] == keys
    assert [c.variable for c in problem.choices] == list(range(7))
    assert problem.choices[1].values() == (3, 5, 7)
    assert problem.choices[6].values() == tuple(n * 8 * 10**9 for n in (1, 2, 3))


def test_imports_come_where_they_are_imported() -> None:
    problem = lower(bind(load(SPECS / "joint_rnn.arch")))
    keys = [c.key for c in problem.choices]
    assert keys[:2] == ["t.batch_tile[forward]", "t.batch_tile[backward]"]
    assert keys[-2:] == ["width", "split"]
    assert [v.name for v in problem.problem.variables] == keys


def test_decode_leaves_out_what_is_inactive() -> None:
    problem = lowered(ELASTIC)
    found = problem.decode([2, 5, 7, 3, 1, 0, 3])
    assert found == {
        "depth": 2,
        "k[1]": 5,
        "k[2]": 7,
        "op": Enumerator("<text>:Op", 1, "pool"),
        "on": False,
        "rate": 24 * 10**9,
    }


def test_encode_is_the_inverse() -> None:
    for choice in lowered(ELASTIC).choices:
        for value in choice.values():
            number = choice.encode(value)
            assert number is not None and choice.decode(number) == value
        assert choice.encode(Fraction(17)) is None


def test_a_member_has_to_be_active() -> None:
    problem = lowered(ELASTIC)
    fixing = problem.fix("k", (Fraction(3),), Fraction(7))
    assert fixing.fixed == {3: 7}
    (condition,) = fixing.assumptions
    values = [[d, 3, 3, 7, 0, 0, 1] for d in (2, 3)]
    assert [evaluate(problem.problem, v, [condition.node]) for v in values] == [[0], [1]]


def test_a_bare_family_fixes_the_active_members() -> None:
    problem = lowered(ELASTIC)
    fixing = problem.fix("k", (), Fraction(5))
    assert fixing.fixed == {1: 5}  # the first is always active

    def holds(depth: int, second: int, third: int) -> bool:
        values = [depth, 5, second, third, 0, 0, 1]
        return all(evaluate(problem.problem, values, [a.node for a in fixing.assumptions]))

    assert holds(1, 3, 3) and holds(2, 5, 3) and holds(3, 5, 5)
    assert not holds(2, 3, 3) and not holds(3, 5, 7)


@pytest.mark.parametrize(("name", "indices"), [("k", ()), ("k", (Fraction(3),)), ("depth", ())])
def test_values_outside_the_domain(name: str, indices: tuple[Fraction, ...]) -> None:
    with pytest.raises(ArchError, match="out-of-domain"):
        lowered(ELASTIC).fix(name, indices, Fraction(9))


def test_unknown_names() -> None:
    with pytest.raises(ArchError, match="there is no choice called `k\\[4\\]`"):
        lowered(ELASTIC).fix("k", (Fraction(4),), Fraction(3))


def test_origins_tell_where_a_constraint_comes_from() -> None:
    problem = lower(bind(load(SPECS / "joint_rnn.arch"))).problem
    origins = {c.origin.key: c for c in problem.constraints}
    shared = origins["t.shared[backward]"]
    assert shared.group == "t.shared"
    assert shared.origin.span.text.startswith("require shared")
    assert {k: str(v) for k, v in shared.origin.bindings.items()} == {"p": "backward"}
    assert origins["domain of t.row_loop[forward]"].group is None


def test_requires_of_ops_are_named_by_their_call() -> None:
    text = """
    import std.nn as nn
    space s { groups: {1, 2, 3} }
    network net(x: tensor[4, 8, 8]) {
      x = nn.conv(x, out = 4, groups = groups) as body[1]
      return nn.linear(x, out = 5)
    }"""
    constraints = lowered(text).problem.constraints
    groups = {c.group for c in constraints}
    assert groups == {"body[1].whole_groups", "linear.pooled"}


def test_goals_scale_to_base_units() -> None:
    problem = lowered("space s { n: 1 .. 4 }\nprefer odd: n % 2 == 1\nminimize n * 2 us as time")
    goal, preferences = problem.goals
    assert (goal.name, goal.named, goal.decode(3)) == ("time", True, Fraction(6, 10**6))
    assert (preferences.name, preferences.named) == ("preferences", False)
    assert [g.name for g in problem.problem.goals] == ["time", "preferences"]


def test_preferences_of_a_front_are_no_goal() -> None:
    text = "space s { n: 1 .. 4 }\nprefer odd: n % 2 == 1\n"
    problem = lowered(text + "optimize pareto { minimize n as a  maximize n as b }")
    assert problem.problem.front
    assert [g.name for g in problem.problem.goals] == ["a", "b"]
    assert problem.preferences is not None
    assert evaluate(problem.problem, [2], [problem.preferences.expression.node]) == [1]
