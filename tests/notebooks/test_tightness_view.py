"""Tightness: the faces of a curve and of all limits, what a step tells, and clicks."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

import archwright as aw
from archwright.notebooks.tightness.code import code
from archwright.notebooks.tightness.curve import StepCurve
from archwright.notebooks.tightness.picture import stairs

SIZED = """arch 1
param room: 4 KiB .. 64 KiB step 4 KiB = 20 KiB
space s { rows: 1 .. 12  wide: {1, 2, 3} }
require fits: rows * wide * 1 KiB <= room because "<b>{room}</b> & no more"
require tall: rows >= 2
require odd: rows % 2 == 1
maximize rows * 10 + wide as "worth"
"""


def bound(text: str = SIZED) -> aw.Bound:
    return aw.loads(text.replace('"worth"', "worth"), name="sized.arch").bind()


def test_golden(golden: Any) -> None:
    p = bound()
    t = p.tightness("fits")
    golden("tightness.txt", repr(t))
    golden("tightness.html", re.sub(r"<style>.*?</style>", "", t._repr_html_(), flags=re.S))
    everything = p.tightness()
    golden("tightness_all.txt", repr(everything))
    golden(
        "tightness_all.html",
        re.sub(r"<style>.*?</style>", "", everything._repr_html_(), flags=re.S),
    )


def test_an_overview_tells_what_binds() -> None:
    found = bound().tightness()
    fits, tall = found.limits
    assert (fits.name, fits.binds, str(fits.slack)) == ("fits", True, "9 KiB")
    assert (tall.name, tall.binds, tall.upper) == ("tall", False, False)
    assert found.others == ("odd",)
    assert fits.without == 113 and fits.share is not None and float(fits.share) == 0.45


def test_an_overview_that_is_stopped_tells_what_it_knows() -> None:
    stop = threading.Event()
    stop.set()
    found = bound().tightness(cancel=stop)
    assert [limit.name for limit in found.limits] == ["fits", "tall"]
    if str(found.optimum.status) == "unknown":
        assert all(limit.binds is None for limit in found.limits)
        assert "not known" in repr(found) and "not known" in found._repr_html_()


def test_nothing_fits() -> None:
    p = bound(SIZED.replace("rows >= 2", "rows >= 11").replace("= 20 KiB", "= 4 KiB"))
    found = p.tightness()
    assert [limit.slack for limit in found.limits] == [None, None]
    assert "nothing fits" in repr(found) and "nothing fits" in found._repr_html_()
    t = p.tightness("fits")
    assert StepCurve(t).holding is None and "nothing fits" in t._repr_html_()


def test_a_step_as_code() -> None:
    p = bound()
    curve = StepCurve(p.tightness("fits"))
    first = code(curve, 0, p.model)
    assert first == 'p.changed(room="4 KiB")'  # the step begins at 3 KiB, which is no value
    lower = StepCurve(p.tightness("tall"))
    assert code(lower, 0, p.model) == "# sized.arch:5: in tall, 11 instead of 2"
    assert not lower.found.upper


def test_a_curve_with_gaps_is_dashed_there() -> None:
    from dataclasses import replace

    t = bound().tightness("fits")
    gaps = replace(t, complete=False, every=range(1, 3))
    drawn = stairs(StepCurve(gaps), range(len(t.curve)))
    assert 'stroke-dasharray="2 4"' in drawn.svg
    assert 'stroke-dasharray="2 4"' not in stairs(StepCurve(t), range(len(t.curve))).svg
    assert "some elsewhere" in repr(gaps) and "some elsewhere" in gaps._repr_html_()


def test_markup_stays_text() -> None:
    for shown in (bound().tightness("fits"), bound().tightness()):
        assert "<b>" not in shown._repr_html_() and "<script" not in shown._repr_html_()


def test_dragging_tells_what_differs() -> None:
    pytest.importorskip("anywidget")
    p = bound()
    view = p.tightness("fits").chart()
    assert view.index == view.curve.holding
    view.receive({"kind": "step", "index": 0})
    assert view._looking.wait(20) and view.index == 0
    assert "rows" in view.data["changes"] and view.data["code"] == 'p.changed(room="4 KiB")'
    assert view.step.choices["rows"] == 3
    view.receive({"kind": "step", "index": 999})
    view.receive({"kind": "step", "index": None})
    assert view.index is None and view.step is None and not view.data["changes"]
    with pytest.raises(IndexError):
        view.select(999)
    view.close()


def test_a_limit_of_the_overview_opens() -> None:
    pytest.importorskip("anywidget")
    view = bound().tightness().chart()
    view.receive({"kind": "open", "name": "odd"})  # no limit
    assert not view.data["open"]
    view.receive({"kind": "open", "name": "tall"})
    assert view._work.wait(20) and view.data["chart"].startswith("IPY_MODEL_")
    assert view.curve.constraint == "tall"
    with pytest.raises(KeyError):
        view.show("odd")
    view.close()
