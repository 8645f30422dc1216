"""Networks cut behind their layers: parts, and processes, give what the whole one gives."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import archwright as aw

torch = pytest.importorskip("torch")

from archwright.interpreter.chain import chain  # noqa: E402
from archwright.kernels.networks.split import CannotSplit, one_after_another  # noqa: E402
from archwright.kernels.networks.stage import StageFailed  # noqa: E402

GALLERY = Path(__file__).parents[3] / "gallery"

# A skip over two blocks, and an input that is read at the end, so that up to three tensors cross.
SKIPS = """arch 1
import std.nn as nn
network net(x: tensor[4, 8, 8], late: tensor[6, 1, 1]) -> tensor[5, 1, 1] {
  y = nn.conv(x, out = 6, k = 3, act = nn.relu) as stem
  a = nn.conv(y, out = 6, k = 3, act = nn.relu) as first
  b = nn.mbconv(a, out = 6, k = 3, expand = 2)  as second
  z = nn.add(y, b)                              as skip
  z = nn.scale(z, late)
  return nn.linear(nn.global_pool(z), out = 5)
}
"""


def close(a: Any, b: Any) -> bool:
    """Equal up to the order of sums, which another number of threads changes."""
    return bool((a - b).abs().max() <= 1e-6 * b.abs().max())


def skips() -> aw.Architecture:
    return aw.loads(SKIPS).bind().solve().architecture


def test_what_crosses_is_named() -> None:
    (network,) = skips().networks.values()
    cross = {link.label: dict(link.crossing) for link in chain(network)}
    late = {"late": (6, 1, 1)}
    assert cross["stem"] == {**late, "stem": (6, 8, 8)}
    assert cross["first"] == {**late, "stem": (6, 8, 8), "first": (6, 8, 8)}
    assert cross["second"] == {**late, "stem": (6, 8, 8), "second.skip": (6, 8, 8)}
    assert cross["skip"] == {**late, "skip": (6, 8, 8)}
    assert cross["global_pool"] == {"global_pool": (6, 1, 1)}
    assert cross["linear"] == {"linear": (5, 1, 1)}
    data = aw.chain(skips())
    assert data["crossing"].sel(layer="first").item() == 2 * 6 * 64 + 6
    assert data["macs"].sum() == sum(leaf.costs.get("macs", 0) for leaf in network.leaves)


@pytest.mark.parametrize(
    "after",
    [["stem"], ["first"], ["second"], ["first", "second"], ["stem", "scale", "global_pool"]],
)
def test_parts_one_after_another_give_the_whole_output(after: list[str]) -> None:
    net = aw.build(skips()).eval()
    parts = aw.split(net, after)
    inputs = net.example_inputs(3)
    with torch.no_grad():
        assert torch.equal(one_after_another(parts, *inputs), net(*inputs))
    assert len(parts) == len(after) + 1
    for one, other in pairwise(parts):
        assert list(one.writes.items()) == list(other.reads.items())
    states = [part.state_dict() for part in parts]
    assert sum(len(s) for s in states) == len(net.state_dict())
    whole = net.state_dict()
    assert all(v.data_ptr() == whole[k].data_ptr() for s in states for k, v in s.items())


@pytest.mark.parametrize("path", ["mobilenet/v3", "resnet/imagenet", "vit/tiny", "simplenet/v1"])
def test_published_networks_can_be_cut_behind_every_layer(path: str) -> None:
    small = {"mobilenet/v3": {"side": 64}, "resnet/imagenet": {"side": 64, "layers": 18}}
    answer = aw.load(GALLERY / f"{path}.arch").bind(**small.get(path, {})).solve()
    net = aw.build(answer.architecture).eval()
    links = chain(net.network)
    parts = aw.split(net, [link.label for link in links[:-1]])
    inputs = net.example_inputs()
    with torch.no_grad():
        assert torch.equal(one_after_another(parts, *inputs), net(*inputs))
    for part, link in zip(parts, links, strict=True):
        assert dict(link.crossing) == part.writes and part.labels == (link.label,)


def test_two_processes_give_the_whole_output() -> None:
    net = aw.build(skips()).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
    batches = [net.example_inputs(2, seed) for seed in range(4)]
    with torch.no_grad():
        whole = [net(*batch) for batch in batches]
    with aw.pipeline(aw.split(net, ["first"])) as run:
        assert close(run(*batches[0]), whole[0])
        for batch in batches[1:]:  # all on their way at once
            run.put(*batch)
        assert all(close(run.get(), one) for one in whole[1:])
        with pytest.raises(ValueError, match="nothing was put in"):
            run.get()
        with pytest.raises(StageFailed, match="this part reads x, late"):
            run(batches[0][0])


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (["frist"], "no layer of net: stem, first"),
        (["linear"], "the last layer"),
        (["second", "first"], "does not come behind `second`"),
        (["first", "first"], "does not come behind `first`"),
    ],
)
def test_cuts_that_cannot_be_are_told(after: list[str], why: str) -> None:
    with pytest.raises(CannotSplit, match=why):
        aw.split(aw.build(skips()), after)


def test_a_part_tells_what_it_reads() -> None:
    first, second = aw.split(aw.build(skips()), ["stem"])
    assert repr(first) == "Part(stem: x 4x8x8, late 6x1x1 -> late 6x1x1, stem 6x8x8)"
    assert second.labels == ("first", "second", "skip", "scale", "global_pool", "linear")
    with pytest.raises(ValueError, match="this part reads late, stem: 1 were given"):
        second(torch.zeros(1, 6, 8, 8))
