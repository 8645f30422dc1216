"""The referee: evaluates a problem with Python integers and shares nothing with the engines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import prod

from .expressions import Op
from .problem import Problem


def evaluate(problem: Problem, values: Sequence[int], nodes: Sequence[int]) -> list[int]:
    """The values of `nodes` under one value for each variable, in order of declaration."""
    known: dict[int, int] = {}

    def value(node: int) -> int:
        if node not in known:
            known[node] = compute(node)
        return known[node]

    def compute(node: int) -> int:
        op, args, data = problem.ops[node], problem.args[node], problem.data[node]
        match op:
            case Op.CONSTANT:
                return int(data)
            case Op.VARIABLE:
                return int(values[data])
            case Op.SUM:
                return int(data[0] + sum(f * value(a) for f, a in zip(data[1], args, strict=True)))
            case Op.PRODUCT:
                return prod(value(a) for a in args)
            case Op.QUOTIENT:
                return value(args[0]) // value(args[1])
            case Op.REMAINDER:
                return value(args[0]) % value(args[1])
            case Op.MINIMUM:
                return min(value(a) for a in args)
            case Op.MAXIMUM:
                return max(value(a) for a in args)
            case Op.ABSOLUTE:
                return abs(value(args[0]))
            case Op.CHOOSE:
                return value(args[1] if value(args[0]) else args[2])
            case Op.LOOKUP:
                row = problem.tables[data[0]].row([value(a) for a in args])
                return int(row[data[1]] if row else problem.tables[data[0]].default(data[1]))
            case Op.AT_MOST_ZERO:
                return int(value(args[0]) <= 0)
            case Op.IS_ZERO:
                return int(value(args[0]) == 0)
            case Op.AND:
                return int(all(value(a) for a in args))
            case Op.OR:
                return int(any(value(a) for a in args))
            case Op.NOT:
                return 1 - value(args[0])
            case Op.AMONG:
                return int(value(args[0]) in data)
            case Op.DIVIDES:
                a, b = value(args[0]), value(args[1])
                return int(b % a == 0) if a else int(b == 0)
            case Op.ALL_DIFFERENT:
                return int(len({value(a) for a in args}) == len(args))
            case Op.HAS_ROW:
                return int(problem.tables[data].row([value(a) for a in args]) is not None)

    return [value(n) for n in nodes]


def violated(problem: Problem, values: Sequence[int], without: Collection[str] = ()) -> list[int]:
    """Indices of the constraints that do not hold, those of the groups in `without` left out.

    A value outside its variable's domain is an error of the caller and raises ValueError.
    """
    for variable, value in zip(problem.variables, values, strict=True):
        if value not in variable.values:
            raise ValueError(f"{value} is outside the domain of {variable.name}")
    return [
        i
        for i, c in enumerate(problem.constraints)
        if c.group not in without and not evaluate(problem, values, [c.node])[0]
    ]
