"""The roofline view: picture, still faces, a file, and a layer that is selected."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

pytest.importorskip("torch")  # what is measured is measured with it

from archwright.kernels.measure.table import Layer
from archwright.rooflines import Roofline

SPACE = "{http://www.w3.org/2000/svg}"


def layer(op: str, time: float, flops: float, moved: float) -> Layer:
    return Layer(time, time, time * 0.9, time * 1.2, 5, "", op, flops, moved)


LAYERS = {
    "thin <1> & co": layer("std.nn.conv", 100, 1e6, 1e6),  # 1 FLOP/B, 10 GFLOP/s
    "thick": layer("std.nn.conv", 100, 1e7, 1e5),  # 100 FLOP/B
    "plain": layer("<script>op</script>", 8, 1e5, 1e4),
}


def machine(layers: dict[str, Layer] | None = None) -> Roofline:
    return Roofline(LAYERS if layers is None else layers, 200e9, {"L2": 100e9, "L3": 20e9})


def test_golden(golden: Any) -> None:
    from archwright.notebooks.roofline.shown import face

    shown = face(machine()._points(), repr(machine()))
    golden("roofline.txt", shown.text)
    golden("roofline.html", shown.body)
    assert "<script" not in shown.html and "<1>" not in shown.html


def test_times_are_expected_by_the_lower_line_or_as_predicted() -> None:
    thin, thick, _ = machine()._points().all
    assert thin.foreseen == pytest.approx(50) and thick.foreseen == pytest.approx(50)
    thin = machine()._points({"thin <1> & co": 80}).all[0]
    assert thin.foreseen == 80 and thin.rate / thin.expected == pytest.approx(0.8)


def test_each_op_has_a_mark_of_its_own() -> None:
    from archwright.notebooks.roofline.picture import mark

    shapes = [mark(0, 0, kind).replace(f"aw-op-{kind + 1}", "") for kind in range(4)]
    assert len(set(shapes)) == 4


def test_a_file_stands_alone() -> None:
    svg = machine().svg()
    root = ElementTree.fromstring(svg)
    titles = [g.find(f"{SPACE}title") for g in root.iter(f"{SPACE}g") if g.get("data-layer")]
    assert [t.text.partition(":")[0] for t in titles if t is not None and t.text] == list(LAYERS)
    assert "--aw-ink:" in svg and "href" not in svg and "onload" not in svg


def test_nothing_that_multiplies_is_a_picture_of_lines() -> None:
    assert "peak 200" in machine({}).svg()
    assert "0 layers measured" in machine({})._repr_html_()


def test_a_layer_is_selected() -> None:
    pytest.importorskip("anywidget")
    view: Any = machine().chart()
    view.receive({"kind": "select", "index": 1})
    assert view.selected == "thick" and view.data == {"selected": 1}
    view.receive({"kind": "select", "index": 99})
    assert view.selected == "thick"
    view.select(None)
    assert view.selected is None
    with pytest.raises(KeyError):
        view.select("nothing")
