"""The diagram engine against brute force, on random problems and at many block sizes."""

from __future__ import annotations

from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archwright.solvers import reference
from archwright.solvers.answers import Status
from archwright.solvers.control import Control
from archwright.solvers.diagram import core, parts
from archwright.solvers.evaluate import evaluate
from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.separable import Separable, analyse

from .random_instances import instances, questions
from .random_problems import separable_problems

SIZES = [(4096,), (64, 8, 1), (8,), (1,)]

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(instance: Instance, sizes: tuple[int, ...]) -> None:
    """Every answer of the engine is what brute force says."""
    found = analyse(instance, sizes)
    if isinstance(found, str):
        assert found
        return
    total = reference.count(instance)
    assert found.count() == total
    if 0 < total <= 150:
        numbered = found.solutions()
        assert numbered.count() == total
        listed = {numbered.solution(number) for number in range(total)}
        assert listed == set(reference.assignments(instance))
    mine, theirs = found.best(), reference.solve(instance)
    assert (mine.status, mine.values, mine.goals) == (theirs.status, theirs.values, theirs.goals)
    if instance.problem.goals:
        points = found.front()
        assert points.complete
        assert points.points == reference.front(instance).points


@many
@given(instances(), st.sampled_from(SIZES))
def test_random_problems(instance: Instance, sizes: tuple[int, ...]) -> None:
    check(instance, sizes)


@many
@given(separable_problems().flatmap(questions), st.sampled_from(SIZES))
def test_random_sums(instance: Instance, sizes: tuple[int, ...]) -> None:
    check(instance, sizes)


