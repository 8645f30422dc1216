"""What went wrong once and must not again."""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import loads
from archwright.interpreter.answers import deviation
from archwright.interpreter.bind import bind
from archwright.interpreter.blame import report
from archwright.interpreter.brute import BruteForce
from archwright.interpreter.expect import ExpectResult, run
from archwright.interpreter.model_asker import ModelAsker
from archwright.interpreter.questions import Model
from archwright.solvers import questions as solver
from archwright.solvers.control import Control, Stopped
from archwright.text import answer


def model(text: str, **parameters: object) -> Model:
    return Model(bind(loads("arch 1\n" + text), parameters))


def results(text: str) -> list[ExpectResult]:
    return run(loads("arch 1\n" + text), lambda bound: ModelAsker(Model(bound), Control()))


def holds(text: str) -> None:
    """Every `expect` of a spec holds, by the solver and by brute force."""
    assert [r.found for r in results(text) if not r.ok] == []
    assert [r.found for r in run(loads("arch 1\n" + text), BruteForce) if not r.ok] == []


def test_a_record_without_a_schema() -> None:
    holds("""
        hardware a { x = 3  y = 2 KiB }
        let z = a.x * 2
        space s { n: 1 .. 4 }
        require few: n < a.x
        expect value z == 6 and a.y == 2 KiB
        expect count == 2""")


def test_truth_values_as_fields() -> None:
    text = """
        schema S { fast: bool = true  n: 1  large: bool = n > 2 }
        hardware a is S { n = 1 }
        hardware b is S { n = 3  fast = false }
        space s { k: 1 .. 4 }
        require f: a.fast implies k > 1
        require g: b.large and not a.large and not b.fast implies k > 2
        expect count == 2"""
    holds(text)
    assert bind(loads("arch 1\n" + text)).records["b"] == {"fast": False, "n": 3, "large": True}
    given = bind(loads("arch 1\n" + text), hardware={"a": {"fast": False, "n": 4}})
    assert given.records["a"] == {"fast": False, "n": Fraction(4), "large": True}


BITS = """
import std.nn as nn with { weight_bits = bits }
space s { bits: {4, 8} }
network net(x: tensor[3, 8, 8]) { return nn.conv(x, out = 4) }
minimize sum(l.weight_bytes for l in net.layers) as w
expect best w == 10 B
expect best w == 20 B with { bits = 8 }
expect value sum(l.weight_bytes for l in net.layers) == 20 * bits / 8 * 1 B
"""


def test_costs_that_depend_on_choices_in_a_network_that_does_not() -> None:
    holds(BITS)
    asked = model(BITS)
    assert [str(asked.solve({"bits": b}).goals["w"]) for b in (4, 8)] == ["10 B", "20 B"]


CONSTANT_MISTAKES = [
    ("let x = 0 ^ -1", "maybe-zero-divisor", "this divides by 0"),
    ("param n: 0 .. 2 = 0\nlet x = 1 / n", "maybe-zero-divisor", "`n` is a divisor and is 0"),
    ("param n: -2 .. 2 = -2\nlet x = 1 % n", "maybe-zero-divisor", "`n` is a divisor and is -2"),
    ("param n: 0 .. 2 = 0\nhardware h { x = 1 / n }", "maybe-zero-divisor", "`n` is a divisor"),
    ("param n: 0 .. 2 = 0\nparam m: 0 .. 1 = 1 / n", "maybe-zero-divisor", "`n` is a divisor"),
    ("param n: 0 .. 2 = 0\nlet x = ln(n)", "maybe-no-logarithm", "positive number, and this is 0"),
    ("param n: 0 .. 2 = 0\nlet x = ln(2, resolution = n)", "bad-step", "resolution is greater"),
    ("param n: 0 .. 2 step 0.5 = 0.5\nlet x = 2 ^ n", "bad-exponent", "this is 1/2"),
    ("param n: 0 .. 2 = 0\nlet x = sum(i for i in 1 .. 5 step n)", "bad-step", "this is 0"),
    ("param n: 0 .. 9 = 0\nlet f[i in 1 .. 2] = i\nlet x = f[n]", "out-of-family", "no `f[0]`"),
    (
        "param n: 0 .. 2 = 0\nlet f = 1 / n when n > 0\nlet x = f + 1",
        "unguarded-read",
        "`f` is read where its guard does not hold",
    ),
]


