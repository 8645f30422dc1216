"""Domains: which values there are, and whether one is among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from archwright.dsl import nodes
from archwright.dsl.walk import independent

from .arithmetic import divisors, number, whole
from .failures import EvaluationError, Undefined
from .frames import Frame, Run, outward
from .scope import Scope
from .sizes import go_round, too_many_rounds

Steps: TypeAlias = Callable[[Frame], Iterator[None]]


@dataclass(frozen=True)
class Domain:
    """A compiled domain.

    Attributes
    ----------
    values : callable
        The values in order.
    contains : callable
        Whether a value is one of them.
    """

    values: Callable[[Frame], Sequence[Any]]
    contains: Callable[[Frame, Any], bool]


def listed(values: Run) -> Domain:
    """A domain that is asked by listing it."""
    return Domain(values, lambda frame, value: value in values(frame))


def compile_domain(node: nodes.Domain, scope: Scope) -> Domain:
    """A range, set, enum, `bool`, `divisors(n)`, or the layers of a network."""
    match node:
        case nodes.Group():
            return scope.domain(node.inner)
        case nodes.Range():
            return _range(node, scope)
        case nodes.Set():
            items = [scope.expression(item) for item in node.items]
            return listed(lambda frame: tuple(dict.fromkeys(item(frame) for item in items)))
        case nodes.Name(text="bool") if not scope.declares("bool"):
            return listed(lambda frame: (False, True))
        case nodes.Call(function=nodes.Name(text="divisors")):
            return _divisors(node, scope)
        case nodes.Field() if node.name.text in ("layers", "leaves"):
            return listed(scope.expression(node))
    entity = scope.instance.entity(node, scope) if isinstance(node, nodes.Expr) else None
    if entity is not None and isinstance(entity[1], nodes.Enum):
        members = entity[0].enumerators(entity[1])
        return listed(lambda frame: members)
    raise EvaluationError(f"{node.span}: this is no set of values")


def _divided(value: Any, frame: Frame, node: nodes.Node) -> int:
    """What divisors are asked of; of a fraction there are none, like of numbers below 1."""
    value = number(value)
    if isinstance(value, int):
        return value
    if not frame.world.choices:  # known before anything is chosen: a mistake
        raise Undefined("uneven-division", f"{outward(value)} has no divisors", node.span)
    return 0


def _range(node: nodes.Range, scope: Scope) -> Domain:
    lo, hi = scope.expression(node.lo), scope.expression(node.hi)
    step = None if node.step is None else scope.expression(node.step)
    # A parameter measured in a unit may leave the step away and then takes anything in between;
    # where such a range has to be listed the checker asks for a step.
    dense = step is None and _measured(node, scope)

    def values(frame: Frame) -> Sequence[Any]:
        if dense:
            raise EvaluationError(f"{node.span}: this range has no step")
        first, last = number(lo(frame)), number(hi(frame))
        by = 1 if step is None else number(step(frame))
        if step is not None and by <= 0:
            raise bad_step(by)
        if isinstance(first, int) and isinstance(last, int) and isinstance(by, int):
            return range(first, last + 1, by)
        steps = int((last - first) // by) + 1
        if steps > node.limits.terms:
            why = f"this range has more than {node.limits.terms:_} values"
            raise Undefined("too-large-unrolling", why, node.span, "terms")
        return [whole(first + i * by) for i in range(steps)]

    def contains(frame: Frame, value: Any) -> bool:
        first = lo(frame)
        if not first <= value <= hi(frame):
            return False
        if dense:
            return True
        by = 1 if step is None else step(frame)
        if by <= 0:
            raise bad_step(by)
        return bool((value - first) % by == 0)

    def bad_step(by: Any) -> Undefined:
        why = f"a step is greater than 0, and this is {outward(by)}"
        return Undefined("bad-step", why, (node.step or node).span)

    return Domain(values, contains)


def _divisors(node: nodes.Call, scope: Scope) -> Domain:
    argument = scope.expression(node.arguments[0].value)

    def values(frame: Frame) -> Sequence[Any]:
        n = _divided(argument(frame), frame, node)
        if n > node.limits.divided:
            why = f"divisors are listed of numbers up to {node.limits.divided:_}"
            raise Undefined("too-large-domain", why, node.span, "divided")
        return divisors(n)

    def contains(frame: Frame, value: Any) -> bool:
        n, value = _divided(argument(frame), frame, node), number(value)
        return n >= 1 and isinstance(value, int) and value >= 1 and n % value == 0

    return Domain(values, contains)


def _measured(node: nodes.Expr | nodes.Range, scope: Scope) -> bool:
    """Whether the ends of a range carry a unit, as far as the text says so."""
    if isinstance(node, nodes.Range):
        return _measured(node.lo, scope) or _measured(node.hi, scope)
    match node:
        case nodes.Quantity():
            return True
        case nodes.Group():
            return _measured(node.inner, scope)
        case nodes.Unary():
            return _measured(node.operand, scope)
        case nodes.Binary(op="+" | "-" | "*"):
            return _measured(node.left, scope) or _measured(node.right, scope)
        case nodes.Name() if node.text not in scope.locals:
            declared = scope.instance.spec.names.get(node.text)
            if isinstance(declared, nodes.Param | nodes.Let | nodes.Choice):
                return not scope.instance.spec.dimension(declared).plain
    return False


def compile_binders(
    binders: Sequence[nodes.Binder], where: nodes.Expr | None, scope: Scope
) -> tuple[Steps, Scope]:
    """Steps through all values of some binders, and the scope inside them.

    Each step leaves the values in the frame; steps where the condition is false are left out.
    """
    domains = []
    for binder in binders:
        domains.append((binder.name, scope.domain(binder.domain).values))
        scope = scope.binder(binder.name)
    condition = None if where is None else scope.expression(where)
    known = domains[: len(independent(binders))] if len(binders) > 1 else []

    def foresee(frame: Frame) -> None:
        """Refuse at once what surely goes too many rounds."""
        rounds, product = 0, 1
        for binder, (_, values) in zip(binders, known, strict=False):
            product *= len(values(frame)) if product else 0
            rounds += product
            if rounds > binder.limits.terms:
                raise too_many_rounds(binder)

    def start(frame: Frame) -> Iterator[None]:
        foresee(frame)
        return walk(frame, 0)

    def walk(frame: Frame, depth: int) -> Iterator[None]:
        if depth == len(domains):
            if binders:
                go_round(frame.world, binders[-1])
            if condition is None or condition(frame):
                yield
            return
        slot, values = domains[depth]
        for value in values(frame):
            frame.values[slot] = value
            if depth + 1 < len(domains):
                go_round(frame.world, binders[depth])  # also if nothing is left to go through
            yield from walk(frame, depth + 1)

    return start if known else lambda frame: walk(frame, 0), scope
