"""Expressions compiled to closures; conditions narrow what is reached as the language says.

`if`, `where`, `when` and the left sides of `and` and `implies` decide whether the rest is reached;
`or`, `all` and `any` reach all of their parts, so that an `exact` inside them is always demanded.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable
from typing import Any

from archwright.dsl import nodes

from ..logarithms import Approximate, doubtful, settled
from .arithmetic import divide, divides, number, power, remainder, whole
from .calls import compile_call, compile_comprehension
from .conditions import penalty
from .failures import EvaluationError, Undefined
from .frames import Frame, Run, Thunk, outward
from .instance import Instance, literal, missing_row
from .networks import Call, network_run
from .scope import LocalLet, Scope
from .sizes import checked, too_long

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "divides": divides,
    "iff": operator.eq,
}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def compile_expression(node: nodes.Expr, scope: Scope) -> Run:
    """The closure that works out an expression in a frame."""
    match node:
        case nodes.Number():
            return constant(literal(node.value))
        case nodes.Quantity():
            return constant(literal(node.value, node.unit))
        case nodes.Bool():
            return constant(node.value)
        case nodes.Group():
            return scope.expression(node.inner)
        case nodes.Name():
            return _name(node, scope)
        case nodes.Field():
            return _field(node, scope)
        case nodes.Index():
            return _index(node, scope)
        case nodes.Unary():
            operand = scope.expression(node.operand)
            if node.op == "not":
                return lambda frame: not operand(frame)
            return lambda frame: -operand(frame)
        case nodes.Binary():
            return _binary(node, scope)
        case nodes.Compare():
            return _compare(node, scope)
        case nodes.Member():
            item, domain = scope.expression(node.item), scope.domain(node.domain)
            return lambda frame: domain.contains(frame, item(frame))
        case nodes.Choose():
            condition = scope.expression(node.condition)
            then = scope.expression(node.then)
            otherwise = scope.expression(node.otherwise)
            return lambda frame: then(frame) if condition(frame) else otherwise(frame)
        case nodes.Call():
            return compile_call(node, scope)
        case nodes.Comprehension():
            return compile_comprehension(node, scope)
    raise EvaluationError(f"{node.span}: this has no value")


def constant(value: Any) -> Run:
    """A closure that gives always the same."""
    return lambda frame: value


# ------------------------------------------------------------------------------------- operators


def _binary(node: nodes.Binary, scope: Scope) -> Run:
    left, right = scope.expression(node.left), scope.expression(node.right)
    match node.op:
        case "and":
            return lambda frame: left(frame) and right(frame)
        case "or":
            return lambda frame: left(frame) | right(frame)
        case "implies":
            return lambda frame: not left(frame) or right(frame)
        case "/" | "%":
            return _quotient(node, left, right)
        case "^":
            return _power(node, left, right)
    apply = BINARY[node.op]
    if node.op in ("+", "-", "*"):
        return lambda frame: checked(apply(left(frame), right(frame)), node)
    return lambda frame: apply(left(frame), right(frame))


def _quotient(node: nodes.Binary, left: Run, right: Run) -> Run:
    apply, divisor = divide if node.op == "/" else remainder, node.right

    def run(frame: Frame) -> Any:
        above, below = left(frame), right(frame)
        if below == 0 or (below < 0 and node.op == "%"):
            raise _no_divisor(divisor, below)
        return checked(apply(above, below), node)

    return run


def _no_divisor(node: nodes.Expr, value: Any) -> Undefined:
    text, shown = node.span.text, str(outward(value))
    why = f"this divides by {shown}" if text == shown else f"`{text}` is a divisor and is {shown}"
    return Undefined("maybe-zero-divisor", why, node.span)


def _power(node: nodes.Binary, left: Run, right: Run) -> Run:
    def run(frame: Frame) -> Any:
        base, exponent = left(frame), number(right(frame))
        if not isinstance(exponent, int):
            why = f"an exponent is a whole number; this is {outward(exponent)}"
            raise Undefined("bad-exponent", why, node.right.span)
        if exponent < 0 and base == 0:
            raise _no_divisor(node.left, base)
        size = settled(base)
        bits = max(size.numerator.bit_length(), size.denominator.bit_length())
        if bits > 1 and (bits - 1) * abs(exponent) >= node.limits.bits:
            raise too_long(node)
        return checked(power(base, exponent), node)

    return run


def _compare(node: nodes.Compare, scope: Scope) -> Run:
    operands = [scope.expression(operand) for operand in node.operands]
    if len(operands) == 2:
        (left, right), op, apply = operands, node.ops[0], COMPARE[node.ops[0]]

        def single(frame: Frame) -> bool:
            a, b = left(frame), right(frame)
            if type(a) is Approximate or type(b) is Approximate:
                frame.world.doubts += doubtful(op, a, b)
            return apply(a, b)

        return single

    def chain(frame: Frame) -> bool:
        values = [operand(frame) for operand in operands]
        pairs = list(zip(node.ops, values, values[1:], strict=False))
        frame.world.doubts += any(doubtful(op, a, b) for op, a, b in pairs)
        return all(COMPARE[op](a, b) for op, a, b in pairs)

    return chain


# ----------------------------------------------------------------------------------------- names


def _name(node: nodes.Name, scope: Scope) -> Run:
    if node.text in scope.locals:
        return _local(scope.locals[node.text])
    enumerator = scope.instance.enumerator(node, scope)
    if enumerator is not None:
        return constant(enumerator)
    item = scope.instance.spec.names.get(node.text)
    if item is None and node.text == "preferences":
        return lambda frame: penalty(scope.instance, frame.world)
    if item is None:
        raise EvaluationError(f"{node.span}: nothing is called {node.text}")
    return scope.instance.reader(item)


def _local(local: Hashable | LocalLet) -> Run:
    if isinstance(local, LocalLet):
        return local.read

    def run(frame: Frame) -> Any:
        value = frame.values[local]
        return value.force() if type(value) is Thunk else value

    return run


def _index(node: nodes.Index, scope: Scope) -> Run:
    indices = [scope.expression(index) for index in node.indices]
    base = node.base.inner if isinstance(node.base, nodes.Group) else node.base
    if isinstance(base, nodes.Name) and base.text in scope.locals:
        local = scope.locals[base.text]
        if isinstance(local, LocalLet):
            return lambda frame: local.read(frame, tuple(i(frame) for i in indices))
        family = _local(local)
        return lambda frame: family(frame)[tuple(i(frame) for i in indices)]
    entity = scope.instance.entity(base, scope)
    if entity is None:
        raise EvaluationError(f"{node.span}: this has no members")
    instance, item = entity
    if isinstance(item, nodes.Table):
        row = _row(instance, item, indices, node)
        columns = [c.name.text for c in item.values]
        return lambda frame: dict(zip(columns, row(frame), strict=True))
    if not isinstance(item, nodes.Let | nodes.Choice):
        raise EvaluationError(f"{node.span}: this has no members")
    read = instance.member(item)
    if len(indices) == 1:
        (only,) = indices
        return lambda frame: read(frame, (only(frame),))
    return lambda frame: read(frame, tuple(i(frame) for i in indices))


def _row(instance: Instance, table: nodes.Table, indices: list[Run], node: nodes.Node) -> Run:
    name = table.name.text

    def run(frame: Frame) -> Any:
        key = tuple(whole(i(frame)) for i in indices)
        row = instance.row(name, key)
        if row is None:
            raise missing_row(name, key, node)
        return row

    return run


def _field(node: nodes.Field, scope: Scope) -> Run:
    here, name = scope.instance, node.name.text
    enumerator = here.enumerator(node, scope)
    if enumerator is not None:
        return constant(enumerator)
    entity = here.entity(node, scope)
    if entity is not None and entity[1] is not None:
        return entity[0].reader(entity[1])
    base = here.entity(node.base, scope)
    if base is not None and isinstance(base[1], nodes.Hardware):
        owner, record = base[0], base[1].name.text
        return lambda frame: owner.record_field(record, node.name)
    if base is not None and isinstance(base[1], nodes.Op) and name in ("layers", "leaves"):
        operation = base[0].operation(base[1])
        if name == "layers":
            return lambda frame: network_run(operation, frame.world).call.parts
        return lambda frame: network_run(operation, frame.world).trace.leaves
    if isinstance(node.base, nodes.Index):
        table = here.entity(node.base.base, scope)
        if table is not None and isinstance(table[1], nodes.Table):
            indices = [scope.expression(index) for index in node.base.indices]
            row = _row(table[0], table[1], indices, node.base)
            position = [c.name.text for c in table[1].values].index(name)
            return lambda frame: row(frame)[position]
    value = scope.expression(node.base)

    def run(frame: Frame) -> Any:
        whole_value = value(frame)
        if isinstance(whole_value, Call):
            return whole_value.cost(name)
        return whole_value[name]

    return run
