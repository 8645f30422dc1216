"""Compares lowered problems with the evaluator, which shares no code with the lowering."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import product

from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.bound import Bound
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.lower import Lowered, lower
from archwright.solvers.evaluate import evaluate, violated


def lowered(text: str, **parameters: object) -> Lowered:
    """The problem of a spec written in a test."""
    return lower(bind(loads("arch 1\n" + text), parameters))


def pinned(problem: Lowered, values: list[int]) -> list[int]:
    """The assignment with inactive choices at their first value."""
    for choice in problem.choices:
        if not evaluate(problem.problem, values, [choice.active.node])[0]:
            values[choice.variable] = problem.problem.variables[choice.variable].values[0]
    return values


def everything(problem: Lowered) -> Iterator[list[int]]:
    """Every assignment in which inactive choices are pinned."""
    for values in product(*(v.values for v in problem.problem.variables)):
        if pinned(problem, list(values)) == list(values):
            yield list(values)


def walks(problem: Lowered, n: int, steps: int, seed: int) -> Iterator[list[int]]:
    """Random assignments, improved by random steps that break fewer constraints."""
    dice = random.Random(seed)
    variables = problem.problem.variables
    for _ in range(n):
        first = [dice.choice(v.values[: dice.choice((1, 2, 3, len(v.values)))]) for v in variables]
        values = pinned(problem, first)
        broken = len(violated(problem.problem, values))
        for _ in range(dice.choice((0, steps))):
            trial = list(values)
            i = dice.randrange(len(trial))
            trial[i] = dice.choice(variables[i].values)
            trial = pinned(problem, trial)
            if (found := len(violated(problem.problem, trial))) <= broken:
                values, broken = trial, found
        yield values


def compare(bound: Bound, problem: Lowered, assignments: Iterable[list[int]]) -> int:
    """Assert that structure, broken requires and goals agree; gives how many had structure."""
    sound = 0
    for values in assignments:
        chosen = problem.decode(values)
        evaluation = Evaluation(bound, chosen)
        broken = [problem.problem.constraints[i] for i in violated(problem.problem, values)]
        structure = [c.origin.key for c in broken if c.group is None]
        assert evaluation.structure_ok() == (not structure), (chosen, structure)
        if structure:
            continue
        sound += 1
        keys = {c.key for n in evaluation.require_names for c in evaluation.holds(n)}
        assert {c.origin.key for c in broken} == keys, chosen
        found = evaluate(problem.problem, values, [g.expression.node for g in problem.goals])
        for goal, number in zip(problem.goals, found, strict=True):
            want = evaluation.goal(goal.name) if goal.named else evaluation.penalty()
            assert goal.decode(number) == want, (goal.name, chosen)
    return sound


def agrees(text: str, **parameters: object) -> int:
    """Compare a small spec under every assignment."""
    bound = bind(loads("arch 1\n" + text), parameters)
    problem = lower(bound)
    sound = compare(bound, problem, everything(problem))
    assert sound, "no assignment has the structure of the spec"
    return sound
