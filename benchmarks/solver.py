"""Asks the solver the neutral instances beside this file and prints the answers and times.

    python benchmarks/solver.py [--engine search] [--cold] [--limit SECONDS] [NAME ...]

`warm` is the least of three runs in one process, the problem stated but nothing else prepared;
`cold` (with --cold) is a whole new process with a compile cache: start, import, stating, answering.
`peer` is the fastest complete answer of eight other solvers (`peers.json`), measured elsewhere and
with the stating of the problem, which takes ours 0.3 to 3 ms.
Family A is held against the fastest peer that lists every configuration.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import instances
import numpy as np

from archwright.solvers import questions
from archwright.solvers.control import Control, Stopped
from archwright.solvers.evaluate import violated
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.search import Search

PEERS = json.loads((Path(__file__).resolve().parent / "peers.json").read_text())
REPEATS = 3
SLOW = 2.0  # seconds after which once is enough


def answer(case: instances.Case, engine: str, limit: float) -> tuple[str, bool]:
    """The answer in a few words, and whether it is the known one."""
    instance = Instance.ask(case.problem, control=Control(time_limit=limit))
    search = engine == "search"
    match case.task:
        case "first" | "opt":
            found = Search(instance).best() if search else questions.solve(instance)
            if found.values is None:
                return str(found.status), bool(case.expected.get("unsat"))
            if violated(case.problem, found.values):
                return "wrong", False
            if case.task == "first":
                return "found", bool(case.expected.get("sat"))
            right = found.status == "optimal" and found.goals[0] == case.expected["optimum"]
            return f"{found.status} {found.goals[0]}", right
        case "all":
            rows = Search(instance).all() if search else np.asarray(questions.solutions(instance))
            return f"{len(rows)} rows", len(rows) == case.expected["count"]
        case "count":
            count = len(Search(instance).all()) if search else questions.count(instance)
            return str(count), count == case.expected["count"]
        case "pareto":
            points = questions.front(instance).points
            return f"{len(points)} points", len(points) == case.expected["front_size"]
        case "mus":
            conflict = questions.conflict(instance)
            size = len(conflict.groups) if conflict else 0
            return f"{size} constraints", size in case.expected["mus_sizes"]
    raise ValueError(case.task)


def timed(question: Callable[[], tuple[str, bool]]) -> tuple[str, bool, float]:
    """The answer and the least time of a few runs."""
    least = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        try:
            words, right = question()
        except Stopped as stopped:
            words, right = f"stopped: {stopped}", False
        least = min(least, time.perf_counter() - began)
        if least > SLOW:
            break
    return words, right, least


def cold(name: str, engine: str, limit: float) -> float:
    """Seconds of a new process that answers once."""
    here = Path(__file__).resolve()
    began = time.perf_counter()
    command = [sys.executable, str(here), "--once", "--engine", engine, "--limit", str(limit), name]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def compile_everything() -> None:
    """Leave compiling out of the first warm time."""
    problem = Problem()
    x = problem.integer("x", range(3))
    problem.minimize(x)
    Search(Instance.ask(problem)).best()


def main() -> None:
    """Print one line for each instance."""
    parser = argparse.ArgumentParser(description="Ask the solver the neutral instances.")
    parser.add_argument("names", nargs="*", help="beginnings of names; all without any")
    parser.add_argument("--engine", choices=["planned", "search"], default="planned")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds for each question")
    parser.add_argument("--cold", action="store_true", help="time new processes as well")
    parser.add_argument("--once", action="store_true", help="answer once, print nothing else")
    options = parser.parse_args()
    names = [
        n for n in instances.names() if not options.names or n.startswith(tuple(options.names))
    ]
    if options.once:
        print(answer(instances.load(names[0]), options.engine, options.limit))
        return
    compile_everything()
    titles = f"{'cold s':>8} {'warm s':>9} {'peer s':>9}"
    print(f"{'instance':26} {'task':6} {'answer':26} {'ok':3} {titles}")
    for name in names:
        case = instances.load(name)
        if options.engine == "search" and case.task in ("pareto", "mus"):
            continue
        words, right, warm = timed(lambda c=case: answer(c, options.engine, options.limit))
        first = f"{cold(name, options.engine, options.limit):8.2f}" if options.cold else " " * 8
        peer = f"{PEERS[name]['seconds']:9.4f}" if name in PEERS else f"{'none':>9}"
        ok = "yes" if right else "NO"
        print(f"{name:26} {case.task:6} {words:26} {ok:3} {first} {warm:9.4f} {peer}", flush=True)


if __name__ == "__main__":
    main()
