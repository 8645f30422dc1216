"""Rewriting and splitting keep exactly the solutions and the goals."""

from __future__ import annotations

from math import prod

import numpy as np
from hypothesis import given, settings

from archwright.solvers import reference
from archwright.solvers.columns import evaluate_columns
from archwright.solvers.components import simplify, split
from archwright.solvers.evaluate import evaluate
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.rewriting import fork

from .random_instances import instances


@settings(max_examples=300, deadline=None)
@given(instances())
def test_simplify_keeps_solutions_and_goals(instance: Instance) -> None:
    expected = list(reference.assignments(instance))
    simple = simplify(instance)
    if simple is None:
        assert not expected
        return
    assert list(reference.assignments(simple)) == expected
    for values in expected[:20]:
        assert reference.goals(simple, values) == reference.goals(instance, values)


@settings(max_examples=300, deadline=None)
@given(instances())
def test_parts_multiply_and_add(instance: Instance) -> None:
    expected = list(reference.assignments(instance))
    for goals in (False, True):
        parted = split(instance, goals)
        if parted is None:
            assert not expected
            continue
        taken = sorted(parted.free + tuple(v for p in parted.parts for v in p.variables))
        assert taken == list(range(len(instance.domains)))
        counts = [reference.count(p.instance) for p in parted.parts]
        assert prod([len(instance.domains[v]) for v in parted.free] + counts) == len(expected)
        for values in expected[:20] if goals else []:
            total = list(parted.constants)
            for part in parted.parts:
                own = tuple(values[v] for v in part.variables)
                for i, value in enumerate(reference.goals(part.instance, own)):
                    total[i] += value
            assert tuple(total) == reference.goals(instance, values)


@settings(max_examples=300, deadline=None)
@given(instances())
def test_columns_agree_with_the_referee(instance: Instance) -> None:
    problem = instance.problem
    rows = [
        tuple(v.values[(7 * i + 3 * k) % len(v.values)] for i, v in enumerate(problem.variables))
        for k in range(5)
    ]
    nodes = list(range(len(problem.ops)))
    columns = {i: np.array([row[i] for row in rows]) for i in range(len(problem.variables))}
    found = np.array(evaluate_columns(problem, columns, nodes, len(rows)), object)
    expected = np.array([evaluate(problem, row, nodes) for row in rows], object).T
    assert (found == expected).all()


def test_columns_do_not_wrap() -> None:
    problem = Problem()
    x = problem.integer("x", [0, 2**40])
    y = problem.integer("y", [-(2**30), 2**40])
    nodes = [(x * y).node, (x * y * x - y).node, (2**61 * x + 7).node, (2**70 * y).node]
    columns = {0: np.array([2**40, 0]), 1: np.array([-(2**30), 2**40])}
    found = np.array(evaluate_columns(problem, columns, nodes, 2), object).T.tolist()
    assert found == [evaluate(problem, v, nodes) for v in [(2**40, -(2**30)), (0, 2**40)]]


def test_a_fork_leaves_the_original_alone() -> None:
    problem = Problem()
    x = problem.integer("x", range(5))
    other = fork(problem)
    size = len(problem.ops)
    other.require(other.sum([x.__class__(other, x.node)], [3]) <= 6)
    assert len(problem.ops) == size and not problem.constraints


def test_entailed_constraints_no_longer_connect() -> None:
    problem = Problem()
    x, y, z = (problem.integer(n, range(1, 9)) for n in "xyz")
    problem.require(x + y <= 10)
    problem.require(y * z <= 24)
    problem.require(y <= 2)
    problem.require(x >= 3)
    simple = simplify(Instance.ask(problem, {1: 2}))
    assert simple is not None
    parted = split(simple, goals=True)
    assert parted is not None
    assert [len(d) for d in simple.domains] == [6, 1, 8]
    assert parted.parts == () and parted.free == (0, 1, 2)
