"""Every builtin op of `std.nn` is built, with the parameters and MACs that its text states."""

from __future__ import annotations

import pytest

import archwright as aw
from archwright.dsl import nodes
from archwright.dsl.load import standard
from archwright.interpreter.architecture import Leaf

from .layers import cost, network

pytest.importorskip("torch")

IMAGE = "6, 8, 8"
TOKENS = "5, 12"

CASES = [
    (IMAGE, "conv(x, out = 4, k = 3)"),
    (IMAGE, "conv(x, out = 9, k = 5, stride = 2, groups = 3, bias = true, norm = false)"),
    (IMAGE, "conv(x, out = 6, k = 3, dilation = 2, groups = 6, act = nn.silu)"),
    (IMAGE, "conv(x, out = 4, k = 4, stride = 4)"),
    (IMAGE, "pool(x, k = 3, stride = 2)"),
    (IMAGE, "pool(x, k = 2, stride = 2, kind = nn.peak)"),
    (IMAGE, "conv(x, out = 4, k = 3, padded = false)"),
    (IMAGE, "conv(x, out = 4, k = 3, stride = 2, dilation = 2, padded = false)"),
    (IMAGE, "flatten(x)"),
    (IMAGE, "global_pool(x)"),
    (IMAGE, "linear(nn.global_pool(x), out = 10)"),
    (IMAGE, "add(x, x, x)"),
    (IMAGE, "activate(x, act = nn.relu)"),
    (IMAGE, "batch_norm(x)"),
    (IMAGE, "shuffle(x, groups = 3)"),
    (IMAGE, "crop(x, top = 1, left = 1)"),
    (IMAGE, "zero(x)"),
    (IMAGE, "scale(x, nn.global_pool(x))"),
    (IMAGE, "concat(x, x)"),
    (IMAGE, "separable(x, out = 5, k = 3)"),
    (IMAGE, "mbconv(x, out = 6, k = 3, expand = 4, se = true)"),
    (IMAGE, "tokens(x)"),
    (IMAGE, "patch_embed(x, patch = 2, width = 7)"),
    (TOKENS, "read_out(x)"),
    (TOKENS, "read_out(x, token = nn.average)"),
    (TOKENS, "read_out(x, token = nn.last)"),
    ("7", "embedding(x, vocabulary = 11, width = 4)"),
    (TOKENS, "class_token(x)"),
    (TOKENS, "position(x)"),
    (TOKENS, "norm(x)"),
    (TOKENS, "norm(x, kind = nn.rms)"),
    (TOKENS, "project(x, out = 5)"),
    (TOKENS, "project(x, out = 5, bias = false, act = nn.gelu)"),
    (TOKENS, "add_tokens(x, x)"),
    (TOKENS, "multiply(x, x)"),
    (TOKENS, "mlp(x, hidden = 20)"),
    (TOKENS, "gated_mlp(x, hidden = 20)"),
    (TOKENS, "attention(x, heads = 3)"),
    (TOKENS, "attention(x, heads = 6, kv_heads = 2, head = 4, out_bias = false, rotary = true)"),
    (TOKENS, "attention(x, heads = 2, kv_heads = 1, bias = false, causal = true)"),
    (TOKENS, "latent_attention(x, heads = 3, q_rank = 5, kv_rank = 4, nope = 6, rope = 2)"),
    (
        TOKENS,
        "latent_attention(x, heads = 2, q_rank = 0, kv_rank = 4, nope = 3, rope = 4, value = 5)",
    ),
    (TOKENS, "transformer(x, heads = 4)"),
    (TOKENS, "transformer(x, heads = 4, kv_heads = 2, gated = true, kind = nn.rms, bias = false)"),
    (IMAGE, "patches(x, patch = 4)"),
    (TOKENS, "subspace_attention(x, heads = 3)"),
    (TOKENS, "subspace_attention(x, heads = 2, head = 5, out_bias = false)"),
    (TOKENS, "ista(x, step = 0.2, threshold = 0.05)"),
    (TOKENS, "crate(x, heads = 4)"),
    (TOKENS, "router(x, experts = 6, active = 2)"),
    (TOKENS, "routed(x, nn.router(x, experts = 6, active = 2), hidden = 4, active = 2)"),
    (TOKENS, "mixture(x, hidden = 5, experts = 8, active = 3, shared = 2, selection_bias = true)"),
    *[
        (TOKENS, f"recurrent(x, hidden = 6, cell = nn.{cell}, heads = {heads}, biases = {biases})")
        for cell in ("elman", "gru", "lstm", "slstm")
        for heads, biases in ((1, 2), (3, 1), (2, 0))
    ],
    (TOKENS, "recurrent(x, hidden = 6, cell = nn.lstm, projection = 4, biases = 2)"),
]