@pytest.mark.parametrize(("text", "slug", "words"), CONSTANT_MISTAKES)
def test_mistakes_among_constants_are_told_when_bound(text: str, slug: str, words: str) -> None:
    with pytest.raises(ArchError) as caught:
        bind(loads("arch 1\n" + text))
    found = caught.value.diagnostics[0]
    assert found.slug == slug
    assert words in found.message
    assert found.span is not None


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("space s { k: 1 .. 3 }\nlet x = k % -2", "maybe-zero-divisor"),
        (
            "param n: 0 .. 2 = 0\nspace s { k: 1 .. 3 }\nlet x = ln(k, resolution = n)",
            "bad-step",
        ),
    ],
)
def test_mistakes_beside_choices_are_told_when_compiled(text: str, slug: str) -> None:
    with pytest.raises(ArchError) as caught:
        model(text).solve()
    assert caught.value.diagnostics[0].slug == slug


def test_a_mistake_in_what_a_claim_compares_with() -> None:
    (found,) = results("param n: 0 .. 2 = 0\nspace s { k: 1 .. 3 }\nexpect count == 1 / n")
    assert (found.ok, found.found) == (False, "maybe-zero-divisor: `n` is a divisor and is 0")


def test_division_by_a_logarithm() -> None:
    holds("""
        space s { k: 2 .. 5 }
        let x = 1 / ln(k)
        let y = ln(k) / log2(k, resolution = 0.001)
        minimize x as x
        expect best x == 0.621334935
        expect value 0.69 < y < 0.7""")


def test_logarithms_are_shown_as_decimals_with_the_bound_of_their_error() -> None:
    found = model("""
        let x = ln(10)
        space s { n: 1 .. 5 }
        let u = ln(n) + 1 / 2
        let half = n / 2
        let third = n / 3
        maximize ln(n) as g""").solve()
    text = answer(found)
    assert "g = 1.609437912 ± 5e-10" in text
    assert "u = 2.109437912 ± 5e-10" in text
    assert "half = 2.5\n" in text
    assert "third = 5/3\n" in text
    assert "x =" not in text  # it is the same under all choices
    assert found.architecture is not None
    assert found.architecture.errors["g"] == Fraction(1, 2 * 10**9)


@pytest.mark.parametrize(
    ("bound", "text"),
    [("1/2000000000", "5e-10"), ("11/1000", "2e-2"), ("99/1000", "1e-1"), ("1/3", "4e-1"),
     ("1", "1e0"), ("95/10000", "1e-2")],
)  # fmt: skip
def test_a_bound_of_an_error_is_never_rounded_down(bound: str, text: str) -> None:
    assert deviation(Fraction(bound)) == text
    assert Fraction(text) >= Fraction(bound)


WITNESS = """
enum E { p, q }
space s { a: bool  n: 1 .. 6  e: E  x[i in 1 .. 2]: 1 .. 3  k: {4 KiB, 8 KiB} when a }
"""


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("a", "a == false"),
        ("2 divides n", "n == 1"),
        ("e in {q}", "e == p"),
        ("all(x[i] > 1 for i in 1 .. 2)", "a == false, n == 1, e == p, x[1] == 1, x[2] == 1"),
        ("(a implies k > 2 KiB) and n > 2", "a == false, n == 1"),
    ],
)
def test_a_condition_that_fails_says_in_which_solution(condition: str, found: str) -> None:
    (failed,) = results(f"{WITNESS}expect value {condition}")
    assert failed.found == f"a solution with {found}"


@pytest.mark.parametrize(
    ("choice", "raw", "slug"),
    [
        ("m", "2 us", "unit-mismatch"),
        ("m", 2, "unit-mismatch"),
        ("m", "2 KB", "bad-value"),
        ("m", "5 KiB", "out-of-domain"),
        ("n", "7 B", "unit-mismatch"),
        ("n", 7, "out-of-domain"),
        ("n", True, "bad-value"),
        ("b", 1, "out-of-domain"),
    ],
)
def test_choices_from_python_have_units(choice: str, raw: object, slug: str) -> None:
    asked = model("space s { m: 1 KiB .. 4 KiB step 1 KiB  n: 1 .. 5  b: bool }")
    with pytest.raises(ArchError) as caught:
        asked.solve({choice: raw})
    assert caught.value.diagnostics[0].slug == slug
    assert str(asked.solve({"m": "2 KiB"}).choices["m"]) == "2 KiB"


