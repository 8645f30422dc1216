"""How far named limits are from being broken, worked out from the text under an assignment."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from archwright.dsl import nodes

from ..bound import key_text
from ..constraint_names import constraint_name
from ..limits import Inequality, inequalities
from .conditions import Condition, conditions, networks
from .domains import compile_binders
from .frames import Frame, World, outward
from .instance import Instance
from .networks import Call, Operation, network_run
from .scope import Scope


def margins(root: Instance, world: World) -> Iterator[tuple[str, str, Fraction]]:
    """The name, the instance and the excess of each limit that applies; others are left out."""
    for instance in root.walk():
        for condition in conditions(instance, nodes.Require):
            if condition.applies(world):
                yield from _of_file(instance, condition, world)
    for instance in root.walk():
        for network in networks(instance):
            for call in network_run(network, world).call.walk():
                for node in call.operation.requires:
                    yield from _of_call(network, call, node)


def _of_call(
    network: Operation, call: Call, node: nodes.Require
) -> Iterator[tuple[str, str, Fraction]]:
    own = constraint_name(network.instance.spec, network.name, call.path, node.name.text)
    name = f"{network.instance.prefix}{own}"
    steps, scope = compile_binders(node.binders, node.where, call.operation.scope)
    assert call.frame is not None
    frame = Frame(call.frame.world, dict(call.frame.values), call)
    for _ in steps(frame):
        key = key_text(name, tuple(outward(frame.values[b.name]) for b in node.binders))
        for part in inequalities(node.body) or ():
            yield from _excess(name, key, part, scope, frame)


def _of_file(
    instance: Instance, condition: Condition, world: World
) -> Iterator[tuple[str, str, Fraction]]:
    scope = instance.scope
    for binder in condition.node.binders:
        scope = scope.binder(binder.name)
    for part in inequalities(condition.node.body) or ():
        yield from _excess(condition.name, condition.key, part, scope, condition.frame(world))


def _excess(
    name: str, key: str, part: Inequality, scope: Scope, frame: Frame
) -> Iterator[tuple[str, str, Fraction]]:
    if all(scope.expression(condition)(frame) for condition in part.given):
        lesser, greater = (_number(side, scope, frame) for side in (part.lesser, part.greater))
        yield name, key, lesser - greater


def _number(node: nodes.Expr, scope: Scope, frame: Frame) -> Fraction:
    value: Any = outward(scope.expression(node)(frame))
    if not isinstance(value, Fraction):
        raise TypeError(f"{node.span}: this is no number")
    return value
