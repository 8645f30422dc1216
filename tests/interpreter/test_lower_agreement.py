"""Lowered problems say the same as the evaluator, assignment by assignment."""

from __future__ import annotations

from pathlib import Path

import pytest

from archwright.dsl.load import load
from archwright.interpreter.bind import bind
from archwright.interpreter.lower import lower

from .agreement import agrees, compare, lowered, walks

SPECS = Path(__file__).parent.parent / "specs"

SMALL = {
    "arithmetic": """
        space s { x: 1 .. 4  y: {0.5, 1, 2.25} }
        require a: 3 * x - y / 2 + 1 <= 6
        require b: (x % 3) + abs(x - 3) >= 2 and x ^ 2 < 10
        require c: 2 <= x + y < 5
        minimize floor(7 * y / x) + ceil(x / 3) - 2 * min(x, y) as g""",
    "fractions": """
        space s { p: 1 .. 4  q: 1 .. 6 }
        require a: q / p <= 5 / 2
        require b: 12 / p + 3 / p + q >= 4 * q / p
        require c: exact(q / p) != 2
        minimize q / p - 1 / 3 as ratio""",
    "logic": """
        enum E { a, b, c }
        space s { x[i in 1 .. 2]: E  y: bool  z: bool }
        require same: x[1] == x[2] iff y
        require some: x[1] in {a, c} or z
        require chosen: (if y then x[1] else x[2]) != c
        require both: y and z implies not (x[1] == b)
        maximize count(x[i] == b for i in 1 .. 2) as g""",
    "guards": """
        space s {
          depth: 1 .. 3
          k[b in 1 .. 3]: {3, 5} when b <= depth
        }
        let cost[b in 1 .. 3] = k[b] ^ 2 when b <= depth
        let double[b in 1 .. 3] = 2 * k[b]
        require even for b in 1 .. 3 where b <= depth: double[b] >= 6
        require r: sum(k[b] for b in 1 .. 3 where b <= depth) >= 8
        require first: k[1] == 3
        require tied for b in 2 .. 3 where b <= depth: k[b] >= k[b - 1]
        minimize sum(cost[b] for b in 1 .. 3 where b <= depth) as cost
        """,
    "narrowing": """
        space s { d: 0 .. 3  n: 1 .. 6 }
        let share = n / d when d > 0
        require a: if d > 0 then share >= 2 else n == 1
        require b: d > 1 implies exact(n / d) <= 2
        minimize (if d != 0 then floor(n / d) else 9) as g""",
    "tables": """
        enum Op { conv, pool }
        table cost(op: Op, k, wide) -> (time: us, ok, kind: Op) {
          conv, 3, true  -> 2.5, true,  conv
          conv, 5, true  -> 4,   false, pool
          conv, 3, false -> 1,   true,  pool
          conv, 5, false -> 1.5, true,  pool
          pool, 3, true  -> 1,   true,  conv
          pool, 3, false -> 0.5, false, conv
        } partial
        space s { op: Op  k: {3, 5}  wide: bool }
        require good: cost[op, k, wide].ok
        require kind: cost[op, k, k == 3].kind == conv implies wide
        minimize cost[op, k, wide].time as time""",
    "keys": """
        table t(i, j) -> (v) { 1, 1 -> 3  1, 2 -> 4  2, 1 -> 5  2, 2 -> 6  3, 1 -> 9  3, 2 -> 1 }
        space s { x: 1 .. 2  y: {2, 4} }
        minimize t[x + 1, y / 2].v + sum(t[x, j].v for j in 1 .. 2) as g""",
    "domains": """
        space s {
          n: {4, 6}
          d: divisors(n)
          lo: 1 .. 3
          m: lo .. n - 1
          odd: {n + 1, 3}
        }
        minimize d * m + odd as g""",
    "extremes": """
        space s { x[i in 1 .. 3]: 0 .. 2 }
        require a: max(x[i] for i in 1 .. 3 where x[i] != 1 else 7) >= 2
        require b: min(10 - x[i] for i in 1 .. 3 where x[i] > 0 else 0) <= 9
        require c: alldifferent(x[i] for i in 1 .. 3) or product(x[i] + 1 for i in 1 .. 3) > 3
        minimize max(x[1] * x[2], x[3], 1) - min(x[1], 1) as g""",
    "selection": """
        space s { i: 1 .. 3  x[j in 1 .. 3]: 0 .. 2 }
        let twice[j in 1 .. 3] = 2 * x[j] + j
        require a: x[i] <= 1
        minimize twice[i] as g""",
    "preferences": """
        space s { x: 1 .. 4  y: 1 .. 2 when x > 1 }
        prefer odd weight 0.5: x % 2 == 1
        prefer low for v in {1, 2} where x > 1 weight v: y != v
        maximize x as x""",
    "named preferences": """
        space s { x: 1 .. 4 }
        prefer odd weight 3: x % 2 == 1
        minimize preferences + x as cost""",
    "logarithms": """
        space s { x: 1 .. 5  y: 1 .. 2 }
        require a: ln(x) <= 1.5
        maximize log2(x * y, resolution = 0.001) * 0.3 + ln(x / y) - ln(2) as g""",
    "units": """
        space s { rate: 1 GB/s .. 4 GB/s step 1 GB/s  size: {1 KiB, 3 KiB}  n: 1 .. 2 }
        require fast: n * size / rate <= 2 us
        minimize size / rate + 10 ns as time""",
    "functions": """
        fn only(c, v) = if c then v else 0
        fn twice(v) = 2 * v
        space s { d: 0 .. 3 }
        minimize twice(only(d > 0, 6 / d)) + only(d == 0, 1) as g""",
    "demanded": """
        space s { a: 1 .. 4  b: 1 .. 4 }
        let unread = exact(a / b)
        require r: a >= 2""",
}

