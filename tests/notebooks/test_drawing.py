"""The architecture drawing: parts, flow, memory, comparison, still faces, the live view."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import archwright as aw
from archwright.notebooks.drawing import choices as choices_picture
from archwright.notebooks.drawing import table
from archwright.notebooks.drawing.amounts import SCALES, amounts, short
from archwright.notebooks.drawing.memory import memory
from archwright.notebooks.drawing.picture import Drawing, draw
from archwright.notebooks.drawing.sheet import Sheet
from archwright.notebooks.drawing.tree import tree

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "tests" / "specs"
GALLERY = ROOT / "gallery"
FILES = [
    *(SPECS / "ofa_mobile.arch", SPECS / "mcu_vision.arch", SPECS / "darts_cell.arch"),
    *(GALLERY / "simplenet/v1.arch", GALLERY / "vit/tiny.arch"),
    *(GALLERY / "deepseek_v3/v3.arch", GALLERY / "resnet/cifar.arch"),
]
SMALL = """arch 1
import std.nn as nn with { weight_bits = 8, act_bits = 8 }
space s { depth: 1 .. 3  k[b in 1 .. 3]: {3, 5, 7} when b <= depth }
network net(x: tensor[3, 16, 16]) {
  x = nn.conv(x, out = 8, k = 3, stride = 2) as stem
  for b in 1 .. 3 when b <= depth { x = nn.mbconv(x, out = 8, k = k[b], expand = 2) as block[b] }
  return nn.linear(nn.global_pool(x), out = 10)
}
let peak = max(l.live for l in net.layers) * 1 B
require sram: peak <= 3 KiB because "too much"
"""


@cache
def solved(file: Path) -> Any:
    return aw.load(file).bind().solve(time_limit=60).architecture


@cache
def small(**choices: object) -> Any:
    return aw.loads(SMALL, name="small.arch").bind().solve(dict(choices)).architecture


def parsed(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{markup}</div>")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.parent.name + "/" + f.stem)
def test_every_network_is_drawn(file: Path) -> None:
    sheet = Sheet(solved(file))
    for name, page in sheet.pages.items():
        network = page.tree.network
        assert list(page.memory.live) == [int(leaf.costs["live"]) for leaf in network.leaves]
        assert page.tree.parts[-1].stop == len(network.leaves)
        root = parsed(sheet.markup(name, live=True))
        keys = {node.get("data-key") for node in root.iter() if node.get("data-key")}
        assert keys >= {part.key for part in page.tree.parts}
        for scale in sheet.scales:
            sheet.rescale(scale)
            drawing = sheet.drawing(name)
            assert sum(drawing.amounts) == pytest.approx(sum(map(drawing.total, page.tree.parts)))
    face = sheet.face()
    assert len(face.html) < 400_000 and "<script" not in face.html


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.parent.name + "/" + f.stem)
def test_blocks_do_not_overlap_and_lines_run_forward(file: Path) -> None:
    for network in solved(file).networks.values():
        layers = tree(network)
        opened = (
            {p.key for p in layers.by_key.values() if p.parts} if len(network.leaves) < 99 else ()
        )
        flow = Drawing(layers, opened=opened).flow
        for box, _, _ in flow.walk():
            if box.inner is not None:
                assert box.inner.width + 20 <= box.width + 0.01
                assert box.inner.height + 30 <= box.height + 0.01
        boxes = flow.boxes
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                apart = (
                    a.x + a.width <= b.x + 0.01
                    or b.x + b.width <= a.x + 0.01
                    or a.y + a.height <= b.y + 0.01
                    or b.y + b.height <= a.y + 0.01
                )
                assert apart, (a.part.key, b.part.key)
        for edge in flow.edges:
            for piece in edge.pieces:
                assert piece[-1][0] >= piece[0][0]


def test_layers_that_were_left_out_are_outlines() -> None:
    sheet = Sheet(small(depth=1, **{"k[1]": 5}))
    page = sheet.pages["net"]
    assert [p.label for p in page.tree.layers if not p.active] == ["block[2]", "block[3]"]
    root = parsed(sheet.markup("net"))
    outlines = [n for n in root.iter() if "aw-left-out" in (n.get("class") or "")]
    assert [n.get("data-key") for n in outlines] == ["block[2]", "block[3]"]
    assert "left out by a choice\nsmall.arch:6" in "".join(outlines[0].itertext())


def test_notes_say_what_was_chosen() -> None:
    page = Sheet(small(depth=1, **{"k[1]": 5})).pages["net"]
    assert page.tree.notes(page.tree.by_key["block[1]"]) == ("k 5", "expand 2")
    depthwise = next(p for p in page.tree.by_key.values() if p.label == "depthwise")
    assert page.tree.notes(depthwise)[:2] == ("k 5", "depthwise")


def test_blocks_fold_and_open() -> None:
    sheet = Sheet(solved(FILES[0]))
    shown = lambda: {  # noqa: E731
        box.part.key for box, _, _ in sheet.drawing("mobile").flow.walk()
    }
    before = shown()
    sheet.toggle("mobile", "block[1, 1]")
    first = sheet.pages["mobile"].tree.by_key["block[1, 1]"]
    assert shown() == before | {part.key for part in first.parts}
    sheet.toggle("mobile", "stem")  # a leaf: nothing to open
    sheet.toggle("mobile", "no such block")
    sheet.toggle("mobile", "block[1, 1]")
    assert shown() == before


def test_many_layers_are_gathered_to_stages() -> None:
    sheet = Sheet(solved(GALLERY / "deepseek_v3/v3.arch"))
    page = sheet.pages["deepseek"]
    labels = [part.label for part in page.tree.parts]
    assert labels == ["embed", "block[1 .. 3]", "block[4 .. 61]", "norm", "head"]
    assert "aw-overview" in sheet.markup("deepseek")
    sheet.toggle("deepseek", "stage block[4 .. 61]")
    sheet.toggle("deepseek", "block[7]")
    assert len(sheet.face().html) < 400_000
    sheet.toggle("deepseek", "stage block[4 .. 61]")  # what is open inside folds with it
    assert not page.opened


def test_calls_between_a_layer_and_its_leaves_are_blocks() -> None:
    page = Sheet(solved(GALLERY / "deepseek_v3/v3.arch")).pages["deepseek"]
    block = page.tree.by_key["block[7]"]
    assert [(p.kind, p.label) for p in block.parts] == [
        *(("leaf", "attention_norm"), ("leaf", "attention"), ("leaf", "add_tokens")),
        *(("leaf", "feed_norm"), ("call", "mixture"), ("leaf", "add_tokens")),
    ]
    mixture = block.parts[4]
    assert [p.label for p in mixture.parts] == ["router", "experts", "shared", "both"]
    assert mixture.stop - mixture.first == 7 and mixture.op == "7 leaves"
    assert len(page.tree.by_key) == len({p.key for p in page.tree.by_key.values()})


def test_five_hundred_layers_stay_small() -> None:
    text = """arch 1
