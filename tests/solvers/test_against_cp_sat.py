"""Optima of problems too large for brute force, against CP-SAT; left out where it is not installed.

As a program, with more of them: `python -m tests.solvers.test_against_cp_sat 300`.
"""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from archwright.solvers import Control, Instance, Problem, Status
from archwright.solvers import questions as ask

from .random_problems import planted_problems

SECONDS = 20.0


def compared(problem: Problem) -> str:
    """What became of a problem: `agreed`, or why it was not compared."""
    from . import cp_sat

    try:
        theirs = cp_sat.solve(problem, SECONDS)
    except cp_sat.Untranslated:
        return "not translated"
    if isinstance(theirs, str):
        return f"theirs: {theirs}"
    ours = ask.solve(Instance.ask(problem, control=Control(time_limit=SECONDS)))
    if ours.status in (Status.UNKNOWN, Status.FEASIBLE):
        return f"ours: {ours.status}"
    assert (None if ours.values is None else ours.goals) == theirs
    return "agreed, nothing fits" if theirs is None else "agreed"


def run(problems: int, number: int) -> Counter[str]:
    """Compare that many random problems of one seed."""
    done: Counter[str] = Counter()

    @seed(number)
    @settings(
        max_examples=problems,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(planted_problems(middling=True))
    def one(problem: Problem) -> None:
        done[compared(problem)] += 1

    one()
    return done


def test_optima_agree() -> None:
    pytest.importorskip("ortools")
    assert run(15, 4)["agreed"]


if __name__ == "__main__":
    total: Counter[str] = Counter()
    for start in range(0, int(sys.argv[1]), 50):
        total += run(50, start)
        print(start + 50, dict(total), flush=True)
