"""The networks of the gallery that read sequences, built: sizes equal to the specs' to the unit."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw

torch = pytest.importorskip("torch")

GALLERY = Path(__file__).parent.parent / "gallery"

# A copy of DeepSeek-V3 with all its parts, small enough to run.
SMALL = {
    "tokens": 6,
    "vocabulary": 50,
    "width": 32,
    "layers": 3,
    "dense_layers": 1,
    "heads": 2,
    "q_rank": 12,
    "kv_rank": 8,
    "nope": 6,
    "rope": 4,
    "value": 5,
    "dense_hidden": 40,
    "expert_hidden": 10,
    "experts": 8,
    "active": 3,
    "groups": 4,
    "open_groups": 2,
}


def chosen(path: str, network: str, **inputs: int) -> tuple[aw.Architecture, dict[str, int]]:
    """The architecture, and the totals of its costs."""
    architecture = aw.load(GALLERY / path).bind(**inputs).solve().architecture
    assert architecture is not None
    leaves = architecture.networks[network].leaves
    names = {name for leaf in leaves for name in leaf.costs}
    return architecture, {n: int(sum(leaf.costs.get(n, 0) for leaf in leaves)) for n in names}


def test_vit_tiny() -> None:
    architecture, costs = chosen("vit/tiny.arch", "vit")
    module = aw.build(architecture).eval()
    assert module.parameter_count() == costs["params"] == 5_717_416
    assert module.mac_count() == costs["macs"] + costs["pair_macs"] == 1_253_683_200
    with torch.no_grad():
        out = module(*module.example_inputs())
    assert out.shape == (1, 1000, 1, 1)
    assert torch.isfinite(out).all()


def test_deepseek_v3_at_full_size_without_memory() -> None:
    architecture, costs = chosen("deepseek_v3/v3.arch", "deepseek")
    module = aw.build(architecture, device="meta")
    assert module.parameter_count() == costs["params"] == 671_026_419_200
    assert module.mac_count() == costs["macs"] + costs["pair_macs"] == 36_627_095_552


def test_what_cannot_fit_is_refused_before_it_is_made() -> None:
    architecture, _ = chosen("deepseek_v3/v3.arch", "deepseek")
    with pytest.raises(aw.ArchError) as raised:
        aw.build(architecture)
    (told,) = raised.value.diagnostics
    assert told.slug == "no-room"
    assert "2_500 GiB" in told.message


def test_a_small_deepseek_runs() -> None:
    architecture, costs = chosen("deepseek_v3/v3.arch", "deepseek", **SMALL)
    module = aw.build(architecture).eval()
    assert module.parameter_count() == costs["params"]
    assert module.mac_count() == costs["macs"] + costs["pair_macs"]
    (tokens,) = module.example_inputs(batch=2)
    with torch.no_grad():
        out = module(tokens)
        assert out.shape == (2, 6, 50)
        assert torch.isfinite(out).all()
        tokens[:, -1] = (tokens[:, -1] + 1) % 50  # what comes later is not seen
        changed = module(tokens)
    torch.testing.assert_close(changed[:, :-1], out[:, :-1])
    assert not torch.equal(changed[:, -1], out[:, -1])


def test_a_small_deepseek_learns() -> None:
    architecture, _ = chosen("deepseek_v3/v3.arch", "deepseek", **SMALL)
    torch.manual_seed(0)
    module = aw.build(architecture)
    (tokens,) = module.example_inputs(batch=2)
    steps = torch.optim.Adam(module.parameters(), lr=0.02)
    losses = []
    for _ in range(10):
        loss = torch.nn.functional.cross_entropy(module(tokens).flatten(0, 1), tokens.flatten())
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(
    ("network", "parameters"),
    [("deepseek_v3", 187_107_328 * 61), ("qwen2_5_72b", None), ("llama3_1_405b", None)],
)
def test_attention_of_large_models(network: str, parameters: int | None) -> None:
    architecture, costs = chosen("deepseek_v3/caches.arch", network)
    module = aw.build(architecture, network, device="meta")
    assert module.parameter_count() == costs["params"]
    assert parameters in (None, costs["params"])
    assert module.mac_count() == costs["macs"] + costs["pair_macs"]


def test_where_the_parameters_are() -> None:
    architecture, _ = chosen("vit/tiny.arch", "vit", depth=1)
    assert aw.build(architecture, device="meta").device.type == "meta"
    assert aw.build(architecture).device.type == "cpu"
