"""The referee: evaluates a problem with Python's integers and shares no arithmetic with an engine.

One expression after the other, each for all points, so that many points cost little more than one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import prod
from operator import floordiv, mod, mul

from .expressions import Op
from .problem import Problem
from .rewriting import reachable


def evaluate(problem: Problem, values: Sequence[int], nodes: Sequence[int]) -> list[int]:
    """The values of `nodes` under one value for each variable, in order of declaration."""
    return [value for (value,) in evaluate_points(problem, [values], nodes)]


def evaluate_points(
    problem: Problem, points: Sequence[Sequence[int]], nodes: Sequence[int]
) -> list[list[int]]:
    """For each of `nodes` its values at several points, each with one value for each variable."""
    known: dict[int, list[int]] = {}
    for node in reachable(problem, nodes):
        known[node] = _values(problem, points, node, [known[a] for a in problem.args[node]])
    return [known[node] for node in nodes]


def _values(
    problem: Problem, points: Sequence[Sequence[int]], node: int, args: list[list[int]]
) -> list[int]:
    """The values of a node at all points, given those of its operands."""
    op, data = problem.ops[node], problem.data[node]
    operands = zip(*args, strict=True)  # of one point after the other
    match op:
        case Op.CONSTANT:
            return [int(data)] * len(points)
        case Op.VARIABLE:
            return [int(values[data]) for values in points]
        case Op.SUM:
            constant, factors = data
            return [constant + sum(map(mul, factors, items)) for items in operands]
        case Op.PRODUCT:
            return list(map(prod, operands))
        case Op.QUOTIENT:
            return list(map(floordiv, *args))
        case Op.REMAINDER:
            return list(map(mod, *args))
        case Op.MINIMUM:
            return list(map(min, *args))
        case Op.MAXIMUM:
            return list(map(max, *args))
        case Op.ABSOLUTE:
            return list(map(abs, args[0]))
        case Op.CHOOSE:
            return [a if condition else b for condition, a, b in operands]
        case Op.LOOKUP:
            table, column = problem.tables[data[0]], data[1]
            rows = [table.row(keys) for keys in operands]
            return [int(row[column] if row else table.default(column)) for row in rows]
        case Op.AT_MOST_ZERO:
            return [int(a <= 0) for a in args[0]]
        case Op.IS_ZERO:
            return [int(a == 0) for a in args[0]]
        case Op.AND:
            return [int(all(items)) for items in operands]
        case Op.OR:
            return [int(any(items)) for items in operands]
        case Op.NOT:
            return [1 - a for a in args[0]]
        case Op.AMONG:
            return [int(a in data) for a in args[0]]
        case Op.DIVIDES:
            return [int(b % a == 0 if a else b == 0) for a, b in operands]
        case Op.ALL_DIFFERENT:
            return [int(len(set(items)) == len(items)) for items in operands]
        case Op.HAS_ROW:
            table = problem.tables[data]
            return [int(table.row(keys) is not None) for keys in operands]


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
