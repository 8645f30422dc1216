"""What flattening promises: direct posting at the root, shared definitions, scopes."""

from __future__ import annotations

from archwright.solvers import memory as layout
from archwright.solvers.flatten import Flat
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.search import Search


def flat(problem: Problem) -> Flat:
    domains = [v.values for v in problem.variables]
    conditions = [c.node for c in problem.constraints]
    goals = [g.node for g in problem.goals]
    return Flat(problem, domains, range(len(domains)), conditions, goals)


def kinds(problem: Problem) -> list[int]:
    f = flat(problem)
    return [int(f.memory[p + layout.KIND]) for p in f.records.propagators]


def test_sums_are_posted_without_a_truth_variable() -> None:
    p = Problem()
    x, y = p.integer("x", range(9)), p.integer("y", range(9))
    p.require(x + 2 * y <= 7)
    assert kinds(p) == [layout.LINEAR_AT_MOST]


def test_an_equation_defines_one_side_by_the_other() -> None:
    p = Problem()
    x, y, z = (p.integer(n, range(1, 9)) for n in "xyz")
    p.require(4 * x * y == z)
    assert kinds(p) == [layout.PRODUCT]


def test_what_is_used_twice_is_computed_once() -> None:
    p = Problem()
    x, y, z = (p.integer(n, range(1, 9)) for n in "xyz")
    p.require(x * y == z)
    p.require(x * y + z <= 12)
    assert kinds(p).count(layout.PRODUCT) == 1


def test_look_ups_with_the_same_key_share_a_table() -> None:
    p = Problem()
    x = p.integer("x", range(3))
    t = p.table({(i,): (i * i, 9 - i) for i in range(3)})
    p.require(p.lookup(t, [x], 0) + p.lookup(t, [x], 1) <= 9)
    assert kinds(p).count(layout.TABLE) == 1


def test_remainder_zero_is_divisibility() -> None:
    p = Problem()
    x, y = p.integer("x", range(20)), p.integer("y", range(1, 9))
    p.require(x % y == 0)
    assert kinds(p) == [layout.DIVIDES]


def test_scopes_name_the_variables_of_each_constraint() -> None:
    p = Problem()
    x, y, z = (p.integer(n, range(1, 9)) for n in "xyz")
    p.require(x * z <= 9)
    p.require(y >= 3)
    assert Search(Instance.ask(p)).scopes() == [(0, 2), (1,)]
