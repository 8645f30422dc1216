"""Mixtures of experts as torch modules: a router, and feed-forward layers that few tokens meet."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from archwright.interpreter.architecture import Leaf

from .parts import Call, activation, call, flag, whole


class Router(nn.Module):
    """The share of each expert in a token: zero but for the `active` best.

    Scores are a softmax over all experts or a sigmoid each. A selection bias is added where the
    best are picked and left out of the shares; with groups, only the `open_groups` whose two best
    scores sum highest compete. Shazeer et al., *Outrageously large neural networks* (2017);
    DeepSeek-AI, *DeepSeek-V3* (2024), section 2.1.2.
    """

    def __init__(
        self,
        width: int,
        experts: int,
        active: int,
        groups: int = 1,
        open_groups: int = 1,
        *,
        softmax: bool = True,
        renormalise: bool = False,
        selection_bias: bool = False,
        scaling: float = 1.0,
    ) -> None:
        super().__init__()
        self.active, self.groups, self.open_groups = active, groups, open_groups
        self.softmax, self.renormalise, self.scaling = softmax, renormalise, scaling
        self.score = nn.Linear(width, experts, bias=False)
        self.selection_bias = nn.Parameter(torch.zeros(experts)) if selection_bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Shares [batch, T, experts] of the tokens of [batch, T, D]."""
        logits = self.score(x)
        scores = logits.softmax(dim=-1) if self.softmax else logits.sigmoid()
        rank = scores if self.selection_bias is None else scores + self.selection_bias
        if self.open_groups < self.groups:
            grouped = rank.unflatten(-1, (self.groups, -1))
            best = grouped.topk(min(2, grouped.shape[-1]), dim=-1).values.sum(dim=-1)
            held = best.topk(self.open_groups, dim=-1).indices
            closed = torch.ones_like(best, dtype=torch.bool).scatter(-1, held, False)
            rank = grouped.masked_fill(closed[..., None], -torch.inf).flatten(-2)
        met = rank.topk(self.active, dim=-1).indices
        shares = scores.gather(-1, met)
        if self.renormalise:
            shares = shares / shares.sum(dim=-1, keepdim=True)
        return torch.zeros_like(scores).scatter(-1, met, shares * self.scaling)


class Experts(nn.Module):
    """Gated feed-forward layers, each run on the tokens whose share of it is among the best.

    Attributes
    ----------
    gate, widen : Parameter, [experts, hidden, D]
    narrow : Parameter, [experts, D, hidden]
    """

    def __init__(
        self,
        width: int,
        experts: int,
        hidden: int,
        active: int,
        act: type[nn.Module] | None = nn.SiLU,
    ) -> None:
        super().__init__()
        self.active, self.act = active, nn.Identity() if act is None else act()
        self.gate = nn.Parameter(_spread(experts, hidden, width))
        self.widen = nn.Parameter(_spread(experts, hidden, width))
        self.narrow = nn.Parameter(_spread(experts, width, hidden))

    def forward(self, x: Tensor, share: Tensor) -> Tensor:
        """The experts of each token of [batch, T, D], weighted by shares [batch, T, experts].

        An exported graph cannot depend on who meets whom, so there every token meets all experts
        and most of them with a share of zero.
        """
        if torch.compiler.is_exporting():
            return self._met_by_all(x, share)
        flat, shares = x.flatten(0, -2), share.flatten(0, -2)
        weights, met = shares.topk(self.active, dim=-1)
        order = met.flatten().argsort(stable=True)
        visitors = order // self.active  # the token of each meeting, meetings sorted by expert
        result = torch.zeros_like(flat)
        start = 0
        for expert, count in enumerate(self._visits(met)):
            if count == 0:
                continue
            mine = slice(start, start + count)
            start += count
            inputs = flat[visitors[mine]]
            hidden = self.act(functional.linear(inputs, self.gate[expert]))
            hidden = hidden * functional.linear(inputs, self.widen[expert])
            out = functional.linear(hidden, self.narrow[expert])
            out = out * weights.flatten()[order[mine]][:, None]
            result = result.index_add(0, visitors[mine], out)
        return result.view_as(x)

    def _met_by_all(self, x: Tensor, share: Tensor) -> Tensor:
        """The same result by running every expert on every token."""
        hidden = torch.einsum("btd,ehd->bteh", x, self.gate)
        hidden = self.act(hidden) * torch.einsum("btd,ehd->bteh", x, self.widen)
        return torch.einsum("bteh,edh,bte->btd", hidden, self.narrow, share)

    def _visits(self, met: Tensor) -> list[int]:
        """How many tokens meet each expert; on the meta device, where nobody can know, evenly."""
        experts = self.gate.shape[0]
        if met.is_meta:
            each, more = divmod(met.numel(), experts)
            return [each + (expert < more) for expert in range(experts)]
        counts: list[int] = met.flatten().bincount(minlength=experts).tolist()
        return counts


def _spread(*shape: int) -> Tensor:
    """Random weights as a linear layer has them: uniform within 1 / sqrt(inputs)."""
    return torch.empty(shape).uniform_(-(shape[-1] ** -0.5), shape[-1] ** -0.5)


def router(leaf: Leaf) -> Call:
    """Which experts a token meets, and how much each counts."""
    scaling: Any = leaf.arguments["scaling"]
    sizes = ("experts", "active", "groups", "open_groups")
    flags = ("softmax", "renormalise", "selection_bias")
    return call(
        Router,
        width=leaf.input_shapes[0][-1],
        **{name: whole(leaf, name) for name in sizes},
        **{name: flag(leaf, name) for name in flags},
        scaling=float(scaling),
    )


def routed(leaf: Leaf) -> Call:
    """The experts that a router chose."""
    (_, width), (_, experts) = leaf.input_shapes
    return call(
        Experts,
        width=width,
        experts=experts,
        hidden=whole(leaf, "hidden"),
        active=whole(leaf, "active"),
        act=activation(leaf),
    )
