"""A step's graph as lines of a program: plain Python for numba, or Triton."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .expression import Expression, evaluate

Dialect = Mapping[str, str]

# Each operation as a template over its arguments; numba's float32 stays float32 in these.
NUMBA: Dialect = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "negate": "-{0}",
    "exp": "exp({0})",
    "log": "log({0})",
    "sigmoid": "sigmoid({0})",
    "tanh": "tanh({0})",
    "log_sigmoid": "log_sigmoid({0})",
    "maximum": "maximum({0}, {1})",
    "minimum": "minimum({0}, {1})",
    "absolute": "abs({0})",
    "where_equal": "({2} if {0} == {1} else {3})",
    "where_less": "({2} if {0} < {1} else {3})",
    "constant": "float32({0!r})",
}
TRITON: Dialect = {
    **NUMBA,
    "exp": "tl.exp({0})",
    "log": "tl.log({0})",
    "sigmoid": "tl.sigmoid({0})",
    "tanh": "2 * tl.sigmoid(2 * {0}) - 1",
    "log_sigmoid": "tl.minimum({0}, 0.0) - tl.log(1 + tl.exp(-tl.abs({0})))",
    "maximum": "tl.maximum({0}, {1})",
    "minimum": "tl.minimum({0}, {1})",
    "absolute": "tl.abs({0})",
    "where_equal": "tl.where({0} == {1}, {2}, {3})",
    "where_less": "tl.where({0} < {1}, {2}, {3})",
    "constant": "{0!r}",
}


def lines(
    outputs: Mapping[str, Expression],
    given: Callable[[Expression], str],
    dialect: Dialect,
) -> list[str]:
    """Assignments, one a node, that leave every output in a variable of its name.

    Parameters
    ----------
    outputs : mapping
        Expressions by the variables that receive them.
    given : callable
        The variable in which a gate, state or gradient stands.
    dialect : mapping
        A template for each operation.
    """
    program: list[str] = []

    def leaf(x: Expression) -> str:
        return dialect["constant"].format(x.payload) if x.op == "constant" else given(x)

    def operation(op: str, arguments: list[Any], x: Expression) -> str:
        name = f"t{len(program)}"
        program.append(f"{name} = {dialect[op].format(*arguments)}")
        return name

    found: Sequence[str] = evaluate(outputs.values(), leaf, operation)
    return program + [f"{name} = {value}" for name, value in zip(outputs, found, strict=True)]
