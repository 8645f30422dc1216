"""The structure of a spec: everything without a name of its own, as a list of obligations.

Domains and activity, membership of what an import is bound to, `exact`, table rows and shapes. What
is written is demanded: every `let`, condition, goal and network is worked out where its guards
hold, whether or not anything reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.source import Span

from ..bound import Deferred, key_text
from .conditions import Condition, conditions, networks, op_conditions, weight
from .failures import Broken, Undefined, Unread
from .frames import Frame, Run, World, outward
from .instance import Instance
from .networks import Operation, network_run


@dataclass(frozen=True)
class Obligation:
    """One thing that must hold whatever is dropped; `check` raises `Broken` where it does not."""

    what: str
    span: Span
    check: Callable[[World], object]


@dataclass(frozen=True)
class ChoiceMember:
    """One choice, or one member of a family of choices.

    Attributes
    ----------
    name : str
        With the prefix of its import.
    key : str
        With its indices.
    """

    name: str
    key: str
    node: nodes.Choice
    instance: Instance
    indices: tuple[Any, ...]

    def frame(self, world: World) -> Frame:
        """The frame of its domain and guard."""
        slots = [b.name for b in self.node.binders]
        return Frame(world, dict(zip(slots, self.indices, strict=True)))

    def active(self, world: World) -> bool:
        """Whether its `when` holds."""
        guard, _ = self._parts()
        return guard is None or bool(guard(self.frame(world)))

    def values(self, world: World) -> list[Any]:
        """Its domain in this world."""
        return list(self._parts()[1].values(self.frame(world)))

    def allows(self, world: World, value: Any) -> bool:
        """Whether its domain has a value."""
        return bool(self._parts()[1].contains(self.frame(world), value))

    def _parts(self) -> Any:
        key = (self.node, "choice")
        compiled = self.instance.compiled
        if key not in compiled:
            scope = self.instance.scope
            for binder in self.node.binders:
                scope = scope.binder(binder.name)
            guard = None if self.node.guard is None else scope.expression(self.node.guard)
            compiled[key] = guard, scope.domain(self.node.domain)
        return compiled[key]


def choice_members(root: Instance) -> list[ChoiceMember]:
    """Every choice of a spec: those of imports where they are imported, then in order."""
    found = []
    for item in root.spec.file.items:
        if isinstance(item, nodes.Import):
            found += choice_members(root.imported(item.alias.text))
        elif isinstance(item, nodes.Space):
            for choice in item.choices:
                name = root.prefix + choice.name.text
                for indices in root.members(choice):
                    key = key_text(name, tuple(outward(i) for i in indices))
                    found.append(ChoiceMember(name, key, choice, root, indices))
    return found


def obligations(root: Instance) -> list[Obligation]:
    """The whole structure of a spec and its imports, apart from that of its choices."""
    found: list[Obligation] = []
    choices = {member.key: member for member in choice_members(root)}
    for instance in root.walk():
        found += _parameters(instance)
        found += _lets(instance, choices)
        for condition in conditions(instance, nodes.Require):
            found.append(Obligation(condition.key, condition.span, condition.holds))
        for network in networks(instance):
            found.append(Obligation(network.name, network.op.span, _network(network, choices)))
    for condition in conditions(root, nodes.Prefer):
        found.append(Obligation(condition.key, condition.span, _prefer(root, condition)))
    for name, goal in root.spec.goals.items():
        found.append(Obligation(name, goal.span, _goal(root, goal)))
    return found


def _goal(root: Instance, goal: nodes.Goal) -> Callable[[World], object]:
    run = root.expression(goal.value)
    return lambda world: run(Frame(world, {}))


def _parameters(instance: Instance) -> Iterator[Obligation]:
    for name, value in instance.bound.parameters.items():
        node = instance.spec.names[name]
        if isinstance(value, Deferred) and isinstance(node, nodes.Param):
            yield Obligation(instance.prefix + name, node.span, _parameter(instance, node))


def _parameter(instance: Instance, node: nodes.Param) -> Callable[[World], object]:
    read, domain = instance.reader(node), instance.domain(node.domain)

    def check(world: World) -> None:
        frame = Frame(world, {})
        value = read(frame)
        if not domain.contains(frame, value):
            why = f"`{node.name}` is {value}, not in {node.domain.span.text}"
            raise Broken(why, node.span, slug="out-of-domain")

    return check


def _lets(instance: Instance, choices: dict[str, ChoiceMember]) -> Iterator[Obligation]:
    for node in instance.spec.names.values():
        if not isinstance(node, nodes.Let):
            continue
        scope = instance.scope
        for binder in node.binders:
            scope = scope.binder(binder.name)
        guard = None if node.guard is None else scope.expression(node.guard)
        for indices in instance.members(node):
            key = key_text(instance.prefix + node.name.text, tuple(outward(i) for i in indices))
            yield Obligation(key, node.span, _let(instance, node, indices, guard, choices))


def _let(
    instance: Instance,
    node: nodes.Let,
    indices: tuple[Any, ...],
    guard: Run | None,
    choices: dict[str, ChoiceMember],
) -> Callable[[World], object]:
    read = instance.member(node)
    bindings = dict(zip((b.name for b in node.binders), indices, strict=True))

    def check(world: World) -> None:
        if guard is not None and not guard(Frame(world, dict(bindings))):
            return
        try:
            read(Frame(world, {}), indices)
        except Unread as unread:
            # Without a guard of its own it has no value where it reads an inactive choice; then
            # its readers stand under the conditions that it needs.
            if guard is not None or choices[unread.key].active(world):
                raise
        except Undefined:  # the same for a divisor of 0, a `let` whose guard does not hold, ...
            if guard is not None:
                raise

    return check


def _network(network: Operation, choices: dict[str, ChoiceMember]) -> Callable[[World], object]:
    def check(world: World) -> None:
        for call in network_run(network, world).call.walk():
            call.operation.check(call, lambda key: not choices[key].active(world))
        for _ in op_conditions(network, world):
            pass

    return check


def _prefer(root: Instance, condition: Condition) -> Callable[[World], object]:
    def check(world: World) -> None:
        if not condition.holds(world):
            weight(root, condition, world)

    return check
