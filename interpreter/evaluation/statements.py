"""The statements of a network: tensors bound, loops and branches taken, ops called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from archwright.dsl import nodes

from ..bound import key_text
from .arithmetic import whole
from .domains import Steps, compile_binders
from .failures import Broken, EvaluationError
from .frames import MISSING, Frame, Run, outward
from .left_out import note
from .scope import LocalLet, Scope
from .tensors import Tensor

if TYPE_CHECKING:
    from .networks import Operation

Statement: TypeAlias = Callable[[Frame], Tensor | None]  # a tensor where something is returned
Label: TypeAlias = Callable[[Frame], str]
Asked: TypeAlias = tuple[LocalLet, Steps]


def compile_statements(statements: Sequence[nodes.Statement], scope: Scope) -> Statement:
    """The closure that runs some statements until one returns."""
    compiled = [
        _statement(s, scope) for s in statements if not isinstance(s, nodes.Let | nodes.Require)
    ]

    def run(frame: Frame) -> Tensor | None:
        for statement in compiled:
            returned = statement(frame)
            if returned is not None:
                return returned
        return None

    return run


def _statement(node: nodes.Statement, scope: Scope) -> Statement:
    match node:
        case nodes.Bind():
            return _bind(node, scope)
        case nodes.Loop():
            steps, inner = compile_binders(node.binders, None, scope)
            guard = None if node.guard is None else inner.expression(node.guard)
            body = _block(node.body, inner)

            def loop(frame: Frame) -> Tensor | None:
                for _ in steps(frame):
                    if guard is not None:
                        before = frame.world.reads
                        if not guard(frame):
                            note(frame, before, node.body, inner)
                            continue
                    returned = body(frame)
                    if returned is not None:
                        return returned
                return None

            return loop
        case nodes.Branch():
            condition = scope.expression(node.condition)
            then = _block(node.then, scope)
            otherwise = _block(node.otherwise, scope)

            def branch(frame: Frame) -> Tensor | None:
                before = frame.world.reads
                holds = condition(frame)
                note(frame, before, node.otherwise if holds else node.then, scope)
                return then(frame) if holds else otherwise(frame)

            return branch
        case nodes.Return():
            return compile_tensor(node.value, scope, None)
    raise EvaluationError(f"{node.span}: this is no statement")


def _block(body: Sequence[nodes.Statement], scope: Scope) -> Statement:
    """The closure of the statements of a loop or condition, with `let`s of their own."""
    lets = [statement for statement in body if isinstance(statement, nodes.Let)]
    if not lets:
        return compile_statements(body, scope)
    slot = object()
    inner, local = scope.block(lets, slot)
    statements = compile_statements(body, inner)
    asked: list[Asked] = []

    def run(frame: Frame) -> Tensor | None:
        if not asked:
            for let in local:
                asked.append((let, compile_binders(let.let.binders, let.let.guard, inner)[0]))
        frame.values[slot] = {}
        returned = statements(frame)
        assert frame.call is not None
        here = Frame(frame.world, dict(frame.values), frame.call)
        frame.call.later += [(let, steps, here) for let, steps in asked]
        return returned

    return run


def _bind(node: nodes.Bind, scope: Scope) -> Statement:
    label: Label | None = None
    if node.label is not None:
        label_name = node.label.text
        label_indices = [scope.expression(i) for i in node.label_indices]

        def label(frame: Frame) -> str:
            return key_text(label_name, tuple(outward(i(frame)) for i in label_indices))

    value = compile_tensor(node.value, scope, label)
    name, indices = node.name.text, [scope.expression(i) for i in node.indices]

    def run(frame: Frame) -> None:
        tensor = value(frame)
        if indices:
            key = tuple(whole(i(frame)) for i in indices)
            family = frame.values.get(name)
            if not isinstance(family, dict):
                family = frame.values[name] = {}
            family[key] = tensor
        else:
            frame.values[name] = tensor

    return run


# --------------------------------------------------------------------------------------- tensors


def compile_tensor(
    node: nodes.Expr, scope: Scope, label: Label | None
) -> Callable[[Frame], Tensor]:
    """The closure that gives a tensor; `label` names the call that `node` is."""
    match node:
        case nodes.Group():
            return compile_tensor(node.inner, scope, label)
        case nodes.Name():
            return _read(node.text, (), node)
        case nodes.Index(base=nodes.Name() as base):
            return _read(base.text, [scope.expression(i) for i in node.indices], node)
        case nodes.Choose():
            condition = scope.expression(node.condition)
            then = compile_tensor(node.then, scope, label)
            otherwise = compile_tensor(node.otherwise, scope, label)
            return lambda frame: then(frame) if condition(frame) else otherwise(frame)
        case nodes.Call() | nodes.Comprehension():
            return _call(node, scope, label)
    raise EvaluationError(f"{node.span}: this is no tensor")


def _read(name: str, indices: Sequence[Run], node: nodes.Node) -> Callable[[Frame], Tensor]:
    def run(frame: Frame) -> Tensor:
        tensor = frame.values.get(name, MISSING)
        if indices and isinstance(tensor, dict):
            tensor = tensor.get(tuple(whole(i(frame)) for i in indices), MISSING)
        if not isinstance(tensor, Tensor):
            raise EvaluationError(f"{node.span}: no tensor is bound here")
        return tensor

    return run


def _operation(node: nodes.Call | nodes.Comprehension, scope: Scope) -> Operation:
    entity = scope.instance.entity(node.function, scope)
    if entity is not None and isinstance(entity[1], nodes.Op):
        return entity[0].operation(entity[1])
    if isinstance(node.function, nodes.Name) and node.function.text == "sum":
        return scope.instance.tensor_sum(rank=3)
    raise EvaluationError(f"{node.span}: this is no op")


def _call(
    node: nodes.Call | nodes.Comprehension, scope: Scope, label: Label | None
) -> Callable[[Frame], Tensor]:
    declared = _operation(node, scope)
    tensors, values = _arguments(node, declared, scope)
    entity = scope.instance.entity(node.function, scope)
    summed = entity is None or not isinstance(entity[1], nodes.Op)

    def run(frame: Frame) -> Tensor:
        given: dict[str, Any] = {n: argument(frame) for n, argument in tensors.items()}
        plain = {n: argument(frame) for n, argument in values.items()}
        if frame.call is None:
            raise EvaluationError(f"{node.span}: an op is called outside a network")
        operation = declared
        if summed:
            first = next(iter(given["x"].values()))
            operation = scope.instance.tensor_sum(len(first.shape))
        text = operation.name if label is None else label(frame)
        return operation.call(frame.call, frame.world, given, plain, text, node.span)

    return run


def _arguments(
    node: nodes.Call | nodes.Comprehension, operation: Operation, scope: Scope
) -> tuple[dict[str, Callable[[Frame], Any]], dict[str, Run]]:
    """What gives each tensor formal its tensor or family, and each value formal its value."""
    formals = list(operation.op.formals)
    if isinstance(node, nodes.Comprehension):
        return {formals[0].name.text: _family_over(node, scope)}, {}
    by_name = {f.name.text: f for f in formals}
    families: dict[str, list[Callable[[Frame], Tensor]]] = {}
    tensors: dict[str, Callable[[Frame], Any]] = {}
    values: dict[str, Run] = {}
    position = 0
    for argument in node.arguments:
        if argument.name is not None:
            formal = by_name[argument.name.text]
        else:
            formal = formals[position]
            position += not formal.binders  # a family takes all tensors that follow
        name = formal.name.text
        if not isinstance(formal.kind, nodes.Tensor):
            values[name] = scope.expression(argument.value)
        elif formal.binders:
            families.setdefault(name, []).append(compile_tensor(argument.value, scope, None))
        else:
            tensors[name] = compile_tensor(argument.value, scope, None)
    for name, members in families.items():
        tensors[name] = _family_of(members)
    return tensors, values


def _family_of(members: list[Callable[[Frame], Tensor]]) -> Callable[[Frame], Any]:
    return lambda frame: {(i,): member(frame) for i, member in enumerate(members, 1)}


def _family_over(node: nodes.Comprehension, scope: Scope) -> Callable[[Frame], Any]:
    steps, inner = compile_binders(node.binders, node.where, scope)
    member = compile_tensor(node.body, inner, None)

    def run(frame: Frame) -> dict[tuple[int, ...], Tensor]:
        found = [member(frame) for _ in steps(frame)]
        if not found:
            raise Broken("this takes at least one tensor", node.span, slug="empty-extremum")
        return {(i,): tensor for i, tensor in enumerate(found, 1)}

    return run
