"""Families whose members read one another: values, conditions, depth, and members that go round."""

from __future__ import annotations

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.questions import Model
from archwright.interpreter.recurrence import Cycle, Recurrence

from .agreement import agrees

GRAPH = """
space cell {
  used[j in 1 .. 3, i in 0 .. j - 1]: bool
  n[j in 1 .. 3]: 1 .. 2
}
let reached[j in 0 .. 3] = if j == 0 then true
                           else any(used[j, i] and reached[i] for i in 0 .. j - 1)
let room[j in 0 .. 3] = if j == 0 then 0 else room[j - 1] + n[j] * 2 B
require end: reached[3]
require few: room[3] <= 10 B
maximize room[3] - room[1] as room
"""

CONDITIONAL = """
space s {
  depth: 1 .. 3
  k[i in 1 .. 3]: 1 .. 3 when i <= depth
}
fn plus(a, b) = a + b
let so_far[i in 1 .. 3] = plus(if i == 1 then 0 else so_far[i - 1], k[i]) when i <= depth
let bare[i in 1 .. 3] = plus(k[i], if i == 1 then 0 else bare[i - 1])
let half[i in 1 .. 2] = if i == 1 then 4 * depth else exact(half[i - 1] / 8)
require most: so_far[depth] <= 7
maximize bare[depth] as taps
"""

BACKWARDS = """
enum Step { even, odd }
space s { k[i in 0 .. 3]: 0 .. 2 }
let rest[i in 0 .. 3] = max(k[i], max(rest[j] for j in i + 1 .. 3 else 0)) + 1
let last[i in 0 .. 3] = if i == 3 then even
                        else if last[i + 1] == odd and k[i] > 0 then even
                        else odd
require end: last[0] == odd
minimize rest[0] as rest
"""


@pytest.mark.parametrize("text", [GRAPH, CONDITIONAL, BACKWARDS])
def test_the_lowering_and_the_evaluator_agree(text: str) -> None:
    agrees(text)


def model(text: str) -> Model:
    return Model(bind(loads(f"arch 1\n{text}")))


@pytest.mark.parametrize("start", ["up[4000]", "down[0]"])
def test_thousands_of_members_in_either_order(start: str) -> None:
    found = model(f"""
        space s {{ a: 1 .. 2 }}
        require first: {start} > 0
        let up[i in 0 .. 4000] = if i == 0 then a else up[i - 1] + 1
        let down[i in 0 .. 4000] = if i == 4000 then a else down[i + 1] + 1
        maximize up[4000] + down[0] as sum
    """).solve()
    assert found.goals == {"sum": 8004}


def test_constants_recur_too() -> None:
    text = """
        let fibonacci[i in 1 .. 90] = if i > 88 then 91 - i else fibonacci[i + 1] + fibonacci[i + 2]
        let limit = fibonacci[1]
        param n: 1 .. fibonacci[85] = 5
        space s { a: 1 .. n }
    """
    assert Evaluation(bind(loads(f"arch 1\n{text}")), {}).value("limit") == 4660046610375530309
    assert model(text).count() == 5


@pytest.mark.parametrize(
    ("value", "way"),
    [
        ("f[i]", "f[1] -> f[1]"),
        ("if i < 9 then f[i + 1] else f[7]", "f[7] -> f[8] -> f[9] -> f[7]"),
        ("f[i % 9 + 1]", "f[1] -> f[2] -> f[3] -> f[4] -> … -> f[7] -> f[8] -> f[9] -> f[1]"),
        (
            "if a == 1 and i < 9 then f[i + 1] else if i > 1 then f[i - 1] else 0",
            "f[8] -> f[9] -> f[8]",
        ),
    ],
)
def test_a_member_that_goes_round(value: str, way: str) -> None:
    p = model(f"space s {{ a: 1 .. 2 }}  let f[i in 1 .. 9] = ({value}) + a")
    with pytest.raises(ArchError) as caught:
        p.count()
    told = caught.value.diagnostics[0]
    assert told.slug == "recursive-definition"
    assert told.message.endswith(f"is defined by way of itself: {way}")


def test_constants_that_go_round() -> None:
    with pytest.raises(ArchError, match=r"`f\[1\]` is defined by way of itself: f\[1\] -> f\[2\]"):
        bind(loads("arch 1  let f[i in 1 .. 2] = f[3 - i] + 1  let a = f[1]"))


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("let f[i in 1 .. 2] = if i == 1 then 1 B else f[1] * 1 s", "unit-mismatch"),
        ("let f[i in 1 .. 2] = if i == 1 then true else f[1] + 1", "kind-mismatch"),
        ("let f[i in 1 .. f[1]] = i", "recursive-definition"),
        ("let f[i in 1 .. 2] = i when f[1] > 0", "recursive-definition"),
        ("let f[i in 1 .. 2] = g[i]  let g[i in 1 .. 2] = f[i]", "recursive-definition"),
        ("fn g(i) = f[i]  let f[i in 1 .. 2] = if i == 1 then 0 else g(1)", "recursive-definition"),
        ("let f[i in 1 .. 2] = sum(f)", "missing-index"),
    ],
)
def test_what_the_checker_refuses(text: str, slug: str) -> None:
    with pytest.raises(ArchError) as caught:
        loads(f"arch 1\n{text}")
    assert caught.value.diagnostics[0].slug == slug


def test_readers_of_what_lies_too_deep_start_again() -> None:
    known: dict[tuple[int, ...], int] = {}
    recurrence, started = Recurrence(), 0

    def read(n: int) -> int:
        nonlocal started
        if (n,) in known:
            return known[n,]
        return recurrence.work_out((n,), lambda: work(n))

    def work(n: int) -> int:
        nonlocal started
        started += 1
        known[n,] = read(n - 1) + 1 if n else 0
        return known[n,]

    assert read(10_000) == 10_000
    assert started < 20_100
    assert not recurrence.way and not recurrence.level


def test_a_long_way_round_is_found_from_outside() -> None:
    recurrence = Recurrence()

    def read(n: int) -> int:
        return recurrence.work_out((n,), lambda: read((n + 1) % 1000))

    with pytest.raises(Cycle) as caught:
        read(0)
    assert caught.value.keys == tuple((n % 1000,) for n in range(1001))
    assert not recurrence.way and not recurrence.level
