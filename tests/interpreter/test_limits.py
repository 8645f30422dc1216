"""Limits met while a spec is bound, compiled or evaluated, and texts that would explode."""

from __future__ import annotations

from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.lower import lower
from archwright.interpreter.questions import Model

CHOICE = "space s { x: 1 .. 3 }\n"


def ask(text: str, **limits: int) -> None:
    lower(bind(loads(f"arch 1\n{text}", limits=limits)))


def told(text: str, **limits: int) -> Diagnostic:
    with pytest.raises(ArchError) as caught:
        ask(text, **limits)
    return caught.value.diagnostics[0]


@pytest.mark.parametrize(
    ("slug", "limit", "value", "enough", "text"),
    [
        ("too-large-unrolling", "terms", 20, 50, "let a = sum(x for i in 1 .. 30)"),
        ("too-large-unrolling", "terms", 20, 60,
         "let a = sum(x for i in 1 .. 6, j in 1 .. 6 where i > j)"),
        ("too-large-unrolling", "terms", 8, 30,
         "fn f(a) = a + a\nlet a = f(x) + f(x + 1) + f(x + 2)"),
        ("too-large-unrolling", "terms", 20, 150, "let a = sum(i for i in 1 .. 100)"),
        ("too-large-unrolling", "choices", 10, 30, "space t { y[i in 1 .. 20]: bool }"),
        ("too-large-domain", "values", 10, 60, "space t { y: x .. 15 step 1 }"),
        ("too-large-domain", "divided", 10, 30, "space t { y: divisors(30) }"),
        ("too-many-values", "logarithms", 10, 10_000,
         "space t { y: 1 .. 1000 }\nlet a = ln(y * y * x * 7919)"),
        ("too-wide", "bits", 100, 400, "let a = 10 ^ 60"),
        ("too-wide", "bits", 100, 400, "let a = 10 ^ 20\nlet b = a * a"),
        ("too-wide", "bits", 100, 400, "let a = product(10 ^ 20 for i in 1 .. 3)"),
        ("too-wide", "bits", 20, 400, "let a = sum(1 / i for i in 1 .. 30)"),
        ("too-wide", "bits", 100, 400, "let a = product(x + i for i in 1 .. 30)"),
        ("missing-row", "keys", 10, 20_000_000, "space t { y: 1 .. 300 z: 1 .. 300 }\n"
         "table t2(a, b, c) -> (d) { 1, 1, 1 -> 2 }\nlet a = t2[x + y * z, y + z, y * y].d"),
    ],
)  # fmt: skip
def test_a_limit_is_told_by_its_name(
    slug: str, limit: str, value: int, enough: int, text: str
) -> None:
    found = told(CHOICE + text, **{limit: value})
    assert found.slug == slug
    assert any(f"--limit {limit}=" in note for note in found.notes)
    if slug != "missing-row":
        ask(CHOICE + text, **{limit: enough})


def test_rows_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("k,v\n1,2\n2,3\n3,4\n")
    text = 'arch 1\ntable t(k) -> (v) from "t.csv"\nlet a = t[1].v'
    with pytest.raises(ArchError, match="--limit rows="):
        bind(loads(text, folder=tmp_path, limits={"rows": 2}))
    assert bind(loads(text, folder=tmp_path, limits={"rows": 3}))


def doubling(body: str, steps: int = 60) -> str:
    """Functions of which each calls the one before it twice."""
    lines = ["fn f0(a) = a + a"]
    lines += [f"fn f{i}(a) = {body.replace('f', f'f{i - 1}')}" for i in range(1, steps)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("slug", "text"),
    [
        ("too-large-unrolling", doubling("f(a + 1) + f(a + 2)") + "maximize f59(x) as z"),
        ("too-large-unrolling", doubling("f(a + 1) + f(a + 2)") + "let z = f59(1)"),
        ("too-wide", "let a0 = 10 ^ 1000\n" + "".join(
            f"let a{i} = a{i - 1} * a{i - 1}\n" for i in range(1, 60))),
        ("too-wide", "let a0 = x\n" + "".join(
            f"let a{i} = a{i - 1} * a{i - 1}\n" for i in range(1, 60))),
        ("too-wide", "let a = 9 ^ 9 ^ 9 ^ 9"),
        ("too-large-domain", "space t { y: divisors(10 ^ 30) }"),
        ("too-large-unrolling", "let a = sum(i for i in 1 .. 10 ^ 18)"),
        ("too-large-unrolling", "let a = sum(x for i in 1 .. 10 ^ 5, j in 1 .. i - 10 ^ 5)"),
        ("too-large-unrolling", "import std.nn as nn\n"
         "op b0(x: tensor[C, H, W]) { x = nn.add(x, x)\n x = nn.add(x, x)\n return x }\n" + "".join(
            f"op b{i}(x: tensor[C, H, W]) {{ x = b{i - 1}(x)\n x = b{i - 1}(x)\n return x }}\n"
            for i in range(1, 40)) + "network net(x: tensor[3, 8, 8]) { return b39(x) }"),
    ],
)  # fmt: skip
def test_what_grows_without_end_is_refused(slug: str, text: str) -> None:
    assert told(CHOICE + text, terms=20_000).slug == slug


def test_what_is_shared_is_worked_out_once() -> None:
    ask(CHOICE + doubling("f(a) + f(a)") + "maximize f59(x) as z")
    ask(CHOICE + "fn f(a) = a + a\nmaximize " + "f(" * 60 + "x" + ")" * 60 + " as z")


def test_what_the_evaluation_takes_too_long_for_is_told() -> None:
    text = f"arch 1\n{CHOICE}{doubling('f(a) + f(a)')}maximize f59(x) as z"
    with pytest.raises(ArchError) as caught:
        Model(bind(loads(text, limits={"terms": 1000}))).solve()
    assert caught.value.diagnostics[0].slug == "too-large-unrolling"


def test_many_truth_values_are_not_all_different() -> None:
    text = "arch 1\nspace s { x[i in 1 .. 2000]: bool }\n"
    text += "require a: alldifferent(x[i] for i in 1 .. 2000)"
    bound = bind(loads(text))
    assert Model(bound).count() == 0
    assert Evaluation(bound, {f"x[{i}]": False for i in range(1, 2001)}).broken()


def test_running_totals_are_not_written_out_each_time() -> None:
    n = 2000
    text = f"arch 1\nspace s {{ x[i in 0 .. {n}]: 1 .. 2 }}\nlet t0 = x[0]\n"
    text += "".join(f"let t{i} = t{i - 1} + x[{i}]\n" for i in range(1, n + 1))
    problem = lower(bind(loads(f"{text}require r: t{n} <= {n + 2}\nminimize t{n} as z"))).problem
    assert sum(map(len, problem.args)) < 600 * n
    (goal,) = problem.goals
    assert len(problem.args[goal.node]) == n + 1  # all of them, in one sum


def test_what_is_known_to_be_too_much_is_refused_before_it_is_done() -> None:
    for body in ("i * j", "x * i * j"):
        found = told(f"{CHOICE}let a = sum({body} for i in 1 .. 10 ^ 5, j in 1 .. 10 ^ 5)")
        assert found.slug == "too-large-unrolling"
        assert "1_000_000" in found.message
        assert any("`terms` is 1_000_000" in note for note in found.notes)


def test_an_empty_outer_loop_makes_the_inner_ones_free() -> None:
    ask(f"{CHOICE}let a = sum(x * j for i in 1 .. 0, j in 1 .. 10 ^ 7)")
    ask(f"{CHOICE}let a = sum(x * j for i in 1 .. 3, j in i .. 3, k in 1 .. 2)", terms=60)
