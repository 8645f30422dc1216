"""A step's graph in torch: any dtype, differentiable, the oracle of every kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from .expression import Expression, evaluate

OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "negate": lambda x: -x,
    "exp": torch.exp,
    "log": torch.log,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "log_sigmoid": functional.logsigmoid,
    "absolute": torch.abs,
    "reciprocal": torch.reciprocal,
}


def step(outputs: Sequence[Expression], given: Mapping[Expression, Tensor]) -> list[Tensor]:
    """The outputs as tensors.

    Parameters
    ----------
    outputs : sequence of Expression
    given : mapping
        A tensor for each gate, state and gradient that they read, all of one shape.
    """
    like = next(iter(given.values()))

    def full(x: Any) -> Tensor:
        return x if isinstance(x, Tensor) else torch.full_like(like, x)

    def operation(op: str, arguments: list[Any], x: Expression) -> Any:
        match op:
            case "maximum" | "minimum":
                return getattr(torch, op)(*map(full, arguments))
            case "where_equal" | "where_less":
                first, second, yes, no = map(full, arguments)
                where = first == second if op == "where_equal" else first < second
                return torch.where(where, yes, no)
            case "bounded_exp":
                return torch.exp(arguments[0].clamp(-float(x.payload), float(x.payload)))  # type: ignore[arg-type]
        return OPERATIONS[op](*arguments)

    found = evaluate(outputs, lambda x: x.payload if x.op == "constant" else given[x], operation)
    return [full(x) for x in found]
