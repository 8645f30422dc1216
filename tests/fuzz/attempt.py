"""One text through the whole pipeline: read, bound, lowered, asked, certified, shown."""

from __future__ import annotations

from pathlib import Path

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import load
from archwright.dsl.render_html import html
from archwright.dsl.render_json import as_json
from archwright.dsl.render_text import text
from archwright.dsl.slugs import SLUGS
from archwright.interpreter.bind import bind
from archwright.interpreter.questions import Model
from archwright.solvers.answers import Status
from archwright.solvers.control import Control, Stopped

SECONDS = 0.3  # for each question


def attempt(path: Path) -> str:
    """What became of a file: the slug of its first mistake, or how it was answered.

    Whatever the file holds, the only exception that may come out of here is a bug.
    """
    try:
        model = Model(bind(load(path)))
        answer = model.solve(control=Control(SECONDS))  # certified by the evaluator
        if answer.status is Status.INFEASIBLE:
            model.explain(control=Control(SECONDS))
            return "infeasible"
        model.count(control=Control(SECONDS))
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