GUARDED = """
space s { depth: 1 .. 3  k[b in 1 .. 3]: {3, 5} when b <= depth  n: 0 .. 4 }
require large for i in 1 .. 3 where i <= depth: k[i] > 3 because "k is {k[i]}"
require least for i in 1 .. 3: i <= depth implies k[i] * 2 < 8 because "k is {k[i]}"
require share: n > 0 implies 12 / n > 20
require some: n > 0
"""


def test_a_conflict_shows_terms_under_the_conditions_that_guard_them() -> None:
    asked = model(GUARDED)
    found = asked.explain(without=("share",))
    assert found is not None
    assert found.constraints == ("large", "least")
    assert [m.reason for m in found.members] == ["k is 3", "k is 5"]
    assert found.values == {"k[1]": "3", "depth": "1 .. 3", "k[1] * 2": "10"}
    found = asked.explain(without=("large",))
    assert found is not None
    assert found.values["12 / n"] == "3 .. 12"


@pytest.mark.parametrize("error", [KeyboardInterrupt, Stopped])
@pytest.mark.parametrize("place", ["interpreter.blame.extent", "solvers.questions.relaxing"])
def test_an_interrupt_does_not_lose_a_conflict(
    error: type[BaseException], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, later = model(GUARDED), Control()
    calls = []

    def interrupted(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 1:
            raise error("now")

    monkeypatch.setattr(f"archwright.{place}", interrupted)
    found = asked.explain(without=("share",), again=lambda: nullcontext(later))
    assert found is not None and not calls
    assert found.constraints == ("large", "least")
    assert found.members[0].span.line
    if "extent" in place:
        assert all(member.terms == () for member in found.members[:1])
    else:
        assert found.repairs == () and not found.repairs_complete
    assert calls
    assert later.cancelled == (error is KeyboardInterrupt)


def test_the_values_of_a_conflict_end_with_the_question() -> None:
    asked, control = model(GUARDED), Control()
    fixed = asked.instance(without=("share",), control=control)
    assert fixed is not None
    conflict = solver.conflict(fixed)
    assert conflict is not None
    control.cancel()
    found = report(asked.lowered, fixed, conflict, control)
    assert found.constraints == ("large", "least")


SPACE = """
space s { a: 1 .. 4  c: 1 .. 4  d: 1 .. 3 }
require budget: a + c <= 5
prefer middle weight 2: d == 2
prefer even: 2 divides a
"""


def test_preferences_pick_among_the_solutions_of_a_point() -> None:
    text = SPACE + "optimize pareto { maximize a as a  maximize c as c }\n"
    holds(text + "expect front == 4\nexpect best a == 4")
    asked = model(text)
    front = asked.front()
    assert [p.choices for p in front] == [{"a": a, "c": 5 - a, "d": 2} for a in (4, 3, 2, 1)]
    assert front.goal_vectors() == [(4, 1), (3, 2), (2, 3), (1, 4)]
    assert front[-1].goals == {"a": 1, "c": 4}
    assert front[1:3] == [front[1], front[2]]
    best = asked.solve()
    assert best.choices == {"a": 4, "c": 1, "d": 2}
    assert best.goals == {"a": 4, "c": 1, "preferences": 0}
    loose = asked.front({"d": 3}, without=("budget",))
    assert [p.choices for p in loose] == [{"a": 4, "c": 4, "d": 3}]


@pytest.mark.parametrize(
    ("goals", "size"),
    [
        ("minimize c as c", 1),
        ("maximize d - a as x", 1),
        ("optimize lex { maximize a as a  maximize c as c }", 4),
    ],
)
def test_a_front_is_spanned_by_the_goals_that_the_spec_names(goals: str, size: int) -> None:
    text = SPACE + goals
    holds(f"{text}\nexpect front == {size}")
    front = model(text).front()
    assert len(front) == size
    assert "preferences" not in front.goal_names
    assert front[0].choices["d"] in (2, 3)


OPS = """
import std.nn as nn
op one(x: tensor[C], parts: 1 .. 8) -> tensor[C] { require whole: parts divides C }
op two(x: tensor[C], parts: 1 .. 8) -> tensor[C] { require small: parts < 2
 x = one(x, parts = parts) as inner
 return x }
space s { k: {1, 3} p[i in 1 .. 2]: 1 .. 4 q: bool }
network net(x: tensor[3, 8, 8]) {
  require small: k < 3
  x = nn.conv(x, out = 4, k = k) as c
  if q { x = nn.conv(x, out = 4, k = k) as d }
  return x }
network other(x: tensor[6]) {
  for i in 1 .. 2 { x = two(x, parts = p[i]) as step[i] }
  return one(x, parts = 1) }
expect count == 2 without c.whole_groups
expect count == 2 without d.whole_groups
expect count == 4 without net.small
expect count == 4 without small
expect count == 2 without net.c.whole_groups
expect count == 2 * 9 without other.step.small
expect count == 2 * 9 without step.small
expect count == 2 without step.inner.whole
expect count == 2 without other.step.inner.whole
expect count == 2 * 16 without step.small, other.step.inner.whole
expect count == 2 without one.whole
expect unsat by small with { k = 3 }
expect unsat by net.small with { k = 3 }
expect unsat by other.step.inner.whole with { p[1] = 4 }
"""


def test_constraints_of_ops_have_the_same_names_whether_or_not_they_hold_by_themselves() -> None:
    holds(OPS)
    with pytest.raises(ArchError) as caught:
        model(OPS).count(without=["c.whole_group"])
    (only,) = caught.value.diagnostics
    assert only.slug == "unknown-constraint"
    assert [f.text for f in only.fixes] == ["did you mean `c.whole_groups`?"]
    assert model(OPS).solve({"k": 3}, without=["small"]).choices["k"] == 3


def test_divisibility_of_fractions_with_different_denominators() -> None:
    holds("""
        space s { a: -3 .. 3  b: 1 .. 3  c: 1 .. 3 }
        require fits: a / b divides 3 / (b * c)
        expect count == 18""")


def test_a_choice_that_is_fixed_is_active() -> None:
    holds("""
        space s { a: bool  x: {1, 2} when a }
        expect count == 1 with { x = 2 }
        expect domain a is {true} with { x = 2 }""")


def test_what_is_dropped_is_not_kept_by_its_name() -> None:
    for claim in run(
        loads("arch 1\nspace s { x: 1 .. 2 }\nrequire r: x > 2\nexpect unsat by r without r"),
        BruteForce,
    ):
        assert not claim.ok
    (told,) = results("space s { x: 1 .. 2 }\nrequire r: x > 2\nexpect unsat by r without r")
    assert not told.ok


def test_fractions_are_no_divisors_and_have_none() -> None:
    holds("""
        space s { x: {0, 3, 4, 5}  d: divisors(x / 2)  y: {0.5, 1, 2, 2.5} }
        require r: y in divisors(x / 2)
        expect domain x is {4}
        expect count == 2 * 4 without r
        expect count == 4
        expect domain y is {1, 2}""")
    holds("""
        space s { x: {4, 5} }
        require r: 2.5 in divisors(x)
        expect unsat""")


@pytest.mark.parametrize(
    ("condition", "domain"),
    [
        ("ln(x) % 0.5 < 0.2", "{2, 8}"),
        ("ln(x) ^ 2 < 1.5", "{2}"),
        ("ln(x) ^ 0 == 1", "{2, 4, 8}"),
        ("log2(x) ^ -1 < 1", "{4, 8}"),
        ("2 divides log2(x)", "{4}"),
        ("log2(x) divides 3", "{2, 8}"),
        ("ln(x) divides 3 * ln(x)", "{2, 4, 8}"),
        ("3 % log2(x) == 1", "{4}"),
        ("exact(log2(x)) / 3 < 0.5", "{2}"),
        ("log2(x) in divisors(6)", "{2, 4, 8}"),
        ("2 in divisors(log2(x))", "{4}"),
        ("log2(x) in 1 .. 2", "{2, 4}"),
        ("x in log2(x) .. 8", "{2, 4, 8}"),
        ("floor(log2(x, resolution = 1)) * 0.3 == 0.3", "{2}"),
        ("max(log2(x, resolution = 0.7), 10) / 3 > 3.4", "{2, 4, 8}"),
        ("(log2(x, resolution = 0.5) % 1.1) * 0.3 < 0.4", "{8}"),
    ],
)
def test_logarithms_under_every_operator(condition: str, domain: str) -> None:
    holds(f"""
        space s {{ x: {{2, 4, 8}} }}
        require r: {condition}
        expect domain x is {domain}""")


@pytest.mark.parametrize("value", ["2 * k", "share + 1", "floor(share) in {1, k}"])
def test_a_let_for_guarded_readers_does_not_stop_an_answer(value: str) -> None:
    text = f"""
        space s {{ n: 0 .. 3  k: {{3, 5}} when n > 1 }}
        let share = 12 / n when n > 0
        let partly = {value}
        maximize n as n
        expect count == 2 + 2 * 2"""
    holds(text)
    found = model(text)
    assert found.solve().goals == {"n": 3}
    assert found.solve({"n": 0}).goals == {"n": 0}


def test_a_claim_does_not_hold_where_it_has_no_value() -> None:
    text = """
        space s { x: {1, 2, 3} }
        table t(k) -> (c) { 1 -> 5  2 -> 5 } partial
        expect value t[x].c == 5
        expect value exact(x / 2) >= 0"""
    for asked in (results(text), run(loads("arch 1\n" + text), BruteForce)):
        assert [(r.ok, r.diagnostics) for r in asked] == [(False, ())] * 2
        assert [r.found[:15] for r in asked] == ["a solution with"] * 2


def test_a_known_logarithm_is_the_key_of_a_table() -> None:
    holds("""
        table base(s) -> (width) { 0 -> 16  2 -> 32  3 -> 64 } partial
        space s { x: 1 .. 4 }
        let a = base[ln(1)].width + base[log2(x)].width
        expect domain x is {1, 4}
        expect value a == 48 with { x = 4 }""")


@pytest.mark.parametrize("step", ["-1", "0", "y", "y - 2"])
def test_a_step_is_positive_wherever_it_stands(step: str) -> None:
    text = f"space s {{ x: 1 .. 12  y: 0 .. 3 }}\nrequire r: x in 1 .. 11 step {step}"
    with pytest.raises(ArchError) as caught:
        model(text).solve()
    assert caught.value.diagnostics[0].slug == "bad-step"
    holds("""
        space s { x: 1 .. 12  y: 0 .. 3 }
        require r: x in 1 .. 11 step y + 1
        expect count == 11 + 6 + 4 + 3""")


def test_exact_of_a_choice_that_may_be_inactive_says_where_it_holds() -> None:
    text = """
        space s {
          deep: bool
          k: 1 .. 4 when deep
        }
        let half = exact(6 / k) WHEN
        maximize if deep then k else 0 as g
        """
    with pytest.raises(ArchError) as told:
        model(text.replace("WHEN", "")).solve()
    assert {d.slug for d in told.value.diagnostics} == {"unguarded-read"}
    holds(text.replace("WHEN", "when deep") + "expect count == 4 expect best g == 3")


def test_a_size_is_at_least_1() -> None:
    text = """
        op cut(x: tensor[C], top) -> tensor[C - top] { let macs = C * 1 MAC }
        space s {
          top: 0 .. 9
          on:  bool
        }
        network net(x: tensor[SIZE]) {
          if on { x = cut(x, top) }
          return x
        }
        let work = sum(l.macs for l in net.layers)
        """
    with pytest.raises(ArchError) as told:
        model(text.replace("SIZE", "0")).count()
    assert {d.slug for d in told.value.diagnostics} == {"shape-mismatch"}
    holds(
        text.replace("SIZE", "8")
        + """
        expect count == 18
        expect domain top is 0 .. 7 with { on = true }
        """
    )


@pytest.mark.parametrize(
    ("guard", "fixed"),
    [
        *((guard, "x = 2") for guard in ("when false", "when b == 2", "when 2 * b > 5", "")),
        ("when b == 2", "x[2] = 2"),
        ("", "wide = 2"),  # its second member could be 2, its first not
        ("", "own = 7"),
        ("when false", "own = 7"),
    ],
)
def test_a_value_that_no_member_can_have_is_refused_also_where_none_is_active(
    guard: str, fixed: str
) -> None:
    spec = f"""
        param n: 1 .. 9 = 1
        space s {{
          b: 1 .. 2
          x[i in 1 .. 2]:    {{n, 3}} {guard}
          wide[i in 1 .. 2]: {{i, 3}} {guard}
          own[i in 1 .. 2]:  {{b, 5}} {guard}
        }}
        expect count == 0 with {{ {fixed} }}"""
    for asker in (lambda bound: ModelAsker(Model(bound), Control()), BruteForce):
        (told,) = run(loads("arch 1\n" + spec), asker)
        assert [d.slug for d in told.diagnostics] == ["out-of-domain"]


def test_a_value_fixes_no_member_that_is_inactive_or_does_not_exist() -> None:
    holds("""
        param n: 0 .. 2 = 0
        space s {
          b: 1 .. 2
          x[i in 1 .. 2]: {i, 3} when b == 2
          y[i in 1 .. n]: {i, 3}
        }
        expect count == 1 with { x = 2 }  # the first member cannot be 2, so b is 1
        expect count == 2 with { x = 3 }
        expect count == 5 with { y = 3 }""")