@pytest.mark.parametrize(("shape", "call"), CASES, ids=[call for _, call in CASES])
def test_what_is_counted_is_what_is_built(shape: str, call: str) -> None:
    found = network(shape, call)
    leaves = found.networks["net"].leaves
    for device in ("cpu", "meta"):
        module = aw.build(found, device=device).eval()
        assert module.parameter_count() == cost(leaves, "params")
        assert module.mac_count() == cost(leaves, "macs", "pair_macs")
        out = module(*module.example_inputs(batch=2))
        assert tuple(out.shape) == (2, *leaves[-1].shape)
        assert out.device.type == device
    assert cost(leaves, "weight_bytes") == 32 * cost(leaves, "params")  # in bits
    for leaf in leaves:
        assert leaf.costs["live"] >= leaf.costs.get("scratch", 0)


def test_every_builtin_op_has_a_builder_and_is_counted_here() -> None:
    ops = {
        name
        for name, item in standard("std.nn").names.items()
        if isinstance(item, nodes.Op) and item.builtin
    }
    from archwright.kernels.networks.build import BUILDERS

    assert {name for module, name in BUILDERS if module == "std.nn"} == ops
    used = {
        leaf.op for shape, call in CASES for leaf in network(shape, call).networks["net"].leaves
    }
    assert used == ops


def test_every_layer_with_weights_takes_the_widths_of_its_numbers() -> None:
    for name, op in standard("std.nn").names.items():
        if isinstance(op, nodes.Op) and name != "zero":
            formals = {formal.name.text for formal in op.formals}
            lets = {item.name.text for item in op.body if isinstance(item, nodes.Let)}
            assert "act_bits" in formals, name
            assert "weight_bits" in formals or (op.leaf and "params" not in lets), name
            if "params" in lets:
                assert {"active_params", "weight_bytes", "act_bytes"} <= lets, name
            if "macs" in lets:
                assert "bit_ops" in lets, name


@pytest.mark.parametrize(
    "call",
    [
        "mbconv(x, out = 6, k = 3, expand = 4, se = true, W, A)",
        "separable(x, out = 6, k = 3, W, A)",
        "patch_embed(x, patch = 2, width = 4, W, A)",
        "transformer(nn.tokens(x, A), heads = 2, W, A)",
        "crate(nn.patches(x, patch = 2, A), heads = 2, W, A)",
        "transformer(nn.tokens(x, A), heads = 2, gated = true, W, A)",
        "mixture(nn.tokens(x, A), hidden = 3, experts = 4, active = 2, shared = 1, W, A)",
    ],
)
def test_composites_pass_the_widths_on(call: str) -> None:
    def leaves(weights: int, activations: int) -> tuple[Leaf, ...]:
        given = call.replace("W", f"weight_bits = {weights}")
        given = given.replace("A", f"act_bits = {activations}")
        return network(IMAGE, given).networks["net"].leaves

    usual, narrow = leaves(32, 32), leaves(8, 4)
    assert cost(narrow, "weight_bytes") * 4 == cost(usual, "weight_bytes")
    for before, after in zip(usual, narrow, strict=True):
        assert after.arguments["act_bits"] == 4
        assert after.costs["act_bytes"] * 8 == before.costs["act_bytes"]
        products = after.costs.get("macs", 0) * 8 * 4 + after.costs.get("pair_macs", 0) * 4 * 4
        assert after.costs.get("bit_ops", 0) == products
