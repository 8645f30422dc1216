"""One text through the whole pipeline: read, bound, lowered, asked, certified, shown."""

from __future__ import annotations

from math import prod
from pathlib import Path

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import load
from archwright.dsl.render_html import html
from archwright.dsl.render_json import as_json
from archwright.dsl.render_text import text
from archwright.dsl.slugs import SLUGS
from archwright.interpreter.bind import bind
from archwright.interpreter.brute import BruteForce
from archwright.interpreter.questions import Model
from archwright.solvers.answers import Status
from archwright.solvers.control import Control, Stopped

SECONDS = 0.3  # for each question
LIMITS = {"terms": 50_000, "choices": 5_000}  # so that what is allowed is done in time
FEW = 300  # combinations that brute force goes through, too


def attempt(path: Path) -> str:
    """What became of a file: the slug of its first mistake, or how it was answered.

    Whatever the file holds, the only exception that may come out of here is a bug.
    """
    try:
        model = Model(bind(load(path, limits=LIMITS)))
        answer = model.solve(control=Control(SECONDS))  # certified by the evaluator
        if answer.status is Status.INFEASIBLE:
            model.explain(control=Control(SECONDS))
            return "infeasible"
        _agree(model, model.count(control=Control(SECONDS)))
        if model.goals:
            model.front(control=Control(SECONDS))
    except ArchError as error:
        found = error.diagnostics
        assert found and {d.slug for d in found} <= SLUGS.keys()
        assert text(found) and html(found) and as_json(found)
        return found[0].slug
    except Stopped:
        return "stopped"
    return answer.status.value


def _agree(model: Model, count: int) -> None:
    """Where there are few combinations brute force counts as many solutions."""
    if prod(len(choice.coding.numbers) for choice in model.lowered.choices) <= FEW:
        known = BruteForce(model.bound).count((), ())
        assert count == known, f"the solver counts {count}, brute force {known}"
