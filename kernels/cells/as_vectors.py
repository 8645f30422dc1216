"""A step's graph as vector code, several vectors side by side to fill the pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .expression import Expression, evaluate
from .fractions import lower

if TYPE_CHECKING:
    from ..vector_ir import Vector, Vectors


def step(
    vectors: Vectors, outputs: Sequence[Expression], given: Mapping[Expression, Vector]
) -> list[Vector]:
    """The outputs, lowered to few divisions.

    Parameters
    ----------
    vectors : Vectors
    outputs : sequence of Expression
    given : mapping
        For each gate, state and gradient that they read, as many vectors as stand side by side.
    """
    beside = len(next(iter(given.values())))

    def leaf(x: Expression) -> Vector:
        if x.op == "constant":
            return [vectors.constant(float(x.payload or 0))] * beside
        return given[x]

    def operation(op: str, arguments: list[Vector], x: Expression) -> Vector:
        if op == "bounded_exp":
            return vectors.exp(arguments[0], float(x.payload or 0))
        return getattr(vectors, op)(*arguments)  # type: ignore[no-any-return]

    return evaluate(lower(outputs), leaf, operation)
