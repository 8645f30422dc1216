"""Numbers that logarithms went into: rounded where one did, and never where none did."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.questions import Model

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
