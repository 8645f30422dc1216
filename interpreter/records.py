"""Hardware records: what is set, what is derived from it, and what Python gives or replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archwright.dsl import nodes

from .evaluation.frames import Frame, Run, Thunk, World, inward, outward
from .evaluation.instance import Instance
from .values import Value


class Unset(Exception):
    """A field was read that is neither set nor derived."""


@dataclass(frozen=True)
class Recipe:
    """How the fields of a record come about.

    Attributes
    ----------
    schema : tuple of (Instance, nodes.Schema) or None
    settings : mapping
        By field: a value, or an expression with the file it stands in.
    given : bool
        Whether the fields come from Python.
    """

    schema: tuple[Instance, nodes.Schema] | None
    settings: Mapping[str, Value | tuple[Instance, nodes.Expr]]
    given: bool = False


def recipe(
    instance: Instance,
    node: nodes.Hardware,
    replaced: Mapping[tuple[Instance, str], tuple[Instance, nodes.Hardware]],
    given: Mapping[tuple[Instance, str], Mapping[str, Value]],
) -> Recipe:
    """Collect what a record and the records that it is made from set.

    Parameters
    ----------
    replaced : mapping
        Records that stand for others.
    given : mapping
        Fields from Python; they override what the text sets.
    """
    owner = (instance, node.name.text)
    if owner in replaced:
        base = recipe(*replaced[owner], replaced, given)
        return Recipe(base.schema, {**base.settings, **given.get(owner, {})})
    schema, settings = None, {}
    if node.base:
        found, base_node = named(instance, node.base)
        if isinstance(base_node, nodes.Schema):
            schema = (found, base_node)
        elif isinstance(base_node, nodes.Hardware):
            base = recipe(found, base_node, replaced, given)
            schema, settings = base.schema, dict(base.settings)
    settings.update({s.name.text: (instance, s.value) for s in node.settings})
    settings.update(given.get(owner, {}))
    return Recipe(schema, settings, node.given is not None)


def named(instance: Instance, path: nodes.Path) -> tuple[Instance, nodes.Node]:
    """The declaration that `gpu.h100` or `h100` names in a file."""
    if len(path) == 1:
        return instance, instance.spec.names[path[0].text]
    child = instance.imported(path[0].text)
    return child, child.spec.names[path[1].text]


def work_out(recipe: Recipe) -> dict[str, Value]:
    """All fields with a value, derived ones included, in the order of the schema."""
    fields = {}
    if recipe.schema is not None:
        owner, schema = recipe.schema
        fields = {f.name.text: f for f in schema.fields}
    frame = Frame(World({}), {})
    for name, setting in recipe.settings.items():
        frame.values[name] = Thunk(_setting(setting), frame)
    if recipe.schema is not None:
        scope = owner.scope.bind({name: name for name in fields})
        for name, field in fields.items():
            run = _unset if field.default is None else scope.expression(field.default)
            frame.values.setdefault(name, Thunk(run, frame))
    found: dict[str, Value] = {}
    for name in [*fields, *(n for n in recipe.settings if n not in fields)]:
        try:
            found[name] = outward(frame.values[name].force())
        except Unset:
            continue
    return found


def _unset(frame: Frame) -> Any:
    raise Unset


def _setting(setting: Value | tuple[Instance, nodes.Expr]) -> Run:
    if not isinstance(setting, tuple):
        value = inward(setting)
        return lambda frame: value
    instance, expression = setting
    run = instance.expression(expression)
    return lambda frame: run(Frame(frame.world, {}))
