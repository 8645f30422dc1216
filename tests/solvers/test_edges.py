"""Questions at the edge of sense have their mathematically right answers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from archwright.solvers import Control, ModelError, Problem, Status, Stopped
from archwright.solvers import questions as ask
from archwright.solvers.instance import Instance
from archwright.solvers.questions import TooMany
from archwright.solvers.sampling import EmptySpace


def test_no_variables() -> None:
    problem = Problem()
    answer = ask.solve(problem)
    assert (answer.status, answer.values, answer.goals) == (Status.FEASIBLE, (), ())
    assert ask.count(problem) == 1
    assert ask.solutions(problem).shape == (1, 0)
    assert ask.domains(problem) == []
    assert ask.conflict(problem) is None
    assert ask.sample(problem, 3, seed=0).shape == (3, 0)
    problem.minimize(7, "seven")
    answer = ask.solve(problem)
    assert (answer.status, answer.values, answer.goals) == (Status.OPTIMAL, (), (7,))
    assert [p.goals for p in ask.front(problem).points] == [(7,)]


def test_no_variables_and_a_false_constraint() -> None:
    problem = Problem()
    problem.require(False, "never")
    assert ask.solve(problem).status is Status.INFEASIBLE
    assert ask.count(problem) == 0
    assert ask.solutions(problem).shape == (0, 0)
    found = ask.conflict(problem)
    assert found is not None and found.groups == ("never",) and found.constraints == (0,)
    assert ask.front(problem).points == ()


def test_an_always_false_constraint() -> None:
    problem = Problem()
    x = problem.integer("x", range(5))
    problem.require(x >= 1, "fine")
    problem.require(x >= 9, "never")
    assert ask.solve(problem).status is Status.INFEASIBLE
    assert ask.count(problem) == 0
    assert ask.solutions(problem).shape == (0, 1)
    assert ask.domains(problem) == [()]
    assert ask.domains(problem, exact=False) == [()]
    found = ask.conflict(problem)
    assert found is not None and found.groups == ("never",)
    with pytest.raises(EmptySpace, match="nothing satisfies"):
        ask.sample(problem)


def test_structure_that_cannot_hold_has_no_names() -> None:
    problem = Problem()
    x = problem.integer("x", range(5))
    problem.require(x * x == 3)
    problem.require(x >= 1, "named")
    found = ask.conflict(problem)
    assert found is not None and found.groups == () and found.constraints == ()


def test_an_empty_domain_is_refused_when_stated() -> None:
    with pytest.raises(ModelError, match="empty domain"):
        Problem().integer("x", [])


def test_a_constant_goal() -> None:
    problem = Problem()
    x, y = problem.integer("x", range(3)), problem.integer("y", range(3))
    problem.require(x + y == 2)
    problem.maximize(x - x + 4, "four")
    answer = ask.solve(problem)
    assert (answer.status, answer.values, answer.goals) == (Status.OPTIMAL, (0, 2), (4,))
    assert [(p.goals, p.values) for p in ask.front(problem).points] == [((4,), (0, 2))]


def test_one_goal_in_a_front() -> None:
    problem = Problem()
    problem.front = True
    x, y = problem.integer("x", range(4)), problem.integer("y", range(4))
    problem.require(x * y <= 3)
    problem.maximize(x + y)
    answer = ask.front(problem)
    assert answer.complete and [(p.goals, p.values) for p in answer.points] == [((4,), (1, 3))]


def test_no_goal_in_a_front() -> None:
    problem = Problem()
    x = problem.integer("x", range(4))
    problem.require(x >= 2)
    assert [(p.goals, p.values) for p in ask.front(problem).points] == [((), (2,))]


def test_coefficients_near_the_end_of_64_bits() -> None:
    problem = Problem()
    x, y = problem.boolean("x"), problem.boolean("y")
    z = problem.integer("z", range(4))
    large = 2**61
    problem.require(large * x + (large - 1) * y <= large, "room")
    problem.require(z * (2**58) <= 2**60 - 1)
    problem.maximize((large - 1) * x + (large - 2) * y + z)
    answer = ask.solve(problem)
    assert (answer.values, answer.goals) == ((1, 0, 3), (large - 1 + 3,))
    assert ask.count(problem) == 3 * 4


def test_free_variables_cost_nothing() -> None:
    problem = Problem()
    for i in range(60):
        problem.integer(f"free{i}", range(10))
    x, y = problem.integer("x", range(9)), problem.integer("y", range(9))
    problem.require(x * y == 12)
    assert ask.count(problem) == 10**60 * 4
    answer = ask.solve(problem)
    assert answer.values == (0,) * 60 + (2, 6)
    assert len(ask.domains(problem)[0]) == 10
    with pytest.raises(TooMany, match="more than the limit of 1,000"):
        ask.solutions(problem, limit=1000)
    rows = ask.sample(problem, 5, seed=3)
    assert (rows[:, 60] * rows[:, 61] == 12).all()


def test_independent_parts_multiply() -> None:
    problem = Problem()
    for i in range(12):
        a, b = problem.integer(f"a{i}", range(1, 30)), problem.integer(f"b{i}", range(1, 30))
        problem.require(a * b == 24)
    assert ask.count(problem) == 8**12


def test_solutions_are_sorted_across_interleaved_parts() -> None:
    problem = Problem()
    a, b = problem.integer("a", range(3)), problem.integer("b", range(3))
    c, d = problem.integer("c", range(3)), problem.integer("d", range(3))
    problem.require(a + c == 2)
    problem.require(b * d == 2)
    rows = ask.solutions(problem).tolist()
    assert rows == sorted(rows) and len(rows) == 3 * 2


def test_a_limit_of_time_is_obeyed() -> None:
    problem = Problem()
    many = [problem.integer(f"x{i}", range(50)) for i in range(20)]
    total = problem.sum([x * y for x in many for y in many])
    problem.require(total % 1013 == 12)
    problem.minimize(problem.absolute(total - 100_003))
    control = Control(time_limit=0.3)
    answer = ask.solve(Instance.ask(problem, control=control))
    assert answer.status in (Status.FEASIBLE, Status.UNKNOWN, Status.OPTIMAL)
    assert control.seconds < 10
    with pytest.raises(Stopped):
        ask.count(Instance.ask(problem, control=Control(time_limit=0.3)))


def test_importing_the_room_does_not_import_numba() -> None:
    code = "import sys, archwright.solvers as s; s.Problem(); sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
