"""One number's arithmetic is that of the tensor that ran, for every kind of layer."""

from __future__ import annotations

import random

import pytest

torch = pytest.importorskip("torch")

import archwright as aw  # noqa: E402
from archwright.kernels.opened.activations import Activations, NoNumbers, WrongImage  # noqa: E402
from archwright.kernels.opened.arithmetic import CannotOpen, arithmetic  # noqa: E402


def opened(body: str, inputs: str = "x: tensor[6, 9, 11]", seed: int = 0) -> Activations:
    text = f"arch 1\nimport std.nn as nn\nnetwork net({inputs}) {{\n  return {body}\n}}\n"
    architecture = aw.loads(text).bind().solve().architecture
    torch.manual_seed(seed)
    net = aw.build(architecture)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # statistics as training leaves them
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
            torch.nn.init.normal_(module.weight)
            torch.nn.init.normal_(module.bias)
    return Activations(net)


def check(activations: Activations, count: int = 12) -> list[str]:
    """Every step at some places of every leaf; the names of the steps of the last leaf."""
    draw = random.Random(0)
    names: list[str] = []
    for leaf in range(len(activations.network.leaves)):
        output = activations.output(leaf)
        assert tuple(output.shape) == activations.network.leaves[leaf].shape
        corners = [tuple(0 for _ in output.shape), tuple(n - 1 for n in output.shape)]
        places = corners + [tuple(draw.randrange(n) for n in output.shape) for _ in range(count)]
        for place in places:
            steps = arithmetic(activations, leaf, place)
            names = [step.name for step in steps]
            for step in steps:
                assert step.equal, (place, step)
                summed = [w.total for w in step.windows] + [t.total for t in step.terms]
                if step.name in ("convolution", "depthwise convolution", "linear"):
                    bias = dict(step.numbers).get("bias", 0.0)
                    assert sum(summed) + step.rest_total + bias == pytest.approx(step.value)
            assert steps[-1].running == float(output[place])
    return names


