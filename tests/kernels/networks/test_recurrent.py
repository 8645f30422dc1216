"""Recurrent layers as built: torch's own cells in one head, block-diagonal ones in several."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

import pytest

import archwright as aw

from .layers import cost, layer, network

torch = pytest.importorskip("torch")
nn = torch.nn
Tensor: TypeAlias = Any

STEPS, INPUTS, HIDDEN = 7, 5, 6
TORCH = {"elman": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}

# Inputs, units, projection and the parameters that torch's layers have with them.
CHECKS = [
    *[
        ("lstm", i, h, 0, n)
        for i, h, n in ((128, 256, 395264), (768, 768, 4724736), (64, 64, 33280))
    ],
    *[
        ("gru", i, h, 0, n)
        for i, h, n in ((128, 256, 296448), (768, 768, 3543552), (64, 64, 24960))
    ],
    *[
        ("elman", i, h, 0, n)
        for i, h, n in ((128, 256, 98816), (768, 768, 1181184), (64, 64, 8320))
    ],
    ("lstm", 128, 256, 128, 296960),
    ("lstm", 768, 768, 384, 3840000),
    ("lstm", 64, 64, 32, 27136),
]


@pytest.mark.parametrize(("cell", "inputs", "hidden", "projection", "expected"), CHECKS)
def test_parameters_of_published_sizes(
    cell: str, inputs: int, hidden: int, projection: int, expected: int
) -> None:
    call = (
        f"recurrent(x, hidden = {hidden}, cell = nn.{cell}, biases = 2, projection = {projection})"
    )
    found = network(f"1, {inputs}", call)
    (leaf,) = found.networks["net"].leaves
    assert leaf.costs["params"] == expected
    gates = {"elman": 1, "gru": 3, "lstm": 4}[cell]
    fed = projection or hidden
    assert leaf.costs["macs"] == gates * hidden * (inputs + fed) + projection * hidden
    peer = TORCH[cell](inputs, hidden, **({"proj_size": projection} if projection else {}))
    assert sum(p.numel() for p in peer.parameters()) == expected


@pytest.mark.parametrize("heads", [1, 2, 12])
def test_an_slstm_has_one_dense_block_a_head_and_gate(heads: int) -> None:
    inputs, hidden = 96, 48
    call = f"recurrent(x, hidden = {hidden}, cell = nn.slstm, heads = {heads})"
    (leaf,) = network(f"3, {inputs}", call).networks["net"].leaves
    recurrent = Fraction(4 * hidden * hidden, heads)
    assert leaf.costs["params"] == recurrent + 4 * inputs * hidden + 4 * hidden
    assert leaf.costs["macs"] == 3 * (recurrent + 4 * inputs * hidden)


def example() -> Tensor:
    return torch.randn(3, STEPS, INPUTS, generator=torch.Generator().manual_seed(5)).double()


def only(module: Any) -> Any:
    (found,) = module.layers.values()
    return found


def dense(ours: Any) -> Tensor:
    """The recurrent weights of all heads as one matrix with blocks, [gates * hidden, hidden]."""
    heads, rows, fed = ours.weight_hh.shape
    gates = rows // fed
    matrix = torch.zeros(gates, heads, fed, heads, fed, dtype=torch.float64)
    for head in range(heads):
        matrix[:, head, :, head] = ours.weight_hh[head].view(gates, fed, fed)
    return matrix.view(gates * heads * fed, heads * fed)


@pytest.mark.parametrize("biases", [0, 1, 2])
@pytest.mark.parametrize("heads", [1, 3])
@pytest.mark.parametrize("cell", TORCH)
def test_cells_of_torch(cell: str, heads: int, biases: int) -> None:
    call = f"recurrent(x, hidden = {HIDDEN}, cell = nn.{cell}, heads = {heads}, biases = {biases})"
    module, leaves = layer(f"{STEPS}, {INPUTS}", call)
    ours = only(module)
    peer = TORCH[cell](INPUTS, HIDDEN, batch_first=True).double()
    with torch.no_grad():
        peer.weight_ih_l0.copy_(ours.weight_ih)
        peer.weight_hh_l0.copy_(dense(ours))
        for theirs, bias in ((peer.bias_ih_l0, ours.bias_ih), (peer.bias_hh_l0, ours.bias_hh)):
            theirs.copy_(torch.zeros_like(theirs) if bias is None else bias)
        torch.testing.assert_close(module(example()), peer(example())[0])
    assert module.parameter_count() == cost(leaves, "params")


def test_a_projected_lstm() -> None:
    call = f"recurrent(x, hidden = {HIDDEN}, cell = nn.lstm, projection = 4, biases = 2)"
    module, _ = layer(f"{STEPS}, {INPUTS}", call)
    ours = only(module)
    peer = nn.LSTM(INPUTS, HIDDEN, proj_size=4, batch_first=True).double()
    with torch.no_grad():
        peer.weight_ih_l0.copy_(ours.weight_ih)
        peer.weight_hh_l0.copy_(ours.weight_hh[0])
        peer.weight_hr_l0.copy_(ours.weight_hr)
        peer.bias_ih_l0.copy_(ours.bias_ih)
        peer.bias_hh_l0.copy_(ours.bias_hh)
        torch.testing.assert_close(module(example()), peer(example())[0])


@pytest.mark.parametrize("heads", [1, 2])
def test_an_slstm_equals_the_same_without_stabiliser(heads: int) -> None:
    call = f"recurrent(x, hidden = {HIDDEN}, cell = nn.slstm, heads = {heads})"
    module, _ = layer(f"{STEPS}, {INPUTS}", call)
    ours = only(module)
    x = example()
    with torch.no_grad():
        weights = dense(ours)
        h = c = n = torch.zeros(len(x), HIDDEN, dtype=torch.float64)
        expected = []
        for t in range(STEPS):
            gates = x[:, t] @ ours.weight_ih.T + ours.bias_ih + h @ weights.T
            i, f, z, o = gates.chunk(4, dim=1)
            c = f.sigmoid() * c + i.exp() * z.tanh()
            n = f.sigmoid() * n + i.exp()
            h = o.sigmoid() * c / n
            expected.append(h)
        torch.testing.assert_close(module(x), torch.stack(expected, dim=1))


def test_an_slstm_stays_finite_where_exponentials_do_not() -> None:
    call = f"recurrent(x, hidden = {HIDDEN}, cell = nn.slstm)"
    module, _ = layer(f"{STEPS}, {INPUTS}", call)
    for scale in (1e4, -1e4):
        out = module.float()(scale * example().float())
        assert torch.isfinite(out).all()
        out.sum().backward()
        assert all(torch.isfinite(p.grad).all() for p in module.parameters())


@pytest.mark.parametrize("arguments", ["cell = nn.gru", "cell = nn.lstm, heads = 2"])
def test_only_an_lstm_in_one_head_is_projected(arguments: str) -> None:
    text = f"""arch 1
import std.nn as nn
network net(x: tensor[2, 3]) {{
  return nn.recurrent(x, hidden = 4, {arguments}, projection = 2)
}}
expect unsat by recurrent.projected
"""
    report = aw.loads(text).test()
    assert not report.failed, repr(report)
