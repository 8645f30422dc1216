"""One instance, every engine that accepts it and every question, against brute force.

Run as a program this draws many random instances from numbered seeds, says how often each engine
was asked, and prints the smallest form of whatever fails::

    python -m tests.solvers.agreement --problems 20000 --seed 0
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import wraps
from math import prod
from pathlib import Path
from unittest.mock import patch

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

from archwright.solvers import columns, elimination, exhaustive, planner, reference
from archwright.solvers import questions as ask
from archwright.solvers.answers import Status
from archwright.solvers.counting import Space
from archwright.solvers.diagram.listing import TooManyStates
from archwright.solvers.errors import TooWide
from archwright.solvers.evaluate import evaluate
from archwright.solvers.frontier import sweep
from archwright.solvers.instance import Instance
from archwright.solvers.nest.emitter import Unsuited
from archwright.solvers.nest.graph import TooManyValues, graph
from archwright.solvers.sampling import EmptySpace, Halving
from archwright.solvers.search import Search
from archwright.solvers.separable import analyse
from archwright.solvers.vectorised import Columns, fits

from .random_instances import instances, large_instances, questions
from .random_problems import planted_problems

Row = tuple[int, ...]
FEW = 48  # solutions up to which samples are drawn and counted
DRAWS = 30  # for each solution
SURE = 6.5  # standard deviations; about one in 10¹⁰ by chance


@dataclass(frozen=True)
class Truth:
    """What brute force says."""

    instance: Instance
    rows: list[Row]

    @property
    def best(self) -> tuple[Status, Row, Row | None]:
        found = reference.solve(self.instance)
        return found.status, found.goals, found.values


# --------------------------------------------------------------------------------------- engines


def search(truth: Truth) -> bool:
    """Propagation keeps every solution; listing, a limited list and the optimum are exact."""
    instance, rows = truth.instance, truth.rows
    try:
        engine = Search(instance)
        domains = engine.propagate()
    except TooWide:
        return False
    if domains is None:
        assert not rows
    else:
        assert all(v in d for row in rows for v, d in zip(row, domains, strict=True))
    assert listed(engine.all()) == rows
    assert listed(engine.all(limit=3)) == rows[:3]
    answer = engine.best()
    status, goals, values = truth.best
    assert (answer.status, answer.goals) == (status, goals)
    if instance.problem.goals:
        assert answer.values == values
        assert answer.values is None or answer.proof.bound == goals
    else:
        assert answer.values is None or answer.values in rows
    assert not engine.refuted() or not rows
    return True


def diagram(truth: Truth) -> bool:
    """Counts, optimum and front of sums over blocks."""
    instance = truth.instance
    engine = analyse(instance)
    if isinstance(engine, str):
        return False
    try:
        assert engine.count() == len(truth.rows)
        answer = engine.best()
        status, goals, values = truth.best
        assert (answer.status, answer.goals) == (status, goals)
        if instance.problem.goals:
            assert answer.values == values
            assert engine.front().points == reference.front(instance).points
    except TooManyStates:
        return False
    return True


def caching(truth: Truth) -> bool:
    """Component caching numbers every solution once."""
    space = Space(truth.instance)
    assert space.count() == len(truth.rows)
    assert sorted(space.solution(i) for i in range(len(truth.rows))) == truth.rows
    return True


def eliminating(truth: Truth) -> bool:
    """Counts by elimination."""
    order = elimination.plan(truth.instance)
    if order is None:
        return False
    assert elimination.count(truth.instance, order) == len(truth.rows)
    return True


def nest(truth: Truth) -> bool:
    """The diagram of a loop nest."""
    try:
        found = graph(truth.instance, 1 << 20)
    except (Unsuited, TooManyValues):
        return False
    assert found.count() == len(truth.rows)
    assert listed(found.rows()) == truth.rows
    return True


def exhausting(truth: Truth) -> bool:
    """All solutions in columns, and what follows from them."""
    found = exhaustive.listed(truth.instance)
    if found is None:
        return False
    assert listed(found.rows) == truth.rows
    answer = found.best()
    assert (answer.status, answer.goals, answer.values) == truth.best
    if truth.instance.problem.goals:
        assert found.front().points == reference.front(truth.instance).points
    assert found.domains() == reference.domains(truth.instance)
    return True


def halving(truth: Truth) -> bool:
    """Solutions by number from counts of halves."""
    if len(truth.rows) > FEW:
        return False
    numbered = Halving(truth.instance, lambda narrow: planner.count(narrow)[0])
    assert [numbered.solution(i) for i in range(numbered.count())] == truth.rows
    return True


def boxes(truth: Truth) -> bool:
    """The front by solving boxes with the search engine."""
    if not truth.instance.problem.goals:
        return False
    try:
        found = sweep(truth.instance, lambda narrow: Search(narrow).best())
    except TooWide:
        return False
    assert found.complete and found.points == reference.front(truth.instance).points
    return True


def columnwise(truth: Truth) -> bool:
    """The values of all nodes in columns: the diagram engine's way and the second referee's."""
    instance = truth.instance
    problem = instance.problem
    if prod(map(len, instance.domains)) > 2000:
        return False
    everything = list(reference.assignments(replace(instance, active=(), assumptions=())))
    nodes = list(range(len(problem.ops)))
    expected = [evaluate(problem, values, nodes) for values in everything]
    n = len(everything)
    given_columns = {
        i: np.array([values[i] for values in everything], object if wide else np.int64)
        for i, wide in enumerate(
            max(abs(d[0]), abs(d[-1])) >= columns.WIDE for d in instance.domains
        )
    }
    found = columns.evaluate_columns(problem, given_columns, nodes, n)
    for node, column in enumerate(found):
        assert column.tolist() == [values[node] for values in expected], problem.text(node)
    narrow: list[int] = []
    for node in nodes:  # operands come before their node
        if fits(problem, node) and all(a in narrow for a in problem.args[node]):
            narrow.append(node)
    known = Columns(problem).evaluate(narrow, given_columns)
    for node in narrow:
        column = np.broadcast_to(known[node], n)
        assert column.tolist() == [values[node] for values in expected], problem.text(node)
    return True


# ------------------------------------------------------------------------------------- questions


def answers(truth: Truth) -> bool:
    """Solve, count, list, possible values, front: what the planner makes of them."""
    instance, rows = truth.instance, truth.rows
    try:
        found = ask.solve(instance)
    except TooWide:
        return False
    status, goals, values = truth.best
    assert (found.status, found.goals) == (status, goals)
    some = ask.solve(instance, any_solution=True)
    assert (some.status, some.goals) == (status, goals)
    assert some.values is None or some.values in rows
    if instance.problem.goals:
        assert found.values == some.values == values
        assert ask.front(instance).points == reference.front(instance).points
    assert ask.count(instance) == len(rows)
    assert listed(ask.solutions(instance)) == rows
    exact = reference.domains(instance)
    assert ask.domains(instance) == exact
    rough = ask.domains(instance, exact=False)
    assert all(set(a) <= set(b) for a, b in zip(exact, rough, strict=True))
    return True


def conflicts(truth: Truth) -> bool:
    """One conflict and all of them, minimal; repairs that help."""
    instance = truth.instance
    expected = reference.conflicts(instance)
    try:
        found = ask.conflict(instance)
    except TooWide:
        return False
    assert (found is None) == bool(truth.rows)
    if found is None:
        assert ask.relaxations(instance) == []
        return True
    assert frozenset(found.groups) in expected
    together = holding(instance, found.constraints)
    assert not feasible(together)
    for i in found.constraints:
        assert feasible(holding(instance, [c for c in found.constraints if c != i]))
    assert {frozenset(c.groups) for c in ask.conflicts(instance)} == set(expected)
    for repair in ask.relaxations(instance):
        if repair.group is not None:
            constraints = instance.problem.constraints
            kept = tuple(i for i in instance.active if constraints[i].group != repair.group)
            assert repair.witness in reference.assignments(replace(instance, active=kept))
    return True


def samples(truth: Truth) -> bool:
    """Draws from few solutions: each equally often, by a chi-square test."""
    n = len(truth.rows)
    if n > FEW:
        return False
    try:
        rows = ask.sample(truth.instance, max(1, DRAWS * n), seed=n)
    except TooWide:
        return False
    except EmptySpace:
        assert not n
        return True
    drawn = Counter(map(tuple, rows.tolist()))
    assert set(drawn) <= set(truth.rows)
    if n > 1:
        square = sum((drawn[row] - DRAWS) ** 2 for row in truth.rows) / DRAWS
        assert deviation(square, n - 1) < SURE, drawn
    return True


def planned(question: Callable[[Truth], bool]) -> Callable[[Truth], bool]:
    """The same question, put to the planner however small the instance is."""

    @wraps(question)
    def asked(truth: Truth) -> bool:
        with (
            patch.object(exhaustive, "listed", lambda instance, goals=True: None),
            patch.object(exhaustive, "truths", lambda instance: None),
        ):
            return question(truth)

    asked.__name__ = f"planned {question.__name__}"
    return asked


CHECKS: tuple[Callable[[Truth], bool], ...] = (
    search,
    diagram,
    caching,
    eliminating,
    nest,
    exhausting,
    halving,
    boxes,
    columnwise,
    answers,
    conflicts,
    samples,
    planned(answers),
    planned(conflicts),
    planned(samples),
)


def check(instance: Instance, done: Counter[str] | None = None) -> None:
    """Compare everything; `done` counts which engine took part."""
    truth = Truth(instance, list(reference.assignments(instance)))
    for one in CHECKS:
        took_part = one(truth)
        if done is not None:
            done[one.__name__] += took_part
    if done is not None:
        done["problems"] += 1
        done["empty"] += not truth.rows
        done.update(f"op {op.name.lower()}" for op in set(instance.problem.ops))


# --------------------------------------------------------------------------------------- helpers


def listed(rows: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> list[Row]:
    """The rows of an array."""
    return [tuple(row) for row in rows.tolist()]


def holding(instance: Instance, constraints: tuple[int, ...] | list[int]) -> Instance:
    """The instance with its structure and these of its named constraints."""
    kept = [
        i
        for i in instance.active
        if instance.problem.constraints[i].group is None or i in constraints
    ]
    return replace(instance, active=tuple(kept))


def feasible(instance: Instance) -> bool:
    """Whether anything holds, by brute force."""
    return next(iter(reference.assignments(instance)), None) is not None


def deviation(square: float, freedom: int) -> float:
    """A chi-square statistic as standard deviations (Wilson and Hilferty 1931)."""
    spread = 2 / (9 * freedom)
    return float(((square / freedom) ** (1 / 3) - (1 - spread)) / spread**0.5)


def written(instance: Instance) -> str:
    """An instance as text, to make a test of."""
    problem = instance.problem
    lines = []
    for variable, domain in zip(problem.variables, instance.domains, strict=True):
        fixed = "" if domain == variable.values else f" now {list(domain)}"
        lines.append(f"{variable.name} in {variable.values}{fixed}")
    for table in problem.tables:
        lines.append(f"table {table.number} = {table.rows}")
    for i, c in enumerate(problem.constraints):
        state = "" if i in instance.active else " (dropped)"
        lines.append(f"require {problem.text(c.node)}, {c.group!r}{state}")
    lines += [f"assume {problem.text(n)}" for n in instance.assumptions]
    lines += [f"{g.sense} {problem.text(g.node)}" for g in problem.goals]
    return "\n".join(lines)


# --------------------------------------------------------------------------------------- program


MIXTURES = (instances(max_goals=3), planted_problems().flatmap(questions), large_instances())


def batch(number: int, size: int, done: Counter[str], note: Path | None = None) -> str:
    """Check `size` random instances of one seed; the smallest failure as text, or nothing.

    Seeds take turns: all shapes, conditions of all kinds that mostly hold, large numbers. Each
    instance is written to `note` first, so that it can be read after a crash or in a hang.
    """
    last: list[Instance] = []

    @seed(number)
    @settings(
        max_examples=size,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(MIXTURES[number % len(MIXTURES)])
    def run(instance: Instance) -> None:
        last[:] = [instance]
        if note is not None:
            note.write_text(written(instance))
        check(instance, done)

    try:
        run()
    except Exception:
        return f"seed {number}\n{written(last[0])}\n{traceback.format_exc(limit=-4)}"
    return ""


def seeds(first: int, problems: int, size: int) -> Iterator[tuple[int, int]]:
    """Seeds and how many problems each gives."""
    for start in range(0, problems, size):
        yield first + start // size, min(size, problems - start)


def main() -> int:
    """Run batches and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--problems", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=250)
    parser.add_argument("--note", type=Path, help="file for the instance at hand")
    options = parser.parse_args()
    done: Counter[str] = Counter()
    failures = 0
    began = time.process_time()
    for number, size in seeds(options.seed, options.problems, options.batch):
        failure = batch(number, size, done, options.note)
        if failure:
            failures += 1
            print(f"---- failure {failures}: {failure}", flush=True)
        seconds = time.process_time() - began
        print(f"seed {number}: {done['problems']} problems, {seconds:.0f} s", flush=True)
    for name, times in sorted(done.items()):
        print(f"{name:24} {times:8,}")
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
