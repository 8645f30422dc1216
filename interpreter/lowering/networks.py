"""Networks under all choices at once: statements, calls, shapes.

A statement under a condition is executed under that path; what it binds is merged with what was
bound before. Every call is recorded with its activity.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from archwright.dsl import nodes
from archwright.dsl.diagnostics import Fix

from ..bound import key_text
from ..values import Enumerator, Value
from . import domains, formals, local_lets
from . import names as lookup
from .builtins import argument_value
from .calls import Call, demanding
from .logic import Truth
from .numbers import Number
from .schedule import live_elements
from .scope import Module, Scope
from .tensors import (
    UNBOUND,
    Either,
    Reference,
    Tensor,
    elements,
    merge,
    same,
    settled,
    shape,
)
from .values import BuiltIn, Lowered, OpRef, Slot

if TYPE_CHECKING:
    from .core import Lowering

STD_NN = "std.nn"
SUMS = {3: "add", 2: "add_tokens"}  # the op that adds tensors of a rank
Tensors: TypeAlias = dict[tuple[str, tuple[Lowered, ...]], Reference]
Family: TypeAlias = list[tuple[Truth, Reference]]


class Network:
    """A network that stands alone, executed under all choices.

    Attributes
    ----------
    call : Call
        The network itself as a call without label; its parts are the layers.
    leaves : list of Call
        In order of the text.
    """

    def __init__(self, low: Lowering, op: OpRef) -> None:
        self.low, self.op = low, op
        self.tensors: list[Tensor] = []
        self.leaves: list[Call] = []
        names: dict[str, Lowered] = {}
        scope = Scope(op.module, names, True, ())
        self.call = Call(low, self, op, "", "", scope)
        self.call.bind_lets()
        names.update(self.call.lets)
        bound_tensors: Tensors = {}
        formals.defaults(low, self.call, names)
        for formal in op.node.tensor_formals:
            sizes = formals.declared_shape(low, formal.kind, scope)
            bound_tensors[formal.name.text, ()] = self.tensor(sizes)
        formals.check_domains(low, self.call)
        returned = finish(low, self.call, bound_tensors)
        self.output = returned
        for call in self.call.walk():
            call.demand(op)
        self._live: list[Number] | None = None

    def tensor(self, sizes: tuple[Number, ...]) -> Tensor:
        """A new tensor."""
        made = Tensor(len(self.tensors), sizes, elements(self.low, sizes))
        self.tensors.append(made)
        return made

    def live(self, leaf: int) -> Number:
        """The elements alive while a leaf runs."""
        if self._live is None:
            self._live = live_elements(self.low, self.leaves)
        return self._live[leaf]


def network(low: Lowering, op: OpRef) -> Network:
    """A network that stands alone; executed once."""
    key = ("network", op.node)
    memory = op.module.memory
    if key not in memory:
        low.networks += 1
        memory[key] = Network(low, op)
    found: Network = memory[key]
    return found


def standing_alone(module: Module) -> list[OpRef]:
    """The networks of a file that need no arguments."""
    ops = [item for item in module.spec.names.values() if isinstance(item, nodes.Op)]
    return [OpRef(module, op) for op in ops if op.network and formals.closed(module, op)]


def calls_of(low: Lowering, op: OpRef, kind: str) -> tuple[tuple[Call, Truth], ...]:
    """The layers or leaves of a network, each with its activity."""
    found = network(low, op)
    calls = found.call.parts if kind == "layers" else found.leaves
    return tuple((call, call.active) for call in calls)


# --------------------------------------------------------------------------------------- statements


def finish(low: Lowering, call: Call, tensors: Tensors) -> Tensor | Either:
    """Execute the body of a composite whose formals are bound; gives what it returns."""
    op = call.op.node
    returned = _execute(low, op.body, call.scope, tensors, call)
    reference = settled(low, returned, f"the result of {op.name}", op.name, call.scope)
    if op.result is not None:
        declared = formals.declared_shape(low, op.result, call.scope)
        for want, have in zip(declared, shape(low, reference), strict=True):
            if not same(want, have):
                fits = low.numbers.compare("==", want, have)
                _demand_shape(low, fits, call, op.result)
    return reference


def _demand_shape(low: Lowering, fits: Truth, call: Call, node: nodes.Node) -> None:
    if low.follows(fits, call.active):
        return
    if fits is False and call.active is True:
        low.fail(
            "shape-mismatch",
            f"`{call.op.node.name}` does not return the shape that it declares",
            node,
            call.scope,
            label="declared here",
        )
    low.structure(
        fits, call.active, f"shape of {call.place or call.op.node.name}", node, call.scope
    )


def _execute(
    low: Lowering, body: Sequence[nodes.Statement], scope: Scope, tensors: Tensors, call: Call
) -> Reference:
    """Execute statements under the scope's path; gives what the last one returns, if it does."""
    for statement in body:
        match statement:
            case nodes.Bind():
                name, indices = statement.name.text, _static(low, statement.indices, scope)
                label = _label(low, statement, scope)
                tensors[name, indices] = tensor(low, statement.value, scope, tensors, call, label)
            case nodes.Loop():
                _loop(low, statement, scope, tensors, call)
            case nodes.Branch():
                _branch(low, statement, scope, tensors, call)
            case nodes.Return():  # the checker lets it stand at the end of an op only
                return tensor(low, statement.value, scope, tensors, call, None)
    return UNBOUND


