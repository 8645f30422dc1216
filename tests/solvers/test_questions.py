"""Every question against brute force, over the real engines and over a brute-force engine.

The second shows that the planner, the parts and their joining are right on their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from archwright.solvers import exhaustive, planner, reference
from archwright.solvers.answers import Solution
from archwright.solvers.conflict import subset
from archwright.solvers.control import Control
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Values
from archwright.solvers.questions import (
    conflict,
    conflicts,
    count,
    domains,
    front,
    relaxations,
    sample,
    solutions,
    solve,
)
from archwright.solvers.relaxing import dropped
from archwright.solvers.sampling import EmptySpace

from .random_instances import instances

EXAMPLES = 100
checks = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class BruteSearch:
    """The search engine's interface over brute force."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def propagate(self) -> list[Values] | None:
        return list(self.instance.domains)

    def best(self) -> Solution:
        return reference.solve(self.instance)

    def first(self, values: Sequence[int]) -> tuple[int, ...]:
        return next(reference.assignments(self.instance), tuple(values))

    def all(self, limit: int | None = None) -> NDArray[np.int64]:
        found = list(islice(reference.assignments(self.instance), limit))
        rows = np.array(found, np.int64).reshape(len(found), len(self.instance.domains))
        return rows

    def within(self, variable: int, lo: int, hi: int) -> tuple[int, ...] | None:
        domains = list(self.instance.domains)
        domains[variable] = tuple(v for v in domains[variable] if lo <= v <= hi)
        narrow = replace(self.instance, domains=tuple(domains))
        return next(reference.assignments(narrow), None)

    def refuted(self, active: Sequence[int]) -> bool:
        return False

    def witness(self, active: Sequence[int], control: Control) -> tuple[int, ...] | None:
        return next(reference.assignments(subset(self.instance, active)), None)


@pytest.fixture(params=["as asked", "all engines", "search alone", "brute force"])
def engines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param != "as asked":
        monkeypatch.setattr(exhaustive, "listed", lambda instance, goals=True: None)
        monkeypatch.setattr(exhaustive, "truths", lambda instance: None)
    if request.param in ("search alone", "brute force"):
        monkeypatch.setattr(planner, "separable", lambda instance: "not asked")
        monkeypatch.setattr(planner, "glanced", lambda *question: None)
    if request.param == "brute force":
        monkeypatch.setattr(planner, "search", BruteSearch)
    yield


@checks
@given(instances())
def test_solve(engines: None, instance: Instance) -> None:
    expected = reference.solve(instance)
    found = solve(instance)
    assert (found.status, found.goals) == (expected.status, expected.goals)
    if instance.problem.goals:
        assert found.values == expected.values
    elif found.values is not None:
        assert found.values in set(reference.assignments(instance))


@checks
@given(instances())
def test_count_and_solutions(engines: None, instance: Instance) -> None:
    expected = list(reference.assignments(instance))
    assert count(instance) == len(expected)
    assert list(map(tuple, solutions(instance).tolist())) == expected


@checks
@given(instances(max_goals=3, front=True))
def test_front(engines: None, instance: Instance) -> None:
    assert front(instance).points == reference.front(instance).points


@checks
@given(instances())
def test_domains(engines: None, instance: Instance) -> None:
    expected = reference.domains(instance)
    assert domains(instance) == expected
    for rough, exact in zip(domains(instance, exact=False), expected, strict=True):
        assert set(exact) <= set(rough)
    only = domains(instance, only=(0,))
    assert only[0] == expected[0]


@checks
@given(instances())
def test_conflict(engines: None, instance: Instance) -> None:
    expected = reference.conflicts(instance)
    found = conflict(instance)
    if found is None:
        assert not expected
    else:
        assert frozenset(found.groups) in expected
        names = [instance.problem.constraints[i].group for i in instance.active]
        kept = [
            i
            for i, name in zip(instance.active, names, strict=True)
            if name is None or i in found.constraints
        ]
        assert reference.solve(replace(instance, active=tuple(kept))).values is None
    assert {frozenset(c.groups) for c in conflicts(instance)} == set(expected)


@checks
@given(instances())
def test_sample(engines: None, instance: Instance) -> None:
    expected = set(reference.assignments(instance))
    if not expected:
        with pytest.raises(EmptySpace):
            sample(instance, 3, seed=1)
        return
    rows = sample(instance, 12, seed=1)
    assert {tuple(r) for r in rows.tolist()} <= expected
    assert (rows == sample(instance, 12, seed=1)).all()


@checks
@given(instances())
def test_relaxations(engines: None, instance: Instance) -> None:
    found = relaxations(instance)
    if reference.solve(instance).values is not None:
        assert not found
        return
    helps = set()
    for group in {c.group for c in instance.problem.constraints} - {None}:
        if reference.solve(dropped(instance, [str(group)])).values is not None:
            helps.add(group)
    assert {r.group for r in found if r.group is not None} == helps
    for index, variable in enumerate(instance.problem.variables):
        wanted = []
        if len(instance.domains[index]) == 1 < len(variable.values):
            for value in variable.values:
                domains = [*instance.domains[:index], (value,), *instance.domains[index + 1 :]]
                changed = replace(instance, domains=tuple(domains))
                if reference.solve(changed).values is not None:
                    wanted.append(value)
        offered = [r.values for r in found if r.variable == index]
        assert offered == ([tuple(wanted)] if wanted else [])


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@given(instances(max_goals=3))
def test_everything_at_length(instance: Instance) -> None:
    expected = list(reference.assignments(instance))
    best = reference.solve(instance)
    found = solve(instance)
    assert (found.status, found.goals) == (best.status, best.goals)
    if instance.problem.goals:
        assert found.values == best.values
    assert count(instance) == len(expected)
    assert list(map(tuple, solutions(instance).tolist())) == expected
    assert domains(instance) == reference.domains(instance)
    if instance.problem.goals:
        assert front(instance).points == reference.front(instance).points
    why = conflict(instance)
    assert (why is None) == bool(expected)
    if why is not None:
        assert frozenset(why.groups) in reference.conflicts(instance)
