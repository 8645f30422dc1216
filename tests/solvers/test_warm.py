"""Questions that share a memory are answered as those that are asked alone."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.solvers import Control, Instance, Problem, exhaustive, reference
from archwright.solvers import questions as ask
from archwright.solvers.control import Stopped
from archwright.solvers.expressions import Op
from archwright.solvers.warm import Warm

from .random_instances import questions
from .random_problems import planted_problems, problems


def truth_nodes(problem: Problem) -> list[int]:
    truths = (Op.AT_MOST_ZERO, Op.IS_ZERO, Op.AND, Op.OR, Op.AMONG, Op.DIVIDES, Op.NOT)
    return [node for node, op in enumerate(problem.ops) if op in truths]


def by_force(instance: Instance, under: dict[int, int]) -> list[tuple[int, ...]]:
    found = []
    for variable in range(len(instance.domains)):
        extra = (under[variable],) if variable in under else ()
        here = replace(instance, assumptions=(*instance.assumptions, *extra))
        found.append(reference.domains(here)[variable])
    return found


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("kind", [problems, planted_problems])
def test_a_chain_of_questions(small: bool, kind: object) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def chain(data: st.DataObject) -> None:
        problem = data.draw(kind())  # type: ignore[operator]
        nodes = truth_nodes(problem)
        under = {}
        for variable in range(len(problem.variables)):
            if nodes and data.draw(st.booleans()):
                under[variable] = data.draw(st.sampled_from(nodes))
        warm = Warm(problem, under)
        for _ in range(3):
            instance = data.draw(questions(problem))
            if under and data.draw(st.booleans()):
                truth = data.draw(st.sampled_from(sorted(under.values())))
                assumed = (*instance.assumptions, truth)
                instance = replace(instance, assumptions=assumed)
            expected = by_force(instance, under)
            left = warm.domains(instance, exact=False)
            assert all({*a} >= {*b} for a, b in zip(left, expected, strict=True))
            assert warm.domains(instance) == expected

    if small:
        chain()
    else:
        with patch.object(exhaustive, "listed", lambda *_, **__: None):
            chain()


def knapsack(most: int = 300) -> Problem:
    p = Problem()
    x = [p.integer(f"x{i}", range(1, 40)) for i in range(30)]
    p.require(p.sum(x, [3 + i * i % 7 for i in range(30)]) <= most, "weight")
    p.require(p.sum(x) >= 45, "size")
    return p


def test_what_is_impossible_stays_so() -> None:
    warm = Warm(p := knapsack())
    wide = warm.domains(Instance.ask(p))
    narrow = warm.domains(Instance.ask(p, {0: 5, 3: 2}))
    assert all({*a} <= {*b} for a, b in zip(narrow, wide, strict=True))
    assert narrow == ask.domains(Instance.ask(p, {0: 5, 3: 2}))
    assert warm.domains(Instance.ask(p)) == wide


def test_only_some_variables_are_exact() -> None:
    warm = Warm(p := knapsack())
    question = Instance.ask(p, {0: 5})
    assert warm.domains(question, only=[7])[7] == ask.domains(question)[7]


def test_a_cancelled_question_says_what_is_known() -> None:
    warm = Warm(p := knapsack())
    control = Control()
    control.cancel()
    warm.domains(Instance.ask(p), exact=False)
    with pytest.raises(Stopped):
        warm.domains(Instance.ask(p, control=control))
    assert warm.domains(Instance.ask(p)) == ask.domains(p)


def test_solutions_of_another_problem_are_offers() -> None:
    first = Warm(p := knapsack())
    first.domains(Instance.ask(p))
    assert len(first.solutions)
    q = knapsack(260)
    second = Warm(q, known=first.solutions)
    assert second.domains(Instance.ask(q)) == ask.domains(q)


def test_answers_are_kept_for_the_same_question_only() -> None:
    warm = Warm(p := knapsack())
    asked: list[int] = []

    def count() -> int:
        asked.append(1)
        return 7

    for fixed in ({}, {0: 5}, {}, {0: 5}):
        assert warm.remembered("count", Instance.ask(p, fixed), count) == 7
    assert len(asked) == 2


def test_a_million_values_are_refuted_run_by_run() -> None:
    p = Problem()
    a, b = (p.integer(name, range(1, 1_000_001)) for name in "ab")
    p.require(a * b == 999_983)  # a prime
    assert Warm(p).domains(Instance.ask(p)) == [(1, 999_983), (1, 999_983)]
    assert Warm(p).domains(Instance.ask(p, {0: 999_983}))[1] == (1,)


def test_a_stopped_question_about_a_million_values_has_some() -> None:
    p = Problem()
    a, b, c = (p.integer(name, range(1, 1_000_001)) for name in "abc")
    p.require((a * b + c) % 7 == 3)
    control = Control(progress=lambda told: control.cancel() if told.nodes > 20 else None)
    with pytest.raises(Stopped) as stopped:
        Warm(p).domains(Instance.ask(p, control=control))
    assert all(1 <= len(values) < 100 for values in stopped.value.partial)  # type: ignore[attr-defined]
