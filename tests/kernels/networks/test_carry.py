"""Weights carried over: slices equal masks on the large network, grown ones equal the small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archwright as aw

torch = pytest.importorskip("torch")

from archwright.kernels.networks.build import BuiltNetwork  # noqa: E402
from archwright.kernels.networks.channels import CannotCarry, keys  # noqa: E402

GALLERY = Path(__file__).parents[3] / "gallery"


def chosen(path: str, choices: dict[str, object], **parameters: object) -> aw.Architecture:
    answer = aw.load(GALLERY / f"{path}.arch").bind(**parameters).solve(choices)
    assert answer.architecture is not None
    return answer.architecture


def text(body: str, **sizes: int) -> aw.Architecture:
    """A network of parameters, each with the value given."""
    parameters = "\n".join(f"param {name}: 0 .. 4096 = {value}" for name, value in sizes.items())
    found = aw.loads(f"arch 1\nimport std.nn as nn\n{parameters}\n{body}").bind().solve()
    assert found.architecture is not None
    return found.architecture


def lively(module: BuiltNetwork) -> BuiltNetwork:
    """In double precision, with statistics and weights that a trained network could have."""
    generator = torch.Generator().manual_seed(1)
    module.double().eval()
    for name, x in module.state_dict().items():
        if x.is_floating_point():
            x.copy_(torch.rand(x.shape, generator=generator, dtype=x.dtype) * 0.6 - 0.3)
            if name.endswith(("running_var", "norm.weight")):
                x.abs_().add_(0.5)
    return module


def inputs(module: BuiltNetwork) -> tuple[Any, ...]:
    made = module.example_inputs(2, seed=3)
    return tuple(x.double() if x.is_floating_point() else x for x in made)


def close(a: Any, b: Any) -> bool:
    return bool((a - b).abs().max() <= 1e-7 * b.abs().max().clamp(min=1e-3))


@torch.no_grad()
def masked_mobile(large: BuiltNetwork, small: BuiltNetwork) -> Any:
    """The large network with kernels, channels and blocks zeroed that the small one lacks."""
    kept = dict(small.named_parameters())
    state = {name: x.clone() for name, x in large.state_dict().items()}
    blocks = {name.split(".")[1] for name in kept if name.startswith("block.")}
    for name, x in state.items():
        parts = name.split(".")
        if parts[0] != "block":
            continue
        if parts[1] not in blocks:  # its shortcut alone is left
            if name.endswith(("project.norm.weight", "project.norm.bias")):
                x.zero_()
            continue
        if name.endswith("conv.weight"):
            part = kept[name]
            edge = (x.shape[-1] - part.shape[-1]) // 2
            keep = torch.zeros_like(x)
            rows = x.shape[0] if "widen" in name or "depthwise" in name else part.shape[0]
            middle = slice(edge, x.shape[-1] - edge)
            keep[:rows, : part.shape[1], middle, middle] = 1
            x.mul_(keep)
    return torch.func.functional_call(large, state, inputs(large))


@pytest.mark.parametrize(
    "choices",
    [
        {"k": 3, "e": 3, "depth": 2},
        {"k": 5, "e": 4, "depth": 3},
        {"depth[1]": 4, "depth[2]": 2, "depth[3]": 3, "depth[4]": 4, "depth[5]": 2, "e": 6, "k": 3},
    ],
)
def test_a_slice_of_once_for_all_is_the_large_network_under_masks(
    choices: dict[str, object],
) -> None:
    sizes = {"res": 128}
    large = lively(aw.build(chosen("once_for_all/space", {**sizes, "depth": 4, "k": 7, "e": 6})))
    small = aw.slice(large, chosen("once_for_all/space", {**sizes, **choices}))
    with torch.no_grad():
        assert close(small(*inputs(small)), masked_mobile(large, small))
    assert small.parameter_count() < large.parameter_count()
    assert not small.training


def test_a_slice_by_magnitude_keeps_what_is_read_most() -> None:
    body = """network net(x: tensor[3, 8, 8]) {
      x = nn.conv(x, out = 4, k = 3) as stem
      x = nn.mbconv(x, out = 4, k = 3, mid = mid) as block
      return x
    }"""
    large = lively(aw.build(text(body, mid=12)))
    score = large.get_parameter("block.project.conv.weight").abs().sum((0, 2, 3))
    first = score.argsort(descending=True)[:6]
    small = aw.slice(large, text(body, mid=6), order="magnitude")
    for name in ("block.widen.conv.weight", "block.depthwise.conv.weight"):
        assert torch.equal(small.get_parameter(name), large.get_parameter(name)[first])
    state = {n: x.clone() for n, x in large.state_dict().items()}
    mask = torch.zeros(12, dtype=torch.float64)
    mask[first] = 1
    state["block.project.conv.weight"] *= mask[:, None, None]
    with torch.no_grad():
        expected = torch.func.functional_call(large, state, inputs(large))
        assert close(small(*inputs(small)), expected)
    named = aw.slice(
        large,
        text(body, mid=6),
        order={k: score.argsort(descending=True).tolist() for k in ("block.widen",)},
    )
    with torch.no_grad():
        assert close(named(*inputs(named)), expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "large", "small"),
    [
        (
            "once_for_all/resnet50",
            {"stem_extra": 2, "extra": 2, "expand": 0.35, "width": 1},
            {"stem_extra": 0, "extra": 1, "expand": 0.25, "width": 0.65},
        ),
        ("nats_bench/size", {"channels": 64}, {"channels": 24}),
    ],
)
def test_slices_of_other_spaces_take_their_weights_from_the_large_network(
    path: str, large: dict[str, object], small: dict[str, object]
) -> None:
    whole = lively(aw.build(chosen(path, large)))
    part = chosen(path, small)
    found = aw.slice(whole, part)
    former = dict(zip(keys(whole.network), whole.layers.values(), strict=True))
    for key, module in zip(keys(found.network), found.layers.values(), strict=True):
        state = former[key].state_dict()
        for name, x in module.state_dict().items():
            corner = tuple(slice(0, n) for n in x.shape)
            assert torch.equal(x, state[name][corner]), (key, name)
    with torch.no_grad():
        assert torch.isfinite(found(*inputs(found))).all()


SLICED = {
    "vision transformer": (
        """network net(x: tensor[3, 8, 8]) {
          x = nn.position(nn.class_token(nn.patch_embed(x, patch = 4, width = 12)))
          for b in 1 .. 3 when b <= depth {
            x = nn.transformer(x, heads = heads, kv_heads = heads / 2, head = 4,
                               hidden = hidden) as block[b]
          }
          return nn.linear(nn.read_out(nn.norm(x)), out = 5)
        }""",
        {"heads": 6, "hidden": 17, "depth": 3},
        {"heads": 2, "hidden": 9, "depth": 2},
    ),
    "recurrent stack": (
        """network net(x: tensor[6]) {
          x = nn.embedding(x, vocabulary = 11, width = width)
          x = nn.recurrent(x, hidden = hidden, cell = nn.lstm, biases = 2)
          x = nn.recurrent(x, hidden = hidden, cell = nn.gru, biases = 2)
          for b in 1 .. 3 when b <= depth {
            y = nn.recurrent(x, hidden = 2 * hidden, cell = nn.slstm) as deep[b]
            y = nn.project(y, out = hidden)                           as back[b]
            x = sum(x, y)
          }
          return nn.project(x, out = 3)
        }""",
        {"width": 8, "hidden": 10, "depth": 3},
        {"width": 5, "hidden": 6, "depth": 1},
    ),
}
READ = ("weight_ih", "weight_hh", "linear.weight", "project_out.weight")
LAST = ("back", "narrow", "project_out")  # parts of a block that write into the sum around it


@pytest.mark.parametrize("kind", SLICED)
def test_a_slice_is_the_large_network_without_what_it_lacks(kind: str) -> None:
    body, before, after = SLICED[kind]
    large = lively(aw.build(text(body, **before)))
    small = aw.slice(large, text(body, **after))
    kept = dict(small.named_parameters())
    state = {name: x.clone() for name, x in large.state_dict().items()}
    for name, x in state.items():
        if name in kept and name.endswith(READ):
            x[..., kept[name].shape[-1] :] = 0
        elif name not in kept and any(part in name for part in LAST):
            x.zero_()
    with torch.no_grad():
        expected = torch.func.functional_call(large, state, inputs(large))
        assert not close(large(*inputs(large)), expected)
        assert close(small(*inputs(small)), expected)
    assert small.parameter_count() < large.parameter_count()


GROWING = {
    "conv": (
        """network net(x: tensor[3, 8, 8]) {
          x = nn.conv(x, out = width, k = k, act = nn.relu) as stem
          x = nn.mbconv(x, out = width, k = k, mid = mid, se = true, act = nn.hswish) as first
          y = nn.conv(x, out = mid, act = nn.relu)
          x = nn.concat(x, y)
          x = nn.conv(x, out = 6, k = 3, stride = 2)
          return nn.linear(nn.global_pool(x), out = 5)
        }""",
        {"width": 4, "mid": 8, "k": 3},
        {"width": 7, "mid": 13, "k": 5},
    ),
    "flattened": (
        """network net(x: tensor[3, 8, 8]) {
          x = nn.conv(x, out = width, k = 3, padded = false, act = nn.relu)
          x = nn.conv(x, out = width, k = 2, stride = 2, padded = false)
          return nn.linear(nn.flatten(x), out = 5)
        }""",
        {"width": 4},
        {"width": 7},
    ),
    "tokens": (
        """network net(x: tensor[3, 8, 8]) {
          x = nn.patch_embed(x, patch = 4, width = width)
          x = nn.position(nn.class_token(x))
          x = nn.transformer(x, heads = heads, kv_heads = 2, head = 4, hidden = hidden)
          x = nn.transformer(x, heads = heads, kv_heads = 2, head = 4, hidden = hidden,
                             gated = true, kind = nn.rms, rotary = true)
          return nn.linear(nn.read_out(nn.norm(x)), out = 5)
        }""",
        {"width": 12, "heads": 2, "hidden": 10},
        {"width": 24, "heads": 6, "hidden": 17},
    ),
    "recurrent": (
        """network net(x: tensor[6]) {
          x = nn.embedding(x, vocabulary = 11, width = width)
          x = nn.recurrent(x, hidden = hidden, cell = nn.lstm, heads = 2, biases = 2)
          x = nn.recurrent(x, hidden = hidden, cell = nn.gru)
          x = nn.recurrent(x, hidden = hidden, cell = nn.lstm, projection = width)
          x = nn.recurrent(x, hidden = hidden, cell = nn.slstm, heads = 2)
          return nn.project(x, out = 3)
        }""",
        {"width": 4, "hidden": 6},
        {"width": 5, "hidden": 10},
    ),
    "experts": (
        """network net(x: tensor[6, 8]) {
          x = nn.project(x, out = width)
          x = nn.mixture(x, hidden = hidden, experts = 4, active = 2, shared = 1,
                         selection_bias = true)
          x = nn.latent_attention(x, heads = heads, q_rank = 5, kv_rank = 4, nope = 6, rope = 2)
          return nn.project(x, out = 3)
        }""",
        {"width": 8, "hidden": 5, "heads": 2},
        {"width": 11, "hidden": 9, "heads": 3},
    ),
    "depth": (
        """network net(x: tensor[3, 8, 8]) {
          x = nn.conv(x, out = 4, k = 3, act = nn.relu) as stem
          for b in 1 .. 3 when b <= depth {
            x = nn.mbconv(x, out = 4, k = 3, expand = 3, se = true) as block[b]
          }
          x = nn.conv(x, out = 4, k = 3, act = nn.relu) as behind
          for b in 1 .. 3 when b <= depth {
            x = nn.conv(x, out = 4, k = 3, act = nn.relu) as plain[b]
          }
          x = nn.tokens(x)
          for b in 1 .. 3 when b <= depth { x = nn.transformer(x, heads = 2) as late[b] }
          return nn.linear(nn.read_out(x, token = nn.average), out = 5)
        }""",
        {"depth": 1},
        {"depth": 3},
    ),
}


@pytest.mark.parametrize("kind", GROWING)
def test_growing_keeps_outputs_and_a_slice_takes_them_back(kind: str) -> None:
    body, before, after = GROWING[kind]
    small = lively(aw.build(text(body, **before)))
    large = aw.grow(small, text(body, **after))
    with torch.no_grad():
        expected = small(*inputs(small))
        assert close(large(*inputs(large)), expected)
    assert large.parameter_count() > small.parameter_count()
    assert next(large.parameters()).dtype == torch.float64
    same = aw.slice(large, text(body, **after))
    with torch.no_grad():
        assert torch.equal(same(*inputs(same)), large(*inputs(large)))


def test_growing_once_for_all_keeps_outputs() -> None:
    sizes = {"res": 128}
    small = lively(aw.build(chosen("once_for_all/space", {**sizes, "depth": 2, "k": 3, "e": 3})))
    large = aw.grow(small, chosen("once_for_all/space", {**sizes, "depth": 4, "k": 7, "e": 6}))
    with torch.no_grad():
        assert close(large(*inputs(large)), small(*inputs(small)))


REFUSED = [
    ("conv(x, out = {})", 8, 4, "grow", "would shrink to 4"),
    ("conv(x, out = {})", 4, 8, "slice", "would grow to 8"),
    ("conv(x, out = 4, k = {})", 3, 5, "slice", "would grow to 5"),
    ("conv(x, out = 4, k = {})", 4, 3, "slice", "no middle in common"),
    ("conv(x, out = 4, k = {}, padded = false)", 5, 3, "slice", "another kernel gives"),
    ("conv(x, out = 4, stride = {})", 1, 2, "grow", "stride 2 and had 1"),
    ("norm(nn.project(nn.tokens(x), out = {}))", 4, 6, "grow", "repeated equally often"),
    ("linear(nn.global_pool(x), out = {})", 4, 6, "grow", "outputs, which would change"),
    ("attention(nn.tokens(x), heads = {})", 1, 3, "slice", "heads of 1, not 3"),
    (
        "router(nn.tokens(x), experts = {}, active = 1)",
        *(2, 3, "grow", "more experts"),
    ),
    ("position(nn.tokens(nn.pool(x, k = 2, stride = {})))", 1, 2, "slice", "places"),
]


@pytest.mark.parametrize(("call", "before", "after", "way", "why"), REFUSED)
def test_what_cannot_be_carried_is_told(
    call: str, before: int, after: int, way: str, why: str
) -> None:
    def of(size: int) -> aw.Architecture:
        return text(f"network net(x: tensor[3, 8, 8]) {{ return nn.{call.format(size)} }}")

    module = aw.build(of(before))
    with pytest.raises(CannotCarry, match=why):
        (aw.grow if way == "grow" else aw.slice)(module, of(after))


def test_layers_without_counterpart_are_told() -> None:
    body = """network net(x: tensor[3, 8, 8]) {
      for b in 1 .. 3 when b <= depth { x = nn.conv(x, out = 5, k = 3, stride = 2) as layer[b] }
      return x
    }"""
    short, long = (aw.build(text(body, depth=depth)) for depth in (1, 2))
    with pytest.raises(CannotCarry, match=r"`layer\[2\]` has no counterpart"):
        aw.slice(short, text(body, depth=2))
    with pytest.raises(CannotCarry, match=r"`layer\[2\]` would be left out"):
        aw.grow(long, text(body, depth=1))
    with pytest.raises(CannotCarry, match="changes sizes"):
        aw.grow(short, text(body, depth=2))
