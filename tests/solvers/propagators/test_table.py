"""Tables and look-ups."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from .one_constraint import check_domain, check_sound, extreme, narrowed, quiet, small

ROWS = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), st.tuples(st.integers(-3, 9)), min_size=1
)


@quiet
@given(small(0, 5), small(0, 5), ROWS)
def test_rows_are_sound(a, b, rows) -> None:
    check_sound(lambda x, y: x.problem.has_row(x.problem.table(rows), [x, y]), a, b)


@quiet
@given(small(-1, 5), small(-1, 5), small(-3, 9), ROWS)
def test_lookups_are_sound(a, b, z, rows) -> None:
    check_sound(lambda x, y, v: x.problem.lookup(x.problem.table(rows), [x, y]) == v, a, b, z)


@quiet
@given(small(-1, 5), small(-1, 5), small(0, 1), ROWS)
def test_rows_under_logic_are_sound(a, b, c, rows) -> None:
    def build(x, y, z):
        return x.problem.has_row(x.problem.table(rows), [x, 1 + 2 * y]).iff(z >= 1)

    check_sound(build, a, b, c)


def test_domain_consistency() -> None:
    rows = {(1, 2): (5,), (1, 4): (6,), (3, 3): (7,), (4, 1): (5,)}

    def build(x, y):
        return x.problem.has_row(x.problem.table(rows), [x, y])

    assert narrowed(build, range(6), [2, 3, 5]) == [[1, 3], [2, 3]]


def test_lookups_with_the_same_key_act_together() -> None:
    cost = {(0,): (1, 9), (1,): (5, 5), (2,): (9, 1)}

    def build(x, y):
        table = x.problem.table(cost)
        first, second = x.problem.lookup(table, [x], 0), x.problem.lookup(table, [x], 1)
        return (first <= 5) & (second <= y)

    assert narrowed(build, range(3), range(9)) == [[1], [5, 6, 7, 8]]


@quiet
@given(small(0, 5), small(0, 5), small(0, 1), ROWS)
def test_rows_are_domain_consistent(a, b, c, rows) -> None:
    check_domain(lambda x, y: x.problem.has_row(x.problem.table(rows), [x, y]), a, b)
    check_domain(
        lambda x, y, z: x.problem.has_row(x.problem.table(rows), [x, y]).iff(z >= 1), a, b, c
    )


@quiet
@given(extreme(), extreme(), st.lists(st.tuples(extreme(), extreme()), max_size=4))
def test_at_the_ends_of_the_words(a, b, keys) -> None:
    rows = {key: (i,) for i, (p, q) in enumerate([*keys, ([0], [0])]) for key in [(p[0], q[-1])]}
    check_domain(lambda x, y: x.problem.has_row(x.problem.table(rows), [x, y]), a, b)
    check_sound(lambda x, y: x.problem.lookup(x.problem.table(rows), [x, y]) >= 1, a, b)
