"""A step's graph in numpy, in the precision of what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .expression import Expression, evaluate


def _sigmoid(x: Any) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * x))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negate": np.negative,
    "exp": np.exp,
    "log": np.log,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "log_sigmoid": lambda x: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "absolute": np.abs,
    "where_equal": lambda x, y, yes, no: np.where(np.equal(x, y), yes, no),
    "where_less": lambda x, y, yes, no: np.where(np.less(x, y), yes, no),
}


def step(
    outputs: Sequence[Expression], given: Mapping[Expression, NDArray[Any]]
) -> list[NDArray[Any]]:
    """The outputs as arrays, from an array for each gate, state and gradient that they read."""
    with np.errstate(all="ignore"):
        return evaluate(
            outputs,
            lambda x: x.payload if x.op == "constant" else given[x],
            lambda op, arguments, x: OPERATIONS[op](*arguments),
        )
