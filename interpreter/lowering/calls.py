"""Calls of ops in a network: their activity, their costs, and what they demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archwright.dsl import nodes
from archwright.dsl.source import Span

from ..bound import key_text
from ..constraint_names import constraint_name
from ..origin import Origin
from . import domains
from .local_lets import LocalLet
from .logic import Truth
from .numbers import ZERO, Number
from .scope import Scope
from .tensors import Reference, Tensor
from .values import Lowered, OpRef

if TYPE_CHECKING:
    from .core import Lowering
    from .networks import Network


class Call:
    """One call of an op or network, active under a condition.

    Attributes
    ----------
    label, place : str
        `project`, and with the calls around it `block[2, 1].project`; both empty for the network.
    active : bool or Expr
    parts : list of Call
        The calls inside; none in a leaf.
    inputs : list
        Each tensor read with the condition that it is there.
    output : Tensor or None
        The tensor that a leaf writes.
    site : Span or None
        Where the file of the network makes the call, or the one that it is a part of.
    position : int
        Which leaf of the network it is; -1 for a composite.
    """

    __slots__ = (
        "active",
        "inputs",
        "label",
        "lets",
        "low",
        "network",
        "op",
        "output",
        "parts",
        "place",
        "position",
        "scope",
        "site",
    )

    def __init__(
        self, low: Lowering, network: Network, op: OpRef, label: str, place: str, scope: Scope
    ) -> None:
        self.low, self.network, self.op = low, network, op
        self.site: Span | None = None
        self.label, self.place = label, place
        self.scope = scope
        self.active = scope.path
        self.lets: dict[str, LocalLet] = {}
        self.parts: list[Call] = []
        self.inputs: list[tuple[Truth, Reference]] = []
        self.output: Tensor | None = None
        self.position = -1

    def walk(self) -> Iterator[Call]:
        """This call and all inside it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def let(self, name: str) -> Lowered | None:
        """A `let` of the op where the call is active; None if it has none of that name."""
        found = self.lets.get(name)
        if found is None or found.node.binders:
            return None
        return found.read((), found.node, self.scope.under(self.active))

    def cost(self, name: str, node: nodes.Node, scope: Scope) -> Lowered:
        """`l.name` where the call is active."""
        return self.live() if name == "live" else self._cost(name, node)

    def _cost(self, name: str, node: nodes.Node) -> Lowered:
        own = self.let(name)
        if own is not None:
            return own
        costs: list[tuple[int, Number]] = []
        for part in self.parts:
            cost = self.low.as_number(part._cost(name, node), node)
            costs.append((1, self.low.numbers.choose(self._inside(part), cost, ZERO)))
        return self.low.numbers.add(costs)

    def live(self) -> Number:
        """The elements alive while it runs: the most over its leaves."""
        if self.position >= 0:
            return self.network.live(self.position)
        rooms: list[Number] = [
            self.low.numbers.choose(self._inside(part), part.live(), ZERO) for part in self.parts
        ]
        return self.low.numbers.extremum("max", rooms) if rooms else ZERO

    def _inside(self, part: Call) -> Truth:
        """When a part is active, given that the whole is."""
        if isinstance(part.active, bool):
            return part.active
        logic = self.low.logic
        return logic.both(*(logic.known(p, self.active) for p in logic.parts(part.active)))

    # -------------------------------------------------------------------------------- demands

    def bind_lets(self) -> None:
        """Make the `let`s of the op readable, in any order."""
        for item in self.op.node.body:
            if isinstance(item, nodes.Let):
                self.lets[item.name.text] = LocalLet(self.low, item, self.scope)

    def demand(self, network: OpRef) -> None:
        """Demand the `require`s of the op, and what its `let`s need."""
        for item in self.op.node.body:
            if isinstance(item, nodes.Require):
                self._require(item, network)
            elif isinstance(item, nodes.Let) and demanding(self.op, item):
                self.lets[item.name.text].demand()

    def _require(self, item: nodes.Require, network: OpRef) -> None:
        module, owner = network.module, network.node.name.text
        own = constraint_name(module.spec, owner, self.place, item.name.text)
        group = f"{module.prefix}{own}"
        for turn in domains.unroll(self.low, item.binders, item.where, self.scope):
            bindings = turn.scope.loops[len(self.scope.loops) :]
            key = key_text(group, tuple(value for _, value in bindings))
            loops = dict(turn.scope.loops)
            origin = Origin(group, key, item, item.span, loops, turn.scope, self.site)
            self.low.stated.append((origin, turn.scope))
            held = self.low.truth(item.body, turn.scope)
            if not self.low.follows(held, turn.scope.path):
                self.low.named(held, turn.scope.path, origin)


def demanding(op: OpRef, item: nodes.Let) -> bool:
    """Whether a `let` can demand structure: an `exact`, a look-up, or a function with one."""
    key = ("demanding", item)
    if key not in op.module.memory:
        op.module.memory[key] = _demands(op, item.value, frozenset())
    found: bool = op.module.memory[key]
    return found


def _demands(op: OpRef, node: nodes.Node, seen: frozenset[nodes.Node]) -> bool:
    for inner in walk(node):
        if isinstance(inner, nodes.Index):
            return True
        if isinstance(inner, nodes.Call):
            function = inner.function
            if isinstance(function, nodes.Name):
                if function.text in ("exact", "ln", "log2"):
                    return True
                declared = op.module.spec.names.get(function.text)
                if (
                    isinstance(declared, nodes.Fn)
                    and declared not in seen
                    and _demands(op, declared.body, seen | {declared})
                ):
                    return True
            else:
                return True  # a function of another file: find out by lowering it
    return False


def walk(node: object) -> Iterator[nodes.Node]:
    """A node and all inside it."""
    if isinstance(node, nodes.Node):
        yield node
        for name in node.__dataclass_fields__:
            if name != "span":
                yield from walk(getattr(node, name))
    elif isinstance(node, tuple):
        for part in node:
            yield from walk(part)