import std.nn as nn
space s { k[i in 1 .. 500]: {1, 3} }
network net(x: tensor[4, 8, 8]) {
  for i in 1 .. 500 { x = nn.conv(x, out = 4, k = k[i]) as layer[i] }
  return x
}
let macs = sum(l.macs for l in net.layers)
maximize macs
"""
    sheet = Sheet(aw.loads(text).bind().solve().architecture)
    assert [p.label for p in sheet.pages["net"].tree.parts] == ["layer[1 .. 500]"]
    sheet.toggle("net", sheet.pages["net"].tree.parts[0].key)
    assert len(sheet.face().html) < 1_000_000
    assert len(sheet.text().splitlines()) < 80


def test_memory_names_its_peak_and_the_constraint() -> None:
    page = Sheet(small(depth=3, k=3)).pages["net"]
    held = page.memory
    assert held.bytes_each == 1
    assert table.memory_line(held) == (
        "memory: peak 2 KiB at block[1].project; sram has peak = 2 KiB of at most 3 KiB"
    )
    for place, live in enumerate(held.live):
        tops = [
            h.spans[place - h.first][1]
            for h in held.held
            if h.first <= place < h.first + len(h.spans)
        ]
        assert max(tops) == live
    assert "sram: peak at most 3 KiB" in Sheet(small(depth=3, k=3)).markup("net")


def test_two_architectures_are_compared_by_layer() -> None:
    sheet = Sheet(small(depth=2, k=3), beside=small(depth=3, **{"k[1]": 3, "k[2]": 5, "k[3]": 3}))
    states = {p.label: (p.state, p.text) for p in sheet.comparisons["net"].pairs}
    assert states["block[1]"] == ("same", "")
    assert states["block[2]"] == ("changed", "k 3 → 5")
    assert states["block[3]"] == ("second only", "second only")
    assert ("layers", "5", "6", "+1") in sheet.comparisons["net"].totals
    same = Sheet(small(depth=2, k=3), beside=small(depth=2, k=3)).comparisons["net"]
    assert {p.state for p in same.pairs} == {"same", "in neither"}
    assert all(difference in ("=", "+0") for *_, difference in same.totals)


def test_choices_are_drawn_where_there_is_no_network() -> None:
    sheet = Sheet(solved(SPECS / "flashrnn_h100.arch"))
    assert sheet.text().startswith("22 choices, no network\n  batch_tile: [forward]")
    parsed(sheet.body())
    assert choices_picture.families({"k[1, 2]": 3, "deep": True}) == {
        "k": {"1, 2": 3},
        "deep": {"": True},
    }


def test_times_by_label_scale_the_blocks() -> None:
    network = small(depth=1, k=3).networks["net"]
    times = {leaf.label: 0.001 * i for i, leaf in enumerate(network.leaves)}
    sheet = Sheet(small(depth=1, k=3), "time", times=times)
    assert sheet.drawing("net").amounts == [times[leaf.label] for leaf in network.leaves]
    assert set(sheet.scales) == set(SCALES)
    with pytest.raises(ValueError, match="pass `times`"):
        Sheet(small(depth=1, k=3), "time")
    with pytest.raises(ValueError, match="one of macs, bytes, params, time"):
        Sheet(small(depth=1, k=3), "size")  # type: ignore[arg-type]


def test_amounts_are_those_of_the_costs() -> None:
    network = small(depth=1, k=3).networks["net"]
    assert amounts(network, "macs")[0] == 8 * 8 * 8 * 27
    assert amounts(network, "bytes")[0] == 8 * 27 + 16 + 3 * 256 + 8 * 64
    assert [short(v, "macs") for v in (999, 1000, 999_999)] == ["999 MAC", "1 kMAC", "1 MMAC"]
    assert short(0.0000012, "time") == "1.2 µs"


def test_what_a_spec_says_is_escaped() -> None:
    text = SMALL.replace('"too much"', '"<script>alert(1)</script> & \\"so\\""')
    hostile = '<img src=x onerror="1">&'
    architecture = aw.loads(text, name=hostile).bind().solve({"depth": 1, "k": 3}).architecture
    html = Sheet(architecture).face().html
    assert "<script" not in html and "<img" not in html and "&lt;img src=x" in html
    parsed(draw(Drawing(tree(architecture.networks["net"]))))


def test_still_faces(golden: Callable[[str, str], None]) -> None:
    one, two = small(depth=2, k=3), small(depth=3, **{"k[1]": 3, "k[2]": 5, "k[3]": 3})
    face = Sheet(one).face()
    golden("drawing.txt", face.text)
    golden("drawing.html", face.body)
    pair = Sheet(one, beside=two).face()
    golden("drawing_pair.txt", pair.text)
    golden("drawing_pair.html", pair.body)
    cell = Sheet(solved(SPECS / "darts_cell.arch")).face()
    golden("drawing_cell.txt", cell.text.replace(f"{SPECS}/", ""))
    golden("drawing_cell.html", cell.body.replace(f"{SPECS}/", ""))


def test_memory_without_equal_widths_counts_elements() -> None:
    network = solved(SPECS / "mcu_vision.arch").networks["eye"]
    found = memory(network)
    assert found.limits == () and found.amount(2048) == "2 KiB"


def test_the_live_view_answers_clicks() -> None:
    pytest.importorskip("anywidget")
    view = solved(SPECS / "mcu_vision.arch").draw()
    view.receive({"kind": "toggle", "name": "eye", "key": "block[1, 1]"})
    assert view.data["pages"][0]["open"] == ["block[1, 1]"]
    assert "#4" in view.data["pages"][0]["facts"]
    view.receive({"kind": "scale", "scale": "params"})
    assert view.data["scale"] == "params"
    view.receive({"kind": "fold", "name": "eye"})
    view.receive({"kind": "open", "name": "eye", "leaf": 0})  # nothing was built: nothing opens
    assert view.data["pages"][0]["open"] == [] and view.opened == {}
    assert repr(view).startswith("eye: 16 layers")
    with pytest.raises(ValueError, match="pass `net`"):
        view.look("stem")


def test_without_the_widget_it_is_the_still_face(monkeypatch: pytest.MonkeyPatch) -> None:
    from archwright.notebooks.live import present

    monkeypatch.setattr(present, "find_spec", lambda name: None)
    face = small(depth=1, k=3).draw()
    assert repr(face).startswith("net: 4 layers, 2 left out") and "archwright[notebook]" in repr(
        face
    )
