"""`expect` lines answered by brute force, and what a line says when it does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from archwright.dsl.load import load, loads
from archwright.interpreter.brute import BruteForce
from archwright.interpreter.expect import ExpectResult, run

SPECS = Path(__file__).parent.parent / "specs"


def results(text: str, limit: int = 20_000, **inputs: object) -> list[ExpectResult]:
    return run(loads("arch 1\n" + text), lambda b: BruteForce(b, limit), **inputs)  # type: ignore[arg-type]


def result(text: str, **inputs: object) -> ExpectResult:
    (only,) = results(text, **inputs)
    return only


@pytest.mark.parametrize(
    ("name", "limit", "skipped"), [("mixed_precision", 10_000, 0), ("pipeline", 4_000, 1)]
)
def test_specs_by_brute_force(name: str, limit: int, skipped: int) -> None:
    found = run(load(SPECS / f"{name}.arch"), lambda b: BruteForce(b, limit))
    assert all(r.ok for r in found if not r.skipped)
    gave_up = [r.skipped for r in found if r.skipped]
    assert gave_up == [f"brute force gave up after trying {limit:_} values"] * skipped


@pytest.mark.slow
def test_one_pass_of_the_recurrent_kernel_by_brute_force() -> None:
    text = (SPECS / "flashrnn_h100.arch").read_text().partition("\nexpect")[0]
    text = text.replace("{ forward, backward }", "{ forward }")
    spec = loads(text + "\nexpect count == 3177\n")
    (found,) = run(spec, BruteForce)
    assert found.ok, found.found


SMALL = """
param budget: 1 .. 100 = 12
enum Op { skip, conv, pool }
space s {
  n: 1 .. 6
  on: bool
  op[i in 1 .. 2]: Op when on
}
let cost = n * (if on then count(op[i] == conv for i in 1 .. 2) + 2 else 1)
require fits: cost <= budget
require odd: n % 2 == 1
optimize lex { maximize cost as cost  minimize n as n }
"""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("sat", "sat"),
        ("sat with { on = true, n = 5, op = conv } without fits", "sat"),
        ("unsat with { n = 2 }", "unsat"),
        ("unsat by odd with { n = 2 }", "unsat"),
        ("unsat by fits with { budget = 1, on = true }", "unsat"),
        ("unsat with { on = false, op[1] = conv }", "unsat"),
        ("count == 25", "count == 25"),
        ("count == 3 with { on = false }", "count == 3"),
        ("count == 3 + 27 without fits", "count == 30"),
        ("count == 16 with { op[2] = pool } without odd", "count == 16"),
        ("best cost == 12", "best cost == 12"),
        ("best n == 3", "best n == 3"),
        ("best n > 1 with { budget = 20 }", "best n == 5"),
        ("value n == 5 and cost == 20 with { n = 5, op = conv, on = true, budget = 20 }",
         "true in every solution"),
        ("value cost <= budget", "true in every solution"),
        ("domain n is {1, 3, 5}", "domain n is {1, 3, 5}"),
        ("domain n is 1 .. 6 step 2", "domain n is {1, 3, 5}"),
        ("domain op[1] is {skip, conv, pool}", "domain op[1] is {skip, conv, pool}"),
        ("domain op[1] is {skip, pool} with { budget = 10, n = 5 }",
         "domain op[1] is {skip, pool}"),
        ("domain on is bool", "domain on is {false, true}"),
    ],
)  # fmt: skip
def test_claims_that_hold(line: str, found: str) -> None:
    outcome = result(f"{SMALL}expect {line}")
    assert (outcome.found, outcome.ok) == (found, True)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("sat with { n = 4 }", "unsat"),
        ("unsat", "sat"),
        ("unsat by fits with { n = 2 }", "sat under fits alone"),
        ("count == 26", "count == 25"),
        ("best cost == 11", "best cost == 12"),
        ("best cost == 11 with { n = 2 }", "unsat"),
        ("value n == 3 with { on = false }", "a solution with n == 1"),
        ("value n == 2 with { n = 2 }", "unsat"),
        ("domain n is {1, 3}", "domain n is {1, 3, 5}"),
    ],
)
def test_claims_that_fail_say_what_is_the_case(line: str, found: str) -> None:
    outcome = result(f"{SMALL}expect {line}")
    assert (outcome.ok, outcome.found, outcome.diagnostics) == (False, found, ())


def test_a_value_outside_its_domain_is_a_mistake_and_not_unsat() -> None:
    text = """
    param top: 1 .. 9 = 5
    param n: 1 .. top = 2
    space s { x[i in 1 .. 2]: n .. top }
    require r: x[1] < x[2]
    """
    found = results(
        f"{text}expect unsat with {{ top = 4, n = 5 }}\nexpect unsat with {{ x[2] = 1 }}"
        "\nexpect unsat with { x = 3 }"
    )
    assert [(r.ok, r.found) for r in found] == [
        (False, "out-of-domain: `n` cannot be 5: its domain is 1 .. top"),
        (False, "out-of-domain: `x[2]` cannot be 1: its domain is n .. top"),
        (True, "unsat"),
    ]
    assert found[1].diagnostics[0].fixes[0].text == "`x[2] = 2`, which is the nearest"


def test_a_front_has_distinct_goal_vectors() -> None:
    text = """
    space s { x: 1 .. 4  y: 1 .. 4 }
    optimize pareto { minimize x + y as sum  maximize x * y as product }
    expect front == 7
    expect best sum == 2
    expect best product == 16
    """
    assert all(r.ok for r in results(text))


def test_parameters_of_a_call_and_of_a_line() -> None:
    text = f"{SMALL}expect best cost == 20\nexpect best cost == 6 with {{ budget = 7 }}"
    found = results(text, parameters={"budget": 90})
    assert [r.found for r in found] == ["best cost == 20", "best cost == 6"]


def test_what_nothing_reads_is_demanded_all_the_same() -> None:
    text = """
    space s { x: 1 .. 12  on: bool  y: 1 .. 3 when on }
    let third = exact(12 / x)
    let share = exact(6 / y)
    maximize x as x
    expect count == 6 with { on = false }
    expect domain x is {1, 2, 3, 4, 6, 12}
    """
    assert [(r.ok, r.found) for r in results(text)] == [
        (True, "count == 6"),
        (True, "domain x is {1, 2, 3, 4, 6, 12}"),
    ]


def test_preferences_as_a_goal() -> None:
    text = """
    space s { x: 1 .. 6 }
    prefer low for i in 1 .. 3 weight i: x <= i
    prefer even weight 2: x % 2 == 0
    minimize preferences * 10 - x as score
    """
    assert result(text + "expect best score == 8").ok  # x = 2: 1 * 10 - 2
