"""Membership."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import check_domain, check_sound, extreme, narrowed, quiet, small


@quiet
@given(small(), st.sets(st.integers(-6, 9), max_size=6))
def test_sound(a, values) -> None:
    check_sound(lambda x: x.among(values), a)


@quiet
@given(small(), small(0, 1), st.sets(st.integers(-6, 9), max_size=6))
def test_under_logic_is_sound(a, c, values) -> None:
    check_sound(lambda x, t: x.among(values).iff(t >= 1), a, c)


@quiet
@given(small(), small(), st.sets(st.integers(-9, 12), max_size=6))
def test_of_sums_is_sound(a, b, values) -> None:
    check_sound(lambda x, y: ~(x + y).among(values), a, b)


def test_domain() -> None:
    assert narrowed(lambda x: x.among([2, 3, 11]), range(9)) == [[2, 3]]
    assert narrowed(lambda x: ~x.among([2, 3, 11]), range(5)) == [[0, 1, 4]]


@quiet
@given(small(), small(0, 1), st.sets(st.integers(-6, 9), max_size=6))
def test_domain_consistent(a, c, values) -> None:
    check_domain(lambda x, t: x.among(values).iff(t >= 1), a, c)


@quiet
@given(extreme(), small(0, 1), extreme(-(2**80), 2**80))
def test_at_the_ends_of_the_words(a, c, values) -> None:
    check_domain(lambda x, t: x.among(values).iff(t >= 1), a, c)


@pytest.mark.parametrize("far", [0, 100_000])
def test_the_literal_is_decided_as_soon_as_it_can_be(far: int) -> None:
    # an interval, where `far` makes the domain too wide for a list, and a list
    def build(x, t):
        x.problem.require(x <= 5)
        x.problem.require(x >= 3)
        return x.among([2, 3, 4, 5, far + 9]).iff(t >= 1)

    assert narrowed(build, range(far + 10), range(2)) == [[3, 4, 5], [1]]
