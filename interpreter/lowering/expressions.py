"""Expressions, one handler for each kind of node.

Conditions narrow what is reached: `if`, `where`, `when` and the left sides of `and` and `implies`
become part of the path; `or`, `all` and `any` reach all of their parts.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from archwright.dsl import nodes
from archwright.dsl.diagnostics import Fix
from archwright.dsl.units import unit
from archwright.solvers.expressions import Expr

from ..values import Enumerator
from . import builtins, domains, names
from .logic import Truth
from .numbers import NUMBERS, ZERO, ManyDenominators, Number, TooLong
from .scope import Scope
from .values import Lowered, Symbol

if TYPE_CHECKING:
    from .core import Lowering

MOST_FACTORS = 1024  # of a power of something that depends on choices


def _number(low: Lowering, node: nodes.Number, scope: Scope) -> Lowered:
    return node.value


def _quantity(low: Lowering, node: nodes.Quantity, scope: Scope) -> Lowered:
    return node.value * unit(node.unit)[0]


def _bool(low: Lowering, node: nodes.Bool, scope: Scope) -> Lowered:
    return node.value


def _group(low: Lowering, node: nodes.Group, scope: Scope) -> Lowered:
    return low.value(node.inner, scope)


def _unary(low: Lowering, node: nodes.Unary, scope: Scope) -> Lowered:
    if node.op == "not":
        return low.logic.negate(low.truth(node.operand, scope))
    return low.numbers.negate(low.number(node.operand, scope))


# --------------------------------------------------------------------------------- binary operators


def _binary(low: Lowering, node: nodes.Binary, scope: Scope) -> Lowered:
    match node.op:
        case "+" | "-":
            return _sum(low, node, scope)
        case "*" | "/":
            return _product(low, node, scope)
        case "and":
            return _and(low, node, scope)
        case "or":
            parts = [low.truth(p, scope) for _, p in _spine(node, ("or",))]
            return low.logic.either(*parts)
        case "implies":
            left = low.truth(node.left, scope)
            if left is False:
                return True
            inner = scope.under(low.logic.both(scope.path, left))
            return low.logic.implies(left, low.truth(node.right, inner))
        case "iff":
            return low.logic.iff(low.truth(node.left, scope), low.truth(node.right, scope))
        case "divides":
            return low.numbers.divides(low.number(node.left, scope), low.number(node.right, scope))
        case "%":
            number = low.number(node.right, scope)
            divisor = positive(low, number, node.right, scope, negative=False)
            try:
                return low.numbers.remainder(low.number(node.left, scope), divisor)
            except ManyDenominators as error:
                low.many_denominators(error, node, scope)
        case "^":
            return _power(low, node, scope)
    raise low.confused(node, "an operator")


def _spine(node: nodes.Expr, ops: tuple[str, ...]) -> list[tuple[str, nodes.Expr]]:
    """A chain `a + b - c ...` as its parts with the operator before each; long ones are usual."""
    parts: list[tuple[str, nodes.Expr]] = []
    while isinstance(node, nodes.Binary) and node.op in ops:
        parts.append((node.op, node.right))
        node = node.left
    parts.append((ops[0], node))
    return parts[::-1]


def _sum(low: Lowering, node: nodes.Binary, scope: Scope) -> Number:
    parts = _spine(node, ("+", "-"))
    numbers = [(-1 if op == "-" else 1, low.number(part, scope)) for op, part in parts]
    try:
        return low.numbers.add(numbers)
    except ManyDenominators as error:
        low.many_denominators(error, node, scope)


def _product(low: Lowering, node: nodes.Binary, scope: Scope) -> Number:
    parts = _spine(node, ("*", "/"))
    result = low.number(parts[0][1], scope)
    for op, part in parts[1:]:
        factor = low.number(part, scope)
        if op == "*":
            result = low.numbers.multiply(result, factor)
        else:
            result = low.numbers.divide(result, positive(low, factor, part, scope))
    return result


def _and(low: Lowering, node: nodes.Binary, scope: Scope) -> Truth:
    parts: list[Truth] = []
    for _, part in _spine(node, ("and",)):
        condition = low.truth(part, scope)
        if condition is False:
            return False
        parts.append(condition)
        scope = scope.under(low.logic.both(scope.path, condition))
    return low.logic.both(*parts)


def _power(low: Lowering, node: nodes.Binary, scope: Scope) -> Number:
    base = low.number(node.left, scope)
    exponent = low.static(node.right, scope, "an exponent")
    if exponent.denominator != 1:
        low.fail(
            "bad-exponent",
            f"an exponent is a whole number; this is {exponent}",
            node.right,
            scope,
            notes=("values of roots belong into a table",),
        )
    if exponent == 0:
        return Fraction(1)
    if exponent < 0:
        base = low.numbers.divide(Fraction(1), positive(low, base, node.left, scope))
    times = abs(int(exponent))
    if isinstance(base, Fraction):
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if bits > 1 and (bits - 1) * times >= low.limits.bits:
            raise TooLong
    elif times > MOST_FACTORS:
        why = f"this power has more than {MOST_FACTORS:_} factors, the most that are worked out"
        low.fail("too-wide", why, node, scope)
    return low.numbers.power(base, times)


def positive(
    low: Lowering, divisor: Number, node: nodes.Expr, scope: Scope, *, negative: bool = True
) -> Number:
    """A divisor that is proved positive; where only the path proves it, bounded from below by 1.

    A known divisor may be negative unless `negative` is false, but not 0.
    """
    if isinstance(divisor, Fraction):
        if divisor > 0 or (divisor and negative):
            return divisor
    elif divisor.scale > 0 and divisor.numerator.lo >= 1:
        return divisor
    elif low.proves(low.numbers.compare(">", divisor, ZERO), scope.path):
        scale, above = divisor.scale, divisor.numerator
        if scale < 0:
            scale, above = -scale, -above
        result = low.numbers.term(scale, low.problem.maximum([above, 1]), divisor.denominator)
        return result
    name = node.span.text
    low.fail(
        "maybe-zero-divisor",
        f"`{name}` is a divisor and may not be positive here",
        node,
        scope,
        label=_range_text(low, divisor),
        fixes=(Fix(f"write `if {name} > 0 then ... else ...` around the division"),),
    )


def _range_text(low: Lowering, number: Number) -> str:
    lo, hi = low.numbers.bounds(number)
    return f"is {lo}" if lo == hi else f"is {lo} .. {hi}"


# ------------------------------------------------------------------------------ truth and selection


def _compare(low: Lowering, node: nodes.Compare, scope: Scope) -> Truth:
    values = [low.value(operand, scope) for operand in node.operands]
    parts: list[Truth] = []
    for i, op in enumerate(node.ops):
        left, right = values[i], values[i + 1]
        parts.append(compare(low, op, left, right, node))
        if low.doubts is not None and isinstance(left, NUMBERS) and isinstance(right, NUMBERS):
            doubt = low.numbers.doubtful(op, left, right)
            low.doubts.append(low.logic.both(scope.path, doubt))
    return low.logic.both(*parts)


def compare(
    low: Lowering, op: nodes.CompareOp, left: Lowered, right: Lowered, node: nodes.Node
) -> Truth:
    """A comparison of two numbers, enumerators or truth values."""
    if isinstance(left, NUMBERS) and isinstance(right, NUMBERS):
        return low.numbers.compare(op, left, right)
    if isinstance(left, Enumerator | Symbol):
        equal = _same_enumerator(low, left, right, node)
    elif isinstance(left, bool | Expr):
        equal = low.logic.iff(left, right)
    else:
        return low.numbers.compare(op, low.as_number(left, node), low.as_number(right, node))
    return equal if op == "==" else low.logic.negate(equal)


def position(low: Lowering, value: Lowered, node: nodes.Node) -> Expr | int:
    """The position of an enumerator in its enum."""
    if isinstance(value, Enumerator):
        return value.position
    if isinstance(value, Symbol):
        return value.position
    raise low.confused(node, "an enumerator")


def _same_enumerator(low: Lowering, left: Lowered, right: Lowered, node: nodes.Node) -> Truth:
    a, b = position(low, left, node), position(low, right, node)
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    difference = low.problem.sum([a, b], [1, -1])
    return low.logic.fold(low.problem.is_zero(difference))


def _member(low: Lowering, node: nodes.Member, scope: Scope) -> Truth:
    item = low.value(node.item, scope)
    return domains.contains(low, domains.domain(low, node.domain, scope), item, node)


def _choose(low: Lowering, node: nodes.Choose, scope: Scope) -> Lowered:
    condition = low.truth(node.condition, scope)
    if condition is True:
        return low.value(node.then, scope)
    if condition is False:
        return low.value(node.otherwise, scope)
    then = low.value(node.then, scope.under(low.logic.both(scope.path, condition)))
    opposite = low.logic.negate(condition)
    otherwise = low.value(node.otherwise, scope.under(low.logic.both(scope.path, opposite)))
    return choose(low, condition, then, otherwise, node)


def choose(
    low: Lowering, condition: Truth, then: Lowered, otherwise: Lowered, node: nodes.Node
) -> Lowered:
    """One of two values of any kind."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    if isinstance(then, bool | Expr) and isinstance(otherwise, bool | Expr):
        return low.logic.choose(condition, then, otherwise)
    if isinstance(then, Enumerator | Symbol):
        if then == otherwise:
            return then
        members = (*_members(then), *_members(otherwise))
        chosen = low.problem.choose(
            condition, position(low, then, node), position(low, otherwise, node)
        )
        return Symbol(tuple(dict.fromkeys(members)), chosen)
    return low.numbers.choose(condition, low.as_number(then, node), low.as_number(otherwise, node))


def _members(value: Lowered) -> tuple[Enumerator, ...]:
    return value.members if isinstance(value, Symbol) else (value,)


Handler = Callable[..., Lowered]  # takes the kind of node that it is listed under
HANDLERS: dict[type[nodes.Expr], Handler] = {
    nodes.Number: _number,
    nodes.Quantity: _quantity,
    nodes.Bool: _bool,
    nodes.Group: _group,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Compare: _compare,
    nodes.Member: _member,
    nodes.Choose: _choose,
    nodes.Name: names.name,
    nodes.Index: names.index,
    nodes.Field: names.field,
    nodes.Call: builtins.call,
    nodes.Comprehension: builtins.comprehension,
}
