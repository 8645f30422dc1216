"""Conflicts are inconsistent, minimal, and complete when all are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings

from archwright.solvers import Problem, reference
from archwright.solvers.certify import WrongAnswer
from archwright.solvers.conflict import Explainer, quickxplain, subset
from archwright.solvers.instance import Instance

from .random_instances import instances


class Brute:
    """An oracle that tries everything, and whose propagation sees little."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def refuted(self, active: Sequence[int]) -> bool:
        return len(active) % 3 == 1 and self.witness(active) is None

    def witness(self, active: Sequence[int]) -> tuple[int, ...] | None:
        return next(reference.assignments(subset(self.instance, active)), None)


def test_quickxplain_finds_a_minimal_subset() -> None:
    asked: list[tuple[int, ...]] = []

    def inconsistent(chosen: Sequence[int]) -> bool:
        asked.append(tuple(chosen))
        return {3, 11} <= set(chosen) or {5, 6, 7} <= set(chosen)

    assert sorted(quickxplain(range(16), inconsistent)) == [5, 6, 7]
    assert len(asked) < 20
    assert quickxplain([], inconsistent) == []


@settings(max_examples=300, deadline=None)
@given(instances())
def test_conflict_is_minimal(instance: Instance) -> None:
    expected = reference.conflicts(instance)
    found = Explainer(instance, Brute(instance)).conflict()
    if not expected:
        assert found is None
        return
    assert found is not None
    assert frozenset(found.groups) in expected
    structure = [i for i in instance.active if instance.problem.constraints[i].group is None]
    together = [*structure, *found.constraints]
    assert Brute(instance).witness(together) is None
    assert {instance.problem.constraints[i].group for i in found.constraints} == set(found.groups)
    for i in found.constraints:
        assert Brute(instance).witness([j for j in together if j != i]) is not None


@settings(max_examples=150, deadline=None)
@given(instances())
def test_all_conflicts(instance: Instance) -> None:
    found = [frozenset(c.groups) for c in Explainer(instance, Brute(instance)).conflicts()]
    assert len(found) == len(set(found))
    assert set(found) == set(reference.conflicts(instance))


class Lying(Brute):
    """Calls some sets that hold inconsistent, or one that does not hold consistent."""

    def __init__(self, instance: Instance, lie: Callable[[frozenset[int]], bool]) -> None:
        super().__init__(instance)
        self.lie = lie

    def refuted(self, active: Sequence[int]) -> bool:
        return False

    def witness(self, active: Sequence[int]) -> tuple[int, ...] | None:
        if self.lie(frozenset(active)):
            return None
        return super().witness(active)


def test_a_conflict_is_asked_for_again() -> None:
    p = Problem()
    x = p.integer("x", range(10))
    for i in range(4):
        p.require(x >= i, f"at least {i}")
    instance = Instance.ask(p)
    asked: list[frozenset[int]] = []

    def once(active: frozenset[int]) -> bool:
        asked.append(active)
        return asked.count(active) == 1 and {1, 2} <= active

    with pytest.raises(WrongAnswer, match="is none"):
        Explainer(instance, Lying(instance, once)).conflict()


def test_an_engine_that_breaks_a_constraint_is_found_out() -> None:
    p = Problem()
    x = p.integer("x", range(10))
    p.require(x >= 4, "large")
    instance = Instance.ask(p)

    class Broken(Brute):
        def witness(self, active: Sequence[int]) -> tuple[int, ...] | None:
            return (0,)

    with pytest.raises(WrongAnswer, match="large"):
        Explainer(instance, Broken(instance)).conflict()
