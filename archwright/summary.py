"""A spec in a few lines: what it asks for, what it decides, what it demands, what it wants."""

from __future__ import annotations

from archwright.dsl import nodes
from archwright.dsl.spec import Spec
from archwright.interpreter.answers import shown
from archwright.interpreter.bound import Bound, Deferred

from . import text


def _source(node: nodes.Node) -> str:
    return " ".join(node.span.text.split())


def _family(binders: tuple[nodes.Binder, ...]) -> str:
    return "[" + ", ".join(_source(b) for b in binders) + "]" if binders else ""


def summary(spec: Spec) -> str:
    """Parameters, choices, constraints and goals of a spec, as written."""
    items = spec.file.items
    parameters = [
        f"{i.name}: {_source(i.domain)}" + (f" = {_source(i.default)}" if i.default else "")
        for i in items
        if isinstance(i, nodes.Param)
    ]
    choices = [
        f"{c.name}{_family(c.binders)}: {_source(c.domain)}"
        + (f" when {_source(c.guard)}" if c.guard else "")
        for c in spec.choices
    ]
    constraints = [
        f"{i.name}{_family(i.binders)}: {_source(i.body)}"
        for i in items
        if isinstance(i, nodes.Require)
    ]
    goals = []
    if spec.optimize is not None:
        mode = "" if spec.optimize.mode == "single" else f"{spec.optimize.mode}: "
        goals = [
            f"{mode}{g.sense} {_source(g.value)}" + (f" as {g.name}" if g.name else "")
            for g in spec.optimize.goals
        ]
    return "\n".join(
        [
            f"spec {spec.source.name}",
            *text.block("parameters", parameters),
            *text.block("choices", choices),
            *text.block("constraints", constraints),
            *text.block("goals", goals),
        ]
    )


def bound_summary(bound: Bound) -> str:
    """The values that a spec was bound to, above its summary."""
    values = {
        name: shown(value, bound.spec.dimension(bound.spec.names[name]))
        for name, value in bound.parameters.items()
        if not isinstance(value, Deferred)
    }
    return "\n".join([*text.block("bound to", text.pairs(values)), summary(bound.spec)])
