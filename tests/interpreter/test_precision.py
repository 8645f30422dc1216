"""Numbers that logarithms went into: rounded where one did, and never where none did."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.brute import BruteForce
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.expect import run
from archwright.interpreter.model_asker import ModelAsker
from archwright.interpreter.questions import Model
from archwright.solvers.control import Control

SPACE = """arch 1
space s {
  c: bool
  d: bool
  x: {2, 3, 5}
}
"""


@pytest.mark.parametrize(
    "goal",
    [
        "(if c then log2(x, resolution = 0.001) else 1) / 3",
        "(if c then log2(x, resolution = 0.001) else 0.25) * 0.3",
        "(if c then 1 / 4 else ln(x, resolution = 0.1)) / 3 + 1 / 7",
        "(if c then ln(x, resolution = 0.1) else if d then ln(x, resolution = 0.03) else x) / 3",
        "(if c then ln(x, resolution = 0.1) else ln(x, resolution = 0.03)) / 7",
        "(if c then ln(x, resolution = 0.1) else 1 / 3) * (if d then ln(x) else x)",
        "(sum(ln(x * i, resolution = 0.01) for i in 1 .. 2 where c or i == 2 and d) + 1) / 3",
        "sum(ln(x * i, resolution = 0.01) for i in 1 .. 2 where c or i == 2 and d) / 3",
        "sum(ln(x, resolution = 0.01) for i in 1 .. 2 where c) * ln(x)",
        "max(ln(x * i, resolution = 0.01) for i in 1 .. 2 where c else 1 / 3) / 3",
        "max(if c then ln(x, resolution = 0.01) else 1 / 3, if d then 1 / 7 else x / 9) / 3",
        "x / (if c then ln(x, resolution = 0.01) else 1 / 3)",
        "abs(1 / 3 - (if c then ln(x, resolution = 0.01) else 1 / 7)) / 3",
        "((if c then ln(x, resolution = 0.01) else 1 / 7) % 0.2) / 3",
        "floor((if c then ln(x, resolution = 0.01) else 1 / 7) * 7) / 3",
        "(if c then ln(x, resolution = 0.01) else 1 / 7) ^ 2",
    ],
)
def test_the_solver_rounds_where_the_evaluator_does(goal: str) -> None:
    bound = bind(loads(f"{SPACE}maximize {goal} as g"))
    model = Model(bound)
    for c, d, x in itertools.product((False, True), (False, True), (2, 3, 5)):
        choices = {"c": c, "d": d, "x": x}
        answer = model.solve(choices)  # which the evaluator certifies
        evaluation = Evaluation(bound, {"c": c, "d": d, "x": Fraction(x)})
        assert Fraction(answer.goals["g"]) == evaluation.goal("g")  # type: ignore[arg-type]
        assert evaluation.errors().get("g", 0) <= model.lowered.goals[0].error


def test_what_no_logarithm_went_into_is_exact() -> None:
    bound = bind(loads(f"{SPACE}minimize (if c then ln(x, resolution = 0.1) else 1 / 5) / 3 as g"))
    answer = Model(bound).solve()
    assert answer.goals["g"] == Fraction(1, 15)
    assert answer.architecture is not None and not answer.architecture.errors


def test_logarithms_that_come_out_exactly_have_no_error() -> None:
    bound = bind(loads("arch 1\nspace s { x: {2, 4, 8} }\nmaximize log2(x) + ln(1) as g"))
    model = Model(bound)
    assert model.lowered.goals[0].error == 0
    assert Evaluation(bound, {"x": Fraction(8)}).errors() == {}
    coarse = bind(loads("arch 1\nspace s { x: {2, 4} }\nmaximize log2(x, resolution = 3) as g"))
    assert Model(coarse).lowered.goals[0].error == Fraction(3, 2)


CLAIMS = [
    ("value x < 2.31", True),
    ("value x > 2.302", True),
    ("value x >= 2.3025", True),
    ("value x == 2.303", True),
    ("value x != 2.304", True),
    ("value x != 2.3034", "close"),
    ("value x < 2.3031", "close"),
    ("value 2.3 < x <= 2.3034", "close"),
    ("value x > 2.4", "a solution with"),
    ("value ln(n, resolution = 0.01) <= 2.31", True),
    ("value ln(n, resolution = 0.01) <= 2.304", "close"),
    ("value n > 1 implies ln(n, resolution = 0.01) > 0.68", True),
    ("value n > 1 implies ln(n, resolution = 0.01) > 0.6851", "close"),
    ("value max(x, 2.303) >= 2.3025", True),
    ("value log2(4) >= 2 and ln(1) <= 0", True),
    ("value all(ln(i * n, resolution = 0.01) < 3.7 for i in 1 .. 4)", True),
    ("value all(ln(i * n, resolution = 0.01) < 3.692 for i in 1 .. 4)", "close"),
    ("best g == 2.303", True),
    ("best g > 2.302", True),
    ("best g > 2.3026", "does not tell"),
    ("best g < ln(10.1, resolution = 0.001)", True),
    ("best g < ln(10.001, resolution = 0.001)", "does not tell"),
    ("best g > 3", "best g == 2.303"),
]


@pytest.mark.parametrize(("claim", "told"), CLAIMS)
def test_a_claim_holds_only_if_it_does_for_true_logarithms(claim: str, told: str | bool) -> None:
    spec = loads(
        "arch 1\nlet x = ln(10, resolution = 0.001)\nspace s { n: 1 .. 10 }\n"
        f"maximize ln(n, resolution = 0.001) as g\nexpect {claim}"
    )
    for result in (
        *run(spec, lambda bound: ModelAsker(Model(bound), Control())),
        *run(spec, BruteForce),
    ):
        assert result.ok is (told is True), result.found
        assert told is True or str(told) in result.found
