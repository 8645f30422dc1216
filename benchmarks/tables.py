"""Exact questions about published latency tables: from text to certified answer, and the solver.

    python -m benchmarks.tables [--rounds 5]

Everything is asked in one warm process; times are the least of the rounds. *text* reads and checks
the spec, binds and lowers it, asks, and evaluates the answer again; *solver* is the question to
`archwright.solvers` alone, about a problem that is stated anew. Answers are held against the
published spaces' figures; prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import archwright as aw
from archwright.interpreter.questions import Model
from archwright.solvers import questions as solver

ROOT = Path(__file__).resolve().parent.parent
SINGLE_PATH = "gallery/single_path_nas/pixel1.arch"
SINGLE_PATH_FRONT = "gallery/single_path_nas/front.arch"
PROXYLESS = "gallery/proxylessnas/pixel1.arch"
ONCE_FOR_ALL = "tests/specs/ofa_mobile.arch"
PROXYLESS_FRONT = "gallery/proxylessnas/front.arch"
PIXELS: dict[str, object] = {"res": 224}
DEADLINE = ("within_deadline",)
ANY_TIME = {"phone.deadline": "200 ms"}


@dataclass(frozen=True)
class Case:
    """One question about a spec; `answer` is the known one."""

    name: str
    spec: str
    kind: str
    answer: int
    parameters: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, object] = field(default_factory=dict)
    without: tuple[str, ...] = ()


CASES = (
    Case("Single-Path NAS, any time", SINGLE_PATH, "count", 4**5 * 5**15, without=DEADLINE),
    Case("Single-Path NAS, 80 ms", SINGLE_PATH, "count", 9_455_129_418_857),
    Case("and 300 M MACs", SINGLE_PATH, "count", 3_592_076_814_000, {"mac_budget": "300 MMAC"}),
    Case("most MACs in 80 ms", SINGLE_PATH, "best", 351_817_376),
    Case("time against MACs", SINGLE_PATH_FRONT, "front", 1539, ANY_TIME),
    Case("ProxylessNAS, 80 ms", PROXYLESS, "count", 1_196_958_255_675_359),
    Case("most MACs in 80 ms", PROXYLESS, "best", 342_282_368),
    Case("time against MACs", PROXYLESS_FRONT, "front", 2650, ANY_TIME),
    Case("Once-for-all, Note10, 30 ms", ONCE_FOR_ALL, "count", 24_921_603_416_966, {}, PIXELS),
    Case("time against MACs", ONCE_FOR_ALL, "front", 2535, {}, PIXELS, DEADLINE),
)


def from_text(case: Case) -> int:
    """The answer as a user asks for it."""
    bound = aw.load(ROOT / case.spec).bind(**case.parameters)
    options: dict[str, Any] = {"choices": case.choices, "without": case.without}
    match case.kind:
        case "count":
            return bound.count(**options)
        case "best":
            return int(bound.solve(**options).goals["capacity"])
        case _:
            return len(bound.pareto(**options))


def alone(case: Case) -> Callable[[], int]:
    """The same question to the solver, stated when this is called."""
    bound = aw.load(ROOT / case.spec).bind(**case.parameters)
    instance = Model(bound.model.bound).instance(case.choices, case.without)
    assert instance is not None
    match case.kind:
        case "count":
            return lambda: solver.count(instance)
        case "best":
            return lambda: int(bound.model.show_goals(solver.solve(instance).goals)["capacity"])
        case _:
            return lambda: len(solver.front(instance).points)


def least(
    case: Case, rounds: int, make: Callable[[Case], Callable[[], int]]
) -> tuple[float, float]:
    """The least seconds, and of processor time; the first round compiles and is not timed."""
    times = []
    for _ in range(rounds + 1):
        question = make(case)
        wall, used = time.perf_counter(), time.process_time()
        answer = question()
        times.append((time.perf_counter() - wall, time.process_time() - used))
        if answer != case.answer:
            sys.exit(f"{case.name}: {answer:,} instead of {case.answer:,}")
    return min(wall for wall, _ in times[1:]), min(used for _, used in times[1:])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print("| question | asked | answer | text s | processor s | solver s | processor s |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for case in CASES:
        text = least(case, rounds, lambda case: lambda: from_text(case))
        own = least(case, rounds, alone)
        digits = " | ".join(f"{t:.3f}" for t in (*text, *own))
        print(f"| {case.name} | {case.kind} | {case.answer:,} | {digits} |", flush=True)


if __name__ == "__main__":
    main()
