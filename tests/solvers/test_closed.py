"""The share of the space that a search has closed, against assignments that are counted."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from archwright.solvers import memory as layout
from archwright.solvers.control import Control, Look, Progress
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.search import Search

from .random_problems import problems, solutions_of

QUIET = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def shares(problem: Problem) -> tuple[list[float], int]:
    """What is closed when each solution is found, in order, and how many assignments the root has.

    Of a problem that the root refutes there are none.
    """
    engine = Search(Instance.ask(problem))
    slices = engine._slices()
    if slices.task(layout.ROOT, "propagating") == layout.REFUTED:
        return [], 0
    size = prod(len(engine._domain(slices.memory, x)) for x in engine.flat.decisions.values())
    slices.memory[layout.ORDER] = 1
    slices.begin(layout.ALL)
    rows = np.empty((1, len(engine.flat.decisions)), np.int64)
    found = []
    while slices.advance("listing", rows) == layout.SOLVED:
        slices.memory[layout.FOUND] = 0
        before = slices.memory.copy()
        found.append(slices.look().closed)
        assert (before == slices.memory).all()
    return found, size


def test_without_constraints_it_is_the_place_in_order() -> None:
    problem = Problem()
    for name, values in zip("abc", (range(3), (1, 5, 9, 11), range(70, 77)), strict=True):
        problem.integer(name, values)
    found, size = shares(problem)
    assert size == 84 and found == pytest.approx([k / 84 for k in range(84)], abs=1e-12)


def test_an_interval_that_is_halved() -> None:
    problem = Problem()
    problem.integer("a", range(200))
    found, _ = shares(problem)
    assert found == pytest.approx([k / 200 for k in range(200)], abs=1e-12)


@QUIET
@given(problems())
def test_it_never_shrinks_and_leaves_room_for_what_is_to_come(problem: Problem) -> None:
    found, size = shares(problem)
    every = solutions_of(problem)
    assert len(found) == len(every)
    for k, (share, later) in enumerate(zip(found, [*found[1:], 1.0], strict=False)):
        assert share <= later + 1e-9
        assert (1 - share) * size >= len(every) - k - 1e-6
        assert share * size >= k - 1e-6


def test_a_listener_learns_what_fails_most() -> None:
    looks: list[Look] = []

    def listen(progress: Progress) -> None:
        if progress.look is not None:
            looks.append(progress.look())

    pigeons = Problem()
    holes = [pigeons.integer(f"pigeon {i}", range(9)) for i in range(10)]
    for i, a in enumerate(holes):
        for b in holes[:i]:
            pigeons.require(a != b, "one in each")
    pigeons.require(holes[0] + holes[1] <= 17, "never in the way")
    search = Search(Instance.ask(pigeons, control=Control(progress=listen)))
    slices = search._slices()
    slices.budget = 500
    slices.task(layout.BEST, "looking for a solution")
    assert looks and all(0 <= look.closed <= 1 for look in looks)
    assert next(iter(looks[-1].failing)) == "one in each"
