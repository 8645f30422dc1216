"""The evaluator, on the specs whose figures were computed by other means, and rule by rule."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from archwright.dsl.load import load, loads
from archwright.interpreter.bind import bind
from archwright.interpreter.evaluate import Evaluation, Unread
from archwright.interpreter.values import Value

SPECS = Path(__file__).parent.parent / "specs"


def evaluation(text: str, choices: dict[str, Value] | None = None, **inputs: object) -> Evaluation:
    return Evaluation(bind(loads("arch 1\n" + text), inputs), choices or {})


def value(expression: str, context: str = "", choices: dict[str, Value] | None = None) -> Value:
    return evaluation(f"{context}\nlet result = {expression}", choices).value("result")


def number(expression: str, context: str = "") -> Fraction:
    found = value(expression, context)
    assert isinstance(found, Fraction)
    return found


# -------------------------------------------------------------------------------- whole networks


def mobile(res: int, depth: int, k: int, e: int) -> dict[str, Value]:
    choices: dict[str, Value] = {"res": Fraction(res)}
    for s in range(1, 6):
        choices[f"depth[{s}]"] = Fraction(depth)
        for b in range(1, depth + 1):
            choices[f"k[{s}, {b}]"] = Fraction(k)
            choices[f"e[{s}, {b}]"] = Fraction(e)
    return choices


@pytest.mark.parametrize(
    ("choices", "macs", "params", "microseconds"),
    [
        (mobile(224, 4, 7, 6), 843_101_040, 10_701_632, 92_397),
        (mobile(224, 2, 3, 3), 193_078_200, 4_602_456, 17_767),
    ],
)
def test_ends_of_the_once_for_all_space(
    choices: dict[str, Value], macs: int, params: int, microseconds: int
) -> None:
    found = Evaluation(bind(load(SPECS / "ofa_mobile.arch")), choices)
    assert found.structure_ok()
    assert found.plain_values() == {
        "macs": macs,
        "params": params,
        "time": Fraction(microseconds, 10**6),
    }
    assert found.goal("latency") == Fraction(microseconds, 10**6)


def test_a_network_has_leaves_under_their_labels() -> None:
    found = Evaluation(bind(load(SPECS / "ofa_mobile.arch")), mobile(224, 2, 3, 3))
    network = found.network("mobile")
    labels = [leaf.label for leaf in network.leaves]
    assert labels[:4] == ["stem", "first.depthwise", "first.project", "first.skip"]
    assert "block[2, 1].gate.squeeze" in labels
    assert labels[-3:] == ["global_pool", "feature", "head"]
    widen = next(leaf for leaf in network.leaves if leaf.label == "block[1, 1].widen")
    assert (widen.layer, widen.op, widen.module, widen.builtin) == (
        "block[1, 1]", "conv", "std.nn", True,
    )  # fmt: skip
    assert (widen.input_shapes, widen.shape) == (((24, 112, 112),), (72, 112, 112))
    assert widen.costs["macs"] == 24 * 72 * 112 * 112
    assert (widen.arguments["out"], str(widen.arguments["act"])) == (72, "relu")
    assert network.inputs == (("x", 0, (3, 224, 224)),)
    assert network.output == network.leaves[-1].output
    assert sum(leaf.costs.get("macs", 0) for leaf in network.leaves) == 193_078_200


def test_live_memory_of_the_widest_block() -> None:
    choices: dict[str, Value] = {"res": Fraction(176), "scale": Fraction(100)}
    for s in range(1, 5):
        choices |= {f"depth[{s}]": Fraction(1), f"k[{s}]": Fraction(3), f"e[{s}]": Fraction(6)}
    found = Evaluation(bind(load(SPECS / "mcu_vision.arch")), choices)
    assert found.value("peak") == 433_664 * 8
    assert [str(c) for c in found.holds("sram")] == ["sram"]
    assert found.holds("flash") == []


def cell(kind: str) -> tuple[Evaluation, dict[str, Value]]:
    bound = bind(load(SPECS / "darts_cell.arch"))
    op = next(v for v in Evaluation(bound, {}).members() if v.name == "kind")
    enum = op.instance.enumerators(op.instance.spec.names["Op"])  # type: ignore[arg-type]
    chosen = next(e for e in enum if e.name == kind)
    choices: dict[str, Value] = {}
    for j in range(2, 6):
        for i in range(j):
            choices[f"edge[{j}, {i}]"] = i >= j - 2
            if i >= j - 2:
                choices[f"kind[{j}, {i}]"] = chosen
    return Evaluation(bound, choices), choices


@pytest.mark.parametrize("kind", ["skip", "sep_5", "max_pool", "dil_3"])
def test_live_memory_of_a_cell_is_at_the_concat(kind: str) -> None:
    found, _ = cell(kind)
    assert found.structure_ok()
    assert found.value("peak") == 8 * 16 * 32**2


def test_the_dearest_cell() -> None:
    found, choices = cell("sep_5")
    assert found.goal("capacity") == 11_272_192
    assert found.holds("two_inputs") == []
    choices["edge[2, 0]"] = False
    del choices["kind[2, 0]"]
    broken = Evaluation(found.bound, choices)
    assert [str(c) for c in broken.holds("two_inputs")] == ["two_inputs[2]"]


def test_imports_bring_their_choices_and_requires() -> None:
    found = Evaluation(
        bind(load(SPECS / "joint_rnn.arch")), {"width": Fraction(5376), "split": Fraction(2)}
    )
    assert found.goals() == {"head": 2688, "width": 5376}
    assert {"t.batch_tile[forward]", "t.cached[backward]"} < {m.key for m in found.members()}
    assert found.broken_structure() == (
        "t.batch_tile[forward] has no value",
        found.members()[0].node.span,
    )


def test_what_an_import_is_bound_to_stays_in_its_domain() -> None:
    found = Evaluation(
        bind(load(SPECS / "joint_rnn.arch")), {"width": Fraction(8200), "split": Fraction(1)}
    )
    assert not found.structure_ok()


# ------------------------------------------------------------------------------------ expressions


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7 / 2", Fraction(7, 2)),
        ("-7 % 3", 2),
        ("7.5 % 2", Fraction(3, 2)),
        ("2 ^ 10", 1024),
        ("2 ^ -2", Fraction(1, 4)),
        ("floor(-7 / 2)", -4),
        ("ceil(7 / 2)", 4),
        ("exact(8 / 2)", 4),
        ("abs(-3)", 3),
        ("max(3, 8, 5) - min(3, 8, 5)", 5),
        ("sum(i * j for i in 1 .. 3, j in i .. 3 where i != j)", 2 + 3 + 6),
        ("product(i for i in {2, 3, 5})", 30),
        ("count(i % 2 == 0 for i in 1 .. 7)", 3),
        ("max(i for i in 1 .. 3 where i > 5 else 0)", 0),
        ("sum(i for i in 3 .. 12 step 4)", 3 + 7 + 11),
        ("sum(d for d in divisors(12))", 28),
        ("if 1 < 2 <= 2 < 3 then 1 else 0", 1),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1_000 * 1 KiB", 1000 * 1024 * 8),
        ("3 MAC / 2 cycle", Fraction(3, 2)),
    ],
)
def test_numbers(expression: str, expected: Fraction) -> None:
    assert number(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("3 divides 12", True),
        ("5 divides 12", False),
        ("0 divides 0", True),
        ("0 divides 4", False),
        ("0.5 divides 2", True),
        ("1 < 2 iff 3 < 2", False),
        ("1 > 2 implies 3 > 4", True),
        ("not (1 > 2) and 2 in {1, 2}", True),
        ("7 in 1 .. 10 step 2", True),
        ("8 in 1 .. 10 step 2", False),
        ("all(i > 0 for i in 1 .. 3) and any(i == 2 for i in 1 .. 3)", True),
    ],
)
def test_conditions(expression: str, expected: bool) -> None:
    found = evaluation(f"require it: {expression}")
    assert (found.holds("it") == []) is expected


def test_long_chains_and_deep_brackets_are_no_trouble() -> None:
    chain = "\n".join(f"let a{i} = a{i - 1} + x" for i in range(1, 1500))
    found = evaluation(f"space s {{ x: 1 .. 3 }}\nlet a0 = x\n{chain}", {"x": Fraction(2)})
    assert found.value("a1499") == 3000
    assert found.structure_ok()
    assert number("(1 + " * 120 + "1" + ")" * 120) == 121


def test_functions_expand_in_place() -> None:
    context = "fn only(c, v) = if c then v else 0\n"
    assert number("only(1 > 2, exact(7 / 2))", context) == 0


def test_families_and_guards() -> None:
    text = """
    enum Pass { forward, backward }
    let a[p in Pass, i in 1 .. 2] = (if p == backward then 10 else 20) + i when i < 2
    let b = sum(a[p, 1] for p in Pass)
    """
    found = evaluation(text)
    assert found.value("b") == 32
    assert found.structure_ok()


def test_an_exact_that_fails_breaks_the_structure_wherever_it_stands() -> None:
    text = """
    space s { x: 1 .. 4  on: bool }
    require r: on or exact(4 / x) > 0
    require q: on implies exact(8 / x) > 0
    """

    def ok(x: int, on: bool) -> bool:
        return evaluation(text, {"x": Fraction(x), "on": on}).structure_ok()

    assert ok(2, True) and ok(4, False)
    assert not ok(3, False)  # `or` reaches both of its sides
    assert not ok(3, True)


def test_inactive_choices_are_absent() -> None:
    text = "space s { on: bool  x: {1, 2} when on }\nmaximize if on then x else 0 as goal"
    assert evaluation(text, {"on": False}).structure_ok()
    assert evaluation(text, {"on": False}).goal("goal") == 0
    assert evaluation(text, {"on": True, "x": Fraction(2)}).goal("goal") == 2
    for wrong in ({"on": True}, {"on": False, "x": Fraction(1)}, {"on": True, "x": Fraction(3)}):
        assert not evaluation(text, wrong).structure_ok()
    assert evaluation(text, {"on": True, "x": Fraction(1)}).active("x")
    with pytest.raises(Unread, match="x was read"):
        evaluation(text, {"on": True}).goal("goal")


def test_a_let_without_guard_has_no_value_where_it_reads_an_inactive_choice() -> None:
    text = """
    space s { n: 1 .. 2  k[i in 1 .. 2]: {1, 3} when i <= n }
    let double[i in 1 .. 2] = exact(4 * k[i] / 2)
    maximize sum(double[i] for i in 1 .. 2 where i <= n) as goal
    """
    found = evaluation(text, {"n": Fraction(1), "k[1]": Fraction(3)})
    assert found.structure_ok() and found.goal("goal") == 6


def test_missing_rows_break_the_structure() -> None:
    text = """
    table t(a, b) -> (c: us) { 1, 1 -> 5  2, 1 -> 7 } partial
    space s { a: 1 .. 2  b: 1 .. 2 }
    minimize t[a, b].c as time
    """
    ok = evaluation(text, {"a": Fraction(2), "b": Fraction(1)})
    assert ok.structure_ok() and ok.goal("time") == Fraction(7, 10**6)
    broken = evaluation(text, {"a": Fraction(2), "b": Fraction(2)}).broken_structure()
    assert broken is not None and broken[0] == "`t` has no row for (2, 2)"


def test_preferences_weigh_what_is_broken() -> None:
    text = """
    space s { x: 1 .. 4 }
    prefer small for i in 1 .. 3 weight i: x <= i
    prefer even: x % 2 == 0
    """
    assert evaluation(text, {"x": Fraction(3)}).penalty() == 1 + 2 + 1
    assert evaluation(text, {"x": Fraction(4)}).penalty() == 1 + 2 + 3


# --------------------------------------------------------------------------------------- networks

NET = """
import std.nn as nn
space s { wide: bool  side: {4, 6} }
"""


def test_statements_run_in_order_and_merge() -> None:
    text = (
        NET
        + """
    network net(x: tensor[2, side, side]) {
      y = nn.conv(x, out = 4) as one
      if wide { y = nn.conv(y, out = 8, bias = true) as two }
      for i in 1 .. 2 when wide or i == 1 { z[i] = nn.pool(y, k = 2, stride = i) as pool[i] }
      y = nn.concat(z[1], y)
      return nn.add(y, y)
    }
    let macs = sum(l.macs for l in net.layers)
    """
    )
    narrow = evaluation(text, {"wide": False, "side": Fraction(4)})
    assert narrow.structure_ok()
    assert [leaf.label for leaf in narrow.network("net").leaves] == [
        "one",
        "pool[1]",
        "concat",
        "add",
    ]
    assert narrow.network("net").leaves[-1].shape == (8, 4, 4)
    wide = evaluation(text, {"wide": True, "side": Fraction(6)})
    assert [leaf.shape for leaf in wide.network("net").leaves][-2:] == [(16, 6, 6)] * 2
    assert wide.value("macs") == 36 * (2 * 4 + 4 * 8)


def test_shapes_are_structure() -> None:
    text = (
        NET
        + """
    network net(x: tensor[2, side, side]) {
      y = nn.pool(x, k = 2, stride = if wide then 2 else 1)
      return nn.add(x, y)
    }
    """
    )
    assert evaluation(text, {"wide": False, "side": Fraction(4)}).structure_ok()
    broken = evaluation(text, {"wide": True, "side": Fraction(4)}).broken_structure()
    assert broken is not None and broken[0] == "`x` of `add` has 2 where H is 4"


def test_domains_of_formals_are_structure() -> None:
    text = (
        NET
        + """
    network net(x: tensor[2, side, side]) { return nn.conv(x, out = 3, stride = 30 * (side - 3)) }
    """
    )
    assert evaluation(text, {"wide": True, "side": Fraction(4)}).structure_ok()
    broken = evaluation(text, {"wide": True, "side": Fraction(6)}).broken_structure()
    assert broken is not None and broken[0] == "`stride` of `conv` is 90, which is not in 1 .. 64"


def test_requires_of_ops_are_named_by_their_labels() -> None:
    text = (
        NET
        + """
    op block(x: tensor[C, H, W], g: 1 .. 8) {
      require small: g <= 6
      x = nn.conv(x, out = C, groups = g) as inner
      return x
    }
    network net(x: tensor[6, side, side]) {
      for i in 1 .. 2 { x = block(x, g = i * side) as part[i] }
      return x
    }
    """
    )
    found = evaluation(text, {"wide": False, "side": Fraction(4)})
    assert "part[1].inner.whole_groups" in found.require_names
    assert [str(c) for c in found.holds("part.small")] == ["part[2].small"]
    assert found.holds("part[1].small") == []
    assert [str(c) for c in found.holds("part.inner.whole_groups")] == [
        "part[1].inner.whole_groups", "part[2].inner.whole_groups",
    ]  # fmt: skip


def test_a_cost_of_a_composite_replaces_the_sum() -> None:
    text = (
        NET
        + """
    op fused(x: tensor[C, H, W]) {
      let macs = 5 * 1 MAC
      x = nn.conv(x, out = C)
      return nn.conv(x, out = C)
    }
    network net(x: tensor[2, side, side]) { return fused(fused(x)) }
    let macs = sum(l.macs for l in net.layers)
    let leaf_macs = sum(l.macs for l in net.leaves)
    let params = sum(l.params for l in net.layers)
    """
    )
    found = evaluation(text, {"wide": False, "side": Fraction(4)})
    assert found.value("macs") == 10
    assert found.value("leaf_macs") == 4 * 16 * 4
    assert found.value("params") == 4 * (4 + 4)


def test_room_reused_in_place() -> None:
    text = (
        NET
        + """
    op keep(x: tensor[C, H, W]) -> tensor[C, H, W] { let reuse = true  let scratch = 3 }
    network net(x: tensor[2, side, side]) {
      y = keep(x) as first
      z = keep(y) as second
      return nn.add(z, y)
    }
    """
    )
    found = evaluation(text, {"wide": False, "side": Fraction(4)})
    size = 2 * 4 * 4
    costs = [leaf.costs["live"] for leaf in found.network("net").leaves]
    assert costs == [size + 3, 2 * size + 3, 2 * size]  # y is read later, so second cannot reuse


def test_layers_that_choices_left_out_keep_their_places() -> None:
    text = """arch 1
