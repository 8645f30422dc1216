"""Layers of `std.nn` in specs: sums of tensors, uneven splits, large counts, live memory."""

from __future__ import annotations

import pytest

import archwright as aw

NN = "arch 1\nimport std.nn as nn\n"


def holds(text: str) -> None:
    report = aw.loads(NN + text).test()
    assert not report.failed and report.passed, repr(report)


def test_images_and_sequences_are_added_by_sum() -> None:
    holds("""
network image(x: tensor[3, 4, 4]) { return sum(x, x) }
network text(x: tensor[5, 4]) {
  for i in 1 .. 3 { h[i] = nn.project(x, out = 4) as part[i] }
  y = sum(h[i] for i in 1 .. 3 where i != 2)
  return y
}
expect value sum(l.act_bytes for l in image.layers) == 3 * 48 * 4 B
expect value sum(l.act_bytes for l in text.layers where l.macs == 0 MAC) == 3 * 20 * 4 B
""")


def test_a_sum_of_other_tensors_is_refused() -> None:
    with pytest.raises(aw.ArchError) as raised:
        aw.loads(NN + "network net(x: tensor[5]) { return sum(x, x) }")
    (told,) = raised.value.diagnostics
    assert told.slug == "rank-mismatch"
    assert "rank 3 and 2; this has rank 1" in told.message


@pytest.mark.parametrize(
    ("shape", "call", "constraint", "reason"),
    [
        (
            "4, 8, 8",
            "conv(x, out = 6, groups = 3)",
            "whole_groups",
            "3 groups cannot split 4 inputs and 6 outputs evenly",
        ),
        (
            "5, 192",
            "attention(x, heads = 5)",
            "whole_heads",
            "width 192 cannot be split over 5 heads",
        ),
        (
            "5, 192",
            "attention(x, heads = 6, kv_heads = 4)",
            "whole_groups",
            "6 heads cannot share 4 heads of keys and values evenly",
        ),
        (
            "5, 6",
            "attention(x, heads = 2, rotary = true)",
            "whole_pairs",
            "a rotary position turns pairs, and 3 is odd",
        ),
        (
            "5, 8",
            "recurrent(x, hidden = 8, cell = nn.gru, heads = 3)",
            "whole_heads",
            "8 units cannot be split over 3 heads",
        ),
        (
            "5, 8",
            "router(x, experts = 8, active = 5, groups = 4, open_groups = 2)",
            "enough",
            "a token meets 5 experts, and its groups have fewer",
        ),
    ],
)
def test_an_uneven_split_is_a_named_conflict(
    shape: str, call: str, constraint: str, reason: str
) -> None:
    text = f"{NN}network net(x: tensor[{shape}]) {{\n  y = nn.{call} as layer\n  return y\n}}"
    report = aw.loads(text).bind().explain()
    assert report is not None
    (member,) = report.members
    assert member.instance == f"layer.{constraint}"
    assert member.reason == reason


def test_reasons_of_calls_speak_of_what_the_call_is_given() -> None:
    text = """arch 1
op cut(x: tensor[C], parts: 1 .. 9) -> tensor[C] {
  let each = C / parts
  require whole: parts divides C because "{C} channels in {parts} are {each}"
}
space s { a: {4, 5} }
network net(x: tensor[6]) { return cut(x, parts = a) }
"""
    report = aw.loads(text).bind().explain()
    assert report is not None
    (member,) = report.members
    assert member.reason == "6 channels in 4 .. 5 are 1.2 .. 1.5"
    assert [(term.text, term.range) for term in member.terms] == [("parts", "4 .. 5"), ("C", "6")]


def test_constants_of_any_size_are_counted() -> None:
    holds("""
space s { heads: {8, 16} }
network huge(x: tensor[1_048_576, 16_384]) {
  for l in 1 .. 40 {
    x = nn.transformer(x, heads = 128, weight_bits = 64, act_bits = 64) as block[l]
  }
  return x
}
network small(x: tensor[64, 1024]) { return nn.transformer(x, heads = heads, head = 64) }
let work = sum(l.bit_ops for l in huge.layers)
minimize sum(l.params for l in small.layers) as params
expect value work == 40 * 2 ^ 12 * (12 * 2 ^ 20 * 2 ^ 28 + 2 * 2 ^ 40 * 2 ^ 14)
expect value sum(l.weight_bytes for l in huge.layers) > 1 TB
expect best params == 4 * 1024 * 512 + 3 * 512 + 1024 + 8 * 1024 ^ 2 + 5 * 1024 + 4 * 1024
""")


def test_live_memory_of_attention_and_experts() -> None:
    holds("""
network attend(x: tensor[10, 12]) { return nn.attention(x, heads = 6, kv_heads = 2) }
network latent(x: tensor[10, 12]) {
  return nn.latent_attention(x, heads = 3, q_rank = 5, kv_rank = 4, nope = 6, rope = 2)
}
network mix(x: tensor[10, 12]) { return nn.mixture(x, hidden = 4, experts = 6, active = 2) }
network cells(x: tensor[10, 12]) { return nn.recurrent(x, hidden = 8, cell = nn.slstm) }

# Read and written, and beside them queries, keys, values and the scores of all heads.
expect value max(l.live for l in attend.layers) == 2 * 120 + 10 * (6 + 2 + 2) * 2 + 6 * 10 ^ 2
expect value max(l.live for l in latent.layers) ==
  2 * 120 + 10 * (5 + 4 + 2 + 3 * (6 + 2) + 3 * (6 + 6)) + 3 * 10 ^ 2
expect value max(l.live for l in mix.leaves) == 2 * 120 + 10 * 6 + 10 * 2 * 2 * 4
expect value max(l.live for l in cells.layers) == 120 + 80 + (4 + 4) * 8
""")


def test_the_cache_of_a_token() -> None:
    holds("""
space s { shared: {1, 2, 4, 8} }
network net(x: tensor[3, 64]) {
  for l in 1 .. 5 {
    x = nn.attention(x, heads = 8, kv_heads = exact(8 / shared), act_bits = 16) as layer[l]
  }
  return nn.latent_attention(x, heads = 8, q_rank = 0, kv_rank = 6, nope = 4, rope = 2)
}
minimize sum(l.cache for l in net.layers) as cache
expect value sum(l.cache for l in net.layers) == 5 * 2 * 64 / shared + 8
expect best cache == 88
expect value sum(l.cache_bytes for l in net.layers) == 5 * 2 * 64 * 2 B / shared + 8 * 4 B
""")