def _block(
    low: Lowering, body: Sequence[nodes.Statement], scope: Scope, tensors: Tensors, call: Call
) -> None:
    """Execute the statements of a loop or condition, which may have `let`s of their own."""
    inner = local_lets.block(low, body, scope)
    _execute(low, body, inner, tensors, call)
    for item in body:
        if isinstance(item, nodes.Let) and demanding(call.op, item):
            inner.names[item.name.text].demand()


def _loop(low: Lowering, node: nodes.Loop, scope: Scope, tensors: Tensors, call: Call) -> None:
    for turn in domains.unroll(low, node.binders, node.guard, scope):
        if turn.condition is True:
            _block(low, node.body, turn.scope, tensors, call)
            continue
        inner = dict(tensors)
        _block(low, node.body, turn.scope, inner, call)
        _merge(tensors, turn.condition, inner, dict(tensors))


def _branch(low: Lowering, node: nodes.Branch, scope: Scope, tensors: Tensors, call: Call) -> None:
    condition = low.truth(node.condition, scope)
    if isinstance(condition, bool):
        _block(low, node.then if condition else node.otherwise, scope, tensors, call)
        return
    then, otherwise = dict(tensors), dict(tensors)
    inner = scope.under(low.logic.both(scope.path, condition))
    _block(low, node.then, inner, then, call)
    inner = scope.under(low.logic.both(scope.path, low.logic.negate(condition)))
    _block(low, node.otherwise, inner, otherwise, call)
    _merge(tensors, condition, then, otherwise)


def _merge(tensors: Tensors, condition: Truth, then: Tensors, otherwise: Tensors) -> None:
    """What every name refers to after one of two courses."""
    for key in (*then, *(k for k in otherwise if k not in then)):
        tensors[key] = merge(condition, then.get(key, UNBOUND), otherwise.get(key, UNBOUND))


def _label(low: Lowering, node: nodes.Bind, scope: Scope) -> str | None:
    if node.label is None:
        return None
    return key_text(node.label.text, _static(low, node.label_indices, scope))


def _static(low: Lowering, indices: Sequence[nodes.Expr], scope: Scope) -> tuple[Value, ...]:
    found: list[Value] = []
    for node in indices:
        value = low.value(node, scope)
        if isinstance(value, Slot):
            value = low.as_number(value, node)
        if not isinstance(value, Fraction | bool | Enumerator):
            low.fail("not-static", "this index may not depend on choices", node, scope)
        found.append(value)
    return tuple(found)


# ------------------------------------------------------------------------------------------ tensors


def tensor(
    low: Lowering,
    node: nodes.Expr,
    scope: Scope,
    tensors: Tensors,
    call: Call,
    label: str | None,
) -> Tensor | Either:
    """What a tensor expression refers to; `label` names the call that it is."""
    match node:
        case nodes.Group():
            return tensor(low, node.inner, scope, tensors, call, label)
        case nodes.Name():
            reference = tensors.get((node.text, ()), UNBOUND)
            return settled(low, reference, node.text, node, scope)
        case nodes.Index(base=nodes.Name() as base):
            indices = _static(low, node.indices, scope)
            reference = tensors.get((base.text, indices), UNBOUND)
            return settled(low, reference, key_text(base.text, indices), node, scope)
        case nodes.Choose():
            condition = low.truth(node.condition, scope)
            if isinstance(condition, bool):
                chosen = node.then if condition else node.otherwise
                return tensor(low, chosen, scope, tensors, call, label)
            inner = scope.under(low.logic.both(scope.path, condition))
            first = tensor(low, node.then, inner, tensors, call, label)
            inner = scope.under(low.logic.both(scope.path, low.logic.negate(condition)))
            second = tensor(low, node.otherwise, inner, tensors, call, label)
            merged = merge(condition, first, second)
            return settled(low, merged, node.span.text, node, scope)
        case nodes.Call() | nodes.Comprehension():
            return _call(low, node, scope, tensors, call, label)
    raise low.confused(node, "a tensor")


