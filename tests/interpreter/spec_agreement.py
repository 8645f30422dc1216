"""Compares the model with brute force on a whole spec: claims, answers, conflicts."""

from __future__ import annotations

from collections.abc import Mapping

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import loads
from archwright.dsl.spec import Spec
from archwright.interpreter.answers import shown
from archwright.interpreter.asking import Asker, Chosen
from archwright.interpreter.bind import bind
from archwright.interpreter.bound import Bound
from archwright.interpreter.brute import BruteForce
from archwright.interpreter.choosing import read_choices
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.expect import ExpectResult, run
from archwright.interpreter.model_asker import ModelAsker
from archwright.interpreter.questions import Model
from archwright.interpreter.values import Value
from archwright.solvers.answers import Status
from archwright.solvers.control import Control

from .spec_parts import Question, RandomSpec, python_value

COMPILED = {  # what the compiler may refuse in a condition that only a claim states
    "many-denominators",
    "maybe-no-logarithm",
    "maybe-zero-divisor",
    "missing-row",
    "out-of-family",
    "rational-goal",
    "too-many-values",
    "too-wide",
    "uneven-division",
    "unguarded-read",
}


def accepted(text: str) -> Spec | None:
    """A spec that the checker and the compiler take, else None."""
    try:
        spec = loads(text)
        Model(bind(spec)).lowered  # noqa: B018
    except ArchError:
        return None
    return spec


def check_claims(spec: Spec) -> None:
    """Every claim of a spec gets one answer from the model and from brute force."""
    models: dict[int, Model] = {}

    def model(bound: Bound) -> Asker:
        return ModelAsker(models.setdefault(id(bound), Model(bound)), Control())

    for told, known in zip(run(spec, model), run(spec, BruteForce), strict=True):
        line = known.expect.span.text
        slugs = {d.slug for d in told.diagnostics}
        if slugs & COMPILED or ("out-of-domain" in slugs and _nothing(known)):
            continue
        if _in_doubt(told):  # the solver bounds errors under all choices, brute force under each
            assert known.ok or _in_doubt(known), f"{line}: {told.found} | {known.found}"
            continue
        assert _found(told) == _found(known), f"{line}: {told.found} | {known.found}"


def _nothing(result: ExpectResult) -> bool:
    """Whether nothing fits, as it is when one member of a family cannot have a value."""
    return result.found in ("unsat", "count == 0", "front == 0") or result.found.endswith("is {}")


def _in_doubt(result: ExpectResult) -> bool:
    """Whether the errors of logarithms leave a claim open."""
    return "too close for the errors" in result.found or "does not tell" in result.found


def _found(result: ExpectResult) -> str:
    """What was found, without the one solution of many that shows it."""
    if result.found.startswith("a solution with"):
        return "a solution"
    if result.diagnostics:
        return result.diagnostics[0].slug
    return result.skipped or result.found


def check_answers(spec: Spec, drawn: RandomSpec) -> None:
    """`solve`, `front`, `domains`, `sample` and `explain` agree with brute force."""
    bound = bind(spec)
    model, brute = Model(bound), BruteForce(bound)
    for question in drawn.questions:
        choices = {k: python_value(v) for k, v in question.chosen.items()}
        try:
            fixings = tuple(read_choices(model.lowered, choices))
        except ArchError:
            continue  # a value that is there under another parameter
        span = spec.file.items[0].span
        chosen = tuple(Chosen(name, indices, value, span) for name, indices, value in fixings)
        solutions = brute.solutions(chosen, question.without)
        try:
            model.instance(choices)
        except ArchError as error:
            assert error.diagnostics[0].slug == "out-of-domain" and not solutions
            continue
        _check_best(model, brute, drawn, question, choices, chosen)
        if solutions:
            assert model.explain(choices, without=question.without) is None
            _check_sample(model, question, choices, solutions)
        else:
            _check_conflict(model, brute, drawn, question, choices, chosen)


Choices = Mapping[str, object]


def _check_best(
    model: Model,
    brute: BruteForce,
    drawn: RandomSpec,
    question: Question,
    choices: Choices,
    chosen: tuple[Chosen, ...],
) -> None:
    """The answer is the first of the best; the front holds every point once."""
    solutions = brute.solutions(chosen, question.without)
    answer = model.solve(choices, without=question.without)
    if not solutions:
        assert answer.status is Status.INFEASIBLE
        assert len(model.front(choices, without=question.without)) == 0
        return
    goals = brute.bound.spec.goals
    signs = [-1 if g.sense == "maximize" else 1 for g in goals.values()]

    def vector(solution: Mapping[str, object]) -> tuple[object, ...]:
        evaluation = Evaluation(brute.bound, solution)  # type: ignore[arg-type]
        found = [evaluation.goal(n) * s for n, s in zip(drawn.goals, signs, strict=True)]
        last = model.lowered.preferences
        return (*found, *([evaluation.penalty()] if last is not None else []))

    vectors = [vector(s) for s in solutions]
    told = answer.architecture
    assert told is not None
    assert vector(told.evaluation.choices) == min(vectors)
    assert answer.status in (Status.OPTIMAL, Status.FEASIBLE)
    order = [{v: i for i, v in enumerate(c.values())} for c in model.lowered.choices]
    keys = [c.key for c in model.lowered.choices]

    def rank(solution: Mapping[str, object]) -> list[int]:
        return [
            o[solution[k]] if k in solution else 0  # type: ignore[index]
            for o, k in zip(order, keys, strict=True)
        ]

    first = min((s for s, v in zip(solutions, vectors, strict=True) if v == min(vectors)), key=rank)
    assert told.evaluation.choices == first
    if drawn.goals:
        front = model.front(choices, without=question.without)
        assert len(front) == brute.front_size(chosen, question.without)
        n = len(drawn.goals)
        for point in front:
            found = vector(point.architecture.evaluation.choices)
            assert found == min(v for v in vectors if v[:n] == found[:n])


def _check_sample(
    model: Model, question: Question, choices: Choices, solutions: list[dict[str, Value]]
) -> None:
    words = [
        {c.key: shown(s[c.key], c.dimension) for c in model.lowered.choices if c.key in s}
        for s in solutions
    ]
    for drawn in model.sample(3, 1, choices, without=question.without):
        assert drawn in words
    assert len(model.solutions(choices, without=question.without)) == len(solutions)
    domains = model.domains(choices, without=question.without)
    for key, values in domains.items():
        assert {*map(str, values)} == {str(w[key]) for w in words if key in w}, key


def _check_conflict(
    model: Model,
    brute: BruteForce,
    drawn: RandomSpec,
    question: Question,
    choices: Choices,
    chosen: tuple[Chosen, ...],
) -> None:
    """A conflict has no solution; without any one of its members it has."""
    report = model.explain(choices, without=question.without)
    assert report is not None
    members = {*report.instances}
    assert not {*report.constraints} & {*question.without}
    broken = [
        {c.key for c in Evaluation(brute.bound, s).broken()}
        for s in brute.solutions(chosen, drawn.requires)
    ]
    assert all(b & members for b in broken), "the conflict can be met"
    for member in members:
        assert any(not b & (members - {member}) for b in broken), f"{member} is not needed"
    if members:
        assert brute.unsat_by(chosen, question.without, report.constraints)
    for repair in report.repairs:
        assert repair.verified