@st.composite
def layered(draw: st.DrawFn) -> Problem:
    """Layers with options of their own that meet in budgets, guarded and scaled ones too.

    Variables of the layers interleave, a shared variable may scale everything, and goals may be
    sums, bottlenecks or constants.
    """
    p = Problem()
    layers = draw(st.integers(1, 3))
    shared = p.integer("shared", draw(st.sampled_from([(1, 2), (1, 2, 3), (2,)])))
    on = [p.integer(f"on{i}", range(draw(st.integers(1, 2)))) for i in range(layers)]
    width = [p.integer(f"w{i}", draw(st.sampled_from([(2, 4), (1, 2, 3)]))) for i in range(layers)]
    number = st.integers(-4, 6)

    def cost(i: int) -> Expr:
        table = {(o, w): (draw(number),) for o in (0, 1) for w in (1, 2, 3, 4)}
        found = p.lookup(p.table(table), [on[i], width[i]])
        kind = draw(st.integers(0, 3))
        if kind == 0:
            return found * shared
        if kind == 1:
            return p.choose(shared >= 2, found, width[i])
        return found if kind == 2 else on[i] * found

    def total() -> Expr:
        terms = [cost(i) for i in range(layers)]
        kind = draw(st.integers(0, 4))
        if kind == 0:
            return p.maximum(terms) * draw(st.sampled_from([1, 2, -1]))
        if kind == 1:
            return p.minimum(terms)
        if kind == 2:
            return shared * (p.sum(terms) + 3)
        return p.sum([*terms, draw(number)], [draw(st.sampled_from([1, 1, 2, -3]))] * layers + [1])

    for i in range(layers):
        if draw(st.booleans()):
            p.require(p.is_zero(on[i]).implies(width[i] == width[i].lo), "structure")
    for i in range(draw(st.integers(0, 3))):
        budget, limit = total(), draw(st.integers(-5, 25))
        kind = draw(st.integers(0, 6))
        if kind == 0:
            p.require((shared == 1) | (budget <= limit), f"g{i}")
        elif kind == 1:
            p.require(p.disjunction([on[0] == 0, shared == 2, budget == limit]), f"g{i}")
        elif kind == 2:
            p.require(~p.conjunction([w <= 2 for w in width]), f"g{i}")
        elif kind == 3:
            p.require(p.maximum([budget, 0]) // 3 <= max(limit, 1), f"g{i}")
        elif kind == 4:
            p.require(budget >= limit - 10, f"g{i}")
        else:
            p.require(budget <= limit, f"g{i}")
    for i in range(draw(st.integers(0, 3))):
        (p.minimize if draw(st.booleans()) else p.maximize)(total(), f"goal{i}")
    return p


@many
@given(layered().flatmap(questions), st.sampled_from(SIZES))
def test_random_layers(instance: Instance, sizes: tuple[int, ...]) -> None:
    check(instance, sizes)


@many
@given(
    st.one_of(instances(), layered().flatmap(questions)),
    st.sampled_from(SIZES),
    st.sampled_from([parts.SLOW, -1]),
)
def test_branching_where_listing_would_do(
    instance: Instance, sizes: tuple[int, ...], slow: int
) -> None:
    with patch.multiple(parts, SMALL=1, BRANCH_COST=0, SLOW=slow):
        check(instance, sizes)


@many
@given(
    st.one_of(separable_problems().flatmap(questions), layered().flatmap(questions)),
    st.sampled_from(SIZES),
    st.sampled_from([0, 1, 5, 30]),
)
def test_optima_where_the_core_is_left_early(
    instance: Instance, sizes: tuple[int, ...], most: int
) -> None:
    with patch.multiple(core, MOST_NODES=most, SLICE=4):
        check(instance, sizes)


@st.composite
def knapsacks(draw: st.DrawFn) -> Problem:
    """Choices under several budgets, with few different amounts, so that there are many equals."""
    p = Problem()
    number = st.integers(0, draw(st.sampled_from([2, 9, 100])))
    xs = [
        p.integer(f"x{i}", range(draw(st.integers(1, 4)))) for i in range(draw(st.integers(2, 6)))
    ]

    def total() -> Expr:
        tables: list[dict[tuple[int, ...], tuple[int, ...]]]
        tables = [{(v,): (draw(number),) for v in range(4)} for _ in xs]
        return p.sum([p.lookup(p.table(t), [x]) for t, x in zip(tables, xs, strict=True)])

    for _ in range(draw(st.integers(0, 4))):
        budget = total()
        p.require(budget <= budget.lo + (budget.hi - budget.lo) * draw(st.integers(1, 9)) // 10)
    for _ in range(draw(st.integers(1, 2))):
        (p.minimize if draw(st.booleans()) else p.maximize)(total())
    return p


@many
@given(knapsacks(), st.sampled_from([0, 8, core.MOST_NODES]))
def test_optima_under_several_budgets(problem: Problem, most: int) -> None:
    instance = Instance.ask(problem)
    with patch.multiple(core, MOST_NODES=most, SLICE=4, CORE=1):
        found = analyse(instance)
        assert isinstance(found, Separable)
        mine, theirs = found.best(), reference.solve(instance)
    assert (mine.status, mine.values, mine.goals) == (theirs.status, theirs.values, theirs.goals)


def test_too_connected_is_refused_with_names() -> None:
    p = Problem()
    xs = [p.integer(f"x{i}", range(50)) for i in range(8)]
    p.require(p.all_different([x * x for x in xs]))
    reason = analyse(Instance.ask(p))
    assert isinstance(reason, str)
    assert "x0" in reason


def test_counts_beyond_64_bits_are_exact() -> None:
    p = Problem()
    xs = [p.integer(f"x{i}", range(9)) for i in range(60)]
    p.require(p.sum(xs) <= 240)
    found = analyse(Instance.ask(p))
    assert isinstance(found, Separable)
    # the sums are symmetric around 240, so: half of all, and half of those that meet 240
    ways = [1]
    for _ in xs:
        padded = [*ways, *[0] * 8]
        ways = [sum(padded[max(0, s - 8) : s + 1]) for s in range(len(padded))]
    assert found.count() == (9**60 + ways[240]) // 2


@pytest.mark.parametrize("least", range(20, 29))
def test_a_limit_between_two_possible_sums(least: int) -> None:
    p = Problem()
    xs = [p.integer(f"x{i}", [i, i + 3, i + 9, i + 12]) for i in range(5)]  # sums are 10, 13, ...
    p.require(p.sum(xs) >= least)
    p.require(p.sum(xs) <= least + 14)
    found = analyse(Instance.ask(p))
    assert isinstance(found, Separable)
    assert found.count() == reference.count(Instance.ask(p))


def test_numbers_of_more_solutions_than_can_be_listed() -> None:
    p = Problem()
    layers = [p.integer(f"layer{i}", range(1, 10)) for i in range(40)]
    p.require(p.sum(x * x for x in layers) <= 1200, "most")
    p.require(p.sum(x * x for x in layers) >= 1190, "least")
    found = analyse(Instance.ask(p))
    assert isinstance(found, Separable)
    numbered = found.solutions()
    total = numbered.count()
    assert total == found.count() > 2**64
    drawn = [numbered.solution(total * i // 50) for i in range(50)]
    assert len(set(drawn)) == 50
    assert all(1190 <= sum(v * v for v in values) <= 1200 for values in drawn)


def test_unused_variables_are_free() -> None:
    p = Problem()
    x = p.integer("x", range(4))
    p.integer("y", range(10**9))
    p.require(x <= 2)
    p.maximize(x)
    found = analyse(Instance.ask(p))
    assert isinstance(found, Separable)
    assert found.count() == 3 * 10**9
    assert found.best().values == (2, 0)


def test_wide_numbers_are_refused() -> None:
    p = Problem()
    x = p.integer("x", range(10))
    y = p.integer("y", range(10))
    p.maximize(x * 2**62 + y * 2**62)
    reason = analyse(Instance.ask(p), (1,))
    assert isinstance(reason, str)
    assert "64 bits" in reason


def chain(n: int) -> Problem:
    """Neighbours differ, and a budget over all."""
    p = Problem()
    xs = [p.integer(f"x{i}", range(4)) for i in range(n)]
    for a, b in pairwise(xs):
        p.require(a != b)
    p.require(p.sum(xs) <= n)
    p.maximize(p.sum([x * x for x in xs]))
    return p


def test_chains_are_cut_in_the_middle() -> None:
    p = chain(40)
    found = analyse(Instance.ask(p))
    assert isinstance(found, Separable)
    ways = {(x, x): 1 for x in range(4)}  # by the last value and the sum
    best = {(x, x): x * x for x in range(4)}
    for _ in range(39):
        next_ways: dict[tuple[int, int], int] = {}
        next_best: dict[tuple[int, int], int] = {}
        for (last, total), n in ways.items():
            for x in range(4):
                key = (x, total + x)
                if x != last and total + x <= 40:
                    next_ways[key] = next_ways.get(key, 0) + n
                    value = best[last, total] + x * x
                    next_best[key] = max(next_best.get(key, 0), value)
        ways, best = next_ways, next_best
    assert found.count() == sum(ways.values())
    answer = found.best()
    assert answer.status is Status.OPTIMAL
    assert answer.goals == (max(best.values()),)
    assert answer.values is not None
    assert evaluate(p, answer.values, [p.goals[0].node]) == [max(best.values())]


@pytest.mark.parametrize("what", ["best", "front"])
def test_a_stopped_question_says_so(what: str) -> None:
    control = Control()
    question = Instance.ask(chain(30), control=control)
    found = analyse(question)
    assert isinstance(found, Separable)
    control.cancel()
    assert analyse(question) == "stopped while reading the problem"
    answer = getattr(found, what)()
    if what == "best":
        assert answer.status in (Status.UNKNOWN, Status.FEASIBLE)
    else:
        assert not answer.complete
