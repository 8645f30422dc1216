"""Evaluates nodes over whole columns of assignments in 64-bit integers, for the diagram engine.

The referee in `columns` looks the same and is kept apart: it shall not repeat a mistake made here.
Only nodes whose bounds prove that nothing on the way leaves 64 bits are accepted; see `fits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from math import prod
from operator import mul
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .expressions import Op
from .problem import Problem
from .rewriting import reachable
from .tables import Table

Column: TypeAlias = Any  # NDArray[np.int64] of some length, or an np.int64 that stands for all rows
LIMIT = 2**62
DENSE = 1 << 16  # largest key grid of a look-up that is stored as an array


def magnitude(problem: Problem, node: int) -> int:
    """The largest absolute value that the bounds of a node allow."""
    lo, hi = problem.bounds[node]
    return max(-lo, hi)


def fits(problem: Problem, node: int) -> bool:
    """Whether the node, its operands and every step between them stay within 62 bits."""
    args, data = problem.args[node], problem.data[node]
    if magnitude(problem, node) >= LIMIT:
        return False
    sizes = [magnitude(problem, a) for a in args]
    op = problem.ops[node]
    if op is Op.SUM:
        factors = list(map(abs, data[1]))
        sizes += [abs(data[0]) + sum(map(mul, factors, sizes)), *factors]
    elif op is Op.PRODUCT:
        sizes.append(prod(size or 1 for size in sizes))
    elif op is Op.AMONG:
        sizes += [abs(value) for value in data]
    elif op in (Op.LOOKUP, Op.HAS_ROW):
        table = problem.tables[data if op is Op.HAS_ROW else data[0]]
        sizes.append(int(np.abs(table.key_array).max(initial=0)))
    return max(sizes, default=0) < LIMIT


class Columns:
    """Evaluates nodes of one problem; arrays made of its tables are kept between calls."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._found: dict[tuple[int, int], Lookups] = {}

    def evaluate(self, nodes: Iterable[int], variables: Mapping[int, Column]) -> dict[int, Column]:
        """The values of `nodes` and of all they depend on, by node.

        `variables` gives the column of each variable, by index, or one number for all rows.
        """
        known: dict[int, Column] = {}
        for node in reachable(self.problem, nodes):
            known[node] = self.column(node, variables, known)
        return known

    def column(
        self, node: int, variables: Mapping[int, Column], known: Mapping[int, Column]
    ) -> Column:
        """The values of one node, given those of its operands (`known`)."""
        op, data = self.problem.ops[node], self.problem.data[node]
        args = [known[a] for a in self.problem.args[node]]
        match op:
            case Op.CONSTANT:
                return np.int64(data)
            case Op.VARIABLE:
                return variables[data]
            case Op.SUM:
                constant, factors = data
                total = args[0] * factors[0] + constant if constant else args[0] * factors[0]
                for factor, column in zip(factors[1:], args[1:], strict=True):
                    total = total + (column if factor == 1 else column * factor)
                return total
            case Op.PRODUCT:
                return reduce(np.multiply, args)
            case Op.QUOTIENT:
                return args[0] // args[1]
            case Op.REMAINDER:
                return args[0] % args[1]
            case Op.MINIMUM | Op.AND:
                return reduce(np.minimum, args)
            case Op.MAXIMUM | Op.OR:
                return reduce(np.maximum, args)
            case Op.ABSOLUTE:
                return np.abs(args[0])
            case Op.CHOOSE:
                return np.where(args[0] != 0, args[1], args[2])
            case Op.LOOKUP:
                return self._finder(*data).values(args)
            case Op.HAS_ROW:
                return self._finder(data, -1).values(args)
            case Op.NOT:
                return 1 - args[0]
            case Op.AT_MOST_ZERO:
                return (args[0] <= 0).astype(np.int64)
            case Op.IS_ZERO:
                return (args[0] == 0).astype(np.int64)
            case Op.AMONG:
                return np.isin(args[0], data).astype(np.int64)
            case Op.DIVIDES:
                divisor = np.where(args[0] == 0, 1, args[0])
                whole = np.where(args[0] == 0, args[1] == 0, args[1] % divisor == 0)
                return whole.astype(np.int64)
            case Op.ALL_DIFFERENT:
                ordered = np.sort(np.stack(np.broadcast_arrays(*args)), axis=0)
                return (ordered[1:] != ordered[:-1]).all(axis=0).astype(np.int64)

    def _finder(self, table: int, column: int) -> Lookups:
        key = (table, column)
        if key not in self._found:
            self._found[key] = Lookups(self.problem.tables[table], column)
        return self._found[key]


class Lookups:
    """One column of a table (-1: whether the row exists) as an array to look up in.

    Keys count as they are where they lie close together, else by their rank among all that occur.
    """

    def __init__(self, table: Table, column: int) -> None:
        n = len(table)
        keys = table.key_array
        found = np.ones(n, np.int64) if column < 0 else table.value_array[:, column]
        self.default = 0 if column < 0 else table.default(column)
        most = max(DENSE, 4 * n)
        self.lows = keys.min(axis=0)
        self.sizes = [int(size) for size in np.ptp(keys, axis=0) + 1]
        self.ranks: list[NDArray[np.int64]] = []
        if prod(self.sizes) > most:
            self.ranks = [np.unique(keys[:, i]) for i in range(table.keys)]
            self.sizes = [len(rank) for rank in self.ranks]
        codes = self._codes([keys[:, i] for i in range(table.keys)])
        self.codes: NDArray[np.int64] | None = None
        if prod(self.sizes) <= most:
            self.found = np.full(prod(self.sizes) + 1, self.default, np.int64)
            self.found[codes] = found  # the last cell stays for keys that never occur
        else:
            order = np.argsort(codes)
            self.codes, self.found = codes[order], found[order]

    def _codes(self, args: list[Column]) -> Column:
        """The place of a key tuple in the grid of all keys; -1 where some key never occurs."""
        code: Column = np.int64(0)
        bad: Column = np.False_
        for i, (size, column) in enumerate(zip(self.sizes, args, strict=True)):
            if self.ranks:
                place = np.minimum(np.searchsorted(self.ranks[i], column), size - 1)
                bad = bad | (self.ranks[i][place] != column)
            else:
                place = column - self.lows[i]
                bad = bad | (place < 0) | (place >= size)
            with np.errstate(over="ignore"):  # of keys that never occur
                code = code * size + place
        return np.where(bad, -1, code)

    def values(self, args: list[Column]) -> Column:
        """What each key tuple finds."""
        codes = self._codes(args)
        if self.codes is None:
            return self.found[codes]
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[place] == codes, self.found[place], self.default)