ARGUMENTS = [
    *("out = 5", "out = 8, k = 3, stride = 2", "out = 6, k = 5, groups = 6, act = nn.relu"),
    *("out = 6, k = 3, groups = 2, dilation = 2", "out = 4, k = 2", "out = 4, k = 4, stride = 2"),
    *("out = 6, k = 3, groups = 3, bias = true, norm = false, act = nn.hswish", "out = 3, k = 7"),
    *("out = 12, k = 3, groups = 6, stride = 2, dilation = 2, act = nn.gelu", "out = 2, k = 11"),
    *("out = 8, k = 4, dilation = 2, act = nn.silu", "out = 3, act = nn.hsigmoid, weight_bits = 4"),
    *("out = 5, k = 4, padded = false", "out = 6, k = 3, groups = 6, stride = 2, padded = false"),
    "out = 6, k = 3, groups = 6, weight_bits = 8, act_bits = 8, act = nn.relu6",
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_convolutions(arguments: str) -> None:
    names = check(opened(f"nn.conv(x, {arguments})"))
    assert names[0] == ("depthwise convolution" if "groups = 6" in arguments else "convolution")


def test_random_convolutions() -> None:
    draw = random.Random(1)
    for seed in range(12):
        groups = draw.choice([1, 2, 3, 6])
        body = (
            f"nn.conv(x, out = {groups * draw.randint(1, 4)}, k = {draw.randint(1, 6)}, "
            f"stride = {draw.randint(1, 4)}, dilation = {draw.randint(1, 3)}, groups = {groups}, "
            f"bias = {draw.choice(['true', 'false'])}, norm = {draw.choice(['true', 'false'])})"
        )
        check(opened(body, seed=seed), 6)


@pytest.mark.parametrize("kind", ["mean", "peak"])
@pytest.mark.parametrize("size", ["k = 2", "k = 3", "k = 3, stride = 2", "k = 4, stride = 3"])
def test_pools(kind: str, size: str) -> None:
    activations = opened(f"nn.pool(x, {size}, kind = nn.{kind})")
    assert check(activations) == ["maximum" if kind == "peak" else "mean"]
    (step,) = arithmetic(activations, 0, (2, 0, 0))
    (window,) = step.windows
    if kind == "peak":
        assert window.winner is not None
        row, column = window.winner
        assert window.numbers[row][column] == step.value


@pytest.mark.parametrize(
    "body",
    [
        "nn.add(x, x, act = nn.relu)",
        "nn.concat(nn.conv(x, out = 3), x, nn.conv(x, out = 2))",
        "nn.activate(nn.batch_norm(x), act = nn.tanh)",
        "nn.shuffle(x, groups = 3)",
        "nn.crop(x, top = 2, left = 3)",
        "nn.zero(x)",
        "nn.linear(nn.flatten(nn.pool(x, k = 2, stride = 2)), out = 7)",
        "nn.squeeze_excite(x, mid = 3)",
        "nn.mbconv(x, out = 6, k = 3, expand = 2, se = true, act = nn.hswish)",
        "nn.linear(nn.global_pool(x), out = 7)",
        "nn.read_out(nn.norm(nn.position(nn.class_token(nn.tokens(x)))), token = last)",
        "nn.read_out(nn.norm(nn.tokens(x), kind = rms), token = average)",
        "nn.gated_mlp(nn.tokens(x), hidden = 9)",
        "nn.ista(nn.norm(nn.tokens(x)), step = 0.3, threshold = 0.2)",
        "nn.ista(nn.patches(nn.crop(x, top = 1, left = 3), patch = 4))",
        "nn.multiply(nn.project(nn.tokens(x), out = 6, act = nn.gelu), nn.tokens(x))",
    ],
)
def test_other_layers(body: str) -> None:
    check(opened(body.replace("token = ", "token = nn.").replace("kind = rms", "kind = nn.rms")))


def test_what_is_not_taken_apart_says_so() -> None:
    activations = opened("nn.attention(nn.tokens(x), heads = 2)")
    with pytest.raises(CannotOpen, match="mixes too much"):
        arithmetic(activations, 1, (0, 0))
    with pytest.raises(CannotOpen, match="there is no"):
        arithmetic(activations, 1, (0, 99))


def test_an_image_of_another_shape_is_refused() -> None:
    net = opened("nn.conv(x, out = 2)").net
    Activations(net, torch.zeros(6, 9, 11))
    with pytest.raises(WrongImage, match=r"reads one input of \[6, 9, 11\]; this is \[3, 9, 11\]"):
        Activations(net, torch.zeros(3, 9, 11))


def test_the_network_is_left_as_it_was() -> None:
    net = opened("nn.conv(x, out = 2)").net
    net.train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    activations = Activations(net, torch.randn(6, 9, 11))
    arithmetic(activations, 0, (0, 0, 0))
    assert net.training and all(m.training for m in net.modules())
    assert all(torch.equal(v, before[n]) for n, v in net.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())


def test_the_result_is_that_of_the_network() -> None:
    activations = opened("nn.linear(nn.global_pool(nn.conv(x, out = 4, act = nn.relu)), out = 3)")
    (image,) = activations.net.example_inputs()
    activations.net.eval()
    with torch.no_grad():
        assert torch.equal(activations.output(2), activations.net(image)[0])


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions(dtype: torch.dtype) -> None:
    net = opened("nn.conv(x, out = 4, k = 3, act = nn.relu)").net.to(dtype)
    for seed in range(3):
        torch.manual_seed(seed)
        check(Activations(net, torch.randn(6, 9, 11)))


def test_integers_are_shown_but_not_taken_apart() -> None:
    net = opened("nn.conv(nn.conv(x, out = 4, k = 3), out = 4)").net.eval()
    integers = aw.int8(net, torch.randn(8, 6, 9, 11))
    activations = Activations(integers, torch.randn(6, 9, 11))
    assert activations.output(0).is_floating_point()
    with pytest.raises(CannotOpen, match="in integers"):
        arithmetic(activations, 0, (0, 0, 0))


def test_a_network_without_numbers_is_refused() -> None:
    architecture = opened("nn.conv(x, out = 2)").network
    from archwright.kernels.networks.build import build

    with pytest.raises(NoNumbers, match="shapes only"):
        Activations(build(architecture, "meta"))
