"""Self-attention as torch modules on [batch, T, D]: multi-head, grouped-query, latent, subspace."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from archwright.interpreter.architecture import Leaf

from .parts import Call, call, flag, whole

ROTARY_BASE = 10_000.0


def rotate(x: Tensor) -> Tensor:
    """Rotary positions (Su et al., *RoFormer*, 2021): pair j of token t turned by t / base^(2j/d).

    Parameters
    ----------
    x : Tensor
        [batch, heads, T, d] with an even d; pairs are neighbours.
    """
    count, width = x.shape[-2:]
    speed = ROTARY_BASE ** (
        -torch.arange(0, width, 2, device=x.device, dtype=torch.float64) / width
    )
    angle = torch.arange(count, device=x.device, dtype=torch.float64)[:, None] * speed
    sine, cosine = angle.sin().to(x.dtype), angle.cos().to(x.dtype)
    a, b = x[..., 0::2], x[..., 1::2]
    turned = torch.stack((a * cosine - b * sine, a * sine + b * cosine), dim=-1)
    return turned.flatten(-2)


class GroupedAttention(nn.Module):
    """Softmax attention in which groups of query heads share one head of keys and values.

    Vaswani et al., *Attention is all you need* (2017); Ainslie et al., *GQA* (2023).
    """

    def __init__(
        self,
        width: int,
        heads: int,
        kv_heads: int,
        head: int,
        *,
        bias: bool = True,
        out_bias: bool = True,
        causal: bool = False,
        rotary: bool = False,
    ) -> None:
        super().__init__()
        self.sizes = (heads, kv_heads, kv_heads)
        self.head, self.causal, self.rotary = head, causal, rotary
        self.project_in = nn.Linear(width, (heads + 2 * kv_heads) * head, bias=bias)
        self.project_out = nn.Linear(heads * head, width, bias=out_bias)

    def forward(self, x: Tensor) -> Tensor:
        """Attend over the tokens of [batch, T, D]."""
        split = self.project_in(x).unflatten(-1, (sum(self.sizes), self.head)).transpose(1, 2)
        q, k, v = split.split(self.sizes, dim=1)
        if self.rotary:
            q, k = rotate(q), rotate(k)
        mixed = functional.scaled_dot_product_attention(
            q, k, v, is_causal=self.causal, enable_gqa=self.sizes[0] != self.sizes[1]
        )
        result: Tensor = self.project_out(mixed.transpose(1, 2).flatten(-2))
        return result


class LatentAttention(nn.Module):
    """Attention whose keys and values are made from one narrow vector a token.

    DeepSeek-AI, *DeepSeek-V2* (2024), section 2.1. Of a query and a key, `nope` numbers carry no
    position and `rope` are rotary; the rotary part of the key is the same for all heads. This is
    the plain order of computation, in which keys and values of all heads are written out.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        q_rank: int,
        kv_rank: int,
        nope: int,
        rope: int,
        value: int,
        *,
        causal: bool = True,
    ) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.query_parts, self.key_parts = (nope, rope), (nope, value)
        self.latent_parts = (kv_rank, rope)
        query = heads * (nope + rope)
        self.query: nn.Module = nn.Linear(width, query, bias=False)
        if q_rank:
            self.query = nn.Sequential(
                nn.Linear(width, q_rank, bias=False),
                nn.RMSNorm(q_rank, eps=1e-6),
                nn.Linear(q_rank, query, bias=False),
            )
        self.latent = nn.Linear(width, kv_rank + rope, bias=False)
        self.latent_norm = nn.RMSNorm(kv_rank, eps=1e-6)
        self.keys_values = nn.Linear(kv_rank, heads * (nope + value), bias=False)
        self.project_out = nn.Linear(heads * value, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Attend over the tokens of [batch, T, D]."""
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        plain, turning = query.split(self.query_parts, dim=-1)
        latent, key_turning = self.latent(x).split(self.latent_parts, dim=-1)
        both = self.keys_values(self.latent_norm(latent))
        keys, values = (
            both.unflatten(-1, (self.heads, -1)).transpose(1, 2).split(self.key_parts, dim=-1)
        )
        shared = rotate(key_turning[:, None]).expand(-1, self.heads, -1, -1)
        mixed = functional.scaled_dot_product_attention(
            torch.cat((plain, rotate(turning)), dim=-1),
            torch.cat((keys, shared), dim=-1),
            values,
            is_causal=self.causal,
        )
        result: Tensor = self.project_out(mixed.transpose(1, 2).flatten(-2))
        return result


class SubspaceAttention(nn.Module):
    """Attention in which one projection makes the queries, keys and values of a head.

    Yu et al., *White-box transformers via sparse rate reduction* (2023), section 2.3: a step that
    moves tokens towards the subspace of each head.
    """

    def __init__(self, width: int, heads: int, head: int, *, out_bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.project_in = nn.Linear(width, heads * head, bias=False)
        self.project_out = nn.Linear(heads * head, width, bias=out_bias)

    def forward(self, x: Tensor) -> Tensor:
        """Attend over the tokens of [batch, T, D]."""
        inside = self.project_in(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        mixed = functional.scaled_dot_product_attention(inside, inside, inside)
        result: Tensor = self.project_out(mixed.transpose(1, 2).flatten(-2))
        return result


def attention(leaf: Leaf) -> Call:
    """Multi-head or grouped-query self-attention."""
    return call(
        GroupedAttention,
        width=leaf.input_shapes[0][-1],
        heads=whole(leaf, "heads"),
        kv_heads=whole(leaf, "kv_heads"),
        head=whole(leaf, "head"),
        bias=flag(leaf, "bias"),
        out_bias=flag(leaf, "out_bias"),
        causal=flag(leaf, "causal"),
        rotary=flag(leaf, "rotary"),
    )


def latent_attention(leaf: Leaf) -> Call:
    """Multi-head latent attention."""
    sizes = ("heads", "q_rank", "kv_rank", "nope", "rope", "value")
    return call(
        LatentAttention,
        width=leaf.input_shapes[0][-1],
        **{name: whole(leaf, name) for name in sizes},
        causal=flag(leaf, "causal"),
    )


def subspace_attention(leaf: Leaf) -> Call:
    """Multi-head subspace self-attention."""
    return call(
        SubspaceAttention,
        width=leaf.input_shapes[0][-1],
        heads=whole(leaf, "heads"),
        head=whole(leaf, "head"),
        out_bias=flag(leaf, "out_bias"),
    )
