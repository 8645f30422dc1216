"""Small instances are listed in columns: the same answers, and nothing compiled."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings

from archwright.solvers import exhaustive, growth, reference
from archwright.solvers.control import Control
from archwright.solvers.evaluate import evaluate
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem

from .random_instances import instances, large_instances

EVERYTHING = """
import sys
from archwright.solvers import Instance, Problem, questions as ask
p = Problem()
tile, loop, copies = (p.integer(n, range(1, 17)) for n in ("tile", "loop", "copies"))
p.require((tile * loop).divides(64), "whole")
p.require(tile * tile * copies <= 64, "memory")
p.require(loop * copies >= 12, "busy")
p.minimize(tile * loop)
p.maximize(copies)
assert ask.solve(p).status == "optimal"
assert ask.count(p) == len(ask.solutions(p)) == ask.numbered(p).count()
assert len(ask.front(p).points) and len(ask.domains(p)) == 3 and len(ask.sample(p, 2, seed=0)) == 2
tight = Instance.ask(p, fixed={0: 8}, assumptions=[copies >= 3])
assert ask.conflict(tight).groups and list(ask.conflicts(tight)) and ask.relaxations(tight)
assert ask.tightness(p, "memory").steps
print("numba" in sys.modules)
"""


def test_every_question_about_a_small_space_is_answered_without_the_compiler() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]


@settings(max_examples=100, deadline=None)
@given(instances(max_goals=3) | large_instances())
def test_lists_are_those_of_brute_force(instance: Instance) -> None:
    found = exhaustive.listed(instance)
    if found is not None:
        expected = list(reference.assignments(instance))
        assert list(map(tuple, found.rows.tolist())) == expected
        for goal, column in zip(instance.problem.goals, found.goals, strict=True):
            assert column.tolist() == [
                evaluate(instance.problem, values, [goal.node])[0] for values in expected
            ]


def test_numbers_past_64_bits() -> None:
    p = Problem()
    x, y = p.integer("x", range(1, 9)), p.integer("y", [3, 2**61])
    p.require(x * y * y * y >= 5 * 2**183)
    p.minimize(x**40 * y**2)
    found = exhaustive.listed(Instance.ask(p))
    assert found is not None
    assert found.rows.tolist() == [[x, 2**61] for x in range(5, 9)]
    assert found.best().goals == (5**40 * 2**122,)


def test_what_is_small_depends_on_conditions_that_come_early() -> None:
    def chain(narrow: bool) -> Instance:
        p = Problem()
        many = [p.integer(f"x{i}", range(20)) for i in range(5)]
        for a, b in pairwise(many):
            if narrow:
                p.require(p.is_zero(a - b))
        p.require(p.sum(many) % 7 == 3)
        return Instance.ask(p)

    assert exhaustive.listed(chain(narrow=True)) is not None
    assert exhaustive.listed(chain(narrow=False)) is None


def test_a_condition_on_one_variable_makes_its_domain_small_first() -> None:
    p = Problem()
    x, y = p.integer("x", range(4000)), p.integer("y", range(4000))
    p.require(x.among([3, 3999]))
    p.require(y % 1000 == 7)
    p.require(x * y >= 4000)
    found = exhaustive.listed(Instance.ask(p))
    assert found is not None
    assert found.rows.tolist() == [[3, 2007], [3, 3007], *([3999, y] for y in range(7, 4000, 1000))]
    assert found.tried < 100


def test_no_variables() -> None:
    p = Problem()
    found = exhaustive.listed(Instance.ask(p))
    assert found is not None and found.rows.shape == (1, 0)
    p.require(p.constant(0))
    nothing = exhaustive.listed(Instance.ask(p))
    assert nothing is not None and nothing.rows.shape == (0, 0)
    assert nothing.front().points == ()


def test_a_question_that_is_over_is_left_to_the_others() -> None:
    p = Problem()
    p.integer("x", range(3))
    assert exhaustive.listed(Instance.ask(p, control=Control(time_limit=0.0))) is None


def test_a_large_domain_is_not_made_an_array() -> None:
    p = Problem()
    p.integer("x", range(1 << 60))
    with pytest.raises(growth.TooMany):
        growth.Growth(Instance.ask(p), [])
