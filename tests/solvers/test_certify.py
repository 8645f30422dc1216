"""The referee: whatever is wrong with an answer is found before anyone sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from archwright.solvers import Control, Instance, Problem, Progress, Stopped, reference
from archwright.solvers import questions as ask
from archwright.solvers.answers import Front, Point, Proof, Solution, Status
from archwright.solvers.certify import (
    ROWS,
    WrongAnswer,
    check_front,
    check_rows,
    check_solution,
    check_values,
    verify_rows,
)

from .random_instances import instances

PROOF = Proof("test")


def area(side: int = 8) -> Instance:
    """All x, y of two even numbers with x * y of at most 20; x + y large, x small."""
    p = Problem()
    x, y = p.integer("x", range(0, side, 2)), p.integer("y", [2, 4, 6])
    p.require(x * y <= 20, "area")
    p.maximize(x + y, "size")
    p.minimize(x, "width")
    return Instance.ask(p, assumptions=[x != 6])


def rows_of(instance: Instance) -> NDArray[np.int64]:
    rows = np.array(list(reference.assignments(instance)), np.int64)
    return rows.reshape(-1, len(instance.domains))


@pytest.mark.parametrize(
    ("values", "goals", "words"),
    [
        ((4, 6), (10, 4), r"breaks constraint 0 \(area\)"),
        ((6, 2), (8, 6), "breaks an assumption"),
        ((4, 3), (7, 4), "3 is outside the domain of y"),
        ((4, 4), (9, 4), "the goals are"),
        ((4, 4), (8,), "the goals are"),
        ((4,), (8, 4), "1 values for 2 variables"),
    ],
)
def test_a_wrong_solution(values: tuple[int, ...], goals: tuple[int, ...], words: str) -> None:
    check_values(area(), (4, 4), (8, 4))
    with pytest.raises(WrongAnswer, match=words):
        check_solution(area(), Solution(Status.OPTIMAL, values, goals, PROOF))


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([((8, 2), (2, 6)), ((6, 0), (0, 6)), ((4, 0), (0, 4))], "is dominated"),
        ([((6, 0), (0, 6)), ((8, 2), (2, 6))], "out of order"),
        ([((8, 2), (2, 6)), ((8, 2), (2, 6))], "out of order"),
        ([((8, 2), (2, 6)), ((7, 0), (0, 6))], "the goals are"),
        ([((10, 4), (4, 6))], "breaks constraint"),
    ],
)
def test_a_wrong_front(points: list[tuple[tuple[int, ...], tuple[int, ...]]], words: str) -> None:
    right = (Point((8, 2), (2, 6)), Point((6, 0), (0, 6)))
    check_front(area(), Front(right, True, PROOF))
    with pytest.raises(WrongAnswer, match=words):
        check_front(area(), Front(tuple(Point(g, v) for g, v in points), True, PROOF))


@pytest.mark.parametrize("check", [check_rows, verify_rows], ids=["few", "all"])
@pytest.mark.parametrize(
    ("row", "values", "words"),
    [
        (3, (4, 6), "breaks constraint 0"),
        (-1, (6, 2), "breaks an assumption"),
        (1, (0, 3), "outside the domain of y"),
        (2, (1, 6), "outside the domain of x"),
        (1, (0, 2), "out of order, or one comes twice"),
        (0, (4, 6), "out of order"),
    ],
)
def test_a_wrong_row(
    check: Callable[[Instance, NDArray[np.int64]], object],
    row: int,
    values: tuple[int, int],
    words: str,
) -> None:
    rows = rows_of(area())
    check(area(), rows)
    kept = rows[: row + 1].copy() if row >= 0 else rows.copy()
    if words.startswith("out of order"):
        kept = rows.copy()
    kept[row] = values
    with pytest.raises(WrongAnswer, match=words):
        check(area(), kept)


def test_one_wrong_row_among_many_is_found_by_a_full_check() -> None:
    p = Problem()
    x, y = p.integer("x", range(200)), p.integer("y", range(200))
    p.require(x * y != 30_001, "odd")
    rows = ask.solutions(p)
    assert ask.verify(p, rows) == len(rows) > 2 * ROWS
    p.require(x * 200 + y != 20_001, "one")
    with pytest.raises(WrongAnswer, match="one"):
        ask.verify(p, rows)
    assert ask.verify(p, ask.solutions(p)) == len(rows) - 1


def test_a_full_check_tells_and_stops() -> None:
    p = Problem()
    p.integer("x", range(5 * ROWS))
    rows = ask.solutions(p)
    told: list[Progress] = []
    assert ask.verify(Instance.ask(p, control=Control(progress=told.append)), rows) == 5 * ROWS
    assert [t.nodes for t in told if t.phase == "verifying solutions"] == [
        i * ROWS for i in range(5)
    ]
    control = Control()

    def end(progress: Progress) -> None:
        if progress.nodes == 2 * ROWS:
            control.cancel()

    control.progress = end
    with pytest.raises(Stopped, match="of 20,480 solutions were verified") as stop:
        ask.verify(Instance.ask(p, control=control), rows)
    assert stop.value.partial == 3 * ROWS


def test_a_full_check_never_wraps() -> None:
    p = Problem()
    x, y = p.integer("x", [1, 2**61]), p.integer("y", [1, 2**61 - 1])
    z = p.integer("z", [0, 2])
    p.require(x * y * 8 >= 2**100, "vast")
    p.require(x + y + z != 1)
    rows = np.array([[2**61, 2**61 - 1, 0], [2**61, 2**61 - 1, 2]], np.int64)
    assert (ask.solutions(p) == rows).all() and ask.verify(p, rows) == 2
    with pytest.raises(WrongAnswer, match="vast"):
        ask.verify(p, np.array([[2**61, 1, 0]], np.int64))


@settings(max_examples=60, deadline=None)
@given(instances())
def test_a_full_check_agrees_with_brute_force(instance: Instance) -> None:
    rows = rows_of(instance)
    assert verify_rows(instance, rows) == len(rows)
    every = rows_of(replace(instance, active=(), assumptions=()))
    solutions = {tuple(row) for row in rows.tolist()}
    for row in every[:: 1 + len(every) // 20]:
        if tuple(row.tolist()) in solutions:
            assert verify_rows(instance, row[None, :]) == 1
        else:
            with pytest.raises(WrongAnswer, match="breaks"):
                verify_rows(instance, row[None, :])


def test_products_past_64_bits_are_checked_in_columns_of_64_bits() -> None:
    p = Problem()
    x, y = p.integer("x", [1, 2**33]), p.integer("y", [1, 2**32])
    p.require(x * y >= 2**64, "vast")
    right = np.array([[2**33, 2**32]], np.int64)
    for check in (check_rows, verify_rows):
        check(Instance.ask(p), right)
        with pytest.raises(WrongAnswer, match="vast"):
            check(Instance.ask(p), np.array([[2**33, 1]], np.int64))
