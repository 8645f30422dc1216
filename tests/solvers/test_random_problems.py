"""The generator itself: it reaches every kind of node."""

from __future__ import annotations

from hypothesis import given, settings

from archwright.solvers.expressions import Kind, Op
from archwright.solvers.problem import Problem

from .random_problems import problems, separable_problems, solutions_of


def test_generator_reaches_every_kind_of_node() -> None:
    seen: set[Op] = set()

    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    @given(problems())
    def draw(problem: Problem) -> None:
        seen.update(problem.ops)

    draw()
    assert seen == set(Kind)


@settings(max_examples=20, deadline=None)
@given(separable_problems())
def test_brute_force_is_sorted(problem: Problem) -> None:
    found = solutions_of(problem)
    assert found == sorted(found)
