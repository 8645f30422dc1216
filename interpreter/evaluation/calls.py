"""Calls: the functions of a spec, expanded in place, and the built-in ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Literal

from archwright.dsl import nodes
from archwright.dsl.names import BUILTINS
from archwright.dsl.types import Num
from archwright.dsl.units import format_quantity
from archwright.dsl.walk import walk

from ..logarithms import RESOLUTION, Approximate, alike
from .arithmetic import number
from .domains import compile_binders
from .failures import Broken, EvaluationError, Undefined
from .frames import Frame, Run, Thunk, outward
from .instance import Instance
from .scope import Scope
from .sizes import checked, go_round


def compile_call(node: nodes.Call, scope: Scope) -> Run:
    """`f(a, b)` for a function of the spec or a built-in one."""
    if isinstance(node.function, nodes.Name) and node.function.text in BUILTINS:
        return _builtin(node.function.text, node, scope)  # whatever else has that name
    entity = scope.instance.entity(node.function, scope)
    if entity is not None and isinstance(entity[1], nodes.Fn):
        return _function(entity[0], entity[1], node, scope)
    raise EvaluationError(f"{node.span}: this is no function")


def compile_comprehension(node: nodes.Comprehension, scope: Scope) -> Run:
    """`sum(e for i in S where c else d)` and its six relatives."""
    steps, inner = compile_binders(node.binders, node.where, scope)
    body = inner.expression(node.body)
    otherwise = None if node.otherwise is None else scope.expression(node.otherwise)
    fold = FOLDS.get(node.function.text) if isinstance(node.function, nodes.Name) else None
    if fold is None:
        raise EvaluationError(f"{node.span}: this takes no comprehension")

    def run(frame: Frame) -> Any:
        values = [body(frame) for _ in steps(frame)]
        if not values and otherwise is not None:
            return otherwise(frame)
        return fold(values, node)

    return run


# -------------------------------------------------------------------------------------- functions


def _function(owner: Instance, fn: nodes.Fn, node: nodes.Call, scope: Scope) -> Run:
    if (fn, "body") not in owner.compiled:
        inner = owner.scope.bind({p.text: p for p in fn.parameters})
        owner.compiled[fn, "body"] = inner.expression(fn.body)
    body: Run = owner.compiled[fn, "body"]
    arguments: list[tuple[nodes.Ident, Run, bool]] = []
    by_name = {p.text: p for p in fn.parameters}
    for position, argument in enumerate(node.arguments):
        slot = fn.parameters[position] if argument.name is None else by_name[argument.name.text]
        simple = isinstance(argument.value, nodes.Number | nodes.Quantity | nodes.Bool)
        arguments.append((slot, scope.expression(argument.value), simple))

    def run(frame: Frame) -> Any:
        go_round(frame.world, node)
        values = {
            slot: (argument(frame) if simple else Thunk(argument, frame))
            for slot, argument, simple in arguments
        }
        return body(Frame(frame.world, values, frame.call))

    return run


# --------------------------------------------------------------------------------------- built in


def _total(values: list[Any], node: nodes.Node) -> Any:
    total: Any = 0
    for value in values:
        total = checked(total + value, node)
    return total


def _product(values: list[Any], node: nodes.Node) -> Any:
    product: Any = 1
    for value in values:
        product = checked(product * value, node)
    return product


def _extremum(choose: Callable[[Iterable[Any]], Any]) -> Callable[[list[Any], nodes.Node], Any]:
    def fold(values: list[Any], node: nodes.Node) -> Any:
        if not values:
            raise Undefined("empty-extremum", "there is nothing to choose from", node.span)
        return choose(alike(values))

    return fold


FOLDS: dict[str, Callable[[list[Any], nodes.Node], Any]] = {
    "sum": _total,
    "product": _product,
    "max": _extremum(max),
    "min": _extremum(min),
    "count": lambda values, node: sum(1 for v in values if v),
    "all": lambda values, node: all(values),
    "any": lambda values, node: any(values),
    "alldifferent": lambda values, node: len(set(values)) == len(values),
}


def _exact(node: nodes.Call, argument: Run, scope: Scope) -> Run:
    def run(frame: Frame) -> Any:
        value = number(argument(frame))
        if not isinstance(value, int):
            why = f"`{node.span.text}` is {value}, which is not whole"
            terms = _terms(node, scope, frame)
            raise Broken(why, node.span, terms, slug="uneven-division")
        return value

    return run


def _terms(node: nodes.Call, scope: Scope, frame: Frame) -> tuple[tuple[nodes.Name, str], ...]:
    """The numbers that names in a call stand for."""
    terms: dict[str, tuple[nodes.Name, str]] = {}
    for name in walk(node):
        type_ = scope.instance.spec.types.get(name)
        if isinstance(name, nodes.Name) and isinstance(type_, Num) and name.text not in terms:
            value = outward(scope.expression(name)(frame))
            if isinstance(value, Fraction):
                terms[name.text] = name, format_quantity(value, type_.dimension)
    return tuple(terms.values())


ROUNDINGS: dict[str, Callable[[Any, nodes.Call], Any]] = {
    "abs": lambda value, node: abs(value),
    "floor": lambda value, node: math.floor(value),
    "ceil": lambda value, node: math.ceil(value),
}


def _builtin(name: str, node: nodes.Call, scope: Scope) -> Run:
    plain = [scope.expression(a.value) for a in node.arguments if a.name is None]
    if name in FOLDS:
        fold = FOLDS[name]
        return lambda frame: fold([argument(frame) for argument in plain], node)
    if name == "exact":
        return _exact(node, plain[0], scope)
    if name in ROUNDINGS:
        (argument,), apply = plain, ROUNDINGS[name]
        return lambda frame: apply(argument(frame), node)
    if name in ("ln", "log2"):
        named = {a.name.text: a.value for a in node.arguments if a.name is not None}
        base: Literal["e", "2"] = "e" if name == "ln" else "2"
        step = scope.expression(named["resolution"]) if named else None
        (argument,) = plain

        def run(frame: Frame) -> Any:
            value, by = argument(frame), RESOLUTION if step is None else step(frame)
            if value <= 0:
                why = f"a logarithm needs a positive number, and this is {outward(value)}"
                raise Undefined("maybe-no-logarithm", why, node.span)
            if by <= 0:
                why = f"a resolution is greater than 0, and this is {outward(by)}"
                raise Undefined("bad-step", why, named["resolution"].span)
            return Approximate.log(value, base, by)

        return run
    raise EvaluationError(f"{node.span}: there is no function {name}")
