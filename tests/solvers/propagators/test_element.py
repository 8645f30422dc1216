"""Look-ups in tables too large to write out in full."""

from __future__ import annotations

from hypothesis import given

from archwright.solvers.instance import Instance
from archwright.solvers.search import Search

from .one_constraint import narrowed, quiet, small, state

ROWS = {(0, 0): (4,), (0, 70): (6,), (50, 60): (8,), (90, 10): (2,), (3, 3): (9,)}
LONG = [*range(100), 10**6]


def lookup(x, y):
    return x.problem.lookup(
        x.problem.table({(a, b, 1): v for (a, b), v in ROWS.items()}), [x, y, 1]
    )


@quiet
@given(small(0, 5), small(0, 5), small(-3, 9))
def test_sound(a, b, z) -> None:
    def build(x, y, v):
        wide = x.problem.integer("wide", range(10**6))
        x.problem.require(wide == 3)
        rows = {(p, q, 3): v for (p, q), v in ROWS.items()}
        return x.problem.lookup(x.problem.table(rows), [x, y, wide]) == v

    found = Search(Instance.ask(state(build, a, b, z))).all().tolist()
    default = min(v for (v,) in ROWS.values())
    expected = [
        [p, q, v, 3] for p in a for q in b for v in z if ROWS.get((p, q), (default,))[0] == v
    ]
    assert found == expected


def test_keys_keep_within_the_rows_that_fit() -> None:
    found = narrowed(lambda x, y: lookup(x, y) >= 7, LONG, LONG)
    assert found is not None
    assert (min(found[0]), max(found[0])) == (3, 50)
    assert (min(found[1]), max(found[1])) == (3, 60)
