"""The search engine against brute force, on hand-made problems and near the limits of 62 bits."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings

from archwright.solvers.answers import Status
from archwright.solvers.conflict import subset
from archwright.solvers.control import Control, Stopped
from archwright.solvers.errors import TooWide
from archwright.solvers.evaluate import evaluate
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.search import Search

from . import flashrnn
from .random_problems import best_of, problems, separable_problems, solutions_of

QUIET = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def search(problem: Problem, **question: object) -> Search:
    return Search(Instance.ask(problem, **question))  # type: ignore[arg-type]


def rows(problem: Problem, **question: object) -> list[tuple[int, ...]]:
    return [tuple(row) for row in search(problem, **question).all().tolist()]


@QUIET
@given(problems())
def test_all_is_every_solution_in_order(problem: Problem) -> None:
    assert rows(problem) == solutions_of(problem)


@QUIET
@given(problems())
def test_propagation_loses_no_solution(problem: Problem) -> None:
    found = solutions_of(problem)
    domains = search(problem).propagate()
    if domains is None:
        assert not found
    else:
        for solution in found:
            assert all(v in d for v, d in zip(solution, domains, strict=True))


@QUIET
@given(problems())
def test_best_is_the_first_of_the_best(problem: Problem) -> None:
    answer = search(problem).best()
    best = best_of(problem)
    if best is None:
        assert answer.status is Status.INFEASIBLE
        assert answer.values is None
    elif problem.goals:
        assert answer.status is Status.OPTIMAL
        assert answer.values == best
        assert answer.goals == answer.proof.bound
    else:
        assert answer.status is Status.FEASIBLE
        assert answer.values in solutions_of(problem)


@QUIET
@given(separable_problems())
def test_best_of_separable_problems(problem: Problem) -> None:
    answer = search(problem).best()
    if problem.goals:
        assert answer.values == best_of(problem)


@QUIET
@given(problems(max_constraints=5))
def test_subsets_of_constraints(problem: Problem) -> None:
    engine = search(problem)
    domains = [v.values for v in problem.variables]
    for active in ([], list(range(0, len(problem.constraints), 2)), None):
        chosen = range(len(problem.constraints)) if active is None else active
        nodes = [problem.constraints[i].node for i in chosen]
        possible = any(all(evaluate(problem, v, nodes)) for v in product(*domains))
        assert not (engine.refuted(active) and possible)
        found = engine.witness(chosen, Control())
        assert (found is not None) == possible
        assert found is None or all(evaluate(problem, found, nodes))


@QUIET
@given(problems())
def test_restriction_to_some_variables(problem: Problem) -> None:
    engine = search(problem)
    scopes = engine.scopes()
    chosen = list(range(0, len(problem.variables), 2))
    part = Search(Instance.ask(problem), variables=chosen)
    nodes = [
        problem.constraints[i].node for i, scope in enumerate(scopes) if set(scope) <= set(chosen)
    ]
    first = [v.values[0] for v in problem.variables]
    expected = []
    for values in product(*(problem.variables[i].values for i in chosen)):
        full = list(first)
        for i, value in zip(chosen, values, strict=True):
            full[i] = value
        if all(evaluate(problem, full, nodes)):
            expected.append(values)
    assert [tuple(row) for row in part.all().tolist()] == expected


def test_fixing_assuming_and_dropping() -> None:
    p = Problem()
    x, y = p.integer("x", range(1, 9)), p.integer("y", [2, 4, 8])
    p.require(x * y <= 20, "area")
    assert rows(p, fixed={1: 8}) == [(1, 8), (2, 8)]
    assert rows(p, assumptions=[x >= 2], fixed={1: 8}) == [(2, 8)]
    assert len(rows(p, without=["area"])) == 24


def test_limit_gives_the_first_solutions() -> None:
    p = Problem()
    x, y = p.integer("x", range(5)), p.integer("y", range(5))
    p.require(x + y >= 2)
    assert [tuple(r) for r in search(p).all(limit=3).tolist()] == [(0, 2), (0, 3), (0, 4)]
    assert search(p).all(limit=0).shape == (0, 2)


def test_no_variables() -> None:
    p = Problem()
    assert search(p).all().shape == (1, 0)
    assert search(p).best().values == ()
    p.require(False)
    assert search(p).all().shape == (0, 0)
    assert search(p).best().status is Status.INFEASIBLE


def test_constant_goal() -> None:
    p = Problem()
    p.integer("x", range(3, 5))
    p.minimize(7)
    answer = search(p).best()
    assert (answer.status, answer.values, answer.goals) == (Status.OPTIMAL, (3,), (7,))


def test_large_intervals_are_halved() -> None:
    p = Problem()
    x, y = p.integer("x", range(10**9)), p.integer("y", range(10**9))
    p.require(x * y == 999_999_937 * 2)  # twice a prime
    p.maximize(x)
    assert search(p).best().values == (999_999_937, 2)


@pytest.mark.parametrize("limit", [2**31, 2**61 + 12_345, (2**31 - 1) ** 2 - 1])
def test_products_near_the_limit_are_exact(limit: int) -> None:
    p = Problem()
    x, y = p.integer("x", range(1, 2**31)), p.integer("y", range(2**30, 2**31))
    p.require(x * y <= limit)
    p.require(x * y >= limit - 2**31)
    p.maximize(x)
    answer = search(p).best()
    assert answer.status is Status.OPTIMAL and answer.values is not None
    a, b = answer.values
    assert limit - 2**31 <= a * b <= limit
    assert (a + 1) * 2**30 > limit or a + 1 == 2**31


def test_products_past_the_limit_still_decide_inequalities() -> None:
    p = Problem()
    many = [p.integer(f"x{i}", range(1, 2**16)) for i in range(6)]
    p.require(p.product(many) * 3 <= 24)
    p.require(p.product(many) >= 8)
    p.require(p.product(many[:3]) >= 8)
    assert len(rows(p)) == 10  # 8 as an ordered product of three factors, ones elsewhere


def test_too_wide_names_the_expression() -> None:
    p = Problem()
    x, y = p.integer("x", range(2**40)), p.integer("y", range(2**40))
    p.require((x**6 * y**7) % 7 == 3)
    with pytest.raises(TooWide, match=r"\(x \* x .* \* y\)"):
        search(p).all()


@pytest.mark.parametrize("step", [1, -1])
def test_a_stopped_question_says_so(step: int) -> None:
    p = Problem()
    many = [p.integer(f"x{i}", range(20)[::step]) for i in range(12)]
    p.require(p.sum(many) % 2 == 0)
    with pytest.raises(Stopped) as caught:
        search(p, control=Control(time_limit=0.1)).all()
    assert len(caught.value.partial) > 0


def test_a_stopped_optimum_keeps_the_incumbent() -> None:
    p = Problem()
    many = [p.integer(f"x{i}", range(2, 60)) for i in range(14)]
    for i, a in enumerate(many[:-1]):
        p.require((a * many[i + 1]) % 17 == i)
    p.minimize(p.sum([(a * a * 7) % 31 for a in many]))
    answer = search(p, control=Control(time_limit=0.3)).best()
    assert answer.status in (Status.FEASIBLE, Status.UNKNOWN)


@pytest.mark.parametrize(
    ("make", "count", "spilled"), [(flashrnn.forward, 3177, 4096), (flashrnn.backward, 5724, 1024)]
)
def test_flashrnn_tilings(make: type, count: int, spilled: int) -> None:
    p = Problem()
    direction = make(p, hidden=768, heads=12, gates=4, batch=16)
    assert len(search(p).all()) == count
    p.minimize(direction.spilled, "spilled")
    p.maximize(direction.blocks, "parallel")
    p.minimize(direction.serial, "serial")
    answer = search(p).best()
    assert answer.status is Status.OPTIMAL
    assert answer.goals == (spilled, 128, 2)


def test_flashrnn_both_directions_at_once() -> None:
    p = Problem()
    f = flashrnn.forward(p, hidden=768, heads=12, gates=4, batch=16)
    b = flashrnn.backward(p, hidden=768, heads=12, gates=4, batch=16)
    p.minimize(f.spilled + b.spilled)
    answer = search(p).best()
    assert answer.goals == (5120,)


def test_flashrnn_at_larger_sizes() -> None:
    spilled = 0
    for make in (flashrnn.forward, flashrnn.backward):
        p = Problem()
        p.minimize(make(p, hidden=2048, heads=1, gates=4, batch=16).spilled)
        spilled += search(p).best().goals[0]
        q = Problem()
        make(q, hidden=8192, heads=1, gates=4, batch=16)
        engine = search(q)
        assert engine.best().status is Status.INFEASIBLE
        assert not engine.refuted([])
        structure = tuple(i for i, c in enumerate(q.constraints) if c.group is None)
        assert Search(subset(Instance.ask(q), structure)).best().values is not None
    assert spilled == 884_736


def test_a_goal_that_is_a_choice_with_holes() -> None:
    """What is refuted between two of its values must not leave an end where there is no value."""
    p = Problem()
    x = p.integer("x", (-2, 0, 2**31, 2**40 + 1))
    y = p.integer("y", range(-2, 0))
    p.require((2**31 * y + (y % p.maximum([x * x * x, 1]))) <= 0)
    p.maximize(x)
    assert search(p).best().values == (0, -2)


def test_conditions_that_exclude_each_other_do_not_creep_along_a_wide_interval() -> None:
    p = Problem()
    x = p.integer("x", (-(2**62) + 2, 2**31))
    shifted = x + 3_298_534_883_339
    p.require(p.divides(5, shifted), "multiple")
    p.require(~p.divides(5, shifted), "no multiple")
    assert search(p).best().status is Status.INFEASIBLE
