"""Comparisons under logic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import check_domain, check_sound, extreme, narrowed, quiet, small


@quiet
@given(small(), small(0, 1), st.integers(-7, 10), st.integers(-3, 3))
def test_sound(a, c, limit, factor) -> None:
    check_sound(lambda x, t: (factor * x <= limit).iff(t >= 1), a, c)


def test_both_ways() -> None:
    assert narrowed(lambda x, t: (x <= 4).iff(t >= 1), range(9), [1]) == [[0, 1, 2, 3, 4], [1]]
    assert narrowed(lambda x, t: (x <= 4).iff(t >= 1), range(9), [0]) == [[5, 6, 7, 8], [0]]
    assert narrowed(lambda x, t: (x <= 4).iff(t >= 1), range(3), [0, 1]) == [[0, 1, 2], [1]]


@quiet
@given(small(), small(0, 1), st.integers(-7, 10), st.sampled_from([-3, -1, 1, 2]))
def test_domain_consistent(a, c, limit, factor) -> None:
    check_domain(lambda x, t: (factor * x <= limit).iff(t >= 1), a, c)


@quiet
@given(extreme(), small(0, 1), extreme(-(2**80), 2**80), st.sampled_from([-3, -1, 1, 2]))
def test_at_the_ends_of_the_words(a, c, limits, factor) -> None:
    check_domain(lambda x, t: (factor * x <= limits[0]).iff(t >= 1), a, c)
