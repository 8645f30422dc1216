"""Solutions by number are those of the list, whatever way they are numbered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from archwright.solvers import Control, Problem, Stopped, numbering, planner
from archwright.solvers import questions as ask
from archwright.solvers.components import split
from archwright.solvers.counting import Space
from archwright.solvers.instance import Instance

from .random_problems import problems


def halves(problem: Problem) -> numbering.Numbered | None:
    """The other way to number a problem, through component caching."""
    narrow = planner.narrowed(planner.without_goals(Instance.ask(problem)))
    parted = None if narrow is None else split(narrow, goals=False)
    if parted is None:
        return None
    ways = [Space(part.instance).count_within for part in parted.parts]
    whole = parted.whole

    def listed(domains: numbering.Domains) -> numbering.Rows:
        return ask.solutions(Instance(whole.problem, domains, whole.active, whole.assumptions))

    return numbering.Halves(parted, ways, listed)


@settings(max_examples=150, deadline=None)
@given(problems())
def test_numbers_are_places_in_the_list(problem: Problem) -> None:
    rows = ask.solutions(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbering, "BLOCK", 3)
        for numbered in (ask.numbered(problem), halves(problem)):
            if numbered is None:
                assert not len(rows)
                continue
            assert numbered.count() == len(rows)
            assert np.array_equal(numbered.rows(0, len(rows)), rows)
            for place in range(0, len(rows), 1 + len(rows) // 7):
                assert np.array_equal(numbered.rows(place, place + 1), rows[place : place + 1])


def test_parts_that_interleave() -> None:
    p = Problem()
    x = [p.integer(f"x{i}", range(1, 9)) for i in range(6)]
    p.require(x[0] * x[2] * x[4] <= 60)
    p.require((x[1] * x[3] * x[5]) % 5 == 2)
    rows = ask.solutions(p)
    numbered = halves(p)
    assert numbered is not None and numbered.count() == len(rows) > numbering.BLOCK
    for place in (0, 1, len(rows) // 3, len(rows) - 2):
        assert np.array_equal(numbered.rows(place, place + 2), rows[place : place + 2])


def test_a_huge_space() -> None:
    p = Problem()
    x = [p.integer(f"x{i}", range(100)) for i in range(20)]
    p.require(p.sum(x) <= 990, "budget")
    numbered = ask.numbered(p)
    total = numbered.count()
    assert total == ask.count(p) > 2**64
    last = numbered.rows(total - 1, total)[0]
    assert last.tolist() == [99] * 10 + [0] * 10
    assert numbered.rows(0, 2)[1].tolist() == [0] * 19 + [1]
    middle = numbered.rows(total // 2, total // 2 + 3)
    assert (np.diff(middle.view(), axis=0) != 0).any(axis=1).all()


def test_no_solution_and_no_variable() -> None:
    p = Problem()
    assert ask.numbered(p).rows(0, 1).shape == (1, 0)
    x = p.integer("x", range(3))
    p.require(x * x == 2)
    assert ask.numbered(p).count() == 0


def test_numbers_are_stopped() -> None:
    p = Problem()
    x = [p.integer(f"x{i}", range(60)) for i in range(16)]
    for i in range(12):
        p.require((x[i] * x[i + 1] + x[i + 2] * x[i + 3]) % 7 <= 3)
    control = Control()
    control.cancel()
    with pytest.raises(Stopped):
        ask.numbered(Instance.ask(p, control=control)).count()
