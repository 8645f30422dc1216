"""A built network under the drawing: maps as pictures, one number's arithmetic, spectra."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import archwright as aw  # noqa: E402
from archwright.notebooks.drawing import steps  # noqa: E402
from archwright.notebooks.drawing.opening import drawing  # noqa: E402
from archwright.notebooks.drawing.shades import GAP, ZERO, palette, png  # noqa: E402

GALLERY = Path(__file__).parents[2] / "gallery"


@cache
def resnet() -> tuple[Any, Any]:
    architecture = aw.load(GALLERY / "resnet/cifar.arch").bind().solve().architecture
    torch.manual_seed(0)
    return architecture, aw.build(architecture)


def view(look: Any = None) -> Any:
    architecture, net = resnet()
    pytest.importorskip("anywidget")
    return drawing(architecture, net=net, look=look)


def unpacked(picture: bytes) -> tuple[int, int, bytes]:
    """Width, height and shades of a PNG of shades."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    start = picture.index(b"IDAT")
    (size,) = struct.unpack(">I", picture[start - 4 : start])
    rows = zlib.decompress(picture[start + 4 : start + 4 + size])
    lines = [rows[i * (width + 1) + 1 : (i + 1) * (width + 1)] for i in range(height)]
    return width, height, b"".join(lines)


def test_a_png_holds_its_shades() -> None:
    shades = bytes([0, ZERO, 254, GAP, 5, 6])
    assert unpacked(png(shades, 3, 2)) == (3, 2, shades)
    colours = palette()
    assert len(colours) == 768 and colours[:3] != colours[3 * ZERO : 3 * ZERO + 3]


def test_a_layer_opens_down_to_one_number() -> None:
    shown = view()
    assert shown.opened == {}
    shown.receive({"kind": "open", "name": "resnet", "leaf": 1})
    assert shown.opened["title"] == "stage[1, 1].first = conv"
    assert shown.opened["sides"] == [32, 32] and "map" not in shown.opened
    width, height, _ = unpacked(shown.opened["sheet"])
    assert [height, width] == shown.opened["size"]
    shown.receive({"kind": "look", "leaf": 1, "channel": 3, "place": None})
    assert shown.opened["place"] == [16, 16]
    assert unpacked(shown.opened["map"])[:2] == (32, 32)
    shown.receive({"kind": "look", "leaf": 1, "channel": 3, "place": [0, 31]})
    markup = shown.opened["steps"]
    ElementTree.fromstring(markup)
    assert markup.count("✓ the tensor has") == 3 and "✗" not in markup
    assert "outside the image" in markup and "batch norm" in markup and "relu" in markup
    assert "at [3, 0, 31]" in repr(shown)
    shown.receive({"kind": "close"})
    assert shown.opened == {}


def test_every_layer_of_a_network_opens() -> None:
    shown = view()
    for number, leaf in enumerate(resnet()[0].networks["resnet"].leaves):
        shown.look(number, 0)
        assert shown.opened["title"].startswith(leaf.label)
        assert "✓" in shown.opened["steps"] and "✗" not in shown.opened["steps"]


def test_what_is_not_there_is_refused() -> None:
    shown = view()
    with pytest.raises(KeyError, match="there is no layer 'stme'; there is stem"):
        shown.look("stme")
    with pytest.raises(IndexError, match="no channel 99"):
        shown.look("stem", 99)
    with pytest.raises(IndexError, match="no place"):
        shown.look("stem", 0, (0, 99))
    with pytest.raises(IndexError, match="a place is one of a channel"):
        shown.look("stem", None, (0, 0))
    with pytest.raises(ValueError, match="needs `net`"):
        drawing(resnet()[0], look="stem")
    with pytest.raises(TypeError, match="what `build` made"):
        drawing(resnet()[0], net=torch.nn.Linear(2, 2))
    with pytest.raises(ValueError, match="shapes only"):
        drawing(resnet()[0], net=aw.build(resnet()[0], device="meta"))
    other = aw.load(GALLERY / "simplenet/v1.arch").bind().solve().architecture
    with pytest.raises(ValueError, match="built from another architecture: resnet"):
        drawing(other, net=resnet()[1])


def test_a_wrong_number_is_told() -> None:
    from archwright.kernels.opened.sums import Step

    step = Step("sum", "a + <b>", 1.0, 2.0)
    assert not step.equal and "✗ the tensor has 2" in steps.markup([step])
    assert "&lt;b&gt;" in steps.markup([step])
    assert steps.plain_lines([step]) == ["sum: a + <b> = 1 (but the tensor has 2)"]


def test_a_sequence_shows_its_spectrum() -> None:
    text = """arch 1
import std.nn as nn
network net(x: tensor[3, 8, 8]) {
  t = nn.patch_embed(x, patch = 2, width = 12) as embed
  t = nn.mlp(t, hidden = 24, act = nn.relu)    as mlp
  return nn.read_out(t)
}
"""
    architecture = aw.loads(text).bind().solve().architecture
    torch.manual_seed(0)
    pytest.importorskip("anywidget")
    shown: Any = architecture.draw(net=aw.build(architecture), look=("mlp.widen", None, (3, 5)))
    assert "16 tokens × 24 units" in shown.opened["spectrum"]
    assert "% are zero" in shown.opened["note"] and "linear" in shown.opened["steps"]
    ElementTree.fromstring(f"<div>{shown.opened['spectrum']}</div>")
    assert shown.opened["sides"] == [16, 24]


def test_the_still_face(golden: Callable[[str, str], None]) -> None:
    text = """arch 1
import std.nn as nn
network net(x: tensor[1, 4, 4]) {
  x = nn.conv(x, out = 2, k = 3, act = nn.relu) as only
  return x
}
"""
    architecture = aw.loads(text, name="one.arch").bind().solve().architecture
    net = aw.build(architecture)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.arange(parameter.numel()).reshape(parameter.shape) / 8)
    image = torch.arange(16.0).reshape(1, 4, 4) / 4 - 2
    pytest.importorskip("anywidget")
    face = drawing(architecture, net=net, image=image, look=("only", 1, (0, 1))).face()
    golden("drawing_opened.txt", face.text)
    without = re.sub(r"base64,[^\"]*", "base64,", face.body)  # zlib may pack otherwise elsewhere
    without = re.sub(r"differs by up to [^;]*", "differs by up to", without)
    golden("drawing_opened.html", without)


def test_a_built_network_is_timed_leaf_by_leaf() -> None:
    architecture, net = resnet()
    pytest.importorskip("anywidget")
    shown: Any = architecture.draw("time", net=net)
    assert shown.data["scale"] == "time"
    assert len(shown.sheet.times) == len(architecture.networks["resnet"].leaves)
    assert all(seconds > 0 for seconds in shown.sheet.times.values())
