"""All different."""

from __future__ import annotations

from hypothesis import given

from .one_constraint import check_last, check_sound, extreme, narrowed, quiet, small


@quiet
@given(small(), small(), small(), small())
def test_sound(a, b, c, d) -> None:
    check_sound(
        lambda *x: x[0].problem.all_different([x[0], x[1] + 1, 2 * x[2], -x[3]]), a, b, c, d
    )


@quiet
@given(small(), small(), small(), small(0, 1))
def test_under_logic_is_sound(a, b, c, d) -> None:
    check_sound(lambda x, y, z, t: x.problem.all_different([x, y, z]).iff(t >= 1), a, b, c, d)


@quiet
@given(small(), small())
def test_of_products_is_sound(a, b) -> None:
    check_sound(lambda x, y: x.problem.all_different([x * y, x + y, 3]), a, b)


def test_fixed_values_leave_the_others() -> None:
    def build(x, y, z):
        return x.problem.all_different([x, y, z])

    assert narrowed(build, [2], [2, 3], range(1, 5)) == [[2], [3], [1, 4]]


def test_unequal() -> None:
    assert narrowed(lambda x, y: x != y + 1, range(5), [2]) == [[0, 1, 2, 4], [2]]


@quiet
@given(small(), small(), small())
def test_the_last_open_term_is_exact(a, b, c) -> None:
    check_last(lambda x, y, z: x.problem.all_different([x, y + 1, 2 * z]), a, b, c)


@quiet
@given(extreme(), extreme(), extreme())
def test_at_the_ends_of_the_words(a, b, c) -> None:
    check_sound(lambda x, y, z: x.problem.all_different([x, y + 1, -z, 2**61]), a, b, c)
    check_sound(lambda x, y, z: ~x.problem.all_different([x, 2 * y, z]), a, b, c)
