"""The referee: what a spec says under one assignment of its choices, exactly.

It walks the text, with Python's integers and fractions, and shares nothing with the lowering and
the solvers, so that their answers can be checked against it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction

from archwright.dsl import nodes
from archwright.dsl.source import Span
from archwright.dsl.types import Num

from .architecture import Layer, Leaf, Network
from .bound import Bound, Key
from .evaluation.conditions import (
    Condition,
    OpCondition,
    conditions,
    networks,
    op_conditions,
    penalty,
)
from .evaluation.failures import Broken, EvaluationError, Undefined, Unread
from .evaluation.frames import Frame, World, inward, outward
from .evaluation.instance import Instance
from .evaluation.left_out import LeftOut
from .evaluation.margins import margins
from .evaluation.networks import Call, Operation, network_run
from .evaluation.structure import ChoiceMember, Obligation, choice_members, obligations
from .logarithms import Approximate
from .values import Value

__all__ = ["Broken", "Evaluation", "EvaluationError", "Undefined", "Unread"]


class Evaluation:
    """A bound spec under an assignment.

    Parameters
    ----------
    bound : Bound
    choices : mapping
        Every active choice by its key: `x`, `k[1, 2]`, `t.batch_tile[forward]`. Inactive ones are
        absent.
    """

    def __init__(self, bound: Bound, choices: Mapping[str, Value]) -> None:
        self.bound = bound
        self.choices = choices
        self.instance = Instance.of(bound)
        self.world = World({key: inward(value) for key, value in choices.items()})

    # -------------------------------------------------------------------------------- values

    def value(self, name: str, indices: Key = ()) -> Value:
        """A parameter, `let` or choice by name; `t.head` is that of an import."""
        instance, item = self._find(name)
        if isinstance(item, nodes.Let | nodes.Choice):
            member = instance.member(item)
            return outward(member(Frame(self.world, {}), tuple(map(inward, indices))))
        return outward(instance.reader(item)(Frame(self.world, {})))

    def goal(self, name: str) -> Fraction:
        """The value of a goal, in base units."""
        return self.number(self.bound.spec.goals[name].value)

    def goals(self) -> dict[str, Fraction]:
        """All goals in order of the text."""
        return {name: self.goal(name) for name in self.bound.spec.goals}

    def penalty(self) -> Fraction:
        """The sum of the weights of broken `prefer`s."""
        return Fraction(outward(penalty(self.instance, self.world)))  # type: ignore[arg-type]

    def errors(self) -> dict[str, Fraction]:
        """How far goals and plain values may be from the true numbers; only what is not exact."""
        spec, frame = self.bound.spec, Frame(self.world, {})
        runs = {name: self.instance.expression(goal.value) for name, goal in spec.goals.items()}
        for name in self.plain_values():
            runs.setdefault(name, self.instance.reader(spec.names[name]))
        values = {name: run(frame) for name, run in runs.items()}
        return {n: v.bound for n, v in values.items() if isinstance(v, Approximate) and v.bound}

    def expression(self, node: nodes.Expr) -> Value:
        """The value of an expression at the file level."""
        return outward(self.instance.expression(node)(Frame(self.world, {})))

    def inexact(self, node: nodes.Expr) -> Fraction | Approximate:
        """The value of a numeric expression at the file level, with the bound of its error."""
        value = self.instance.expression(node)(Frame(self.world, {}))
        return value if isinstance(value, Approximate) else self.number(node)

    def number(self, node: nodes.Expr) -> Fraction:
        """The value of a numeric expression at the file level."""
        value = self.expression(node)
        if not isinstance(value, Fraction):
            raise EvaluationError(f"{node.span}: this is no number")
        return value

    def domain(self, node: nodes.Domain) -> tuple[Value, ...]:
        """The members of a domain at the file level."""
        values = self.instance.domain(node).values(Frame(self.world, {}))
        return tuple(outward(v) for v in values)

    def plain_values(self) -> dict[str, Fraction]:
        """Every `let` of the file that is one number, in order of the text."""
        spec = self.bound.spec
        found = {}
        for name, node in spec.names.items():
            if not isinstance(node, nodes.Let) or node.binders:
                continue
            if isinstance(spec.types[node], Num) and self._defined(node):
                with suppress(
                    Unread, Undefined
                ):  # a `let` for readers that stand under its conditions
                    value = self.value(name)
                    assert isinstance(value, Fraction)
                    found[name] = value
        return found

    def _defined(self, node: nodes.Let) -> bool:
        return node.guard is None or self.expression(node.guard) is True

    # ---------------------------------------------------------------------------- conditions

    @property
    def require_names(self) -> tuple[str, ...]:
        """The names of all `require`s in force, imports' and called ops' included."""
        return tuple(dict.fromkeys(c.name for c in self.requires()))

    def requires(self) -> Iterator[Condition | OpCondition]:
        """Every instance of every `require`, those of called ops after those of the files."""
        for instance in self.instance.walk():
            for condition in conditions(instance, nodes.Require):
                if condition.applies(self.world):
                    yield condition
        for instance in self.instance.walk():
            for network in networks(instance):
                yield from op_conditions(network, self.world)

    def holds(self, name: str) -> list[Condition | OpCondition]:
        """The broken instances of a `require`; empty where it holds.

        Indices in labels may be left out: `block.whole_groups` is that of every block.
        """
        return [c for c in self.requires() if names_match(name, c.name) and not self._kept(c)]

    def broken(self) -> list[Condition | OpCondition]:
        """Every instance of every `require` that does not hold."""
        return [c for c in self.requires() if not self._kept(c)]

    def excesses(self, names: Collection[str]) -> dict[str, Fraction]:
        """For each instance of the limits with these names by how much it is exceeded.

        Instances that do not apply are left out; below 0 is slack.
        """
        found: dict[str, Fraction] = {}
        for name, key, excess in margins(self.instance, self.world):
            if any(names_match(wanted, name) for wanted in names):
                found[key] = max(excess, found.get(key, excess))
        return found

    def _kept(self, condition: Condition | OpCondition) -> bool:
        if isinstance(condition, OpCondition):
            return condition.held
        return condition.holds(self.world)

    # ----------------------------------------------------------------------------- structure

    def structure_ok(self) -> bool:
        """Whether everything without a name of its own holds."""
        return self.broken_structure() is None

    def broken_structure(self) -> tuple[str, Span | None] | None:
        """What is wrong with the structure and where, or None."""
        members = self.members()
        known = {member.key for member in members}
        for key in self.choices:
            if key not in known:
                return f"there is no choice {key}", None
        for member in members:
            wrong = self._wrong_member(member)
            if wrong is not None:
                return wrong, member.node.span
        for obligation in self._obligations():
            try:
                obligation.check(self.world)
            except Broken as broken:
                return broken.why, broken.span
        return None

    def _wrong_member(self, member: ChoiceMember) -> str | None:
        try:
            active = member.active(self.world)
            if not active:
                return f"{member.key} has a value" if member.key in self.choices else None
            if member.key not in self.choices:
                return f"{member.key} has no value"
            value = self.world.choices[member.key]
            if not member.allows(self.world, value):
                return f"{member.key} cannot be {value}"
        except Broken as broken:
            return broken.why
        return None

    def members(self) -> list[ChoiceMember]:
        """Every choice, with its indices."""
        memory = self.bound.memory
        if "members" not in memory:
            memory["members"] = choice_members(self.instance)
        found: list[ChoiceMember] = memory["members"]
        return found

    def _obligations(self) -> list[Obligation]:
        memory = self.bound.memory
        if "obligations" not in memory:
            memory["obligations"] = obligations(self.instance)
        found: list[Obligation] = memory["obligations"]
        return found

    def active(self, key: str) -> bool:
        """Whether a choice is active."""
        return next(m for m in self.members() if m.key == key).active(self.world)

    # ------------------------------------------------------------------------------ networks

    @property
    def network_names(self) -> tuple[str, ...]:
        """The networks that stand alone: those of the file, then `t.net` of its imports."""
        return tuple(
            instance.prefix + operation.name
            for instance in self.instance.walk()
            for operation in networks(instance)
        )

    def network(self, name: str) -> Network:
        """A network with its leaves; `t.net` is that of an import."""
        instance, item = self._find(name)
        if not isinstance(item, nodes.Op):
            raise EvaluationError(f"{name} is no network")
        run = network_run(instance.operation(item), self.world)
        assert run.call.output is not None
        inputs = tuple((formal, t.number, t.shape) for formal, t in run.inputs)
        leaves = tuple(
            _leaf(leaf, layer) for layer in run.call.parts for leaf in layer.walk() if leaf.leaf
        )
        layers = tuple(_layers(run.call))
        return Network(name, inputs, leaves, run.call.output.number, run.call.span, layers)

    def _find(self, name: str) -> tuple[Instance, nodes.Node]:
        *aliases, last = name.split(".")
        instance = self.instance
        for alias in aliases:
            instance = instance.imported(alias)
        return instance, instance.spec.names[last]


def _layers(network: Call) -> Iterator[Layer]:
    """The calls written in a network, those that are left out at their places."""
    there = {call.label for call in network.parts}
    absent: dict[int, list[LeftOut]] = {}
    for left_out in network.left_out:
        absent.setdefault(left_out.place, []).append(left_out)
    at = 0
    for place in range(len(network.parts) + 1):
        for left_out in absent.get(place, ()):
            for label, op, span in left_out.calls():
                if label not in there:  # else another way of the same `if` has it
                    yield Layer(label, op, at, at, False, (), {}, span)
        if place < len(network.parts):
            call = network.parts[place]
            stop = at + sum(part.leaf for part in call.walk())
            arguments = {n: outward(v) for n, v in call.operation.arguments(call).items()}
            op, inputs = call.operation.name, tuple(t.number for t in call.inputs)
            yield Layer(call.label, op, at, stop, True, inputs, arguments, call.span)
            at = stop


def _leaf(call: Call, layer: Call) -> Leaf:
    operation: Operation = call.operation
    assert call.output is not None
    costs = {}
    for name, let in operation.lets.items():
        if not let.let.binders:
            value = outward(call.read(name))
            if isinstance(value, Fraction):
                costs[name] = value
    costs["live"] = Fraction(call.live())
    arguments = {name: outward(v) for name, v in operation.arguments(call).items()}
    return Leaf(
        call.path,
        layer.label,
        operation.name,
        operation.instance.spec.module,
        operation.op.builtin,
        arguments,
        tuple(t.number for t in call.inputs),
        tuple(t.shape for t in call.inputs),
        call.output.number,
        call.output.shape,
        costs,
        call.span,
        bool(call.read("reuse")),
    )


_INDICES = re.compile(r"\[[^\]]*\]")


def names_match(wanted: str, name: str) -> bool:
    """Whether `wanted` names a `require`, indices of labels left out or not."""
    return wanted == name or wanted == _INDICES.sub("", name)
