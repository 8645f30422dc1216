"""What is picked of a front, in Python and in linked charts; why a corner of it is empty."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import archwright as aw
from archwright.notebooks.front.corner import why_empty

SPEC = """arch 1
space s { a: 1 .. 6  b: 1 .. 6  c: {1, 2} }
let cost = a * b + c
require fits: cost <= 20 because "<script>{cost}</script>"
require even: (a + c) % 2 == 0
optimize pareto { minimize cost * 1 ms as time  maximize a + 2 * b as gain }
"""


@pytest.fixture
def front() -> Any:
    return aw.loads(SPEC).bind().pareto()


def test_selected_and_brushed(front: Any) -> None:
    assert front.selected is None and len(front.brushed) == len(front)
    front.select(2)
    assert front.selected.goals == front[2].goals and front.selected_index == 2
    front.select(-1)
    assert front.selected_index == len(front) - 1
    with pytest.raises(IndexError):
        front.select(len(front))
    front.brush(time=("3 ms", "8 ms"))
    times = [vector[0].to("ms") for vector in front.goal_vectors()]
    assert front.brushed.indices == tuple(i for i, t in enumerate(times) if 3 <= t <= 8)
    assert front.brushed[0].goals == front[front.brushed.indices[0]].goals
    assert front.brushed[:1].indices == front.brushed.indices[:1]
    assert repr(front.brushed).startswith(f"{len(front.brushed)} point")
    front.brush({"gain": (10, None)}, time=(None, "14 ms"))
    assert all(v[1] >= 10 and v[0].to("ms") <= 14 for v in front.brushed.goal_vectors())
    front.brush()
    assert len(front.brushed) == len(front)


def test_wrong_ranges(front: Any) -> None:
    with pytest.raises(KeyError, match="tim"):
        front.brush(tim=(1, 2))
    with pytest.raises(TypeError, match="pair"):
        front.brush(time="3 ms")
    with pytest.raises(ValueError, match="measured"):
        front.brush(time=(3, 4))
    with pytest.raises(ValueError, match="number"):
        front.brush(gain=(True, 4))
    assert len(front.brushed) == len(front)


def test_listeners_hear_each_change_until_they_end(front: Any) -> None:
    heard: list[int | None] = []
    end = front.observe(lambda f: heard.append(f.selected_index))
    front.select(1)
    front.select(1)
    front.brush(gain=(4, 9))
    end()
    end()
    front.select(0)
    assert heard == [1, 1]


def test_every_empty_corner_is_explained_truly(front: Any) -> None:
    p = aw.loads(SPEC).bind()
    every = [(c["a"] * c["b"] + c["c"], c["a"] + 2 * c["b"]) for c in p.all()]
    points = [(int(t.to("ms")), g) for t, g in front.goal_vectors()]

    def ask(goals: Any, choices: Any) -> Any:
        return p.explain(choices, goals=goals)

    told = set()
    for t0, t1, g0, g1 in [
        (2, 4, 9, 15),
        (3, 3, 3, 4),
        (15, 19, 3, 5),
        (1, 1, 1, 50),
        (7, 8, 4, 12),
        (4, 5, 8, 9),
        (12, 12, 14, 14),
        (9, 10, 12, 13),
        (17, 20, 16, 18),
        (10, 11, 11, 13),
        (8, 13, 13, 16),
    ]:
        if any(t0 <= t <= t1 and g0 <= g <= g1 for t, g in points):
            continue
        corner = why_empty(
            front._table, {"time": (float(t0), float(t1)), "gain": (float(g0), float(g1))}, ask
        )
        inside = [v for v in every if t0 <= v[0] <= t1 and g0 <= v[1] <= g1]
        if corner.conflict is not None and "beaten" not in corner.text:
            told.add("out of reach")
            assert not [v for v in every if v[0] <= t1 and v[1] >= g0]
            assert not inside
        elif "in every goal" in corner.text:
            told.add("beaten")
            assert any(t <= t0 and g >= g1 for t, g in points)
        else:
            told.add("between")
            assert any(t <= t1 and g >= g0 for t, g in points)
        assert "<script" not in corner.html
    assert told == {"out of reach", "beaten", "between"}


def test_what_is_best_is_told(front: Any) -> None:
    p = aw.loads(SPEC).bind()
    asked: list[Any] = []

    def ask(goals: Any, choices: Any) -> Any:
        asked.append((goals, choices))
        return p.explain(choices, goals=goals)

    corner = why_empty(
        front._table, {"time": (1.0, 4.0), "gain": (12.0, 30.0), "c": (0.0, 0.2)}, ask
    )
    ((goals, choices),) = asked
    assert choices == {"c": "1"} and goals["gain"] == (12, None)
    assert "The best time that is possible with the rest kept: 7 ms." in corner.text
    assert "The best gain" in corner.text


def test_a_stopped_front_may_have_missed_a_corner(front: Any) -> None:
    front._table.front.complete = False
    corner = why_empty(front._table, {"time": (1.0, 50.0), "gain": (90.0, 99.0)}, lambda g, c: None)
    assert "stopped" in corner.text


# ------------------------------------------------------------------------------------- live charts


def live(front: Any, **options: Any) -> Any:
    pytest.importorskip("anywidget")
    return front.chart(**options)


def settle(chart: Any) -> None:
    for work in (chart._looking, chart._asking, chart._working, chart._laying):
        assert work.wait(60)


def test_charts_of_one_front_are_linked(front: Any) -> None:
    one, two = live(front), live(front, x="gain")
    one.receive({"kind": "select", "index": 3})
    one.receive({"kind": "brush", "ranges": {"time": [8, 3]}})
    settle(two)
    assert front.selected_index == 3
    assert two.data["selected"] == 3 and two.data["ranges"] == {"time": [3, 8]}
    assert "a = " in two.data["details"] and two.data["code"].startswith("point = front[3]  # time")
    namespace: dict[str, Any] = {"front": front}
    exec(two.data["code"], namespace)
    assert namespace["choices"] == dict(front.selected.choices)
    one.close()
    front.select(None)
    settle(two)
    assert two.data["selected"] is None and two.data["details"] == ""
    assert one.data["selected"] == 3  # it is closed


def test_a_page_that_is_loaded_again_has_everything(front: Any) -> None:
    chart = live(front)
    chart.receive({"kind": "select", "index": 1})
    settle(chart)
    state = chart.get_state()
    assert state["data"]["selected"] == 1 and "<svg" in state["pictures"]["scatter"]["svg"]
    assert len(state["columns"]["time"]["numbers"]) == 8 * len(front)
    assert chart.face().text == repr(front) and "selected: point 1" in chart.face().body
    data, _ = chart._repr_mimebundle_()
    assert data["text/plain"] == repr(front)


def test_strange_messages_change_nothing(front: Any) -> None:
    chart = live(front)
    for message in (
        {"kind": "select", "index": 999},
        {"kind": "look", "index": -1},
        {"kind": "nothing"},
        {"kind": "why"},
        {"kind": "run"},
        {},
    ):
        chart.receive(message)
    settle(chart)
    assert chart.data["selected"] is None and chart.data["why"] == ""


def test_why_nothing_here(front: Any) -> None:
    chart = live(front)
    chart.receive({"kind": "brush", "ranges": {"time": [1, 4], "gain": [12, 30]}})
    chart.receive({"kind": "why"})
    settle(chart)
    assert "<code>time &lt;= 4 ms</code>" in chart.data["why"]
    assert "<script" not in chart.data["why"]
    chart.receive({"kind": "brush", "ranges": {}})
    assert chart.data["why"] == ""


def test_other_axes(front: Any) -> None:
    chart = live(front)
    chart.receive(
        {"kind": "show", "x": "gain", "y": "time", "logs": ["time"], "choices": ["a", "c"]}
    )
    settle(chart)
    pictures = chart.pictures
    assert (pictures["x"], pictures["logs"], pictures["choices"]) == ("gain", ["time"], ["a", "c"])
    assert {"a", "c"} < set(chart.columns) and pictures["parallel"]["svg"].startswith("<svg")
    chart.receive({"kind": "show", "x": "<b>"})
    settle(chart)
    assert "&lt;b&gt;" in chart.data["why"] and chart.pictures["x"] == "gain"
    chart.receive({"kind": "brush", "ranges": {"c": [0.8, 1.4]}})
    assert {point.choices["c"] for point in front.brushed} <= {2}


def test_buttons_work_beside_and_what_fails_is_told(front: Any) -> None:
    pytest.importorskip("anywidget")
    from archwright.front import _Doing
    from archwright.notebooks.front.chart import Chart
    from archwright.notebooks.front.widget import Actions, FrontChart

    def run(architecture: Any) -> Any:
        if architecture.choices["a"] == 1:
            raise ValueError("<no>")
        return "ran"

    threads: list[str] = []

    def draw(architecture: Any) -> str:
        threads.append(threading.current_thread().name)
        return "drawn"

    chart = FrontChart(Chart(front._table), front._picked, _Doing(front), Actions(None, run, draw))
    assert chart.data["can"] == ["run", "draw"]
    places = [i for i, point in enumerate(front) if point.choices["a"] == 1]
    front.select(places[0])
    chart.receive({"kind": "run"})
    settle(chart)
    assert chart.data["result"] == "<pre>&lt;no&gt;</pre>"
    chart.receive({"kind": "draw"})
    settle(chart)
    assert "drawn" in chart.data["result"] and threads == ["archwright"]


def test_a_front_without_points_has_a_chart_that_says_why() -> None:
    empty = aw.loads(SPEC).bind().pareto(without="even", choices={"a": 6, "b": 6})
    assert len(empty) == 0 and "fits" in repr(empty)
    chart = live(empty)
    assert chart.pictures["scatter"] is None and "nothing fits" in chart.pictures["head"]
    assert "fits" in chart.face().body and "<script" not in chart.face().body
    assert "fits" in chart.pictures["nothing"] and "<script" not in chart.pictures["nothing"]


def test_listening_from_other_threads(front: Any) -> None:
    def flip(of: Callable[[int], None], many: int) -> None:
        for i in range(many):
            of(i % len(front))

    threads = [threading.Thread(target=flip, args=(front.select, 200)) for _ in range(4)]
    heard: list[int] = []
    front.observe(lambda f: heard.append(f.selected_index))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard and front.selected_index in range(len(front))