NN = "import std.nn as nn\n"
NETWORKS = {
    "elastic depth": """
        space s { depth: 1 .. 3  width: {8, 12} }
        network net(x: tensor[3, 8, 8]) {
          x = nn.conv(x, out = width, k = 3, stride = 2) as stem
          for b in 1 .. 3 when b <= depth {
            x = nn.mbconv(x, out = width, k = 3, expand = b, se = b == 2) as block[b]
          }
          return nn.global_pool(x)
        }
        minimize sum(l.macs for l in net.layers) as macs
        minimize sum(l.params for l in net.leaves) as params
        minimize max(l.live for l in net.layers) as live""",
    "branches": """
        enum Kind { wide, deep, none }
        space s { kind: Kind  k: {3, 5} when kind != none }
        network net(x: tensor[4, 8, 8]) {
          y = x
          if kind == wide { y = nn.conv(y, out = 12, k = k) as a }
          else if kind == deep {
            y = nn.conv(y, out = 8, k = k, stride = 2) as b
            y = nn.conv(y, out = 12) as c
          }
          z = nn.conv(y, out = 6) as d
          return nn.pool(z, k = 3)
        }
        minimize sum(l.macs for l in net.layers) as macs
        minimize max(l.live for l in net.leaves) as live
        minimize sum(l.act_bytes for l in net.layers) as moved""",
    "graph": """
        space s { edge[j in 2 .. 3, i in 0 .. j - 1]: bool }
        require two for j in 2 .. 3: count(edge[j, i] for i in 0 .. j - 1) >= 1
        network net(a: tensor[4, 4, 4], b: tensor[4, 4, 4]) {
          h[0] = nn.conv(a, out = 4) as pre[0]
          h[1] = nn.pool(b, k = 3) as pre[1]
          for j in 2 .. 3 {
            for i in 0 .. j - 1 when edge[j, i] {
              z[j, i] = nn.conv(h[i], out = 4, k = 3) as path[j, i]
            }
            h[j] = sum(z[j, i] for i in 0 .. j - 1 where edge[j, i])
          }
          return nn.concat(h[j] for j in 2 .. 3)
        }
        minimize sum(l.macs for l in net.layers) as macs
        minimize max(l.live for l in net.layers) as live
        minimize sum(l.act_bytes for l in net.layers) as moved""",
    "concat of some": """
        space s { on[i in 1 .. 3]: bool }
        require some: any(on[i] for i in 1 .. 3)
        network net(x: tensor[2, 4, 4]) {
          for i in 1 .. 3 when on[i] { y[i] = nn.conv(x, out = 2 * i) as part[i] }
          z = nn.concat(y[i] for i in 1 .. 3 where on[i]) as all
          return nn.conv(z, out = 5)
        }
        minimize sum(l.macs for l in net.layers) as macs
        minimize max(l.live for l in net.layers) as live
        minimize sum(l.act_bytes for l in net.layers) as moved""",
    "shapes that may clash": """
        space s { a: {4, 8}  b: {4, 8}  groups: {1, 3, 4} }
        network net(x: tensor[4, 4, 4]) {
          y = nn.conv(x, out = a) as left
          z = nn.conv(x, out = b, groups = groups) as right
          return nn.add(y, z)
        }
        minimize sum(l.macs for l in net.layers) as macs""",
    "own ops": """
        space s { fast: bool  n: 2 .. 3 }
        op block(x: tensor[C, H, W], n) -> tensor[C, H, W] {
          let macs = if fast then 5 MAC else 7 MAC
          require small: n * C <= 8 because "{C}"
          x = nn.conv(x, out = C, k = 3) as one
          return if fast then x else nn.add(x, x)
        }
        network inner(x: tensor[c, h, w], out: 1 .. 9) {
          x = nn.conv(x, out = out, groups = c) as first
          return nn.pool(x, k = 3)
        }
        network net(x: tensor[3, 4, 4]) {
          x = block(x, n = n) as block
          if fast { x = block(x, n = 1) as again }
          x = inner(x, out = 3 * n) as inner
          return nn.pool(x, k = 2, stride = 2)
        }
        minimize sum(l.macs for l in net.layers) as macs
        minimize sum(l.params for l in net.layers) as params
        minimize max(l.live for l in net.layers) as live""",
    "defaults that pass on what the file says": """
        param bits: 1 .. 64 = 8
        let width = 3
        space s { wide: bool  own: 1 .. 3 }
        op part(x: tensor[T], twice = 2 * T, bits: 1 .. 64 = bits + twice) -> tensor[width] {
          let width = if wide then T else 2
          let cost  = bits * width
        }
        op whole(x: tensor[T], bits: 1 .. 64 = bits) {
          x = part(x)              as usual
          y = part(x, bits = bits) as passed
          return y
        }
        network net(x: tensor[4]) {
          x = whole(x) as first
          x = whole(x, bits = own) as second
          return x
        }
        minimize sum(l.cost for l in net.layers) as cost""",
    "recurrent": """
        space s { hidden: {6, 8}  heads: {1, 2, 4} }
        network net(x: tensor[5, 3]) {
          x = nn.recurrent(x, hidden = hidden, cell = nn.lstm, heads = heads) as rnn
          x = nn.norm(x)
          return nn.attention(x, heads = heads)
        }
        minimize max(l.live for l in net.layers) as live""",
    "a transformer": """
        space s { heads: {1, 2, 4, 6}  shared: {1, 2}  deep: bool  bits: {4, 8} }
        network net(x: tensor[3, 4, 4]) {
          x = nn.patch_embed(x, patch = 2, width = 12, act_bits = bits)
          x = nn.class_token(x)
          x = nn.position(x)
          x = nn.transformer(x, heads = heads, kv_heads = exact(heads / shared), hidden = 20,
                             weight_bits = bits) as first
          if deep {
            x = nn.transformer(x, heads = 2, gated = true, kind = nn.rms, bias = false) as second
          }
          x = sum(x, nn.project(x, out = 12))
          return nn.linear(nn.read_out(x), out = 5)
        }
        let macs = sum(l.macs + l.pair_macs for l in net.leaves)
        require small: sum(l.bit_ops for l in net.layers) <= 6_000_000
        minimize sum(l.weight_bytes + l.act_bytes for l in net.layers) as bytes
        minimize max(l.live for l in net.layers) as live""",
    "latent attention and experts": """
        space s { rank: {0, 3}  active: 1 .. 4  open: 1 .. 2  shared: 0 .. 1 }
        network net(x: tensor[5]) {
          x = nn.embedding(x, vocabulary = 11, width = 8)
          x = nn.latent_attention(x, heads = 2, q_rank = rank, kv_rank = 2, nope = 3, rope = 2)
          x = nn.mixture(x, hidden = 4, experts = 6, active = active, groups = 2,
                         open_groups = open, shared = shared, selection_bias = true)
          return nn.read_out(x, token = nn.average)
        }
        minimize sum(l.cache for l in net.leaves) as cache
        minimize sum(l.active_params for l in net.layers) as active_params
        minimize sum(l.bit_ops for l in net.layers) as bit_ops
        minimize max(l.live for l in net.layers) as live""",
    "recurrent cells": """
        space s { cell: nn.Cell  heads: {1, 2}  p: 0 .. 2  biases: 0 .. 2 }
        network net(x: tensor[5, 3]) {
          x = nn.recurrent(x, hidden = 4, cell = cell, heads = heads, projection = p,
                           biases = biases) as rnn
          return nn.norm(x, kind = nn.rms)
        }
        minimize sum(l.params for l in net.layers) as params
        minimize max(l.live for l in net.layers) as live""",
}


