"""What is lowered again after a change of inputs is what a fresh lowering gives."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import load
from archwright.dsl.spec import Spec
from archwright.interpreter.bind import bind
from archwright.interpreter.bound import Bound
from archwright.interpreter.evaluation.frames import Frame, World
from archwright.interpreter.evaluation.instance import Instance
from archwright.interpreter.lower import Lowered, lower, lower_again
from archwright.interpreter.questions import Model
from archwright.solvers import questions as ask
from archwright.solvers.control import Control, Stopped

ROOT = Path(__file__).parents[2]
SPECS = [
    *sorted((ROOT / "tests" / "specs").glob("*.arch")),
    *(
        pytest.param(path, marks=pytest.mark.slow)
        for path in sorted((ROOT / "gallery").rglob("*.arch"))
    ),
]
pytestmark = pytest.mark.filterwarnings("ignore:The recursion limit will not be reset")

MOMENT = 0.25  # seconds for a question that may be long


def text(lowered: Lowered) -> list[object]:
    """Everything that an answer depends on, in words."""
    problem = lowered.problem
    found: list[object] = [(v.name, v.values) for v in problem.variables]
    found += [(c.group, c.origin.key, problem.bounds[c.node]) for c in problem.constraints]
    found += [(g.name, g.sense, problem.bounds[g.node]) for g in problem.goals]
    found += [(g.name, g.scale, g.error, g.dimension) for g in lowered.goals]
    found += [(c.key, c.active.lo, c.active.hi) for c in lowered.choices]
    return found


def answers(model: Model) -> list[object]:
    """Count, domains, best goals and certificate, conflict; None for what takes too long."""
    found: list[object] = []
    asked = (
        lambda: model.count(control=Control(MOMENT)),
        lambda: model.domains(control=Control(MOMENT)),
        lambda: model.domains(exact=False, control=Control(MOMENT)),
    )
    for question in asked:
        try:
            found.append(question())
        except Stopped:
            found.append(None)
    best = model.solve(control=Control(MOMENT))
    done = best.status in ("optimal", "infeasible")
    found.append((best.status, best.goals, best.values, best.choices) if done else None)
    if best.status == "infeasible":
        instance = model.instance()
        assert instance is not None
        conflict = ask.conflict(instance)
        found.append(conflict and conflict.groups)
    return found


def parameters(spec: Spec) -> list[nodes.Param]:
    return [p for p in spec.names.values() if isinstance(p, nodes.Param)]


def some_values(bound: Bound, node: nodes.Param) -> list[object]:
    """A few values of a parameter's domain, in words that `bind` takes."""
    value = bound.parameters[node.name.text]
    domain = Instance.of(bound).domain(node.domain)
    frame = Frame(World({}), {})
    if isinstance(value, bool):
        return [True, False]
    if not isinstance(value, Fraction):
        return [value]
    near = [value * f for f in (Fraction(1, 2), Fraction(9, 10), 1, Fraction(11, 10), 2)]
    values = (*near, *(value + d for d in (-1, 1, 8, 64, -64)))
    from archwright.interpreter.evaluation.frames import inward

    return [v for v in values if domain.contains(frame, inward(v))]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_chain_of_changes(path: Path) -> None:
    spec = load(path, trust_paths=True)
    try:
        start = bind(spec, trust_paths=True)
    except ArchError:
        pytest.skip("needs inputs")
    if not parameters(spec):
        pytest.skip("has no parameter")
    first = Model(start)
    answers(first)

    @settings(max_examples=3, deadline=None, database=None, suppress_health_check=[*HealthCheck])
    @given(st.data())
    def chain(data: st.DataObject) -> None:
        model = first
        given_now: dict[str, object] = {}
        for _ in range(2):
            node = data.draw(st.sampled_from(parameters(spec)))
            value = data.draw(st.sampled_from(some_values(model.bound, node)))
            given_now = {**given_now, node.name.text: value}
            try:
                bound = bind(spec, given_now, trust_paths=True)
                fresh = lower(bound)
            except ArchError as error:
                slugs = [d.slug for d in error.diagnostics]
                with pytest.raises(ArchError) as told:
                    lower_again(model.lowered, bind(spec, given_now, trust_paths=True))
                assert [d.slug for d in told.value.diagnostics] == slugs
                return
            model = Model(bound, model)
            assert text(model.lowered) == text(fresh)
            mine, others = answers(model), answers(Model(bound))
            for a, b in zip(mine, others, strict=True):
                assert a is None or b is None or a == b
        assert text(first.lowered) == text(lower(start))

    chain()
