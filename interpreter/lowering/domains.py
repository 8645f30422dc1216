"""Domains: what a binder runs over, what a choice may be, whether a value is inside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, TypeAlias

from archwright.dsl import nodes
from archwright.dsl.diagnostics import Fix
from archwright.dsl.walk import independent
from archwright.solvers.expressions import Expr

from ..mistakes import value_text
from ..values import Enumerator, Value
from .logic import Truth
from .numbers import NUMBERS, ZERO, Number, Term
from .scope import Scope
from .terms import scale_of
from .values import Binding, Count, EnumRef, Lowered, Slot, Symbol

if TYPE_CHECKING:
    from .calls import Call
    from .core import Lowering


@dataclass(frozen=True, eq=False, slots=True)
class Interval:
    """`lo .. hi step s`; without step anything in between (a measured parameter only)."""

    lo: Number
    hi: Number
    step: Number | None


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """`{a, b, c}`, `bool`, or an enum."""

    items: tuple[Lowered, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Divisors:
    """`divisors(n)`."""

    number: Number


@dataclass(frozen=True, eq=False, slots=True)
class Layers:
    """The calls of a network, each with the condition under which it is active."""

    calls: tuple[tuple[Call, Truth], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """The members of a family formal, some of them under conditions."""

    count: Count


Domain: TypeAlias = Interval | Items | Divisors | Layers | Places


def domain(low: Lowering, node: nodes.Domain, scope: Scope) -> Domain:
    """What a domain of the text stands for."""
    match node:
        case nodes.Group():
            return domain(low, node.inner, scope)
        case nodes.Range():
            hi = low.value(node.hi, scope)
            if isinstance(hi, Count):
                return Places(hi)
            lo, hi = low.number(node.lo, scope), low.as_number(hi, node.hi)
            if node.step is not None:
                return Interval(lo, hi, _step(low, node.step, scope))
            return Interval(lo, hi, None if _measured(node, scope) else Fraction(1))
        case nodes.Set():
            return Items(tuple(low.value(item, scope) for item in node.items))
        case nodes.Name(text="bool") if not scope.declares("bool"):
            return Items((False, True))
        case nodes.Call(function=nodes.Name(text="divisors")):
            return Divisors(low.number(node.arguments[0].value, scope))
    value = low.value(node, scope)
    if isinstance(value, EnumRef):
        return Items(value.members)
    if isinstance(value, Layers):
        return value
    raise low.confused(node, "a set of values")


def _step(low: Lowering, node: nodes.Expr, scope: Scope) -> Number:
    """The step of a range, which is proved positive."""
    step = low.number(node, scope)
    if isinstance(step, Term):
        if not low.proves(low.numbers.compare(">", step, ZERO), scope.path):
            low.fail(
                "bad-step",
                f"a step is greater than 0, and `{node.span.text}` may not be",
                node,
                scope,
            )
    elif step <= 0:
        low.fail(
            "bad-step", f"a step is greater than 0, and this is {value_text(step)}", node, scope
        )
    return step


def _measured(node: nodes.Expr | nodes.Range, scope: Scope) -> bool:
    """Whether the ends of a range carry a unit, as far as the text says so."""
    match node:
        case nodes.Range():
            return _measured(node.lo, scope) or _measured(node.hi, scope)
        case nodes.Quantity():
            return True
        case nodes.Group():
            return _measured(node.inner, scope)
        case nodes.Unary():
            return _measured(node.operand, scope)
        case nodes.Binary(op="+" | "-" | "*"):
            return _measured(node.left, scope) or _measured(node.right, scope)
        case nodes.Name() if node.text not in scope.names:
            spec = scope.module.spec
            declared = spec.names.get(node.text)
            if isinstance(declared, nodes.Param | nodes.Let | nodes.Choice):
                return not spec.dimension(declared).plain
    return False


# ------------------------------------------------------------------------------------- membership


def contains(low: Lowering, where: Domain, value: Lowered, node: nodes.Node) -> Truth:
    """Whether a value is in a domain."""
    numbers, logic = low.numbers, low.logic
    match where:
        case Interval() if isinstance(value, NUMBERS) and _surely_inside(where, value):
            return True
        case Interval():
            number = low.as_number(value, node)
            inside = logic.both(
                numbers.compare("<=", where.lo, number), numbers.compare("<=", number, where.hi)
            )
            if where.step is None:
                return inside
            offset = numbers.add([(1, number), (-1, where.lo)])
            return logic.both(inside, numbers.divides(where.step, offset))
        case Divisors():
            number = low.as_number(value, node)
            return logic.both(
                numbers.compare(">=", number, Fraction(1)),
                numbers.compare(">=", where.number, Fraction(1)),
                numbers.divides(Fraction(1), number),  # 2.5 divides 5, and is none of its divisors
                numbers.divides(number, where.number),
            )
        case Items():
            return _among(low, where.items, value, node)
    raise low.confused(node, "a set of values")


def _surely_inside(where: Interval, number: Number) -> bool:
    """Whether the bounds of a number and what one step of it is worth show that it is inside.

    All of it in whole numbers, for most of what is passed to an op comes through here.
    """
    lo, hi, step = where.lo, where.hi, where.step
    if isinstance(lo, Term) or isinstance(hi, Term) or isinstance(step, Term):
        return False
    first = last = 1
    if isinstance(number, Term):
        if number.denominator is not None or number.precision is not None or number.scale < 0:
            return False
        first, last = number.numerator.lo, number.numerator.hi
    scale = scale_of(number)
    p, q = scale.numerator, scale.denominator
    if lo.numerator * q > p * first * lo.denominator:
        return False
    if p * last * hi.denominator > hi.numerator * q:
        return False
    if step is None:
        return True
    return step > 0 and _multiple(scale, step) and _multiple(lo, step)


def _multiple(number: Fraction, step: Fraction) -> bool:
    """Whether a number is a whole multiple of a step."""
    if step.denominator == step.numerator:
        return number.denominator == 1
    rest = number.numerator * step.denominator % (number.denominator * step.numerator)
    return rest == 0


def _among(low: Lowering, items: Sequence[Lowered], value: Lowered, node: nodes.Node) -> Truth:
    from .expressions import compare

    if isinstance(value, Fraction | bool | Enumerator) and value in items:
        return True
    if isinstance(value, Symbol) and all(isinstance(i, Enumerator) for i in items):
        return low.logic.fold(low.problem.among(value.position, [i.position for i in items]))
    if (
        isinstance(value, Term)
        and value.denominator is None
        and all(isinstance(i, Fraction) for i in items)
    ):
        whole = [int(i / value.scale) for i in items if (i / value.scale).denominator == 1]
        return low.logic.fold(low.problem.among(value.numerator, whole))
    return low.logic.either(*(compare(low, "==", value, item, node) for item in items))


# ------------------------------------------------------------------------------- static enumeration


def is_static(where: Domain) -> bool:
    """Whether a domain is the same under all choices."""
    match where:
        case Interval():
            parts: tuple[Lowered, ...] = (where.lo, where.hi, where.step)
        case Items():
            parts = where.items
        case Divisors():
            parts = (where.number,)
        case _:
            return False
    return all(isinstance(part, Fraction | bool | Enumerator) for part in parts)


def listed(low: Lowering, where: Domain, node: nodes.Node, scope: Scope) -> list[Value] | None:
    """The values of a domain that does not depend on choices; None if it does."""
    match where:
        case Interval(lo=Fraction() as lo, hi=Fraction() as hi, step=Fraction() as step):
            n = max(0, (hi - lo) // step + 1)
            if n > low.limits.terms:
                low.fail(
                    "too-large-unrolling",
                    f"this range has {n:_} values, more than the limit of {low.limits.terms:_}",
                    node,
                    scope,
                    notes=(low.limits.note("terms"),),
                    fixes=(Fix("use a larger step"),),
                )
            return [lo + i * step for i in range(n)]
        case Items(items=items) if all(isinstance(i, Fraction | bool | Enumerator) for i in items):
            return list(dict.fromkeys(items))
        case Divisors(number=Fraction() as number):
            if number.denominator != 1 or number < 1:
                low.fail(
                    "out-of-domain",
                    f"only whole numbers from 1 on have divisors, and this is {value_text(number)}",
                    node,
                    scope,
                )
            _check_divided(low, number, node, scope)
            return [Fraction(d) for d in divisors(int(number))]
    return None


def _check_divided(low: Lowering, number: Fraction, node: nodes.Node, scope: Scope) -> None:
    if number > low.limits.divided:
        most = f"{low.limits.divided:_}"
        low.fail(
            "too-large-domain",
            f"divisors are listed of numbers up to {most}, and this is {int(number):_}",
            node,
            scope,
            notes=(low.limits.note("divided"),),
        )


def divisors(number: int) -> list[int]:
    """The positive divisors of a positive number, rising."""
    small = [d for d in range(1, isqrt(number) + 1) if number % d == 0]
    large = [number // d for d in reversed(small)]
    return small + (large[1:] if small[-1] == large[0] else large)


def hull(low: Lowering, where: Domain, path: Truth, node: nodes.Node, scope: Scope) -> list[Value]:
    """All values that a domain has under any choices."""
    match where:
        case Interval(lo=lo, hi=hi, step=step):
            if not isinstance(step, Fraction):
                low.fail(
                    "not-static", "the step of a choice may not depend on choices", node, scope
                )
            starts = values_of(low, lo, path) if isinstance(lo, Term) else [lo]
            last = low.numbers.bounds(hi)[1]
            if starts is None:
                low.fail(
                    "not-static",
                    "the lower end of this range takes too many values to list",
                    node,
                    scope,
                    fixes=(
                        Fix("start the range at a number and state the lower end in a require"),
                    ),
                )
            found: set[Value] = set()
            for first in starts:
                steps = max(0, (last - first) // step + 1)
                _check_hull(low, len(found) + steps, node, scope)
                found.update(first + i * step for i in range(steps))
            return sorted(found)
        case Items(items=items):
            values: dict[Value, None] = {}
            for item in items:
                values.update(dict.fromkeys(_item_values(low, item, path, node, scope)))
            return list(values)
        case Divisors(number=number):
            numbers = values_of(low, number, path)
            if numbers is None:
                top = low.numbers.bounds(number)[1]
                _check_hull(low, top, node, scope)
                return [Fraction(d) for d in range(1, int(top) + 1)]
            every: set[int] = set()
            for n in numbers:
                if n.denominator == 1 and n >= 1:
                    _check_divided(low, n, node, scope)
                    every.update(divisors(int(n)))
            return [Fraction(d) for d in sorted(every)]
    raise low.confused(node, "a set of values")


def _item_values(
    low: Lowering, item: Lowered, path: Truth, node: nodes.Node, scope: Scope
) -> Sequence[Value]:
    if isinstance(item, Symbol):
        return item.members
    if isinstance(item, Expr):
        return (False, True)
    if not isinstance(item, Term):
        return (item,)
    values = values_of(low, item, path)
    if values is None:
        low.fail("not-static", "this takes too many values to list", node, scope)
    return values


def values_of(low: Lowering, number: Number, path: Truth) -> list[Fraction] | None:
    """All values of a number under a path; None where they are too many to list."""
    if isinstance(number, Fraction):
        return [number]
    if number.denominator is None:
        image = low.reach.image(number.numerator, path)
        if image is None and number.numerator.hi - number.numerator.lo < 1 << 12:
            image = list(range(number.numerator.lo, number.numerator.hi + 1))
        return None if image is None else [number.scale * v for v in image]
    pairs = low.reach.tuples([number.numerator, number.denominator], path)
    return None if pairs is None else sorted({number.scale * Fraction(a, b) for a, b in pairs})


def _check_hull(low: Lowering, size: Fraction | int, node: nodes.Node, scope: Scope) -> None:
    if size > low.limits.values:
        low.fail(
            "too-large-domain",
            f"this domain has more than {low.limits.values:_} values",
            node,
            scope,
            notes=(low.limits.note("values"),),
            fixes=(Fix("narrow the choices that it depends on, or use a larger step"),),
        )


# ----------------------------------------------------------------------------------------- binders


def unroll(
    low: Lowering,
    binders: Sequence[nodes.Binder],
    where: nodes.Expr | None,
    scope: Scope,
    condition: Truth = True,
    last: nodes.Node | None = None,
) -> Iterator[Binding]:
    """Every turn of some binders under a condition, turns that cannot be there left out."""
    if len(binders) > 1:
        _foresee(low, binders, scope)
    yield from _unroll(low, binders, where, scope, condition, last)


def _foresee(low: Lowering, binders: Sequence[nodes.Binder], scope: Scope) -> None:
    """Refuse at once what surely takes more turns than there may be."""
    turns, product = 0, 1
    for binder in independent(binders):
        where = domain(low, binder.domain, scope)
        if not product or not is_static(where):
            return
        product *= len(listed(low, where, binder.domain, scope) or ())
        turns += product
        if turns > low.limits.terms:
            low.turn(binder, turns)


def _unroll(
    low: Lowering,
    binders: Sequence[nodes.Binder],
    where: nodes.Expr | None,
    scope: Scope,
    condition: Truth,
    last: nodes.Node | None,
) -> Iterator[Binding]:
    if not binders:
        low.turn(last)  # also if it is left out: trying takes time
        if where is not None:
            inside = low.truth(where, scope)
            if inside is False:
                return
            condition = low.logic.both(condition, inside)
            scope = scope.under(low.logic.both(scope.path, inside))
        yield Binding(scope, condition)
        return
    first, rest = binders[0], binders[1:]
    for value, shown, there in members(low, first, scope):
        inner = scope.binding(first.name.text, value, shown)
        if rest:
            low.turn(first)  # also if nothing is left to go through
        if there is not True:
            there = low.logic.known(there, scope.path)
            if there is False:
                continue
            inner = inner.under(low.logic.both(inner.path, there))
        yield from _unroll(low, rest, where, inner, low.logic.both(condition, there), first)


def members(
    low: Lowering, binder: nodes.Binder, scope: Scope
) -> Iterator[tuple[Lowered, Value | None, Truth]]:
    """The values of a binder: what it stands for, how it is shown, and when it is there."""
    where = domain(low, binder.domain, scope)
    if isinstance(where, Layers):
        for call, active in where.calls:
            yield call, None, active
        return
    if isinstance(where, Places):
        for i, present in enumerate(where.count.present):
            yield Slot(where.count, i + 1), Fraction(i + 1), present
        return
    values = listed(low, where, binder.domain, scope)
    if values is not None:
        for value in values:
            yield value, value, True
        return
    for value in hull(low, where, scope.path, binder.domain, scope):
        yield value, value, contains(low, where, value, binder.domain)
