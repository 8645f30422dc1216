"""The explorer's faces and what its page is sent: stable, escaped, and true to the state."""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import archwright as aw
from archwright.notebooks.explorer import controls, page
from archwright.notebooks.explorer.opening import Still, explorer
from archwright.notebooks.explorer.session import Session
from archwright.notebooks.explorer.still import face, text

SPECS = Path(__file__).parents[1] / "specs"
HOSTILE = """arch 1
enum Kind { fast, slow }
param tag: Kind = fast
space s {
  kind: Kind
  n: 1 .. 3
}
require ok: kind == slow implies n == 2
  because "<script>alert(\\"x\\")</script> & 'quotes' {n}"
"""


def settled(bound: Any, *fixed: tuple[str, object]) -> Session:
    shown = Session(bound)
    for name, value in fixed:
        shown.fix(name, value)
    assert shown.wait(60)
    return shown


def test_golden_faces(golden: Callable[[str, str], None]) -> None:
    spec = (SPECS / "ofa_mobile.arch").read_text()
    bound = aw.loads(spec, "ofa_mobile.arch", SPECS).bind(deadline="16 ms")
    shown = settled(bound, ("res", 160), ("depth[1]", 3), ("k[1, 1]", 5))
    golden("explorer.txt", face(shown.snapshot).text)
    golden("explorer.html", face(shown.snapshot).body)
    shown.fix("res", 224)
    assert shown.wait(60)
    golden("explorer_conflict.txt", face(shown.snapshot).text)
    golden("explorer_conflict.html", face(shown.snapshot).body)


def test_every_word_is_escaped() -> None:
    shown = settled(aw.loads(HOSTILE).bind(), ("kind", "slow"), ("n", 3))
    found = face(shown.snapshot)
    assert "<script>" in found.text
    assert "<script" not in found.html and "&lt;script&gt;" in found.html


def test_the_page_draws_words_as_text_alone() -> None:
    from archwright.notebooks.faces import asset

    script = asset("explorer/explorer.js")
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\\.write|https?://|import ", script)


def test_what_the_page_is_sent() -> None:
    bound = aw.load(SPECS / "darts_cell.arch").bind()
    shown = settled(bound, ("edge[3, 0]", True))
    now = shown.snapshot
    board, marks = page.board(now.layout), page.marks(now)
    json.dumps([board, marks, page.head(now, shown.code), page.side(now)])
    (space,) = board["spaces"]
    assert [family["name"] for family in space["families"]] == ["edge", "kind"]
    assert board["choices"][0]["kind"] == "flag" and not board["folded"]
    place = now.layout.places["edge[3, 0]"]
    assert marks["choices"][place] == ["pp", 1, 1, "e"]
    assert board["choices"][now.layout.places["kind[3, 0]"]]["indices"] == ["3", "0"]
    assert page.head(now, "")["number"] == "691 776 120 solutions"


def test_a_count_with_many_digits_is_a_power_of_ten() -> None:
    shown = settled(aw.load(SPECS / "ofa_mobile.arch").bind())
    assert page.head(shown.snapshot, "")["number"] == "1.719 × 10¹⁹ solutions"


def test_five_hundred_layers_fold() -> None:
    spec = """arch 1
space s { k[l in 1 .. 500]: {3, 5, 7} }
require m: sum(k[l] for l in 1 .. 500) <= 1600
"""
    shown = settled(aw.loads(spec).bind())
    now = shown.fix("k[250]", 7)
    assert page.board(now.layout)["folded"]
    assert len(text(now).splitlines()) < 12
    assert "<details><summary>space s (500)" in face(now).body
    assert shown.wait(60) and shown.snapshot.exact


def test_kinds_of_controls() -> None:
    spec = aw.loads("""arch 1
enum Long { a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13 }
param p: bool = true
param e: Long = a3
param few: {1, 4} = 4
param whole: 8 KiB .. 1 MiB step 8 KiB = 16 KiB
param half: 0 .. 4 step 1 / 2 = 1
param real: 1 ms .. 2 ms = 1.5 ms
param derived: 1 .. 100 = few * 2
space s {
  flag: bool
  few_names: {1, 2}
  names: Long
  steps: 0 .. 400 step 20
  long: 1 .. 1_000_000
}
""")
    found = controls.layout(spec.bind(few=1).model.lowered)
    assert {c.key: c.kind for c in found.choices} == {
        "flag": "flag", "few_names": "buttons", "names": "menu", "steps": "strip", "long": "strip"
    }  # fmt: skip
    kinds = {c.name: (c.kind, c.low, c.high, c.step, c.unit) for c in found.parameters}
    assert kinds["whole"] == ("whole", 8, 1024, 8, "KiB")
    assert kinds["real"][0] == "text" and kinds["half"][0] == "steps"
    assert kinds["e"][0] == kinds["few"][0] == "menu" and kinds["p"][0] == "flag"
    by_name = {c.name: c for c in found.parameters}
    assert by_name["few"].now == 1 and by_name["few"].usual == 4
    assert by_name["derived"].now == by_name["derived"].usual == 2
    assert str(by_name["whole"].whole(24)) == "24 KiB"


def test_imports_have_their_own_parameters_and_spaces() -> None:
    found = controls.layout(aw.load(SPECS / "joint_rnn.arch").bind().model.lowered)
    assert [c.name for c in found.parameters] == ["t.batch", "t.gates", "t.dtype"]
    assert [s.name for s in found.spaces] == ["model", "t.tiling"]
    assert "t.registers" in [c.name for c in found.constraints]


@pytest.fixture
def without_widgets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real = builtins.__import__

    def refused(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in ("anywidget", "ipywidgets"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])
        return real(name, *rest, **more)

    monkeypatch.delitem(
        __import__("sys").modules, "archwright.notebooks.explorer.widget", raising=False
    )
    monkeypatch.setattr(builtins, "__import__", refused)
    yield


@pytest.mark.usefixtures("without_widgets")
def test_without_widgets_the_still_face_is_shown_and_the_session_works() -> None:
    shown = explorer(aw.loads(HOSTILE).bind(), {"n": 2}, ())
    assert isinstance(shown, Still)
    assert "n = 2" in repr(shown) and "pip install" in repr(shown)
    assert "<script" not in shown._repr_html_() and "pip install" in shown._repr_html_()
    shown.session.fix("kind", "slow")
    assert "kind = slow" in repr(shown)
