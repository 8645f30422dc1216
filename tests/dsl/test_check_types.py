"""What the checker finds out: kinds, units, and what names refer to."""

from __future__ import annotations

import pytest

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import loads, standard
from archwright.dsl.spec import EnumName, Spec, Target
from archwright.dsl.types import BOOL, FamilyType, FunctionType, Num, OpType


def check(text: str) -> Spec:
    return loads("arch 1\n" + text)


def unit(text: str, name: str = "a") -> str:
    spec = check(text)
    return str(spec.dimension(spec.names[name]))


def slugs(text: str) -> list[str]:
    try:
        return [d.slug for d in check(text).warnings]
    except ArchError as error:
        return [d.slug for d in error.diagnostics]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("3 KiB + 2 bit", "B"),
        ("3 KiB * 2", "B"),
        ("3 KiB / 2 s", "B/s"),
        ("3 GB/s * 2 ms", "B"),
        ("3 W * 2 s", "J"),
        ("1 MHz * 1 s", "cycle"),
        ("3 KiB / 1 B", "1"),
        ("(2 s)^2 / 1 s", "s"),
        ("-(2 s)", "s"),
        ("abs(2 s)", "s"),
        ("0 + 2 s", "s"),
        ("2 s - 0", "s"),
        ("max(0, 2 s)", "s"),
        ("if true then 0 else 2 s", "s"),
        ("sum(i * 1 B for i in 1 .. 3)", "B"),
        ("max(i * 1 B for i in 1 .. 3 where i > 4 else 0)", "B"),
        ("count(i > 1 for i in 1 .. 3)", "1"),
        ("exact(6 / 3) + floor(7 / 2) + ceil(1.5) + 7 % 2", "1"),
        ("0", "1"),
    ],
)
def test_units_of_expressions(expression: str, expected: str) -> None:
    assert unit(f"let a = {expression}") == expected


def test_functions_take_any_unit_that_fits() -> None:
    text = """
    fn ratio(x, y)  = x / y
    fn only(c, v)   = if c then v else 0
    fn square(x)    = x^2
    fn worst(x, y)  = max(x, y)
    let a = ratio(3 B, 2 s)
    let b = only(true, 3 B) + only(false, 0)
    let c = square(3 s)
    let d = worst(0, 2 ms) + worst(1 s, 0)
    """
    spec = check(text)
    found = [str(spec.dimension(spec.names[name])) for name in "abcd"]
    assert found == ["B/s", "B", "s^2", "s"]


def test_what_a_function_demands_is_demanded_of_its_callers() -> None:
    assert slugs("fn f(x) = x + 1 s\nlet a = f(3 B)") == ["unit-mismatch"]
    assert slugs("fn f(x) = x^2 + 1 s") == ["unit-mismatch"]
    assert slugs("fn f(x, y) = x^2 + y^4\nlet a = f((2 s)^2, 1 s)") == []
    assert slugs("fn f(x) = x and true\nlet a = f(1)") == ["kind-mismatch"]


def test_functions_may_read_fields_of_what_they_are_given() -> None:
    text = """
    hardware h { size = 3 B  rate = 3 B/s }
    fn time(card) = card.size / card.rate
    fn outer(card) = 2 * time(card)
    let a = outer(h)
    """
    assert unit(text) == "s"
    assert slugs(text + "let b = time(3)") == ["not-a-record"]
    assert slugs(text.replace("card.rate", "card.speed")) == ["unknown-field"]


def test_types_of_declarations() -> None:
    spec = check(
        """
        enum Act { relu, tanh }
        param n: 1 .. 8 = 4
        param frame: 1 ms .. 9 ms = 2 ms
        space s { x[i in 1 .. n, p in Act]: {1 KiB, 2 KiB}  on: bool  act: Act when on }
        table t(k: KiB, act: Act) -> (time: us, ok) { 1, relu -> 2, true }
        fn f(a) = a * n
        let b[i in 1 .. 3] = f(i) > 2
        require some: on and x[1, relu] > t[1 KiB, relu].time * (1 B/us)
          because "{x[1, relu]} of {frame}"
        minimize x[1, relu] as size
        """
    )
    types = {name: spec.types[node] for name, node in spec.names.items()}
    assert isinstance(types["f"], FunctionType)
    assert types["b"] == FamilyType((Num(),), BOOL)
    assert types["on"] == BOOL
    assert isinstance(types["x"], FamilyType)
    assert str(spec.dimension(spec.names["x"])) == "B"
    assert str(spec.dimension(spec.names["frame"])) == "s"
    assert str(spec.dimension(spec.goals["size"])) == "B"
    table = spec.names["t"]
    assert isinstance(table, nodes.Table)
    assert [str(spec.types[c]) for c in (*table.keys, *table.values)] == [
        "a number in B",
        "a name of the enum `Act`",
        "a number in s",
        "a truth value",
    ]
    with pytest.raises(TypeError):
        spec.dimension(spec.names["on"])
    assert spec.enum_id("Act") == "<text>:Act"


