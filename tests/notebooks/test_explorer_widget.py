"""The live explorer without a page: messages do what clicks do, controls follow the state."""

from __future__ import annotations

import re
from typing import Any

import pytest

import archwright as aw

pytest.importorskip("anywidget")

TEXT = """arch 1
param room: 1 .. 100 = 20
param slow: 5 ms .. 100 ms step 5 ms = 30 ms
param mode: {1, 4} = 4
param on: bool = true
param free: 1 ms .. 2 ms = 1 ms
space s {
  n: 1 .. 9
  m: 1 .. 9
  big: 1 .. 10_000
}
require fits: n * m <= room because "{n} by {m}"
require low: big <= 10 * room
"""


def opened(**options: Any) -> Any:
    shown = aw.loads(TEXT).bind().explore(**options)
    assert shown.session.wait(60)
    return shown


def test_clicks() -> None:
    shown = opened()
    places = shown.session.snapshot.layout.places
    shown.receive({"kind": "fix", "choice": places["n"], "place": 6})
    assert shown.session.snapshot.state.fixed == {"n": 7}
    assert shown._choices.data["choices"][places["m"]][0][2:] == "x" * 7
    shown.receive({"kind": "fix", "choice": places["m"], "place": 4})  # grey: asks why instead
    assert shown.session.wait(60)
    assert shown.session.snapshot.state.fixed == {"n": 7}
    why = shown._choices.why
    assert why["sentence"] == "m = 5 is impossible: `fits` does not allow it"
    assert why["choice"] == places["m"] and why["place"] == 4 and why["pinned"]
    (action,) = next(r["actions"] for r in why["repairs"] if r["actions"])
    shown.receive({"kind": "apply", "action": action, "wanted": [places["m"], 4]})
    assert shown.session.wait(60)
    assert shown.session.code == 'p = spec.bind().fixed({"n": 7, "m": 5}).without("fits")'
    assert [c["off"] for c in shown._side.data["constraints"]] == [True, False]
    shown.receive({"kind": "undo"})
    shown.session.set("room", 35)
    assert shown.session.wait(60) and shown._controls["room"].widget.value == 35
    shown.receive({"kind": "undo"})
    shown.receive({"kind": "release", "choice": places["n"]})
    assert shown.session.wait(60)
    assert shown.session.code == "p = spec.bind()" and shown._controls["room"].widget.value == 20
    shown.receive({"kind": "toggle", "name": "fits"})
    assert [c["off"] for c in shown._side.data["constraints"]] == [True, False]
    shown.receive({"kind": "type", "choice": places["big"], "text": "150"})
    assert shown.session.snapshot.state.fixed == {"big": 150}
    shown.receive({"kind": "type", "choice": places["big"], "text": "no number"})
    assert "no number" in shown._choices.data["refused"]["message"]
    shown.receive({"kind": "reset"})
    shown.receive({"kind": "complete"})
    assert shown.session.wait(60) and len(shown.session.snapshot.state.fixed) == 3


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"kind": "nothing"},
        {"kind": "fix", "choice": 99, "place": 0},
        {"kind": "fix", "choice": 0, "place": 99},
        {"kind": "redo"},
        {"kind": "cancel"},
    ],
)
def test_messages_that_do_nothing(message: dict[str, object]) -> None:
    shown = opened()
    shown.receive(message)
    assert shown.session.code == "p = spec.bind()"


def test_parameters_are_ordinary_controls() -> None:
    shown = opened()
    kinds = {name: type(c.widget).__name__ for name, c in shown._controls.items()}
    assert kinds == {
        "room": "IntSlider",
        "slow": "IntSlider",
        "mode": "Dropdown",
        "on": "Checkbox",
        "free": "Text",
    }
    assert {c.widget.description for c in shown._controls.values()} == set(kinds)
    shown._controls["room"].widget.value = 8
    shown._controls["slow"].widget.value = 35
    shown._controls["mode"].widget.value = "1"
    shown._controls["on"].widget.value = False
    assert shown.session.wait(60)
    assert shown.session.code == 'p = spec.bind(room=8, slow="35 ms", mode=1, on=False)'
    places = shown.session.snapshot.layout.places
    assert shown._choices.data["choices"][places["n"]][0].count("x") == 1
    shown._controls["free"].widget.value = "3 ms"
    control = shown._controls["free"]
    assert "cannot be 3 ms" in control.wrong.value and control.wrong in control.box.children
    control.widget.value = "1.5 ms"
    assert shown.session.wait(60)
    assert control.wrong not in control.box.children
    shown.session.undo()
    assert shown.session.wait(60) and control.widget.value == "1 ms"


def test_three_faces_and_a_page_that_is_loaded_again() -> None:
    shown = opened(without="low")
    data, _ = shown._repr_mimebundle_()
    assert set(data) >= {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert data["text/plain"] == repr(shown) and "switched off" in repr(shown)
    assert not re.search(r"<script|0x[0-9a-f]{6}", data["text/html"] + data["text/plain"])
    state = shown._choices.get_state()
    assert state["board"]["choices"] and state["data"]["choices"]


def test_what_is_fixed_before_can_be_released() -> None:
    shown = aw.loads(TEXT).bind().fixed(n=3).explore()
    assert shown.session.snapshot.state.fixed == {"n": 3}
    assert shown.session.wait(60)
    assert shown.session.snapshot.choices[0].marks == "p" * 9
    shown.session.release("n")
    assert shown.session.code == "p = spec.bind()"
