"""Wrong and odd input of every question: a clear error, or the answer that mathematics gives."""

from __future__ import annotations

import pytest

from archwright.solvers import Control, Instance, Problem
from archwright.solvers import questions as ask
from archwright.solvers.problem import ModelError
from archwright.solvers.sampling import EmptySpace
from archwright.solvers.separable import analyse
from archwright.solvers.tightness import NoSlack


@pytest.mark.parametrize("values", [[], range(0), range(5, 5), ()])
def test_an_empty_domain(values: range | list[int]) -> None:
    with pytest.raises(ModelError, match="x has an empty domain"):
        Problem().integer("x", values)


def test_tables_of_inconsistent_arity() -> None:
    p = Problem()
    for rows in ({(1,): (2,), (1, 2): (3,)}, {(1,): (2,), (2,): (3, 4)}):
        with pytest.raises(ModelError, match="length"):
            p.table(rows)
    with pytest.raises(ModelError, match="at least one row"):
        p.table({})
    x, table = p.integer("x", range(3)), p.table({(1,): (2,)})
    with pytest.raises(ModelError, match="does not fit"):
        p.lookup(table, [x, x])


def test_no_variables_at_all() -> None:
    p = Problem()
    p.minimize(7, "seven")
    assert ask.solve(p).goals == (7,) and ask.count(p) == 1
    assert ask.numbered(p).rows(0, 1).shape == (1, 0)
    assert ask.sample(p, 2).shape == (2, 0)
    with pytest.raises(NoSlack, match="no constraint is called"):
        ask.tightness(p, "nothing")


def test_a_constraint_that_is_always_false() -> None:
    p = Problem()
    x = p.integer("x", range(4))
    p.require(x >= 9, "never")
    p.maximize(x)
    assert ask.solve(p).status == "infeasible" and ask.count(p) == 0
    assert ask.solutions(p).shape == (0, 1) and ask.numbered(p).count() == 0
    assert ask.domains(p) == [()] and not ask.front(p).points
    assert [(r.group, r.excess) for r in ask.relaxations(p)] == [("never", None)]
    with pytest.raises(NoSlack, match="never holds"):
        ask.tightness(p, "never")
    with pytest.raises(EmptySpace):
        ask.sample(p, 1)


def test_a_constant_goal_and_a_front_of_one_goal() -> None:
    p = Problem()
    x = p.integer("x", range(3, 9))
    p.require(x <= 7, "limit")
    p.maximize(p.constant(5), "five")
    assert ask.solve(p).values == (3,)
    assert [point.goals for point in ask.front(p).points] == [(5,)]
    assert [(s.excess, s.goal) for s in ask.tightness(p, "limit").steps] == [(-4, 5)]
    q = Problem()
    y = q.integer("y", range(3, 9))
    q.maximize(y, "most")
    assert [point.goals for point in ask.front(q).points] == [(8,)]


@pytest.mark.parametrize("limit", [-1, -0.5, float("nan")])
def test_a_negative_time_limit(limit: float) -> None:
    with pytest.raises(ValueError, match="time limit"):
        Control(time_limit=limit)


def test_negative_numbers() -> None:
    p = Problem()
    p.integer("x", range(3))
    with pytest.raises(ValueError, match="samples"):
        ask.sample(p, -1)
    with pytest.raises(ValueError, match="limit"):
        ask.solutions(p, -1)


def test_fixed_values_outside_the_domain() -> None:
    p = Problem()
    p.integer("x", range(3))
    with pytest.raises(ValueError, match="outside the domain of x"):
        Instance.ask(p, fixed={0: 3})


def test_very_many_constraints() -> None:
    p = Problem()
    x, y = p.integer("x", range(10)), p.integer("y", range(10))
    for i in range(100_000):
        p.require(x + y <= i % 7 + 5, "cap")
    p.maximize(x + 2 * y)
    assert ask.solve(p).goals == (10,)
    assert ask.count(p) == 21
    assert ask.domains(p)[0] == tuple(range(6))
    assert ask.tightness(p, "cap").slack[0] == 0


@pytest.mark.slow
def test_a_million_constraints() -> None:
    p = Problem()
    x = [p.integer(f"x{i}", range(10)) for i in range(1000)]
    for i in range(1000):
        for j in range(1000):
            p.require(x[i] + x[j] <= 16, "cap")
    p.maximize(p.sum(x))
    assert ask.solve(p).goals == (8000,)


def test_a_clique_of_constraints_is_soon_given_to_another_engine() -> None:
    p = Problem()
    x = [p.integer(f"x{i}", range(10)) for i in range(60)]
    for i, a in enumerate(x):
        for b in x[: i + 1]:
            p.require(a + b <= 16, "cap")
    p.maximize(p.sum(x))
    assert ask.solve(p).goals == (480,)
    assert isinstance(analyse(Instance.ask(p)), str)