import std.nn as nn
space s {
  depth[s in 1 .. 2]: 1 .. 3
  last:               bool
  wide:               bool
}
network net(x: tensor[4, 8, 8]) {
  for s in 1 .. 2, b in 1 .. 3 when b <= depth[s] { x = nn.conv(x, out = 4) as block[s, b] }
  for i in 1 .. 2 when i != 1                     { x = nn.conv(x, out = 4) as fixed[i] }
  if last {
    let n = 2
    for j in 1 .. n { x = nn.conv(x, out = 4) as more[j] }
    x = nn.activate(x, act = nn.relu)
  }
  if wide { x = nn.conv(x, out = 9) as head }
  else    { x = nn.conv(x, out = 5) as head }
  return x
}
"""
    bound = bind(loads(text))
    choices = {"depth[1]": Fraction(1), "depth[2]": Fraction(3), "last": False, "wide": True}
    layers = Evaluation(bound, choices).network("net").layers
    assert [(x.label, x.op, x.first, x.stop) for x in layers if not x.active] == [
        ("block[1, 2]", "conv", 1, 1),
        ("block[1, 3]", "conv", 1, 1),
        ("more[1]", "conv", 5, 5),
        ("more[2]", "conv", 5, 5),
        ("activate", "activate", 5, 5),
    ]
    assert [x.label for x in layers if x.active] == [
        *("block[1, 1]", "block[2, 1]", "block[2, 2]", "block[2, 3]", "fixed[2]", "head")
    ]
    span = layers[-1].span
    assert layers[-1].arguments["out"] == 9 and span is not None and span.line == 16
    there = Evaluation(bound, {**choices, "last": True}).network("net").layers
    assert all(x.active for x in there if x.label.startswith("more"))
