"""Layers of few bits: what they round, what flows back, and the same layers in true integers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archwright as aw

from .layers import network

torch = pytest.importorskip("torch")

from archwright.kernels.networks.build import BuiltNetwork  # noqa: E402
from archwright.kernels.networks.channels import CannotCarry  # noqa: E402
from archwright.kernels.networks.fake_quantised import rounded  # noqa: E402
from archwright.kernels.networks.formats import UnknownFormat, write_weights  # noqa: E402
from archwright.kernels.networks.int8 import NoInt8  # noqa: E402


def built(call: str, shape: str = "4, 6, 6", **options: Any) -> BuiltNetwork:
    return aw.build(network(shape, call), **options).eval()


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 8])
def test_numbers_are_rounded_to_even_steps(bits: int) -> None:
    x = torch.linspace(-2, 2, 4001, dtype=torch.float64, requires_grad=True)
    reach = torch.tensor(1.0, dtype=torch.float64)
    out = rounded(x, reach, bits)
    most = max(2 ** (bits - 1) - 1, 1)
    told = (out * most).detach()
    assert len(told.round().unique()) == 2 * most + 1
    assert torch.allclose(told.round(), told, atol=1e-9)
    assert (out - x.clamp(-1, 1)).abs().max() <= 0.5 / most + 1e-12
    (gradient,) = torch.autograd.grad(out.sum(), x)
    inside = x.detach().abs() < 0.999
    assert (gradient[inside] == 1).all()
    assert (gradient[x.detach().abs() > 1.001] == 0).all()


def test_layers_have_the_bits_of_the_spec() -> None:
    few = built("conv(x, out = 5, k = 3, weight_bits = 3, act_bits = 4)")
    x = few.example_inputs(2)[0]
    weight = few.get_parameter("conv.layer.conv.weight")
    steps = weight.detach() / weight.detach().abs().amax((1, 2, 3), keepdim=True) * 3
    plain = built("conv(x, out = 5, k = 3)")
    state = {n.replace(".layer.", "."): v.clone() for n, v in few.state_dict().items()}
    state.pop("conv.reach")
    state["conv.conv.weight"] = (
        steps.round() / 3 * weight.detach().abs().amax((1, 2, 3), keepdim=True)
    )
    plain.load_state_dict(state)
    top = x.abs().max() / 7
    with torch.no_grad():
        assert torch.allclose(few(x), plain((x / top).round() * top), atol=1e-5)
    floats = built("conv(x, out = 5, k = 3, weight_bits = 3, act_bits = 4)", bits="float")
    assert "conv.conv.weight" in floats.state_dict()
    wide = built("conv(x, out = 5, k = 3, weight_bits = 16, act_bits = 16)")
    assert "conv.conv.weight" in wide.state_dict()


def test_the_reach_of_inputs_is_learned_in_training_and_gradients_flow() -> None:
    module = built("conv(x, out = 5, k = 3, weight_bits = 4, act_bits = 4)").train()
    x = module.example_inputs(2)[0].requires_grad_()
    module(x).square().mean().backward()
    assert x.grad is not None and x.grad.abs().sum() > 0
    assert module.get_parameter("conv.layer.conv.weight").grad.abs().sum() > 0
    assert float(module.state_dict()["conv.reach"]) == pytest.approx(float(x.detach().abs().max()))


@pytest.mark.parametrize(
    "call",
    [
        "project(nn.tokens(x), out = 5, W)",
        "attention(nn.tokens(x), heads = 2, W)",
        "recurrent(nn.tokens(x), hidden = 6, cell = nn.lstm, W)",
        "mixture(nn.tokens(x), hidden = 3, experts = 4, active = 2, W)",
        "linear(nn.global_pool(x), out = 5, W)",
    ],
)
def test_every_layer_with_weights_can_have_few_bits(call: str) -> None:
    module = built(call.replace("W", "weight_bits = 4, act_bits = 8"))
    exact = built(call.replace("W", "weight_bits = 32, act_bits = 32"))
    exact.load_state_dict(
        {n.replace(".layer.", "."): x for n, x in module.state_dict().items() if "reach" not in n}
    )
    (x,) = module.example_inputs(2)
    with torch.no_grad():
        few, many = module(x), exact(x)
    assert not torch.equal(few, many)
    assert (few - many).norm() < 0.6 * many.norm()


INTEGER = [
    ("4, 6, 6", "mbconv(x, out = 4, k = 3, expand = 6, act = nn.relu6)"),
    ("4, 6, 6", "mbconv(x, out = 4, k = 5, expand = 6, act = nn.hswish, se = true)"),
    ("4, 6, 6", "conv(nn.pool(x, k = 2, stride = 2, kind = nn.peak), out = 7, k = 2)"),
    ("4, 6, 6", "linear(nn.global_pool(nn.conv(x, out = 9, k = 3, act = nn.relu)), out = 5)"),
    ("5, 12", "transformer(x, heads = 4)"),
]


@pytest.mark.parametrize(("shape", "call"), INTEGER)
def test_in_integers_outputs_are_near(shape: str, call: str) -> None:
    torch.manual_seed(0)
    module = built(call, shape)
    shown = [module.example_inputs(8, seed=s) for s in range(2)]
    integers = aw.int8(module, *shown)
    with torch.no_grad():
        expected, found = module(*shown[0]), integers(*shown[0])
    assert found.dtype == torch.float32 and found.shape == expected.shape
    assert (found - expected).norm() < 0.06 * expected.norm()
    kinds = {type(m).__module__ for m in integers.modules()}
    assert any("quantized" in kind for kind in kinds)


def test_what_cannot_be_in_integers_is_told() -> None:
    module = built("conv(x, out = 5)")
    with pytest.raises(NoInt8, match="one batch or more"):
        aw.int8(module)
    with pytest.raises(NoInt8, match="single precision"):
        aw.int8(module.double(), module.example_inputs())


def test_integers_are_counted_saved_and_loaded(tmp_path: Path) -> None:
    module = built("mbconv(x, out = 4, k = 3, expand = 6, act = nn.relu6)")
    shown = module.example_inputs(4)
    again = built("mbconv(x, out = 4, k = 3, expand = 6, act = nn.relu6)")
    one, other = (aw.int8(m, *shown) for m in (module, again))
    assert one.parameter_count() == module.parameter_count() > 0
    assert one.mac_count() == module.mac_count() > 0
    write_weights(one, tmp_path / "net.pt")
    other.load_state_dict(torch.load(tmp_path / "net.pt", weights_only=False))
    with torch.no_grad():
        assert torch.equal(one(*shown), other(*shown))


def test_integers_are_not_written_as_something_else(tmp_path: Path) -> None:
    module = built("conv(x, out = 5)")
    integers = aw.int8(module, *module.example_inputs(2))
    for ending in ("py", "pt2"):
        with pytest.raises(UnknownFormat, match="a network in integers has no file"):
            aw.export(integers, tmp_path / f"net.{ending}")
    with pytest.raises(CannotCarry, match="slice or grow first"):
        aw.slice(integers, network("4, 6, 6", "conv(x, out = 3)"))
    assert not list(tmp_path.iterdir())