def _call(
    low: Lowering,
    node: nodes.Call | nodes.Comprehension,
    scope: Scope,
    tensors: Tensors,
    parent: Call,
    label: str | None,
) -> Tensor | Either:
    function = lookup.function(low, node.function, scope)
    summed = isinstance(function, BuiltIn) and function.name == "sum"
    if summed:
        function = _tensor_sum(low, node, scope, SUMS[3])
    if not isinstance(function, OpRef):
        raise low.confused(node, "an op")
    low.turn(node, len(function.node.formals) + len(function.node.body))
    given, values = _arguments(low, node, function, scope, tensors, parent)
    if summed:
        ((_, first), *_) = next(iter(given.values()))
        assert isinstance(first, Tensor | Either)
        function = _tensor_sum(low, node, scope, SUMS[len(shape(low, first))])
    text = function.node.name.text if label is None else label
    place = f"{parent.place}.{text}" if parent.place else text
    names: dict[str, Lowered] = dict(values)
    inner = Scope(function.module, names, scope.path, scope.loops)
    call = Call(low, parent.network, function, text, place, inner)
    call.site = node.span if scope.module is parent.network.call.scope.module else parent.site
    parent.parts.append(call)
    call.bind_lets()
    formals.defaults(low, call, names)
    names.update(call.lets)
    own = formals.enter(low, call, given, names, node)
    formals.check_domains(low, call)
    if not function.node.leaf:
        return finish(low, call, own)
    result = function.node.result
    if result is None:
        raise low.confused(function.node, "the shape of a leaf")
    call.output = call.network.tensor(formals.declared_shape(low, result, inner))
    call.position = len(call.network.leaves)
    call.network.leaves.append(call)
    return call.output


def _tensor_sum(low: Lowering, node: nodes.Node, scope: Scope, name: str) -> OpRef:
    """The op that a sum of tensors stands for, of this file or its first import of std.nn."""
    module = scope.module
    owner = module if module.spec.module == STD_NN else None
    for alias, spec in module.spec.imports.items():
        if owner is None and spec.module == STD_NN:
            owner = module.imports[alias]
    op = None if owner is None else owner.spec.names.get(name)
    if owner is None or not isinstance(op, nodes.Op):
        low.fail(
            "unknown-name",
            f"a sum of tensors needs `{STD_NN}`, which is not imported here",
            node,
            scope,
            fixes=(Fix(f"add `import {STD_NN} as nn`"),),
        )
    return OpRef(owner, op)


def _arguments(
    low: Lowering,
    node: nodes.Call | nodes.Comprehension,
    op: OpRef,
    scope: Scope,
    tensors: Tensors,
    parent: Call,
) -> tuple[dict[str, Family], dict[str, Lowered]]:
    """The tensors of each tensor formal, and what each value formal will be read as."""
    declared = op.node.formals
    if isinstance(node, nodes.Comprehension):
        family = _over(low, node, scope, tensors, parent)
        return {declared[0].name.text: family}, {}
    by_name = {f.name.text: f for f in declared}
    given: dict[str, Family] = {}
    values: dict[str, Lowered] = {}
    position = 0
    for argument in node.arguments:
        if argument.name is not None:
            formal = by_name[argument.name.text]
        else:
            formal = declared[position]
            position += not formal.binders  # a family takes all tensors that follow
        name = formal.name.text
        if isinstance(formal.kind, nodes.Tensor):
            reference = tensor(low, argument.value, scope, tensors, parent, None)
            given.setdefault(name, []).append((True, reference))
        else:
            values[name] = argument_value(low, argument.value, scope)
    return given, values


def _over(
    low: Lowering, node: nodes.Comprehension, scope: Scope, tensors: Tensors, parent: Call
) -> Family:
    """The members of a family of tensors, each with the condition that it is there."""
    family: Family = []
    for turn in domains.unroll(low, node.binders, node.where, scope):
        reference = tensor(low, node.body, turn.scope, tensors, parent, None)
        family.append((turn.condition, reference))
    there = low.logic.either(*(condition for condition, _ in family))
    if there is False:
        low.fail("empty-extremum", "this takes at least one tensor, and there is none", node, scope)
    if not low.follows(there, scope.path):
        low.structure(there, scope.path, "at least one tensor", node, scope)
    return family
