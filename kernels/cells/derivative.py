"""Reverse-mode derivatives of a step, as expressions (Griewank and Walther, 2008, chapter 3)."""

from __future__ import annotations

from collections.abc import Mapping

from .expression import (
    Expression,
    add,
    constant,
    multiply,
    negate,
    ordered,
    where_equal,
    where_less,
)

ZERO = constant(0)


def gradients(
    outputs: Mapping[Expression, Expression], wanted: list[Expression]
) -> list[Expression]:
    """How the outputs' gradients reach the wanted leaves.

    Parameters
    ----------
    outputs : mapping
        Each output with the gradient that arrives at it.
    wanted : list of Expression
        Gates and states.

    Returns
    -------
    list of Expression
        One for each wanted leaf; the constant 0 where nothing reaches it.
    """
    arriving: dict[Expression, Expression] = {}
    for output, given in outputs.items():
        arriving[output] = add(arriving.get(output, ZERO), given)
    for x in reversed(ordered(outputs)):
        given = arriving.get(x, ZERO)
        if given is ZERO or not x.arguments:
            continue
        for argument, part in zip(x.arguments, partial(x, given), strict=True):
            arriving[argument] = add(arriving.get(argument, ZERO), part)
    return [arriving.get(x, ZERO) for x in wanted]


def partial(x: Expression, given: Expression) -> list[Expression]:
    """What each argument of a node gets of the gradient that arrives at the node.

    Where a maximum or minimum ties, both sides get half, as in torch.
    """
    args = x.arguments
    match x.op:
        case "add":
            return [given, given]
        case "subtract":
            return [given, negate(given)]
        case "multiply":
            return [multiply(given, args[1]), multiply(given, args[0])]
        case "divide":
            first = given / args[1]
            return [first, negate(multiply(first, x))]
        case "negate":
            return [negate(given)]
        case "exp":
            return [multiply(given, x)]
        case "log":
            return [given / args[0]]
        case "sigmoid":
            return [multiply(given, multiply(x, 1 - x))]
        case "tanh":
            return [multiply(given, 1 - multiply(x, x))]
        case "log_sigmoid":
            from .expression import sigmoid

            return [multiply(given, sigmoid(negate(args[0])))]
        case "maximum" | "minimum":
            first, second = args if x.op == "minimum" else args[::-1]
            tied = where_equal(first, second, multiply(given, 0.5), ZERO)
            to_mine = where_less(first, second, given, tied)
            return [to_mine, where_less(second, first, given, tied)]
        case "absolute":
            sign = where_less(ZERO, args[0], given, where_equal(args[0], ZERO, ZERO, negate(given)))
            return [sign]
        case "where_equal" | "where_less":
            where = where_equal if x.op == "where_equal" else where_less
            return [
                ZERO,
                ZERO,
                where(args[0], args[1], given, ZERO),
                where(args[0], args[1], ZERO, given),
            ]
    raise NotImplementedError(f"no derivative of {x.op}")
