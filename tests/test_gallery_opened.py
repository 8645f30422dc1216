"""Networks of the gallery opened at every kind of layer: each number is that of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw

torch = pytest.importorskip("torch")

from archwright.kernels.opened.activations import Activations  # noqa: E402
from archwright.kernels.opened.arithmetic import arithmetic  # noqa: E402

GALLERY = Path(__file__).parent.parent / "gallery"
CHOSEN: dict[str, dict[str, object]] = {
    "cnn_explainer/tiny_vgg": {},
    "once_for_all/space": {"res": 128, "depth": 2, "k": 5, "e": 3},
    "fbnet/imagenet": {},
    "proxylessnas/imagenet": {},
    "mobilenet/v3": {},
    "mcunet/net_320kb": {},
    "deepmad/family": {},
}


@pytest.mark.parametrize("path", CHOSEN)
def test_every_kind_of_layer_opens(path: str) -> None:
    answer = aw.load(GALLERY / f"{path}.arch").bind().solve(CHOSEN[path], any_solution=True)
    torch.manual_seed(0)
    net = aw.build(answer.architecture)
    activations = Activations(net)
    seen = set()
    for number, leaf in enumerate(net.network.leaves):
        kind = (leaf.op, str(leaf.arguments.get("act")), leaf.arguments.get("groups", 1) != 1)
        if kind in seen:
            continue
        seen.add(kind)
        shape = activations.output(number).shape
        for place in (tuple(n - 1 for n in shape), tuple(n // 2 for n in shape)):
            assert all(step.equal for step in arithmetic(activations, number, place)), leaf.label
    assert len(seen) >= 3
    face = answer.architecture.draw(net=net, look=(net.network.leaves[0].label, 0, (1, 1)))
    assert face is not None
