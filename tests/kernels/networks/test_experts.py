"""Mixtures of experts as built, against every expert run on every token."""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest

from .layers import layer

torch = pytest.importorskip("torch")
nn = torch.nn
Tensor: TypeAlias = Any

TOKENS, WIDTH, EXPERTS = 9, 6, 8


def example() -> Tensor:
    return torch.randn(2, TOKENS, WIDTH, generator=torch.Generator().manual_seed(1)).double()


def by_op(module: Any, leaves: Any) -> dict[str, Any]:
    return {leaf.op: part for leaf, part in zip(leaves, module.layers.values(), strict=True)}


def picked(
    scores: list[float], bias: list[float], active: int, groups: int, opened: int
) -> set[int]:
    """The experts that a token meets, by sorting lists."""
    rank = [s + b for s, b in zip(scores, bias, strict=True)]
    size = len(rank) // groups

    def strength(group: int) -> float:
        return sum(sorted(rank[group * size : (group + 1) * size])[-2:])

    open_groups = sorted(range(groups), key=strength)[-opened:]
    competing = [e for e in range(len(rank)) if e // size in open_groups]
    return set(sorted(competing, key=lambda e: rank[e])[-active:])


@pytest.mark.parametrize("softmax", [True, False])
@pytest.mark.parametrize(("groups", "opened"), [(1, 1), (4, 2)])
@pytest.mark.parametrize("renormalise", [True, False])
def test_router(softmax: bool, groups: int, opened: int, renormalise: bool) -> None:
    active = 3
    flags = f"softmax = {str(softmax).lower()}, renormalise = {str(renormalise).lower()}"
    module, leaves = layer(
        f"{TOKENS}, {WIDTH}",
        f"router(x, experts = {EXPERTS}, active = {active}, groups = {groups}, "
        f"open_groups = {opened}, selection_bias = true, scaling = 2.5, {flags})",
    )
    router = by_op(module, leaves)["router"]
    x = example()
    with torch.no_grad():
        router.selection_bias.uniform_(-0.5, 0.5)
        logits = x @ router.score.weight.T
        shares = module(x)
        for token, found in zip(logits.flatten(0, 1), shares.flatten(0, 1), strict=True):
            scores = nn.functional.softmax(token, dim=0) if softmax else token.sigmoid()
            bias = router.selection_bias.tolist()
            met = picked(scores.tolist(), bias, active, groups, opened)
            total = sum(float(scores[e]) for e in met) if renormalise else 1.0
            expected = [2.5 * float(scores[e]) / total if e in met else 0.0 for e in range(EXPERTS)]
            assert found.tolist() == pytest.approx(expected)


def test_experts_that_few_tokens_meet() -> None:
    module, leaves = layer(
        f"{TOKENS}, {WIDTH}",
        f"mixture(x, hidden = 4, experts = {EXPERTS}, active = 2, shared = 2, renormalise = true)",
    )
    parts = by_op(module, leaves)
    routed, labels = parts["routed"], {leaf.label: i for i, leaf in enumerate(leaves)}
    modules = list(module.layers.values())

    def shared(name: str) -> Any:
        return modules[labels[f"mixture.shared.{name}"]]

    x = example()
    with torch.no_grad():
        shares = parts["router"](x)
        assert (shares > 0).sum(dim=-1).eq(2).all()
        expected = shared("narrow")(shared("gate")(x) * shared("widen")(x))
        for e in range(EXPERTS):
            gate = x @ routed.gate[e].T
            hidden = gate * gate.sigmoid() * (x @ routed.widen[e].T)
            expected = expected + shares[..., e, None] * (hidden @ routed.narrow[e].T)
        torch.testing.assert_close(module(x), expected)
    assert shared("gate")[0].out_features == 2 * 4


def test_experts_learn() -> None:
    module, leaves = layer(
        f"{TOKENS}, {WIDTH}", f"mixture(x, hidden = 4, experts = {EXPERTS}, active = 2)"
    )
    module(example()).square().sum().backward()
    parts = by_op(module, leaves)
    assert all(p.grad is not None and p.grad.isfinite().all() for p in module.parameters())
    assert parts["router"].score.weight.grad.abs().sum() > 0
