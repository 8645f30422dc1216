"""Named conditions: the `require`s and `prefer`s of files, and the `require`s of called ops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.source import Span

from ..bound import key_text
from ..constraint_names import constraint_name
from .domains import compile_binders
from .frames import Frame, Run, World, outward
from .instance import Instance
from .networks import Call, Operation, network_run


@dataclass(frozen=True, eq=False)
class Condition:
    """One instance of a named condition.

    Attributes
    ----------
    name : str
        What it is called from outside: `fits`, `t.registers`, `block[2, 1].whole_groups`.
    key : str
        With the values of its binders: `fits[2]`.
    """

    name: str
    key: str
    node: nodes.Require | nodes.Prefer = field(repr=False)
    bindings: dict[Any, Any] = field(repr=False)
    where: Run | None = field(repr=False)
    body: Run = field(repr=False)

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.node.span

    def __str__(self) -> str:
        return self.key

    def frame(self, world: World) -> Frame:
        """The frame in which its parts are worked out."""
        return Frame(world, dict(self.bindings))

    def applies(self, world: World) -> bool:
        """Whether its `where` holds."""
        return self.where is None or bool(self.where(self.frame(world)))

    def holds(self, world: World) -> bool:
        """Whether it holds, or does not apply."""
        return not self.applies(world) or bool(self.body(self.frame(world)))


@dataclass(frozen=True)
class OpCondition:
    """A `require` of an op in one call of a network, as it came out."""

    name: str
    key: str
    span: Span
    held: bool

    def __str__(self) -> str:
        return self.key


def conditions(instance: Instance, kind: type[nodes.Require | nodes.Prefer]) -> list[Condition]:
    """The `require`s or `prefer`s of one file, unrolled; the same in every world."""
    key = ("conditions", kind)
    if key not in instance.compiled:
        declared = instance.spec.requires if kind is nodes.Require else instance.spec.prefers
        instance.compiled[key] = [c for node in declared.values() for c in _unroll(instance, node)]
    found: list[Condition] = instance.compiled[key]
    return found


def _unroll(instance: Instance, node: nodes.Require | nodes.Prefer) -> Iterator[Condition]:
    steps, scope = compile_binders(node.binders, None, instance.scope)
    where = None if node.where is None else scope.expression(node.where)
    body = scope.expression(node.body)
    name = instance.prefix + node.name.text
    frame = Frame(World({}), {})
    for _ in steps(frame):
        bindings = {b.name: frame.values[b.name] for b in node.binders}
        key = key_text(name, tuple(outward(v) for v in bindings.values()))
        yield Condition(name, key, node, bindings, where, body)


def penalty(instance: Instance, world: World) -> Any:
    """The sum of the weights of broken `prefer`s."""
    total: Any = 0
    for condition in conditions(instance, nodes.Prefer):
        if not condition.holds(world):
            total += weight(instance, condition, world)
    return total


def weight(instance: Instance, condition: Condition, world: World) -> Any:
    """The weight of a `prefer`; 1 if it states none."""
    assert isinstance(condition.node, nodes.Prefer)
    if condition.node.weight is None:
        return 1
    key = (condition.node, "weight")
    if key not in instance.compiled:
        scope = instance.scope
        for binder in condition.node.binders:
            scope = scope.binder(binder.name)
        instance.compiled[key] = scope.expression(condition.node.weight)
    return instance.compiled[key](condition.frame(world))


# --------------------------------------------------------------------------------------- networks


def networks(instance: Instance) -> list[Operation]:
    """The networks of one file that stand alone."""
    ops = [item for item in instance.spec.names.values() if isinstance(item, nodes.Op)]
    operations = [instance.operation(op) for op in ops if op.network]
    return [operation for operation in operations if operation.formals.closed]


def op_conditions(operation: Operation, world: World) -> Iterator[OpCondition]:
    """The `require`s of all calls in a network."""
    for call in network_run(operation, world).call.walk():
        for node in call.operation.requires:
            yield from _op_condition(operation, call, node)


def _op_condition(network: Operation, call: Call, node: nodes.Require) -> Iterator[OpCondition]:
    instance = network.instance
    own = constraint_name(instance.spec, network.name, call.path, node.name.text)
    name = f"{instance.prefix}{own}"
    steps, body = call.operation.require(node)
    assert call.frame is not None
    frame = Frame(call.frame.world, dict(call.frame.values), call)
    for _ in steps(frame):
        key = key_text(name, tuple(outward(frame.values[b.name]) for b in node.binders))
        yield OpCondition(name, key, node.span, bool(body(frame)))
