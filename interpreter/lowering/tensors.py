"""Tensors of a network whose form depends on choices.

What a name refers to is a tree: a tensor, or one of two trees by a condition, or nothing. Reading
under a path cuts off the branches that the path rules out, so shapes that do not really depend on
a choice stay constants.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from archwright.dsl import nodes
from archwright.dsl.diagnostics import Fix
from archwright.solvers.expressions import Expr

from .logic import Truth
from .numbers import ONE, Number
from .scope import Scope

if TYPE_CHECKING:
    from .core import Lowering

Shape: TypeAlias = tuple[Number, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Tensor:
    """One tensor: its number in the network, in order of writing, and its shape."""

    number: int
    shape: Shape
    size: Number


@dataclass(frozen=True, eq=False, slots=True)
class Either:
    """One of two, by a condition."""

    condition: Expr
    then: Reference
    otherwise: Reference


@dataclass(frozen=True, eq=False, slots=True)
class Unbound:
    """Nothing was bound on this branch."""


Reference: TypeAlias = "Tensor | Either | Unbound"
UNBOUND = Unbound()


def merge(condition: Truth, then: Reference, otherwise: Reference) -> Reference:
    """What a name refers to after a guarded statement."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    if then is otherwise:
        return then
    if isinstance(otherwise, Either) and otherwise.condition.node == condition.node:
        otherwise = otherwise.otherwise
    return Either(condition, then, otherwise)


def bound(low: Lowering, reference: Reference) -> Truth:
    """The condition under which there is a tensor."""
    if isinstance(reference, Either):
        then, otherwise = bound(low, reference.then), bound(low, reference.otherwise)
        return low.logic.choose(reference.condition, then, otherwise)
    return isinstance(reference, Tensor)


def cut(low: Lowering, reference: Reference, path: Truth) -> Reference:
    """The reference without the branches that a path rules out."""
    if not isinstance(reference, Either):
        return reference
    condition = low.logic.known(reference.condition, path)
    if isinstance(condition, bool):
        return cut(low, reference.then if condition else reference.otherwise, path)
    then = cut(low, reference.then, low.logic.both(path, condition))
    otherwise = cut(low, reference.otherwise, low.logic.both(path, low.logic.negate(condition)))
    if then is reference.then and otherwise is reference.otherwise:
        return reference
    return merge(condition, then, otherwise)


def settled(
    low: Lowering, reference: Reference, name: str, node: nodes.Node, scope: Scope
) -> Tensor | Either:
    """A reference that is read: proved bound, and cut to what the path leaves."""
    reference = cut(low, reference, scope.path)
    there = bound(low, reference)
    if there is not True and (there is False or not low.proves(there, scope.path)):
        low.fail(
            "unbound-tensor",
            f"`{name}` may not be bound here",
            node,
            scope,
            fixes=(Fix("bind it before, or read it under the same condition"),),
        )
    reference = _prune(reference)
    if isinstance(reference, Unbound):
        raise low.confused(node, "a tensor")
    return reference


def _prune(reference: Reference) -> Reference:
    """The reference without its unbound branches, once they are proved out of reach."""
    if not isinstance(reference, Either):
        return reference
    then, otherwise = _prune(reference.then), _prune(reference.otherwise)
    if isinstance(then, Unbound):
        return otherwise
    if isinstance(otherwise, Unbound):
        return then
    return merge(reference.condition, then, otherwise)


def shape(low: Lowering, reference: Tensor | Either) -> Shape:
    """The shape, each dimension by the conditions of the tree."""
    if isinstance(reference, Tensor):
        return reference.shape
    then, otherwise = shape(low, _sure(reference.then)), shape(low, _sure(reference.otherwise))
    return tuple(
        a if same(a, b) else low.numbers.choose(reference.condition, a, b)
        for a, b in zip(then, otherwise, strict=True)
    )


def size(low: Lowering, reference: Tensor | Either) -> Number:
    """The elements, by the conditions of the tree."""
    if isinstance(reference, Tensor):
        return reference.size
    then, otherwise = size(low, _sure(reference.then)), size(low, _sure(reference.otherwise))
    return (
        then if same(then, otherwise) else low.numbers.choose(reference.condition, then, otherwise)
    )


def alternatives(
    low: Lowering, reference: Reference, condition: Truth = True
) -> Iterator[tuple[Truth, Tensor]]:
    """Every tensor that a reference may be, with the condition that it is."""
    if isinstance(reference, Tensor):
        yield condition, reference
    elif isinstance(reference, Either):
        inside = low.logic.both(condition, reference.condition)
        yield from alternatives(low, reference.then, inside)
        outside = low.logic.both(condition, low.logic.negate(reference.condition))
        yield from alternatives(low, reference.otherwise, outside)


def same(left: Number, right: Number) -> bool:
    """Whether two numbers are one and the same by construction."""
    if isinstance(left, Fraction) or isinstance(right, Fraction):
        return isinstance(left, Fraction) and isinstance(right, Fraction) and left == right
    below = [n.denominator.node if n.denominator is not None else -1 for n in (left, right)]
    return (
        left.scale == right.scale
        and left.numerator.node == right.numerator.node
        and below[0] == below[1]
    )


def elements(low: Lowering, sizes: Shape) -> Number:
    """How many elements a shape has."""
    total: Number = ONE
    for number in sizes:
        total = low.numbers.multiply(total, number)
    return total


def _sure(reference: Reference) -> Tensor | Either:
    if isinstance(reference, Unbound):
        raise TypeError("an unbound branch was not pruned")
    return reference
