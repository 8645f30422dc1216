"""The progress view: the story of a question, its still faces, and a click that ends it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import archwright as aw
from archwright.notebooks.progress.picture import face
from archwright.notebooks.progress.timeline import MOST, Timeline
from archwright.solvers.control import Look, Progress

HARD = """arch 1
space s { x[i in 1 .. 12]: 1 .. 60 }
require apart: alldifferent(x[i] for i in 1 .. 12)
require step for i in 1 .. 11: (x[i] * 3 * x[i + 1]) % 11 != 5
minimize sum(x[i] * x[i + 1] * (i % 5 + 1) for i in 1 .. 11) as cost
"""


@pytest.fixture
def sized() -> Timeline:
    bound = aw.loads(
        """arch 1
space s { rows: 1 .. 64 }
optimize lex { minimize rows * 4 KiB as size  maximize rows as <NAME> }
""".replace("<NAME>", "most")
    ).bind()
    return Timeline(bound.model)


def test_golden(sized: Timeline, golden: Any) -> None:
    looks = Look(0.625, {"fits<b>": 12_000, "flash": 30})
    sized.note(Progress("proving the optimum", 0.5, 1000, (40,), (3,)))
    sized.note(Progress("proving the optimum", 1.0, 31_000, (22,), (5,), lambda: looks), look=True)
    sized.note(Progress("proving the optimum", 2.5, 91_000, (22,), (20,)))
    sized.ended = "cancelled"
    golden("progress.txt", face(sized).text)
    golden("progress.html", face(sized).body)


def test_the_best_never_gets_worse(sized: Timeline) -> None:
    """A second engine begins with its own, worse, solutions."""
    for best in ((30,), (20,), (44,), (20, 20), (20, 7)):
        sized.note(Progress("looking", 1.0, 1, best))
    assert str(sized.best["size"]) == "80 KiB" and sized.best["most"] == 20


def test_a_long_story_is_thinned(sized: Timeline) -> None:
    for k in range(5 * MOST):
        sized.note(Progress("looking", k / 100, 10 * k, (5 * MOST - k,)))
    assert len(sized.moments) <= MOST + 1
    assert sized.moments[0].seconds == 0 and sized.moments[-1].seconds == (5 * MOST - 1) / 100
    assert sized.speed == pytest.approx(1000)
    for k in range(100):
        sized.note(Progress("looking", 100 + k, 10, (1,)))
    assert len(sized.moments) <= MOST + 3


def test_a_click_ends_the_question() -> None:
    pytest.importorskip("anywidget")
    from archwright.notebooks.progress.widget import ProgressView

    bound, stop = aw.loads(HARD).bind(), threading.Event()
    view = ProgressView(stop.set, bound.model)

    def listen(progress: Progress) -> None:
        view(progress)
        if progress.incumbent is not None:
            view.receive({"kind": "cancel"})

    answer = bound.solve(progress=listen, cancel=stop)
    view.end("cancelled", answer.seconds)
    assert answer.status == "feasible" and answer.goals["cost"] == view.timeline.best["cost"]
    assert view.data["cancelled"] and view.data["ended"] and "cancelled" in repr(view)
