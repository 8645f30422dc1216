"""Conjunction, disjunction and negation."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_domain, check_sound, narrowed, quiet, small

BITS = small(0, 1)


@quiet
@given(BITS, BITS, BITS, BITS)
def test_or_is_sound(a, b, c, d) -> None:
    check_sound(lambda x, y, z, t: ((x >= 1) | (y >= 1) | ~(z >= 1)).iff(t >= 1), a, b, c, d)


@quiet
@given(BITS, BITS, BITS, BITS)
def test_and_is_sound(a, b, c, d) -> None:
    check_sound(lambda x, y, z, t: ((x >= 1) & (y >= 1) & ~(z >= 1)).iff(t >= 1), a, b, c, d)


def test_unit_propagation() -> None:
    assert narrowed(lambda x, y, z: (x >= 1) | (y >= 3) | (z <= 0), [0], range(5), [1]) == [
        [0],
        [3, 4],
        [1],
    ]


@quiet
@given(BITS, BITS, BITS, BITS)
def test_domain_consistent(a, b, c, d) -> None:
    check_domain(lambda x, y, z, t: ((x >= 1) | (y >= 1) | ~(z >= 1)).iff(t >= 1), a, b, c, d)
    check_domain(lambda x, y, z, t: ((x >= 1) & ~(y >= 1) & (z >= 1)).iff(t >= 1), a, b, c, d)
