"""The language of a cell's step: expressions over gates and former states, shared where equal.

An expression is made once: equal operations on equal arguments are the same object, so a graph
never computes anything twice. Constants fold, and neutral elements go, when expressions are made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

Number: TypeAlias = "Expression | float | int"

# What an operation means, on numbers; `where_*` compare their first two arguments.
MEANING: dict[str, Callable[..., float]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "negate": lambda x: -x,
    "exp": math.exp,
    "log": math.log,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x)),
    "tanh": math.tanh,
    "log_sigmoid": lambda x: min(x, 0.0) - math.log1p(math.exp(-abs(x))),
    "maximum": lambda x, y: y if y > x else x,
    "minimum": lambda x, y: y if y < x else x,
    "absolute": abs,
    "where_equal": lambda x, y, yes, no: yes if x == y else no,
    "where_less": lambda x, y, yes, no: yes if x < y else no,
}
LEAVES = ("gate", "state", "gradient", "constant")


@dataclass(frozen=True, eq=False)
class Expression:
    """One node of a step's graph.

    Parameters
    ----------
    op : str
        A key of `MEANING`, or one of `LEAVES`; the lowered forms of `fractions` add
        `reciprocal` and `bounded_exp`.
    arguments : tuple of Expression
    payload : str or float or None
        The name of a gate or state, the number of a constant, the limit of a `bounded_exp`.
    """

    op: str
    arguments: tuple[Expression, ...] = ()
    payload: str | float | None = None

    def __add__(self, other: Number) -> Expression:
        return add(self, other)

    def __radd__(self, other: Number) -> Expression:
        return add(other, self)

    def __sub__(self, other: Number) -> Expression:
        return subtract(self, other)

    def __rsub__(self, other: Number) -> Expression:
        return subtract(other, self)

    def __mul__(self, other: Number) -> Expression:
        return multiply(self, other)

    def __rmul__(self, other: Number) -> Expression:
        return multiply(other, self)

    def __truediv__(self, other: Number) -> Expression:
        return divide(self, other)

    def __rtruediv__(self, other: Number) -> Expression:
        return divide(other, self)

    def __neg__(self) -> Expression:
        return negate(self)

    def __bool__(self) -> bool:
        raise TypeError(
            "a cell's step is a graph and has no truth value yet; use where_less or where_equal"
        )

    def __repr__(self) -> str:
        if self.op == "constant":
            return f"{self.payload:g}"
        if self.op in LEAVES:
            return f"{self.op}.{self.payload}"
        return f"{self.op}({', '.join(map(repr, self.arguments))})"


_known: WeakValueDictionary[tuple[Any, ...], Expression] = WeakValueDictionary()


def node(op: str, *arguments: Expression, payload: str | float | None = None) -> Expression:
    """The expression with this operation and these arguments, made once."""
    key = (op, arguments, payload)
    found = _known.get(key)
    if found is None:
        found = _known[key] = Expression(op, arguments, payload)
    return found


def constant(number: float) -> Expression:
    return node("constant", payload=float(number))


def gate(name: str) -> Expression:
    """What a gate gathers before its activation: from the input, the recurrence, and its bias."""
    return node("gate", payload=name)


def state(name: str) -> Expression:
    """A state before the step."""
    return node("state", payload=name)


def gradient(name: str) -> Expression:
    """The gradient that arrives at a state after the step."""
    return node("gradient", payload=name)


def number(x: Expression) -> float | None:
    """The number of a constant, None for anything else."""
    return float(x.payload) if x.op == "constant" and x.payload is not None else None


def _expression(x: Number) -> Expression:
    if isinstance(x, Expression):
        return x
    if isinstance(x, int | float) and not isinstance(x, bool):
        return constant(x)
    raise TypeError(f"a cell's step is made of gates, states and numbers, not of {x!r}")


def _made(op: str, *given: Number) -> Expression:
    arguments = tuple(map(_expression, given))
    numbers = [number(x) for x in arguments]
    if None not in numbers:
        try:
            return constant(MEANING[op](*numbers))
        except (ArithmeticError, ValueError):
            pass  # left to the kernels, which answer as floats do: infinite, or not a number
    return node(op, *arguments)


def add(x: Number, y: Number) -> Expression:
    x, y = _expression(x), _expression(y)
    if number(x) == 0:
        return y
    if number(y) == 0:
        return x
    if y.op == "negate":
        return subtract(x, y.arguments[0])
    if x.op == "negate":
        return subtract(y, x.arguments[0])
    return _made("add", x, y)


def subtract(x: Number, y: Number) -> Expression:
    x, y = _expression(x), _expression(y)
    if number(y) == 0:
        return x
    if number(x) == 0:
        return negate(y)
    if x is y:
        return constant(0)
    if x.op == "add" and y in x.arguments:  # (x + y) - y, which rounding would only spoil
        return x.arguments[1 - x.arguments.index(y)]
    if y.op == "negate":
        return add(x, y.arguments[0])
    return _made("subtract", x, y)


def multiply(x: Number, y: Number) -> Expression:
    x, y = _expression(x), _expression(y)
    if number(x) is not None and number(y) is None:
        x, y = y, x
    if number(y) == 1:
        return x
    if number(y) == -1:
        return negate(x)
    if number(y) == 0:
        return constant(0)
    if x.op == "negate":
        return negate(multiply(x.arguments[0], y))
    if y.op == "negate":
        return negate(multiply(x, y.arguments[0]))
    return _made("multiply", x, y)


def divide(x: Number, y: Number) -> Expression:
    x, y = _expression(x), _expression(y)
    if number(y) == 1:
        return x
    return _made("divide", x, y)


def negate(x: Number) -> Expression:
    x = _expression(x)
    if x.op == "negate":
        return x.arguments[0]
    if x.op == "subtract":
        return subtract(x.arguments[1], x.arguments[0])
    return _made("negate", x)


def exp(x: Number) -> Expression:
    return _made("exp", x)


def log(x: Number) -> Expression:
    return _made("log", x)


def sigmoid(x: Number) -> Expression:
    return _made("sigmoid", x)


def tanh(x: Number) -> Expression:
    return _made("tanh", x)


def log_sigmoid(x: Number) -> Expression:
    """log(sigmoid(x)) without overflow."""
    return _made("log_sigmoid", x)


def maximum(x: Number, y: Number) -> Expression:
    return _made("maximum", x, y)


def minimum(x: Number, y: Number) -> Expression:
    return _made("minimum", x, y)


def absolute(x: Number) -> Expression:
    return _made("absolute", x)


def relu(x: Number) -> Expression:
    return maximum(x, 0)


def softplus(x: Number) -> Expression:
    """log(1 + exp(x)) without overflow."""
    return negate(log_sigmoid(negate(x)))


def where_equal(x: Number, y: Number, yes: Number, no: Number) -> Expression:
    """`yes` where x == y, else `no`; the comparison passes no gradient."""
    return _where("where_equal", x, y, yes, no)


def where_less(x: Number, y: Number, yes: Number, no: Number) -> Expression:
    """`yes` where x < y, else `no`; the comparison passes no gradient."""
    return _where("where_less", x, y, yes, no)


def _where(op: str, x: Number, y: Number, yes: Number, no: Number) -> Expression:
    yes, no = _expression(yes), _expression(no)
    return yes if yes is no else _made(op, x, y, yes, no)


def ordered(outputs: Iterable[Expression]) -> list[Expression]:
    """Every node that the outputs need, arguments before what uses them."""
    seen: dict[Expression, None] = {}
    for output in outputs:
        stack: list[tuple[Expression, Iterator[Expression]]] = [(output, iter(output.arguments))]
        while stack:
            at, rest = stack[-1]
            if at in seen:
                stack.pop()
                continue
            following = next((x for x in rest if x not in seen), None)
            if following is None:
                seen[at] = None
                stack.pop()
            else:
                stack.append((following, iter(following.arguments)))
    return list(seen)


def leaves(outputs: Iterable[Expression], kind: str) -> list[str]:
    """Names of the gates, states or gradients that the outputs read."""
    return [str(x.payload) for x in ordered(outputs) if x.op == kind]


def evaluate(
    outputs: Iterable[Expression],
    given: Callable[[Expression], Any],
    operations: Callable[[str, list[Any], Expression], Any],
) -> list[Any]:
    """The outputs in some other world: numbers, tensors, vectors, or lines of a program.

    Parameters
    ----------
    outputs : iterable of Expression
    given : callable
        What a leaf stands for.
    operations : callable
        `operations(op, arguments, node)` is what a node stands for.
    """
    outputs = list(outputs)
    values: dict[Expression, Any] = {}
    for x in ordered(outputs):
        if x.op in LEAVES:
            values[x] = given(x)
        else:
            values[x] = operations(x.op, [values[a] for a in x.arguments], x)
    return [values[x] for x in outputs]
