"""Expressions over one or two choices with few values, written down as what they are.

Rounding, extremes and selections of a single choice are a table of its few values: a constant, a
line, or a look-up. Two ways to say the same function then become one node, so that the equality of
two widths, or a size that is the same on both branches, is seen while lowering.
"""

from __future__ import annotations

from hashlib import sha256
from math import prod

import numpy as np
from numpy.typing import NDArray

from archwright.solvers.expressions import Expr, Op
from archwright.solvers.problem import Problem
from archwright.solvers.tables import FEW, Table

from .reach import Reach, bits

LIMIT = 64  # combinations written down
FOLDED = frozenset(
    (Op.QUOTIENT, Op.REMAINDER, Op.MINIMUM, Op.MAXIMUM, Op.ABSOLUTE, Op.CHOOSE, Op.LOOKUP)
)
LINES = frozenset((Op.AT_MOST_ZERO, Op.IS_ZERO))


class Compact:
    """Canonical forms of expressions over few choices."""

    def __init__(self, problem: Problem, reach: Reach) -> None:
        self.problem = problem
        self.reach = reach
        self._forms: dict[int, Expr] = {}
        self._vectors: dict[int, dict[int, tuple[int, ...]]] = {}
        self._large: dict[bytes, Table] = {}
        self._tables: dict[frozenset[tuple[tuple[int, ...], tuple[int, ...]]], Table] = {}

    def number(self, expr: Expr) -> Expr:
        """The canonical form of an integer expression; itself where it has none."""
        if expr.op not in FOLDED and not (expr.op is Op.SUM and self._mixed(expr)):
            return expr
        if expr.node not in self._forms:
            self._forms[expr.node] = self._number(expr)
        return self._forms[expr.node]

    def folded(self, expr: Expr) -> Expr:
        """The canonical form of any expression over at most two choices with few values."""
        if expr.node not in self._forms:
            self._forms[expr.node] = self._number(expr)
        return self._forms[expr.node]

    def truth(self, expr: Expr) -> Expr:
        """The canonical form of a condition on one choice: the values for which it holds.

        Comparisons of the choice itself keep their form, which others are compared with.
        """
        if expr.op not in LINES and expr.op is not Op.DIVIDES:
            return expr
        if expr.node not in self._forms:
            self._forms[expr.node] = self._truth(expr)
        return self._forms[expr.node]

    def forget(self) -> None:
        """Start afresh, after variables have been numbered anew."""
        self._vectors.clear()

    def table(self, rows: dict[tuple[int, ...], tuple[int, ...]]) -> Table:
        """A table of the solver, one for all equal ones."""
        key = frozenset(rows.items())
        if key not in self._tables:
            self._tables[key] = self.problem.table(rows)
        return self._tables[key]

    def columns(self, keys: NDArray[np.int64], values: NDArray[np.int64]) -> Table:
        """The same with one value column from arrays, of shapes (rows, keys) and (rows,)."""
        if len(keys) <= FEW:
            pairs = zip(map(tuple, keys.tolist()), values.tolist(), strict=True)
            return self.table({key: (value,) for key, value in pairs})
        digest = sha256(keys.tobytes() + values.tobytes()).digest()
        if digest not in self._large:
            self._large[digest] = self.problem.table_of_arrays(keys, values.reshape(-1, 1))
        return self._large[digest]

    # --------------------------------------------------------------------------------- internals

    def _mixed(self, expr: Expr) -> bool:
        """Whether a sum of several terms depends on a single choice."""
        if len(self.problem.args[expr.node]) < 2:
            return False
        mask = self.reach.scope(expr.node)
        return mask & (mask - 1) == 0

    def _few(self, node: int, most: int) -> list[int] | None:
        """The variables of a node, if they are few and have few values."""
        mask = self.reach.scope(node)
        if mask.bit_count() > most:
            return None
        variables = bits(mask)
        size = prod(len(self.problem.variables[i].values) for i in variables)
        return variables if size <= LIMIT else None

    def _number(self, expr: Expr) -> Expr:
        variables = self._few(expr.node, 2)
        if not variables:
            return expr
        values = self._vector(expr.node, variables)
        keys, values = self._without_idle(variables, values)
        if not keys:
            return self.problem.constant(values[0])
        if len(keys) == 1:
            line = self._line(keys[0], values)
            if line is not None:
                return line
        combinations = self._combinations(keys)
        rows: dict[tuple[int, ...], tuple[int, ...]]
        rows = {key: (value,) for key, value in zip(combinations, values, strict=True)}
        return self.problem.lookup(self.table(rows), [self._variable(i) for i in keys])

    def _truth(self, expr: Expr) -> Expr:
        (arg, *_) = self.problem.args[expr.node]
        if expr.op in LINES and self._plain(arg):
            return expr
        variables = self._few(expr.node, 1)
        if not variables:
            return expr
        values = self._vector(expr.node, variables)
        if all(values):
            return self.problem.constant(1)
        variable = self._variable(variables[0])
        domain = self.problem.variables[variables[0]].values
        allowed = [v for v, held in zip(domain, values, strict=True) if held]
        if not allowed:
            return self.problem.constant(0)
        if allowed == list(domain[: len(allowed)]):
            return variable <= allowed[-1]
        if allowed == list(domain[-len(allowed) :]):
            return variable >= allowed[0]
        return self.problem.among(variable, allowed)

    def _plain(self, node: int) -> bool:
        """Whether a node is a sum of choices."""
        ops = self.problem.ops
        if ops[node] is Op.SUM:
            return all(ops[a] is Op.VARIABLE for a in self.problem.args[node])
        return ops[node] is Op.VARIABLE

    def _variable(self, index: int) -> Expr:
        return Expr(self.problem, self.problem.variables[index].node)

    def _combinations(self, variables: list[int]) -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = [()]
        for i in variables:
            found = [(*key, value) for key in found for value in self.problem.variables[i].values]
        return found

    def _line(self, index: int, values: tuple[int, ...]) -> Expr | None:
        """`a * x + b` through all values, if they are on a line."""
        domain = self.problem.variables[index].values
        step, rest = divmod(values[1] - values[0], domain[1] - domain[0])
        if rest:
            return None
        base = values[0] - step * domain[0]
        if any(step * x + base != v for x, v in zip(domain, values, strict=True)):
            return None
        return self.problem.sum([self._variable(index), 1], [step, base])

    def _without_idle(
        self, variables: list[int], values: tuple[int, ...]
    ) -> tuple[list[int], tuple[int, ...]]:
        """The variables that matter, and the values over these alone."""
        sizes = [len(self.problem.variables[i].values) for i in variables]
        kept: list[int] = []
        for place, index in enumerate(variables):
            inner = prod(sizes[place + 1 :])
            outer = len(values) // (inner * sizes[place])
            block = inner * sizes[place]
            rows = [
                [values[o * block + v * inner : o * block + (v + 1) * inner] for o in range(outer)]
                for v in range(sizes[place])
            ]
            if all(row == rows[0] for row in rows):
                values = tuple(v for part in rows[0] for v in part)
                sizes[place] = 1
            else:
                kept.append(index)
        return kept, values

    def _vector(self, node: int, variables: list[int]) -> tuple[int, ...]:
        """The values of a node over all combinations of some variables, in order."""
        key = sum(1 << i for i in variables)
        memory = self._vectors.setdefault(key, {})
        if node not in memory:
            if not memory:
                for i, column in zip(
                    variables, zip(*self._combinations(variables), strict=True), strict=True
                ):
                    memory[self.problem.variables[i].node] = column
            if node not in memory:
                n = prod(len(self.problem.variables[i].values) for i in variables)
                memory[node] = self._compute(node, variables, n)
        return memory[node]

    def _compute(self, node: int, variables: list[int], n: int) -> tuple[int, ...]:
        problem = self.problem
        op, data = problem.ops[node], problem.data[node]
        if op is Op.CONSTANT:
            return (data,) * n
        args = [self._vector(a, variables) for a in problem.args[node]]
        rows = list(zip(*args, strict=True))
        match op:
            case Op.SUM:
                constant, factors = data
                return tuple(
                    constant + sum(f * x for f, x in zip(factors, row, strict=True)) for row in rows
                )
            case Op.PRODUCT:
                return tuple(prod(row) for row in rows)
            case Op.QUOTIENT:
                return tuple(a // b for a, b in rows)
            case Op.REMAINDER:
                return tuple(a % b for a, b in rows)
            case Op.MINIMUM:
                return tuple(min(row) for row in rows)
            case Op.MAXIMUM:
                return tuple(max(row) for row in rows)
            case Op.ABSOLUTE:
                return tuple(abs(a) for (a,) in rows)
            case Op.CHOOSE:
                return tuple(a if c else b for c, a, b in rows)
            case Op.LOOKUP | Op.HAS_ROW:
                return self._looked_up(op, data, rows)
            case Op.AT_MOST_ZERO:
                return tuple(int(a <= 0) for (a,) in rows)
            case Op.IS_ZERO:
                return tuple(int(a == 0) for (a,) in rows)
            case Op.AND:
                return tuple(min(row) for row in rows)
            case Op.OR:
                return tuple(max(row) for row in rows)
            case Op.NOT:
                return tuple(1 - a for (a,) in rows)
            case Op.AMONG:
                return tuple(int(a in data) for (a,) in rows)
            case Op.DIVIDES:
                return tuple(int(b % a == 0) if a else int(b == 0) for a, b in rows)
            case Op.ALL_DIFFERENT:
                return tuple(int(len(set(row)) == len(row)) for row in rows)
        raise TypeError(f"no way to evaluate {op.name}")

    def _looked_up(
        self, op: Op, data: int | tuple[int, int], keys: list[tuple[int, ...]]
    ) -> tuple[int, ...]:
        if op is Op.HAS_ROW:
            assert isinstance(data, int)
            return tuple(int(key in self.problem.tables[data].rows) for key in keys)
        assert not isinstance(data, int)
        table = self.problem.tables[data[0]]
        missing = (table.default(data[1]),) * table.columns
        return tuple(table.rows.get(key, missing)[data[1]] for key in keys)
