"""How large a number and how long a run may become before the evaluation gives up."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archwright.dsl import nodes

from .failures import Undefined
from .frames import World

WORD = 1 << 62  # below it nothing has to be counted


def checked(value: Any, node: nodes.Node) -> Any:
    """A number that is not too long to work with.

    Raises
    ------
    Undefined
        `too-wide`
    """
    if type(value) is int:
        if -WORD < value < WORD:
            return value
        bits = value.bit_length()
    elif type(value) is Fraction:
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    else:
        return value
    if bits > node.limits.bits:
        raise too_long(node)
    return value


def too_long(node: nodes.Node) -> Undefined:
    """A number with more digits than anyone can use."""
    why = f"this number has more than {node.limits.bits:_} binary digits"
    return Undefined("too-wide", why, node.span, "bits")


def go_round(world: World, node: nodes.Node, terms: int = 1) -> None:
    """Count a round of a loop, an expansion of a function, or the terms of a call of an op.

    The lowering stops long before, but counts what is shared once only.

    Raises
    ------
    Undefined
        `too-large-unrolling`
    """
    world.rounds += terms
    if world.rounds > 4 * node.limits.terms:
        raise too_many_rounds(node)


def too_many_rounds(node: nodes.Node) -> Undefined:
    """More rounds than the limit, known after as many or beforehand."""
    why = f"all loops, sums and functions go more than {node.limits.terms:_} rounds"
    return Undefined("too-large-unrolling", why, node.span, "terms")