def test_costs_of_layers_have_units() -> None:
    text = """
    import std.nn as nn
    op timed(x: tensor[C, H, W], rate) -> tensor[C, H, W] { let time = C * H * W / rate }
    op fused(x: tensor[C, H, W]) -> tensor[C, H, W] {
      x = nn.conv(x, out = C)
      x = timed(x, rate = 2 MHz)
      return x
    }
    network eye(x: tensor[3, 32, 32]) {
      x = nn.mbconv(x, out = 8, k = 3, expand = 4)
      x = fused(x) as block
      x = timed(x, 5 MHz)
      return x
    }
    let a = sum(l.time for l in eye.layers)
    let b = sum(l.macs for l in eye.leaves)
    let c = max(l.live for l in eye.leaves)
    let d = sum(l.weight_bytes for l in eye.layers where l.macs > 3 MAC)
    """
    spec = check(text)
    found = [str(spec.dimension(spec.names[name])) for name in "abcd"]
    assert found == ["s/cycle", "MAC", "1", "B"]
    eye = spec.types[spec.names["eye"]]
    assert isinstance(eye, OpType)
    assert {"time", "macs", "params"} <= eye.leaf_costs.keys()


def test_a_cost_that_callers_measure_differently_is_told_where_it_is_read() -> None:
    text = """
    op timed(x: tensor[C], rate) -> tensor[C] { let time = C / rate }
    network eye(x: tensor[3]) {
      x = timed(x, rate = 2 MHz)
      x = timed(x, rate = 2 B)
      return x
    }
    """
    assert slugs(text) == []
    assert slugs(text + "let a = sum(l.time for l in eye.layers)") == ["unit-mismatch"]


def test_a_default_sees_the_formals_in_front_of_it_and_the_file() -> None:
    circle = "op f(x: tensor[T], a = b, b = a) -> tensor[T] { let c = a + b }"
    assert slugs(circle) == ["unknown-name"]
    assert slugs("param b: 1 .. 9 = 2\n" + circle) == []
    assert slugs("op f(x: tensor[T], a = c) -> tensor[T] { let c = a }") == ["unknown-name"]
    spec = check("param bits: 1 .. 9 = 2\nop f(x: tensor[T], bits = bits) -> tensor[T] { }")
    op = spec.names["f"]
    assert isinstance(op, nodes.Op)
    default = op.formals[1].default
    assert default is not None
    use = spec.uses[default]
    assert isinstance(use, Target)
    assert use.node is spec.names["bits"]


def test_what_names_refer_to() -> None:
    spec = check(
        "enum Act { relu, tanh }\nparam n: 1 .. 8 = 4\nlet a = if n > 2 then relu else tanh"
    )
    value = spec.names["a"]
    assert isinstance(value, nodes.Let)
    choose = value.value
    assert isinstance(choose, nodes.Choose)
    then = spec.uses[choose.then]
    assert isinstance(then, EnumName)
    assert (then.enum.name.text, then.position) == ("Act", 0)
    assert isinstance(choose.condition, nodes.Compare)
    assert spec.uses[choose.condition.operands[0]] == Target(spec.names["n"])


def test_ranges_may_use_constants_and_functions_of_static_arguments() -> None:
    text = """
    let n = 2 * 3
    table t(k) -> (rows) { 1 -> 4 }
    hardware h { cores = 4 }
    fn total(m) = sum(x[i] for i in 1 .. m)
    space s { x[i in 1 .. n]: 1 .. 9  y[i in 1 .. h.cores]: 1 .. t[1].rows }
    let a = total(n) + total(t[1].rows) + sum(y[j] for i in 1 .. 2, j in i .. 2 * i)
    """
    assert slugs(text) == []
    assert slugs(text + "let b = total(x[1])") == ["not-static"]


def test_a_chain_of_definitions_needs_no_stack() -> None:
    lines = ["let x0 = 1 B"] + [f"let x{i} = x{i - 1} + 1 B" for i in range(1, 3000)]
    spec = check("\n".join(reversed(lines)))
    assert str(spec.dimension(spec.names["x2999"])) == "B"


def test_locals_hide_and_qualified_names_decide() -> None:
    text = """
    enum Op { skip, conv }
    enum Join { skip, add }
    table cost(op: Op) -> (time: us) { skip -> 1  conv -> 2 }
    space s { op: Op  join: Join }
    let a = cost[op].time * (if op == Op.skip and join != Join.skip then 1 else 2)
    fn f(skip) = skip + 1
    """
    assert slugs(text) == []


def test_text_after_a_mistake_is_checked_too() -> None:
    text = """
    let a = 1 B + 1 s
    let b = a * 2 + 1 s
    let c = unknown + a
    let d = 3 and b
    """
    assert slugs(text) == ["unit-mismatch", "unknown-name", "kind-mismatch"]


def test_standard_modules_are_loaded_once() -> None:
    assert standard("std.nn") is standard("std.nn")
