"""Evaluates nodes for many assignments at once, one numpy column for each variable.

A second referee beside `evaluate`: nodes whose bounds (or whose operands' bounds) leave 64 bits
are computed with Python integers in object columns, so nothing wraps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .expressions import Op
from .problem import Problem
from .rewriting import reachable

Column: TypeAlias = NDArray[Any]
WIDE = 2**62


def evaluate_columns(
    problem: Problem,
    columns: Mapping[int, Column],
    nodes: Sequence[int],
    n: int,
    known: dict[int, Column] | None = None,
) -> list[Column]:
    """The values of `nodes` in `n` assignments, as one column each (int64 or object).

    `columns` maps the index of each variable that `nodes` depend on to its values; `known` holds
    the columns of nodes that were evaluated before for the same assignments, and gets the new ones.
    """
    if known is not None:
        for node in reachable(problem, nodes, known):
            known[node] = _column(problem, columns, known, node, n)
        return [known[node] for node in nodes]
    known = {}
    order = reachable(problem, nodes)
    readers = dict.fromkeys(nodes, -1)  # for each other node the last one that reads it
    for node in reversed(order):
        for a in problem.args[node]:
            readers.setdefault(a, node)
    for node in order:
        known[node] = _column(problem, columns, known, node, n)
        for a in set(problem.args[node]):
            if readers[a] == node:  # its memory is used again while it is in the cache
                del known[a]
    return [known[node] for node in nodes]


def _column(
    problem: Problem,
    columns: Mapping[int, Column],
    known: Mapping[int, Column],
    node: int,
    n: int,
) -> Column:
    op, data = problem.ops[node], problem.data[node]
    args = [known[a] for a in problem.args[node]]
    if op is Op.VARIABLE:
        return np.asarray(columns[data])
    if _wide(problem, node):
        args = [a.astype(object) for a in args]
    kind: Any = object if args and args[0].dtype == object else np.int64
    match op:
        case Op.CONSTANT:
            return np.full(n, data, object if abs(data) >= WIDE else np.int64)
        case Op.SUM:
            constant, factors = data
            total: Any = args[0] if factors[0] == 1 else factors[0] * args[0]
            for factor, column in zip(factors[1:], args[1:], strict=True):
                total = total + (column if factor == 1 else factor * column)
            return np.asarray(total + constant if constant else total)
        case Op.PRODUCT:
            result = args[0]
            for column in args[1:]:
                result = result * column
            return result
        case Op.QUOTIENT:
            return np.asarray(args[0] // args[1])
        case Op.REMAINDER:
            return np.asarray(args[0] % args[1])
        case Op.MINIMUM:
            return np.asarray(np.minimum.reduce(args))
        case Op.MAXIMUM:
            return np.asarray(np.maximum.reduce(args))
        case Op.ABSOLUTE:
            return np.asarray(np.abs(args[0]))
        case Op.CHOOSE:
            return np.where(args[0] != 0, args[1], args[2])
        case Op.LOOKUP:
            table = problem.tables[data[0]]
            missing = (table.default(data[1]),) * table.columns
            found = map(table.rows.get, _keys(args), repeat(missing))
            column = data[1]
            word = object if _wide(problem, node) else np.int64
            return np.array([row[column] for row in found], word)
        case Op.HAS_ROW:
            rows = problem.tables[data].rows
            return np.array([key in rows for key in _keys(args)], np.int64)
        case Op.AND:
            return np.asarray(np.minimum.reduce(args))
        case Op.OR:
            return np.asarray(np.maximum.reduce(args))
        case Op.NOT:
            return np.asarray(1 - args[0])
        case Op.AT_MOST_ZERO:
            return np.asarray(args[0] <= 0, np.int64)
        case Op.IS_ZERO:
            return np.asarray(args[0] == 0, np.int64)
        case Op.AMONG:
            return np.isin(args[0], np.array(data, kind)).astype(np.int64)
        case Op.DIVIDES:
            if problem.bounds[problem.args[node][0]][0] > 0:
                return np.asarray(args[1] % args[0] == 0, np.int64)
            divisor = np.where(args[0] == 0, 1, args[0])
            whole = np.where(args[0] == 0, args[1] == 0, args[1] % divisor == 0)
            return np.asarray(whole, np.int64)
        case Op.ALL_DIFFERENT:
            ordered = np.sort(np.stack(args), axis=0)
            return np.asarray((ordered[1:] != ordered[:-1]).all(axis=0).astype(np.int64))
    raise TypeError(f"no way to evaluate {op.name}")


def _keys(args: Sequence[Column]) -> zip[tuple[int, ...]]:
    return zip(*(a.tolist() for a in args), strict=True)


def _wide(problem: Problem, node: int) -> bool:
    """Whether 64 bits may not hold the node, one of its operands, or a sum on the way."""
    op, data, bounds = problem.ops[node], problem.data[node], problem.bounds
    lo, hi = bounds[node]
    ends = [max(-lo, hi)]
    for a in problem.args[node]:
        lo, hi = bounds[a]
        ends.append(max(-lo, hi))
    if op is Op.SUM:
        ends.append(abs(data[0]) + sum(abs(f) * e for f, e in zip(data[1], ends[1:], strict=True)))
    elif op is Op.PRODUCT:
        ends.append(prod(end or 1 for end in ends[1:]))
    elif op is Op.AMONG:
        ends.append(max(-data[0], data[-1]))
    return max(ends) >= WIDE
