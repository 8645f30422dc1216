"""Numbers near 2⁶² and past: exact in every engine, in as many words as they need."""

from __future__ import annotations

from itertools import product as combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.solvers import Problem, Status, planner, reference
from archwright.solvers import questions as ask
from archwright.solvers.counting import Space
from archwright.solvers.errors import TooWide
from archwright.solvers.expressions import Expr
from archwright.solvers.frontier import sweep
from archwright.solvers.instance import Instance
from archwright.solvers.search import Search

EDGE = 2**62
NEAR = [2**31 - 1, 2**31, 2**31 + 1]


def agreed(problem: Problem) -> list[tuple[int, ...]]:
    """The solutions by brute force; search, component caching and the planner agree."""
    instance = Instance.ask(problem)
    expected = list(reference.assignments(instance))
    assert list(map(tuple, Search(instance).all().tolist())) == expected
    assert Space(instance).count() == len(expected)
    assert ask.count(instance) == len(expected)
    best, found = reference.solve(instance), Search(instance).best()
    assert (found.status, found.goals) == (best.status, best.goals)
    if problem.goals:
        assert found.values == best.values
        assert found.values is None or found.proof.bound == best.goals
        answer = ask.solve(instance)
        assert (answer.goals, answer.values) == (best.goals, best.values)
        assert ask.front(instance).points == reference.front(instance).points
    return expected


@pytest.mark.parametrize("limit", [EDGE + d for d in (-(2**31) - 1, -(2**31), -1, 0, 1, 2**31)])
def test_products_near_the_edge(limit: int) -> None:
    p = Problem()
    x, y = p.integer("x", NEAR), p.integer("y", NEAR)
    p.require(x * y <= limit)
    p.maximize(x * y)
    assert agreed(p) == [(a, b) for a, b in combinations(NEAR, NEAR) if a * b <= limit]


@pytest.mark.parametrize("sign", [1, -1])
def test_products_are_compared_with_products(sign: int) -> None:
    p = Problem()
    values = [2**61 - 1, 2**61, 2**61 + 1, EDGE - 2]
    a, b, c, d = (p.integer(n, values) for n in "abcd")
    p.require(sign * a * b <= sign * c * d, "order")
    p.require(a * b != c * d, "strict")
    p.minimize(a * d - b * c, "spread")
    assert len(agreed(p)) > 40


def test_sums_of_products_of_any_sign() -> None:
    p = Problem()
    values = [-(2**61), -3, 0, 5, 2**60]
    x, y, z = (p.integer(n, values) for n in "xyz")
    p.require(x * y + y * z + x * z >= -(2**100))
    p.require((x * y * z) <= 2**170)
    p.maximize(x * y - z * z, "first")
    p.minimize(x + y * 2**40, "second")
    assert agreed(p)


def test_memory_of_large_models_in_bits() -> None:
    p = Problem()
    width = p.integer("width", range(1024, 16385, 1024))
    layers = p.integer("layers", [61, 64, 96])
    experts = p.integer("experts", [1, 8, 256])
    bits = p.integer("bits", [4, 8, 16, 32])
    parameters = 12 * width * width * layers * experts
    p.require(parameters * bits * 998_244_353 <= 671 * 10**9 * 8 * 10**9 + 7, "memory")
    p.require(parameters * parameters * bits >= 10**24, "large")
    p.maximize(parameters * parameters * bits, "both")
    rows = agreed(p)
    assert 0 < len(rows) < 16 * 3 * 3 * 4


def test_a_common_factor_needs_no_words() -> None:
    p = Problem()
    x, y = p.integer("x", range(100)), p.integer("y", range(100))
    p.require(2**70 * x + 2**71 * y <= 2**70 * 5 + 1)
    assert len(agreed(p)) == 12


