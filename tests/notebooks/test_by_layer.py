"""Sparsity and directions over the layers of a built network."""

from __future__ import annotations

from typing import Any

import pytest

import archwright as aw

torch = pytest.importorskip("torch")

from archwright.kernels.opened import by_layer as opened  # noqa: E402
from archwright.kernels.opened.activations import Activations  # noqa: E402
from archwright.notebooks.drawing.by_layer import by_layer  # noqa: E402

TEXT = """arch 1
import std.nn as nn
param threshold: 0 .. 100 = 1
network net(x: tensor[3, 8, 8]) {
  x = nn.project(nn.patches(x, patch = 2), out = 8)
  for b in 1 .. 3 { x = nn.crate(x, heads = 2, threshold = threshold) as block[b] }
  return nn.linear(nn.read_out(x), out = 5)
}
"""


def built(**parameters: int) -> Any:
    torch.manual_seed(0)
    return aw.build(aw.loads(TEXT).bind(**parameters).solve().architecture).eval()


def test_zeros_are_those_of_the_tensors() -> None:
    activations = Activations(built(), None)
    found = opened.by_layer(activations, "ista")
    assert [label for label, _ in found] == [f"block[{b}].ista" for b in (1, 2, 3)]
    labels = [leaf.label for leaf in activations.network.leaves]
    for label, seen in found:
        output = activations.output(labels.index(label))
        assert seen.zero == pytest.approx(float((output == 0).double().mean()))
    assert len(opened.by_layer(activations)) == 2 + 3 * 5


def test_the_picture_says_what_the_table_says() -> None:
    face = by_layer(built(), "ista")
    lines = face.text.splitlines()
    assert len(lines) == 4 and face.html.count("<circle") == 6
    share = lines[1].split()[1]
    assert f"block[1].ista: {share} zeros" in face.html


def test_a_higher_threshold_leaves_nothing() -> None:
    last = opened.by_layer(Activations(built(threshold=100), None), "ista")[-1][1]
    assert last.zero == 1.0


def test_a_network_without_such_layers() -> None:
    with pytest.raises(ValueError, match="no `attention` of `net` gives a sequence"):
        by_layer(built(), "attention")
