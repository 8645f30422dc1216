"""A run in place gives torch's result, and holds what the schedule of the spec says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archwright as aw

torch = pytest.importorskip("torch")

from archwright.kernels.measure import small_run  # noqa: E402
from archwright.kernels.measure.memory import peaks  # noqa: E402
from archwright.kernels.measure.torch_peak import peak  # noqa: E402

NETWORKS = {
    "bottlenecks": """
        x = nn.conv(x, out = 8, k = 3, stride = 2, act = nn.relu6)
        x = nn.mbconv(x, out = 8, k = 5, expand = 3, act = nn.relu6)
        x = nn.mbconv(x, out = 12, k = 3, expand = 4, stride = 2, act = nn.relu6)
        return nn.linear(nn.global_pool(x), out = 5)
    """,
    "a branch that is held for long": """
        y = nn.conv(x, out = 6, k = 2, bias = true, norm = false)
        z = nn.conv(y, out = 6, k = 3, groups = 3, act = nn.relu)
        z = nn.conv(z, out = 6, k = 3, groups = 6, dilation = 2)
        w = nn.add(y, z, act = nn.relu)
        return nn.add(y, w, z)
    """,
    "a depthwise layer whose input is read again": """
        y = nn.conv(x, out = 3, k = 3, groups = 3)
        return nn.activate(nn.add(y, x), act = nn.relu)
    """,
}
SPREAD = 4096  # bytes that Python itself takes for the names and shapes of arrays


def built(body: str):  # type: ignore[no-untyped-def]
    text = f"arch 1\nimport std.nn as nn\nnetwork net(x: tensor[3, 15, 14]) {{ {body} }}"
    architecture = aw.loads(text).bind().solve().architecture
    assert architecture is not None
    torch.manual_seed(0)
    module = aw.build(architecture, bits="float").eval()
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(layer.running_mean, std=0.1)
            torch.nn.init.uniform_(layer.running_var, 0.5, 1.5)
    return architecture.networks["net"], module


@pytest.mark.parametrize("body", NETWORKS.values(), ids=NETWORKS)
def test_the_trace_is_the_schedule_and_the_result_is_torchs(body: str) -> None:
    network, module = built(body)
    x = module.example_inputs()[0]
    found = small_run.run(network, small_run.weights_of(module), x[0].numpy())
    with torch.no_grad():
        expected = module(x).reshape(-1).numpy()
    np.testing.assert_allclose(found.output, expected, rtol=1e-5, atol=1e-5)
    for traced, modelled in zip(found.bytes, found.modelled, strict=True):
        assert modelled <= traced <= modelled + SPREAD


def test_eight_bits_take_a_quarter() -> None:
    network, module = built(NETWORKS["bottlenecks"])
    x = module.example_inputs()[0]
    weights = small_run.weights_of(module)
    steps = small_run.steps_of(network, weights, x[0].numpy())
    found = small_run.run(network, weights, x[0].numpy(), steps)
    live = max(int(leaf.costs["live"]) for leaf in network.leaves)
    assert found.modelled_peak == live and live <= found.peak <= live + SPREAD
    with torch.no_grad():
        expected = module(x).reshape(-1).numpy()
    off = found.output * steps[network.output] - expected
    assert np.abs(off).max() < 0.1 * np.abs(expected).max()


def test_other_layers_are_refused() -> None:
    network, module = built("return nn.pool(x, k = 3)")
    with pytest.raises(small_run.Unsupported, match="`pool` of `pool`"):
        small_run.run(network, {}, module.example_inputs()[0][0].numpy())
    network, module = built("return nn.conv(x, out = 4, act = nn.silu)")
    with pytest.raises(small_run.Unsupported, match="`conv`"):
        small_run.run(network, small_run.weights_of(module), np.zeros((3, 15, 14)))


def test_torch_holds_at_least_what_a_layer_writes() -> None:
    network, module = built("return nn.activate(x, act = nn.sigmoid)")
    x = module.example_inputs()[0]
    assert peak(module, [x]) == 4 * 3 * 15 * 14  # its input was there before
    network, module = built(NETWORKS["bottlenecks"])
    model = 4 * max(int(leaf.costs["live"]) for leaf in network.leaves)
    assert 0.5 * model <= peak(module, module.example_inputs()) <= 4 * model


def test_the_network_of_mcunet_holds_what_its_spec_says() -> None:
    spec = Path(__file__).parents[3] / "gallery" / "mcunet" / "net_320kb.arch"
    architecture = aw.load(spec).bind().solve().architecture
    assert architecture is not None
    found = peaks(architecture.networks["mcunet"])
    assert found.elements == 242 * 1024
    assert 0 <= found.in_place_8_bit - found.elements <= SPREAD
    assert 0 <= found.in_place - 4 * found.elements <= SPREAD
    assert "247808 live elements" in str(found)
