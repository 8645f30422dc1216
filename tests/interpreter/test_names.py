"""Names that mean one thing here and another there."""

from __future__ import annotations

from .test_regressions import holds, results


def test_a_goal_without_a_name_is_called_by_its_text() -> None:
    holds("""
        space s { a[i in 1 .. 2, j in 1 .. 2]: 1 .. 4 }
        require fits: a[1, 2] + a[2, 1] < 6
        maximize a[1,2]
        expect best a[1, 2] == 4""")


def test_a_name_of_a_built_in_function_is_that_function_before_a_bracket_only() -> None:
    holds("""
        space s { a: 1 .. 2 }
        let sum = a + 1
        fn twice(max) = max(max, 1) * 2
        let x = sum + sum(1, 2) + sum(sum for i in 1 .. 2)
        expect value x == a + 1 + 3 + 2 * (a + 1)
        expect value twice(3) == 6""")


def test_tensors_called_sum() -> None:
    holds("""
        import std.nn as nn
        network net(x: tensor[3, 8, 8]) {
          sum = nn.conv(x, out = 3)
          sum = sum(sum, x)
          return sum
        }
        expect value count(true for l in net.layers) == 2""")


def test_an_enum_called_bool() -> None:
    holds("""
        enum bool { no, perhaps, yes }
        space s { a: bool }
        expect count == 3
        expect domain a is {no, perhaps, yes}""")


def test_a_wide_range_is_no_list() -> None:
    text = """
        space s { a: 1 .. 10_000_000  room: 1 B .. 10 GB step 1 B }
        require r: a * a <= 50
        require few: room * 2 <= 50 B
        maximize a as m
        expect best m == 7
        expect count == 7 * 25"""
    assert [r.found for r in results(text) if not r.ok] == []
    assert results("space s { a: 1 .. 10_000_000 }\nexpect count == 10_000_000")[0].ok


def test_a_range_that_depends_on_choices_is_no_list_either() -> None:
    text = """
        space s {
          a: 1 .. 5
          b: 1 .. a * 10_000_000
        }
        require q: a * b < 100
        maximize b as b
        expect best b == 99"""
    assert [r.found for r in results(text) if not r.ok] == []


def test_networks_that_share_labels_have_their_own_constraints() -> None:
    holds("""
        op f(x: tensor[C], k: 1 .. 9) -> tensor[C] { require ok: k <= 3  let macs = C * k * 1 MAC }
        space s { a: 1 .. 9  c: 1 .. 9 }
        network one(x: tensor[3]) { x = f(x, k = a) as stem  return x }
        network two(x: tensor[3]) { x = f(x, k = c) as stem  return x }
        expect unsat by stem.ok with { a = 5 }
        expect unsat by one.stem.ok with { a = 5 }
        expect sat with { a = 5 } without one.stem.ok
        expect unsat with { a = 5 } without two.stem.ok
        expect count == 81 without stem.ok""")
