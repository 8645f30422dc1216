"""The card, an answer and a conflict: golden text and HTML, markup from a spec shown as text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import archwright as aw
from archwright.dsl.source import Source, Span
from archwright.mending import mend
from archwright.notebooks.conflict.panel import Panel
from archwright.notebooks.source.painted import Hung, Mark, painted

TILE = """arch 1
param budget: 1 .. 64 = 30

space tile {
  rows:    1 .. 8
  columns: {4, 8, 16}
  keep[i in 1 .. 3]: bool
}

require registers: rows * columns <= budget
  because "{rows} x {columns} <b>values</b> & more do not fit into {budget}"
require tall: rows >= columns
require some for i in 1 .. 2: keep[i] or keep[i + 1]

maximize rows * columns as work
"""


@pytest.fixture(scope="module")
def p() -> aw.Bound:
    return aw.loads(TILE, name="<i>tile</i>.arch").bind()


def elements(markup: str) -> set[str]:
    """The tags of some HTML, which has to be well formed."""
    plain = re.sub(r"<style>.*?</style>", "", markup, flags=re.S)
    closed = re.sub(r"<(br|input|meta)([^>]*)>", r"<\1\2/>", plain)
    return {e.tag for e in ElementTree.fromstring(f"<all>{closed}</all>").iter()}


Golden = Callable[[str, str], None]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("spec", lambda p: aw.loads(TILE, name="<i>tile</i>.arch")),
        ("bound", lambda p: p.changed(budget=20)),
        ("answer", lambda p: p.solve()),
        ("refuted", lambda p: p.solve({"rows": 4, "columns": 16})),
        ("conflict", lambda p: p.explain({"rows": 8})),
    ],
)
def test_golden(name: str, make: Callable[[aw.Bound], Any], p: aw.Bound, golden: Any) -> None:
    shown = make(p)
    html = shown._repr_html_()
    golden(f"{name}.txt", repr(shown) + "\n")
    golden(f"{name}.html", re.sub(r"<style>.*?</style>", "<style/>", html, flags=re.S) + "\n")
    assert elements(html).isdisjoint({"script", "b", "i", "img", "iframe"})


def test_the_card_counts_and_says_what_is_missing() -> None:
    shown = aw.loads("arch 1\nparam n: 1 .. 9\nspace s { a: 1 .. 5 }\n")._repr_html_()
    assert "to be given" in shown and "sizes are not known" in shown


def test_the_card_paints_warnings_in_the_text() -> None:
    spec = aw.loads("arch 1\nparam unread: 1 .. 9 = 2\nspace s { a: 1 .. 5 }\n")
    assert spec.warnings
    shown = spec._repr_html_()
    assert '<mark class="aw-warning"' in shown and "! line 2" in shown


class TestPanel:
    """The conflict panel without a front end: other conflicts, repairs that apply themselves."""

    @pytest.fixture
    def panel(self, p: aw.Bound) -> Panel:
        conflict = p.explain({"rows": 4, "columns": 16})
        assert conflict is not None
        return Panel(conflict, repr, partial(mend, p.fixed({"rows": 4, "columns": 16})))

    def test_repairs_apply_themselves(self, p: aw.Bound) -> None:
        asked = p.fixed({"rows": 8})
        conflict = asked.explain()
        assert conflict is not None
        panel = Panel(conflict, repr, partial(mend, asked))
        kinds = set()
        for index, repair in enumerate(panel.conflict.repairs):
            assert repair.action is not None
            kinds.add(repair.action.kind)
            panel.apply(index, 0)
            assert panel.mended is not None and panel.mended.bound.count() > 0
            assert "optimal" in panel.face().text and "aw-conflict-result" in panel.data()["result"]
            assert eval(panel.mended.code.removeprefix("p = "), {"p": asked}).count() > 0
        assert kinds == {"parameter", "drop", "choice"}

    def test_other_conflicts_are_shown_one_after_the_other(self, panel: Panel) -> None:
        first = panel.conflict.constraints
        assert panel.place == "conflict 1"
        panel.another()
        assert panel.conflict.constraints != first
        assert "aw-possible" in panel.data()["body"]
        while panel.has_another:
            panel.another()
        assert panel.place == "conflict 2 of 2" and not panel.data()["next"]
        panel.previous()
        assert panel.conflict.constraints == first and panel.data()["next"]

    def test_the_widget_obeys_its_buttons(self, p: aw.Bound) -> None:
        pytest.importorskip("anywidget")
        conflict = p.explain({"rows": 4, "columns": 16})
        assert conflict is not None
        shown: Any = conflict.panel()
        shown.receive({"kind": "another"})
        assert shown._background.wait(60) and shown.data["place"] == "conflict 2"
        index = next(i for i, r in enumerate(shown.data["repairs"]) if r["applies"])
        shown.receive({"kind": "repair", "index": index, "value": 0})
        assert shown._background.wait(60) and shown.bound.count() > 0
        shown.receive({"kind": "repair", "index": 99})
        assert shown._background.wait(60) and "index" in shown.data["trouble"]


def test_values_hang_below_what_they_belong_to() -> None:
    source = Source("x", "require small: rows * columns <= limit\n")
    spans = [Span(source, at, at + 1) for at in (15, 22, 33)]
    hung = [Hung(s, t) for s, t in zip(spans, ["1 .. 8 and <more>", "4", "30"], strict=True)]
    shown = painted(source, [Mark(Span(source, 0, 38), "certain")], hung)
    lines = [re.sub(r"<[^>]*>", "", row) for row in shown.split('<div class="aw-line')[1:]]
    texts = [row.partition(">")[2] for row in lines]
    assert texts[1:] == [
        f"{' ' * 15}│      └ 4        └ 30",
        f"{' ' * 15}└ 1 .. 8 and &lt;more&gt;",
    ]
