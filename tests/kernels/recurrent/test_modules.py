"""Modules beside those of torch.nn: outputs, states and gradients, in all their conventions."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402

from archwright.kernels.cells.cell import Cell  # noqa: E402
from archwright.kernels.cells.expression import sigmoid, tanh  # noqa: E402
from archwright.kernels.recurrent import modules  # noqa: E402
from archwright.kernels.recurrent.functional import SlowPath  # noqa: E402

TOLERANCE = 1e-5
KINDS = {"LSTM": {}, "GRU": {}, "RNN": {}, "RNN relu": {"nonlinearity": "relu"}}


def pair(kind: str, *sizes: int, **options: Any) -> tuple[Any, Any]:
    """A layer of torch, and ours with its state dict."""
    torch.manual_seed(sum(sizes))
    name, options = kind.split()[0], {**KINDS[kind], **options}
    theirs = getattr(torch.nn, name)(*sizes, **options)
    ours = getattr(modules, name)(*sizes, **options)
    assert ours.load_state_dict(theirs.state_dict()) is not None
    return theirs, ours


def flat(states: Any) -> list[Any]:
    return [states] if isinstance(states, torch.Tensor) else list(states)


def agree(theirs: Any, ours: Any, x: Any, hx: Any = None) -> None:
    """Outputs, last states and all gradients are those of torch."""
    results = []
    for layer in (theirs, ours):
        leaves = [x.detach().clone().requires_grad_()]
        if hx is not None:
            leaves += [h.detach().clone().requires_grad_() for h in flat(hx)]
        given = leaves[1:]
        begin = None if hx is None else given[0] if len(given) == 1 else tuple(given)
        out, last = layer(leaves[0], begin)
        found = [out, *flat(last)]
        weights = [torch.linspace(-1, 1, t.numel()).view(t.shape) for t in found]
        wanted = [*leaves, *layer.parameters()]
        loss = sum((t * w).sum() for t, w in zip(found, weights, strict=True))
        results.append([*found, *torch.autograd.grad(loss, wanted)])
    for a, b in zip(*results, strict=True):
        assert a.shape == b.shape
        assert (a - b).abs().max().item() <= TOLERANCE * max(1.0, a.abs().max().item())


@pytest.mark.parametrize("kind", KINDS)
def test_one_layer_is_torchs(kind: str) -> None:
    theirs, ours = pair(kind, 5, 19)
    agree(theirs, ours, torch.randn(7, 3, 5))
    begin = [torch.randn(1, 3, 19) for _ in range(2 if kind == "LSTM" else 1)]
    agree(theirs, ours, torch.randn(7, 3, 5), begin if len(begin) > 1 else begin[0])


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_layers_both_ways_are_torchs(kind: str) -> None:
    theirs, ours = pair(kind, 5, 16, num_layers=2, bidirectional=True, batch_first=True)
    begin = [torch.randn(4, 3, 16) for _ in range(2 if kind == "LSTM" else 1)]
    agree(theirs, ours, torch.randn(3, 6, 5), begin if len(begin) > 1 else begin[0])


def test_without_biases() -> None:
    for kind in ("LSTM", "GRU"):
        theirs, ours = pair(kind, 4, 16, bias=False)
        agree(theirs, ours, torch.randn(5, 3, 4))


def test_a_sequence_without_a_batch() -> None:
    theirs, ours = pair("LSTM", 4, 16, batch_first=True)
    agree(theirs, ours, torch.randn(5, 4), [torch.randn(1, 16), torch.randn(1, 16)])
    theirs, ours = pair("GRU", 4, 16)
    agree(theirs, ours, torch.randn(5, 4), torch.randn(1, 16))


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_packed_sequences(kind: str, in_order: bool) -> None:
    theirs, ours = pair(kind, 4, 16, num_layers=2, bidirectional=True)
    lengths = [6, 4, 1] if in_order else [4, 6, 1]
    begin = [torch.randn(4, 3, 16) for _ in range(2 if kind == "LSTM" else 1)]
    hx: Any = tuple(begin) if len(begin) > 1 else begin[0]
    x = torch.randn(6, 3, 4)
    found = []
    for layer in (theirs, ours):
        given = x.clone().requires_grad_()
        out, last = layer(pack_padded_sequence(given, lengths, enforce_sorted=in_order), hx)
        assert out.sorted_indices is None or out.sorted_indices.tolist() == [1, 0, 2]
        padded, told = pad_packed_sequence(out)
        assert told.tolist() == lengths
        loss = padded.square().sum() + sum(s.pow(3).sum() for s in flat(last))
        found.append(
            [padded, *flat(last), *torch.autograd.grad(loss, [given, *layer.parameters()])]
        )
    for a, b in zip(*found, strict=True):
        assert (a - b).abs().max().item() <= TOLERANCE * max(1.0, a.abs().max().item())
    out, last = ours(x, hx, lengths=lengths)
    for a, b in zip(found[0], [out, *flat(last)], strict=False):
        assert float((a - b).abs().max()) <= TOLERANCE


def test_what_is_beyond_the_lengths_is_not_looked_at() -> None:
    layer = modules.LSTM(4, 16, batch_first=True)
    x = torch.randn(2, 5, 4)
    x[1, 3:] = torch.nan
    x.requires_grad_()
    out, (h, c) = layer(x, lengths=torch.tensor([5, 3]))
    (out.sum() + h.sum() + c.sum()).backward()
    assert out.isfinite().all() and (out[1, 3:] == 0).all()
    assert x.grad.isfinite().all() and all(p.grad.isfinite().all() for p in layer.parameters())


def test_dropout_is_for_training() -> None:
    theirs, ours = pair("LSTM", 4, 16, num_layers=2, dropout=0.5)
    x = torch.randn(5, 3, 4)
    theirs.eval(), ours.eval()
    agree(theirs, ours, x)
    ours.train()
    assert not torch.equal(ours(x)[0], ours(x)[0])


def test_from_a_module_of_torch() -> None:
    theirs = torch.nn.RNN(4, 16, 2, "relu", batch_first=True).eval()
    ours = modules.RNN.from_torch(theirs)
    assert not ours.training
    agree(theirs, ours, torch.randn(3, 5, 4))
    assert "batch_first=True" in repr(ours)


def test_heads_are_layers_side_by_side() -> None:
    torch.manual_seed(0)
    ours = modules.GRU(5, 32, heads=2)
    x, parts = torch.randn(6, 3, 5), []
    for head in range(2):
        one = modules.GRU(5, 16)
        for name, parameter in one.named_parameters():
            whole = ours.get_parameter(name)
            rows = whole.detach().view(3, 2, 16, *whole.shape[1:])[:, head]
            parameter.data.copy_(rows.reshape(parameter.shape))
        parts.append(one(x)[0])
    assert float((ours(x)[0] - torch.cat(parts, 2)).abs().max()) <= TOLERANCE


def test_other_cells() -> None:
    minimal = Cell.define(
        "minimal", ["f", "n"], ["h"],
        lambda g, s: {"h": s.h + sigmoid(g.f) * (tanh(g.n) - s.h)},
    )  # fmt: skip
    layer = modules.Recurrent(5, 16, 2, cell=minimal, bidirectional=True)
    out, h = layer(torch.randn(4, 3, 5))
    assert out.shape == (4, 3, 32) and h.shape == (4, 3, 16)
    out.sum().backward()
    slstm = modules.SLSTM(5, 16, heads=2, batch_first=True)
    out, states = slstm(torch.randn(3, 4, 5))
    again, _ = slstm(torch.randn(3, 4, 5), states)
    assert len(states) == 4 and again.isfinite().all()


def test_double_takes_the_slow_way_and_says_so() -> None:
    theirs, ours = pair("LSTM", 4, 16)
    theirs.double(), ours.double()
    with pytest.warns(SlowPath, match="float64"):
        agree(theirs, ours, torch.randn(5, 3, 4, dtype=torch.float64))


def test_an_empty_batch() -> None:
    out, (h, _) = modules.LSTM(4, 16)(torch.randn(5, 0, 4))
    assert out.shape == (5, 0, 16) and h.shape == (1, 0, 16)


def test_wrong_input_is_named() -> None:
    layer, x = modules.LSTM(4, 16), torch.randn(5, 3, 4)
    for broken, message in (
        (lambda: modules.LSTM(4, 16, proj_size=8), "projection"),
        (lambda: modules.LSTM(4, 16, heads=3), "3 heads do not divide 16"),
        (lambda: modules.LSTM(4, 0), "hidden_size is 0"),
        (lambda: modules.LSTM(4, 16, dropout=2), "dropout is 2"),
        (lambda: modules.RNN(4, 16, nonlinearity="cube"), "'cube'"),
        (lambda: layer(x[..., :3]), "3 features"),
        (lambda: layer(x[None]), "2 or 3 sizes"),
        (lambda: layer([1.0]), "list"),
        (lambda: layer(x[:0]), "no steps"),
        (lambda: layer(x.double()), "must be alike"),
        (lambda: layer(x, torch.zeros(1, 3, 16)), "1 initial states; `lstm` has 2"),
        (lambda: layer(x, (torch.zeros(1, 3, 16), torch.zeros(1, 2, 16))), "state `c` has shape"),
        (lambda: layer(x, lengths=[5, 3]), "each of 3 sequences"),
        (lambda: layer(x, lengths=[5, 3, 0]), "possible are 1 to 5"),
    ):
        with pytest.raises(ValueError, match=message):
            broken()
