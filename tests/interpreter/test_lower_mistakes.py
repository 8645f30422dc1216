"""What the lowering refuses, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.load import load, loads
from archwright.dsl.slugs import SLUGS
from archwright.interpreter.bind import bind
from archwright.interpreter.lower import lower


def mistake(text: str, **limits: int) -> Diagnostic:
    bound = bind(loads("arch 1\n" + text, limits=limits))
    with pytest.raises(ArchError) as caught:
        lower(bound)
    (found,) = caught.value.diagnostics
    assert found.slug in SLUGS
    assert found.span is not None
    return found


GUARD = "say `{0} implies …` in a condition, `where {0}` behind a `for`"
ELASTIC = "space s { depth: 2 .. 4  k[b in 1 .. 4]: {3, 5} when b <= depth }\n"


def test_unguarded_read() -> None:
    found = mistake(ELASTIC + "require r: sum(k[j] for j in 1 .. 4) <= 12")
    assert found.slug == "unguarded-read"
    assert found.message == "`k[3]` may be inactive here"
    assert found.span is not None and found.span.text == "k[j]"
    assert found.label == "it is active when 3 <= depth"
    assert found.notes == ("depth is 2 .. 4",)
    assert [f.text for f in found.fixes] == [GUARD.format("j <= depth")]
    assert [(v.name, v.text) for v in found.values] == [("j", "3")]


def test_what_the_domain_proves_needs_no_guard() -> None:
    lower(bind(loads("arch 1\n" + ELASTIC + "require r: k[1] + k[2] <= 8")))


def test_a_stronger_condition_is_a_guard() -> None:
    text = "require r: depth == 4 implies k[3] + k[4] <= 8"
    lower(bind(loads("arch 1\n" + ELASTIC + text)))


def test_propagation_proves_what_is_too_much_to_enumerate() -> None:
    text = """
        space s { x[i in 1 .. 6]: 0 .. 9  on: bool when sum(x[i] for i in 1 .. 6) >= 10 }
        require r: sum(x[i] for i in 1 .. 6) >= 12 implies on"""
    lower(bind(loads("arch 1" + text)))
    found = mistake(text.replace(">= 12", ">= 8").strip())
    assert found.slug == "unguarded-read"


def test_unguarded_let() -> None:
    found = mistake("space s { n: 0 .. 5 }\nlet f = 12 / n when n > 0\nrequire r: f <= 4")
    assert (found.slug, found.message) == ("unguarded-read", "`f` may be inactive here")
    assert [f.text for f in found.fixes] == [GUARD.format("n > 0")]


def test_zero_divisor() -> None:
    found = mistake("space s { d: 0 .. 4 }\nrequire r: 12 / d >= 2")
    assert found.slug == "maybe-zero-divisor"
    assert found.message == "`d` is a divisor and may not be positive here"
    assert found.label == "is 0 .. 4"
    assert [f.text for f in found.fixes] == [
        "write `if d > 0 then ... else ...` around the division"
    ]


def test_many_denominators() -> None:
    found = mistake("space s { p: 1 .. 4  q: 1 .. 4 }\nrequire r: 12 / p + 3 / q >= 2")
    assert found.slug == "many-denominators"
    assert found.message == "two different denominators meet here, `p` and `q`"
    assert [f.text for f in found.fixes] == [
        "state the rounding of each part with floor(), ceil() or exact()"
    ]


def test_missing_row() -> None:
    table = "table t(a, on) -> (v) { 1, true -> 1  1, false -> 2  2, true -> 3 }\n"
    found = mistake(table + "space s { a: 1 .. 3  on: bool }\nrequire r: t[a, on].v <= 2")
    assert found.slug == "missing-row"
    assert found.message == "`t` has no row for (a 2, on false)"
    assert found.notes == (
        "3 of 6 needed rows are missing; add `partial` to make missing rows forbidden choices",
    )


def test_rows_out_of_reach_may_miss() -> None:
    text = """
        table t(a, b) -> (v) { 1, 1 -> 1  2, 2 -> 3  3, 3 -> 4 }
        space s { a: 1 .. 3 }
        require r: t[a, a].v + (if a < 3 then t[a + 1, a + 1].v else 0) <= 4"""
    lower(bind(loads("arch 1" + text)))


def test_uneven_division_of_parameters() -> None:
    found = mistake("param n: 1 .. 9 = 8\nspace s { x: 1 .. 2 }\nlet m = exact(n / 3 * x / x)")
    assert found.slug == "uneven-division"
    assert found.message == "`exact(n / 3 * x / x)` is 8/3, which is not a whole number"


def test_too_wide() -> None:
    text = "space s { a: 1 .. 100_000  b: 1 .. 99_999  c: 1 .. 99_998  d: 1 .. 99_997 }\n"
    found = mistake(text + "require r: (a * b * c * d) ^ 9 <= 7 * a + 3 * b")
    assert found.slug == "too-wide"
    assert "more than 480 bits hold" in found.message
    assert [v.name for v in found.values] == ["a", "b", "c", "d"]
    assert found.values[0].text == "1 .. 100_000"


def test_too_large_unrolling() -> None:
    text = "space s { n: 1 .. 2 }\nrequire r: sum(n * i * j for i in 1 .. 20, j in 1 .. 20) >= 2"
    found = mistake(text, terms=300)
    assert found.slug == "too-large-unrolling"
    assert found.message == "this spec unrolls to more than 300 terms"
    assert found.span is not None and found.span.text == "j in 1 .. 20"


def test_rational_goal() -> None:
    found = mistake("space s { p: 1 .. 100  q: 1 .. 12 }\nminimize q / p as x")
    assert found.slug == "rational-goal"


def test_out_of_family() -> None:
    found = mistake("space s { a: 1 .. 4  x[i in 1 .. 3]: 0 .. 5 }\nrequire r: x[a] <= 3")
    assert found.slug == "out-of-family"
    assert found.notes == ("`x` has a member for each i in 1 .. 3",)


def test_logarithm_of_nothing() -> None:
    found = mistake("space s { a: 0 .. 3 }\nmaximize ln(a) as g")
    assert found.slug == "maybe-no-logarithm"
    assert found.message == "this logarithm needs a positive number, and it may be 0"


def test_exponents() -> None:
    found = mistake("param p: 1 .. 4 step 0.5 = 1.5\nspace s { x: 1 .. 3 }\nrequire r: x ^ p <= 4")
    assert found.slug == "bad-exponent"
    assert found.message == "an exponent is a whole number; this is 3/2"


NN = "import std.nn as nn\n"


def test_unbound_tensor() -> None:
    found = mistake(
        NN
        + """space s { on: bool }
        network net(x: tensor[3, 8, 8]) {
          if on { y = nn.conv(x, out = 4) as a }
          return nn.pool(y, k = 2)
        }"""
    )
    assert found.slug == "unbound-tensor"
    assert found.message == "`y` may not be bound here"


def test_shapes_that_never_fit() -> None:
    found = mistake(
        NN
        + """space s { out: {4, 8} }
        network net(x: tensor[3, 8, 8]) {
          y = nn.conv(x, out = out) as a
          z = nn.conv(x, out = 5) as b
          return nn.add(y, z)
        }"""
    )
    assert found.slug == "shape-mismatch"
    assert found.message == "`x` of `add` has 5 where C is 4 .. 8"


def test_formals_have_domains() -> None:
    found = mistake(
        NN
        + """space s { out: {4, 8} }
        network net(x: tensor[3, 8, 8]) {
          return nn.conv(x, out = out, k = out + 80)
        }"""
    )
    assert found.slug == "out-of-domain"
    assert found.message == "`k` of `conv` is not in 1 .. 64 for the call conv"


def test_long_chains_do_not_exhaust_the_stack() -> None:
    total = " + ".join(f"{i} * x" for i in range(1, 200))
    problem = lower(bind(loads(f"arch 1\nspace s {{ x: 1 .. 3 }}\nrequire r: {total} <= 20_000")))
    assert problem.problem.text(problem.problem.constraints[0].node) == "(x + -1) <= 0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("let n = 3 space s { x: n .. 2 }", "n is 3"),
        ("param room: 1 KiB .. 8 KiB = 4 KiB space s { x: room / 2 .. 1 KiB step 1 KiB }",
         "room / 2 is 2 KiB"),
        ("space s { x: divisors(7.5) }", "and this is 7.5"),
        ("space s { x: 1 .. exact(7 / 2) }", "is 3.5, which"),
    ],
)  # fmt: skip
def test_values_are_told_as_a_spec_writes_them(text: str, said: str) -> None:
    with pytest.raises(ArchError) as caught:
        lower(bind(loads(f"arch 1 {text}")))
    assert said in str(caught.value)


def test_an_unguarded_read_of_an_import_is_told_in_names_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.arch").write_text(
        "arch 1 enum Mode { slow, fast } space s { mode: Mode\n"
        "extra[i in 1 .. 2]: 1 .. 4 when mode == fast and i < 2 }"
    )
    (tmp_path / "spec.arch").write_text(
        'arch 1 import "x.arch" as a import "x.arch" as b require m: b.extra[1] > 1'
    )
    with pytest.raises(ArchError) as caught:
        lower(bind(load(tmp_path / "spec.arch")))
    found = caught.value.diagnostics[0]
    assert found.message == "`b.extra[1]` may be inactive here"
    assert found.notes == ("b.mode is {slow, fast}",)
    assert [f.text for f in found.fixes] == [GUARD.format("b.mode == b.fast and 1 < 2")]


def test_cells_too_fine_for_one_unit_are_told_with_their_row() -> None:
    found = mistake(
        "table t(k) -> (v) { 1 -> 2  2 -> 9000000.33333333333333333333  3 -> 0.5 }\n"
        "space s { k: 1 .. 3 }\nmaximize t[k].v as v"
    )
    assert found.slug == "too-wide"
    assert "column `v` of `t`" in found.message
    assert [v.name for v in found.values] == ["t[2].v"]
    assert "row 2" in found.notes[0]
    assert [f.text for f in found.fixes] == [
        "round the cells of this column to fewer decimal places"
    ]