@pytest.mark.parametrize(
    "build",
    [
        lambda x, y: (x * x * y) % 1009 == 5,
        lambda x, y: (x * x * y) // (y + 3) >= 2**70,
        lambda x, y: x.problem.minimum([x * x * x, y]) == y,
        lambda x, y: x.problem.maximum([x * x * x, y * y]) <= 2**90,
        lambda x, y: abs(x * x * y - 2**80) <= 2**79,
        lambda x, y: x.problem.choose(x >= y, x * x * x, -y) <= 5,
        lambda x, y: y.divides(x * x * x + 1),
        lambda x, y: (x * x * x).divides(y),
        lambda x, y: (x * x * x).among([8, 2**90, 3**60]),
        lambda x, y: x.problem.all_different([x * x * x, y * y * y, 27]),
        lambda x, y: x.problem.has_row(x.problem.table({(8,): (1,), (1,): (2,)}), [x * x * x]),
        lambda x, y: x.problem.lookup(x.problem.table({(8,): (1,)}), [x * x * x]) >= 1,
        lambda x, y: (x * x * x <= 2**89).iff(y * y * y <= 100),
        lambda x, y: (x * x * x == 8) | (y * x * x == 2**62),
    ],
)
def test_every_kind_of_node_over_wide_ones(build) -> None:
    values = [1, 2, 3, 5, 2**30, 2**31 - 1, 3**20, 2**40 + 1]
    for negative in (False, True):
        p = Problem()
        x = p.integer("x", [-v for v in values] if negative else values)
        y = p.integer("y", values)
        condition = build(x, y)
        p.require(condition)
        yes = agreed(p)
        q = Problem()
        x = q.integer("x", [-v for v in values] if negative else values)
        y = q.integer("y", values)
        q.require(~build(x, y))
        assert len(yes) + len(agreed(q)) == len(values) ** 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-(2**61), 2**61), min_size=3, max_size=3, unique=True),
    st.lists(st.integers(-(10**6), 10**6), min_size=3, max_size=3, unique=True),
    st.integers(-(2**90), 2**90),
    st.integers(-(2**124), 2**124),
)
def test_random_sums(large: list[int], small: list[int], factor: int, limit: int) -> None:
    p = Problem()
    x, y = p.integer("x", large), p.integer("y", small)
    p.require(x * y * factor + x * x <= limit)
    p.minimize(x * x * y - factor * y, "goal")
    agreed(p)


def test_a_signed_factor_that_is_fixed_to_a_positive_value() -> None:
    p = Problem()
    x = p.integer("x", [-(2**31) + 1, 0, 1, 2**31 - 1])
    p.maximize(0, "nothing")
    p.maximize(x * x * x, "cube")
    for value in (1, 2**31 - 1):
        found = sweep(Instance.ask(p, {0: value}), lambda box: Search(box).best())
        assert [point.goals for point in found.points] == [(0, value**3)]


def test_a_wide_range_is_narrowed_to_the_exact_end() -> None:
    p = Problem()
    x, y = p.integer("x", range(2**40)), p.integer("y", range(2**40))
    p.require(x * x * x >= 2**117 + 1)
    p.require(y * y * y <= 2**90)
    found = Search(Instance.ask(p)).propagate()
    assert found is not None
    assert (found[0][0], found[1][-1]) == (2**39 + 1, 2**30)


def test_beyond_all_words_the_message_names_the_factors() -> None:
    p = Problem()
    x, y = p.integer("x", range(2**60)), p.integer("y", range(2**60))
    p.require(x**5 * y**5 <= 7)
    with pytest.raises(TooWide, match=r"x \* .*y"):
        ask.solve(p)


def test_a_variable_past_62_bits_is_named() -> None:
    p = Problem()
    size: Expr = p.integer("size", [1, EDGE])
    p.require(size >= 2)
    with pytest.raises(TooWide, match="size"):
        planner.search(Instance.ask(p)).best()


def test_wide_goals_stop_with_what_is_proved() -> None:
    p = Problem()
    x, y = p.integer("x", range(2**31)), p.integer("y", range(2**31))
    p.require((x + 3 * y) % 1009 == 5)
    p.maximize(x * x * x - y)
    answer = Search(Instance.ask(p)).best()
    assert answer.status is Status.OPTIMAL
    assert answer.proof.bound == answer.goals