@pytest.mark.parametrize("name", SMALL)
def test_small_specs(name: str) -> None:
    agrees(SMALL[name])


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name: str) -> None:
    text = NETWORKS[name].strip()
    goals = text[text.index("minimize") :] if "minimize" in text else ""
    agrees(NN + text.replace(goals, "optimize lex {" + goals + "}"))


@pytest.mark.parametrize(
    ("spec", "n", "steps"),
    [
        ("mixed_precision", 30, 20),
        ("pipeline", 30, 40),
        ("flashrnn_h100", 30, 200),
        ("joint_rnn", 12, 300),
        ("mcu_vision", 20, 10),
        ("ofa_mobile", 12, 10),
        ("darts_cell", 12, 40),
    ],
)
def test_the_seven_specs(spec: str, n: int, steps: int) -> None:
    bound = bind(load(SPECS / f"{spec}.arch"))
    problem = lower(bound)
    compare(bound, problem, walks(problem, n, steps, seed=7))


def test_numbers_are_small() -> None:
    """Scales and common factors never reach the solver."""
    problem = lowered("space s { a: {8, 16, 32}  b: {8, 16, 32} }\nrequire r: a * b == 256").problem
    assert [problem.text(c.node) for c in problem.constraints] == ["((a * b) + -4) == 0"]
    assert list(problem.variables[0].values) == [1, 2, 4]


def test_layers_make_one_flat_sum() -> None:
    problem = lower(bind(load(SPECS / "ofa_mobile.arch"))).problem
    macs = problem.goals[1].node
    assert problem.ops[macs].name == "SUM"
    assert len(problem.args[macs]) >= 20
    assert "SUM" not in {problem.ops[a].name for a in problem.args[macs]}
