"""Questions that are cancelled from another thread, stopped by the clock, or too large for memory.

Engines look at their control every 20 ms or so. How soon they come back is measured in
`benchmarks/cancelling.py`; here it must only be soon.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from archwright.solvers import Control, Instance, Problem, Status, Stopped
from archwright.solvers import questions as ask
from archwright.solvers.answers import Front
from archwright.solvers.counting import Space
from archwright.solvers.evaluate import violated
from archwright.solvers.frontier import sweep
from archwright.solvers.nest.emitter import Unsuited
from archwright.solvers.nest.graph import graph
from archwright.solvers.search import Search
from archwright.solvers.separable import Separable, analyse
from archwright.solvers.shortage import OutOfMemory

SOON = 5.0  # seconds; a machine with other work to do is slow, a hang is not


def tangled(goals: int = 1, named: bool = False) -> Problem:
    """Products and remainders that hang together: hard for every engine."""
    p = Problem()
    many = [p.integer(f"x{i}", range(2, 90)) for i in range(16)]
    for i, (a, b) in enumerate(pairwise(many)):
        p.require((a * b + a) % 17 <= 12, f"c{i}" if named else None)
    p.require((p.sum([a * a for a in many]) + many[0] * many[-1]) % 101 == 7, "all")
    p.require(p.sum([a * b for a, b in zip(many, many[5:], strict=False)]) % 97 <= 40, "other")
    for k in range(goals):
        p.minimize(p.sum([(a * (7 + k) + a * a) % (31 + k) for a in many]), f"goal{k}")
    return p


def impossible() -> Problem:
    """Too many birds, and names that all matter."""
    p = Problem()
    birds = [p.integer(f"b{i}", range(12)) for i in range(13)]
    for i, a in enumerate(birds):
        for b in birds[:i]:
            p.require(a != b, f"bird{i}")
    return p


def budgets(goals: int = 1, layers: int = 40, cost: int = 10**6) -> Problem:
    """Sums of look-ups under three budgets with costs that hardly repeat."""
    random = Random(5)
    p = Problem()
    layer = [p.integer(f"l{i}", range(9)) for i in range(layers)]
    totals = []
    for _ in range(3 + goals):
        terms = []
        for x in layer:
            rows = {(i,): (random.randrange(1, cost),) for i in range(9)}
            terms.append(p.lookup(p.table(rows), [x]))
        totals.append(p.sum(terms))
    for total in totals[:3]:
        p.require(total <= layers * cost * 42 // 100)
    for total in totals[3:]:
        p.maximize(total)
    return p


def diagram(instance: Instance) -> Separable:
    found = analyse(instance)
    assert not isinstance(found, str), found
    return found


def nest(instance: Instance) -> Any:
    try:
        return graph(instance, 1 << 60).count()
    except Unsuited:
        raise Stopped("this nest takes no such problem") from None


ASKED: dict[str, tuple[Callable[[], Problem], Callable[[Instance], Any]]] = {
    "search: best": (tangled, lambda i: Search(i).best()),
    "search: all": (tangled, lambda i: Search(i).all()),
    "search: first ones": (tangled, lambda i: Search(i).all(10**9)),
    "diagram: count": (lambda: budgets(0, cost=3000), lambda i: diagram(i).count()),
    "diagram: best": (budgets, lambda i: diagram(i).best()),
    "diagram: front": (lambda: budgets(2), lambda i: diagram(i).front()),
    "caching: count": (tangled, lambda i: Space(i).count()),
    "nest: count": (tangled, nest),
    "boxes: front": (lambda: tangled(2), lambda i: sweep(i, lambda box: Search(box).best())),
    "solve": (tangled, ask.solve),
    "solve sums": (budgets, ask.solve),
    "count": (tangled, ask.count),
    "count sums": (budgets, ask.count),
    "solutions": (tangled, lambda i: ask.solutions(i, 10**9)),
    "front": (lambda: tangled(2), ask.front),
    "front of sums": (lambda: budgets(3), ask.front),
    "domains": (lambda: tangled(0), ask.domains),
    "conflict": (impossible, ask.conflict),
    "conflicts": (impossible, lambda i: list(ask.conflicts(i))),
    "relaxations": (impossible, ask.relaxations),
    "sample": (lambda: tangled(0), lambda i: ask.sample(i, 5, seed=0)),
    "sample of sums": (lambda: budgets(0), lambda i: ask.sample(i, 5, seed=0)),
}


def cancelled(name: str, after: float) -> tuple[Any, float, Problem]:
    """The answer (or Stopped) of a question that is cancelled, and how long it took to return."""
    make, question = ASKED[name]
    problem = make()
    control = Control()
    moment: list[float] = []

    def cancel() -> None:
        moment.append(time.perf_counter())
        control.cancel()

    timer = threading.Timer(after, cancel)
    timer.start()
    try:
        answer = question(replace(Instance.ask(problem), control=control))
    except Stopped as stopped:
        answer = stopped
    finally:
        timer.cancel()
    seconds = time.perf_counter() - moment[0] if moment else 0.0
    return answer, seconds, problem


@pytest.mark.parametrize("name", ASKED)
def test_a_cancelled_question_returns_soon_and_says_what_is_open(name: str) -> None:
    cancelled(name, 0.05)  # compiled beforehand, which nothing can cancel
    answer, seconds, problem = cancelled(name, 0.3)
    assert seconds < SOON
    if isinstance(answer, Front):
        assert not answer.complete or not seconds
        points = answer.points
        assert all(not violated(problem, point.values) for point in points)
    elif hasattr(answer, "status") and seconds:
        assert answer.status in (Status.FEASIBLE, Status.UNKNOWN)
        assert (answer.values is None) == (answer.status is Status.UNKNOWN)
        if answer.values is not None:
            assert not violated(problem, answer.values)
    elif isinstance(answer, Stopped):
        assert "stopped" in str(answer) or "nest" in str(answer)


def test_rows_that_no_memory_holds() -> None:
    p = Problem()
    for i in range(5):
        p.integer(f"x{i}", range(1000))
    with pytest.raises(OutOfMemory, match="memory ran out in `solutions`"):
        ask.solutions(p, 10**30)
    for i in range(5):
        p.integer(f"y{i}", range(1000))
    with pytest.raises(ask.TooMany, match="solutions"):
        ask.solutions(p, 10**40)


def test_an_engine_without_room_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(ask, "ask", full)
    p = Problem()
    x, y = p.integer("x", range(100)), p.integer("y", range(100))
    p.require(x * y % 7 == 3)
    p.minimize(x * x % 31 + y)
    with pytest.raises(OutOfMemory, match="memory ran out in `solve`"):
        ask.solve(p)


@pytest.mark.parametrize("limit", [0.0, 0.2])
def test_a_time_limit_leaves_a_valid_part(limit: float) -> None:
    p = tangled()
    began = time.perf_counter()
    found = ask.solve(Instance.ask(p, control=Control(time_limit=limit)))
    assert time.perf_counter() - began < SOON
    proved = found.status is Status.OPTIMAL and found.proof.bound == found.goals
    assert proved or found.status in (Status.FEASIBLE, Status.UNKNOWN)
    assert found.values is None or not violated(p, found.values)
    with pytest.raises(Stopped):
        ask.count(Instance.ask(p, control=Control(time_limit=limit)))
