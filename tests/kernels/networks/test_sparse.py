"""A block of CRATE as built, against its equations written out token by token and head by head."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import archwright as aw

from .layers import cost, layer

torch = pytest.importorskip("torch")
Tensor: TypeAlias = Any

TOKENS, WIDTH = 5, 12
SIZES = Path(__file__).parents[3] / "gallery" / "crate" / "sizes.arch"


def example() -> Tensor:
    return torch.randn(2, TOKENS, WIDTH, generator=torch.Generator().manual_seed(3)).double()


def only(module: Any) -> Any:
    (found,) = module.layers.values()
    return found


def subspace(ours: Any, sequence: Tensor, heads: int) -> Tensor:
    """Each head by itself: its tokens in its subspace, mixed by how alike they are there."""
    outs = []
    for weight in ours.project_in.weight.chunk(heads):
        inside = [weight @ token for token in sequence]
        rows = []
        for mine in inside:
            scores = [math.exp(float(mine @ other) / math.sqrt(len(mine))) for other in inside]
            rows.append(
                sum(s / sum(scores) * other for s, other in zip(scores, inside, strict=True))
            )
        outs.append(torch.stack(rows))
    return torch.cat(outs, dim=1) @ ours.project_out.weight.T + ours.project_out.bias


def shrunk(ours: Any, sequence: Tensor, step: float, threshold: float) -> Tensor:
    """A step of descent on |x - W z|^2 / 2 from z = x, by autograd, then the threshold."""
    rows = []
    for token in sequence:
        z = token.clone().requires_grad_()
        with torch.enable_grad():
            loss = (token - ours.weight.detach() @ z).square().sum() / 2
            (gradient,) = torch.autograd.grad(loss, z)
        rows.append((token - step * gradient - step * threshold).clamp(min=0))
    return torch.stack(rows)


def test_subspace_attention() -> None:
    module, _ = layer(f"{TOKENS}, {WIDTH}", "subspace_attention(x, heads = 3)")
    x = example()
    with torch.no_grad():
        expected = torch.stack([subspace(only(module), sequence, 3) for sequence in x])
        torch.testing.assert_close(module(x), expected)


def test_ista_is_a_step_of_gradient_descent_and_a_threshold() -> None:
    module, _ = layer(f"{TOKENS}, {WIDTH}", "ista(x, step = 0.2, threshold = 0.3)")
    x = example()
    with torch.no_grad():
        expected = torch.stack([shrunk(only(module), sequence, 0.2, 0.3) for sequence in x])
        found = module(x)
        torch.testing.assert_close(found, expected)
    assert 0.2 < float((found == 0).double().mean()) < 0.8


def test_a_block() -> None:
    module, leaves = layer(f"{TOKENS}, {WIDTH}", "crate(x, heads = 2)")
    assert [leaf.op for leaf in leaves] == [
        *("norm", "subspace_attention", "add_tokens"),
        *("norm", "ista"),
    ]
    first, attention, _, second, ista = module.layers.values()
    x = example()
    with torch.no_grad():
        expected = []
        for sequence in x:
            nearer = sequence + subspace(attention, first(sequence), 2)
            expected.append(shrunk(ista, second(nearer), 0.1, 0.1))
        torch.testing.assert_close(module(x), torch.stack(expected))


def test_patches_hold_pixels_row_by_row() -> None:
    module, _ = layer("3, 4, 6", "patches(x, patch = 2)")
    x = torch.arange(72.0).double().reshape(1, 3, 4, 6)
    tokens = module(x)[0]
    assert tokens.shape == (6, 12)
    for row in range(4):
        for column in range(6):
            at = (row % 2 * 2 + column % 2) * 3
            token = tokens[row // 2 * 3 + column // 2]
            assert token[at : at + 3].tolist() == x[0, :, row, column].tolist()


def test_a_threshold_of_more_makes_more_zeros() -> None:
    shares = []
    for threshold in ("0", "1", "10"):
        module, _ = layer(f"{TOKENS}, {WIDTH}", f"ista(x, threshold = {threshold})")
        torch.manual_seed(0)
        torch.nn.init.kaiming_uniform_(only(module).weight)
        shares.append(float((module(example()) == 0).double().mean()))
    assert shares[0] < shares[1] < shares[2]


@pytest.mark.parametrize("size", ["tiny", "small", "base", "large"])
def test_the_published_sizes_as_built(size: str) -> None:
    network = aw.load(SIZES).bind(size=size).solve().architecture
    module = aw.build(network, device="meta")
    expected = {"tiny": 6.09, "small": 13.12, "base": 22.80, "large": 77.64}
    assert round(module.parameter_count() / 1e6, 2) == expected[size]
    assert module.mac_count() == cost(network.networks["crate"].leaves, "macs", "pair_macs")


def test_a_network_sliced_and_grown() -> None:
    text = """arch 1
import std.nn as nn
param heads: {1, 2, 4} = 2
param width: {8, 16}   = 8
network net(x: tensor[3, 4, 4]) {
  x = nn.patches(x, patch = 2)
  x = nn.project(x, out = width)
  x = nn.crate(x, heads = heads, head = 4)
  return nn.linear(nn.read_out(x), out = 5)
}
"""
    spec = aw.loads(text)

    def made(**values: int) -> Any:
        return spec.bind(**values).solve().architecture

    small, large = made(heads=2, width=8), made(heads=4, width=16)
    module = aw.build(small).eval()
    x = module.example_inputs(batch=2)
    with torch.no_grad():
        torch.testing.assert_close(aw.grow(module, large).eval()(*x), module(*x))
        back = aw.slice(aw.grow(module, large), small)
        assert back.eval()(*x).shape == (2, 5, 1, 1)
