"""Attention as built, against the same equations written out head by head and token by token."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import pytest

from .layers import layer

torch = pytest.importorskip("torch")
nn = torch.nn
Tensor: TypeAlias = Any

TOKENS, WIDTH = 5, 12


def example() -> Tensor:
    return torch.randn(2, TOKENS, WIDTH, generator=torch.Generator().manual_seed(3)).double()


def only(module: Any) -> Any:
    (found,) = module.layers.values()
    return found


def turned(x: Tensor, place: int) -> Tensor:
    """A vector at a place of the sequence, its pairs turned as complex numbers."""
    pairs = torch.view_as_complex(x.reshape(-1, 2))
    angles = [place * 10_000 ** (-2 * j / len(x)) for j in range(len(pairs))]
    turns = torch.tensor(
        [complex(math.cos(a), math.sin(a)) for a in angles], dtype=torch.complex128
    )
    return torch.view_as_real(pairs * turns).flatten()


def mixed(queries: Tensor, keys: Tensor, values: Tensor, *, causal: bool) -> Tensor:
    """One head of one sequence: [T, d], [T, d], [T, v] to [T, v]."""
    rows = []
    for t, query in enumerate(queries):
        seen = t + 1 if causal else len(keys)
        scores = torch.stack([query @ keys[s] / math.sqrt(len(query)) for s in range(seen)])
        shares = scores.exp() / scores.exp().sum()
        rows.append(sum(share * values[s] for s, share in enumerate(shares)))
    return torch.stack(rows)


def test_multi_head_attention_is_that_of_torch() -> None:
    module, _ = layer(f"{TOKENS}, {WIDTH}", "attention(x, heads = 3)")
    ours = only(module)
    peer = nn.MultiheadAttention(WIDTH, 3, batch_first=True).double()
    with torch.no_grad():
        peer.in_proj_weight.copy_(ours.project_in.weight)
        peer.in_proj_bias.copy_(ours.project_in.bias)
        peer.out_proj.weight.copy_(ours.project_out.weight)
        peer.out_proj.bias.copy_(ours.project_out.bias)
        x = example()
        torch.testing.assert_close(module(x), peer(x, x, x)[0])


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("rotary", [False, True])
def test_grouped_attention(causal: bool, rotary: bool) -> None:
    heads, kv_heads, head = 6, 2, 4
    module, _ = layer(
        f"{TOKENS}, {WIDTH}",
        f"attention(x, heads = {heads}, kv_heads = {kv_heads}, head = {head}, "
        f"causal = {str(causal).lower()}, rotary = {str(rotary).lower()})",
    )
    ours = only(module)
    x = example()
    with torch.no_grad():
        both = x @ ours.project_in.weight.T + ours.project_in.bias
        expected = []
        for sequence in both:
            parts = sequence.view(TOKENS, heads + 2 * kv_heads, head)
            if rotary:
                for t in range(TOKENS):
                    for h in range(heads + kv_heads):
                        parts[t, h] = turned(parts[t, h].clone(), t)
            outs = []
            for h in range(heads):
                shared = heads + h // (heads // kv_heads)
                key, value = parts[:, shared], parts[:, shared + kv_heads]
                outs.append(mixed(parts[:, h], key, value, causal=causal))
            joined = torch.cat(outs, dim=1)
            expected.append(joined @ ours.project_out.weight.T + ours.project_out.bias)
        torch.testing.assert_close(module(x), torch.stack(expected))


def rms(x: Tensor, weight: Tensor) -> Tensor:
    return x / (x.square().mean(dim=-1, keepdim=True) + 1e-6).sqrt() * weight


@pytest.mark.parametrize("q_rank", [0, 5])
def test_latent_attention(q_rank: int) -> None:
    heads, kv_rank, nope, rope, value = 3, 4, 6, 2, 5
    module, leaves = layer(
        f"{TOKENS}, {WIDTH}",
        f"latent_attention(x, heads = {heads}, q_rank = {q_rank}, kv_rank = {kv_rank}, "
        f"nope = {nope}, rope = {rope}, value = {value})",
    )
    ours = only(module)
    assert leaves[0].costs["cache"] == kv_rank + rope
    x = example()
    with torch.no_grad():
        for parameter in ours.parameters():
            if parameter.dim() == 1:
                parameter.uniform_(0.5, 1.5)
        expected = []
        for sequence in x:
            narrow = sequence
            if q_rank:
                down, norm, up = ours.query
                narrow = rms(sequence @ down.weight.T, norm.weight)
            else:
                up = ours.query
            queries = (narrow @ up.weight.T).view(TOKENS, heads, nope + rope)
            kept = (
                sequence @ ours.latent.weight.T
            )  # what a cache holds: the latent and a turned key
            latent = rms(kept[:, :kv_rank], ours.latent_norm.weight)
            shared = torch.stack([turned(kept[t, kv_rank:], t) for t in range(TOKENS)])
            made = (latent @ ours.keys_values.weight.T).view(TOKENS, heads, nope + value)
            outs = []
            for h in range(heads):
                turning = [turned(queries[t, h, nope:], t) for t in range(TOKENS)]
                query = torch.cat((queries[:, h, :nope], torch.stack(turning)), dim=1)
                key = torch.cat((made[:, h, :nope], shared), dim=1)
                outs.append(mixed(query, key, made[:, h, nope:], causal=True))
            expected.append(torch.cat(outs, dim=1) @ ours.project_out.weight.T)
        torch.testing.assert_close(module(x), torch.stack(expected))
