"""All solutions of a small instance in columns, each variable given its values after the other.

For all partial assignments at once: a condition whose variables all have values drops the rows
that break it. Variables come in order of declaration, so rows come in lexicographic order, and are
solutions when the last variable has its values: generate and test, tests as early as may be,
breadth first because numpy works on whole columns. Numbers that 64 bits may not hold are computed
as Python integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from .expressions import Op
from .instance import Instance
from .problem import Problem, Values
from .rewriting import reachable
from .vectorised import LIMIT, Column, Columns, fits, magnitude

COMBINATIONS = 1 << 24  # of values: with more an instance is not looked at
CELLS = 1 << 21  # numbers that may be computed where it is known beforehand that these will do,
RISKED = 1 << 18  # and where it is hoped that conditions drop most of the combinations
KEPT = 4  # rows of which a level with tests is hoped to keep one
WIDE = 64  # numbers for which a Python integer counts


class TooMany(Exception):
    """The instance is not small."""


def more_than(limit: int, domains: Iterable[Values]) -> bool:
    """Whether there are more combinations of values than a limit."""
    total = 1
    for domain in domains:
        total *= len(domain)
        if total > limit:
            return True
    return False


class Growth:
    """The columns of one instance while they grow.

    A column holds one number for each row, of shape (rows, 1), or for each value of the variable
    that comes next, of shape (1, values), or for both; what is constant is one number.

    Parameters
    ----------
    wanted : sequence of int
        Nodes whose values are wanted as well.

    Raises
    ------
    TooMany
        If the instance is not small. That depends on the instance alone, never on the clock.
    """

    def __init__(self, instance: Instance, wanted: Sequence[int]) -> None:
        self.instance = instance
        self.problem = problem = instance.problem
        self.wanted = wanted
        if more_than(COMBINATIONS, instance.domains):
            raise TooMany
        if any(max(-d[0], d[-1]) >= LIMIT for d in instance.domains):
            raise TooMany
        active = [problem.constraints[i].node for i in instance.active]
        nodes = reachable(problem, [*active, *instance.assumptions, *wanted])
        self.conditions = {*active, *instance.assumptions}
        self.columns = Columns(problem)
        self.wide = {node for node in nodes if not fits(problem, node)}
        self.level, self.alone, self.together = levels(problem, nodes)
        self.last: dict[int, int] = {}  # for each node the last level that reads it
        for level, many in enumerate(zip(self.alone, self.together, strict=True)):
            for node in (*many[0], *many[1]):
                self.last.update(dict.fromkeys(problem.args[node], level))
        self.last.update(dict.fromkeys(wanted, len(self.alone)))
        self.known: dict[int, Column] = {}
        self.tried = self.cells = 0
        self.limit = CELLS
        for node in nodes:
            self._pay_for_table(node)

    def run(self) -> tuple[NDArray[np.int64], list[Column]]:
        """The solutions, one row each, and a column for each wanted node; raises as above."""
        n = int(bool(np.all(self._evaluate(self.alone[0]))))
        domains = [self._filtered(v.node, i + 1) for i, v in enumerate(self.problem.variables)]
        if self._most(domains) > CELLS:
            self.limit = RISKED
        values: list[NDArray[np.int64]] = []
        for level, domain in enumerate(domains, 1):
            self._look_ahead(n, level, domains)
            holds = self._evaluate(self.together[level])
            self.tried += n * len(domain)
            rows, places = np.nonzero(np.broadcast_to(holds, (n, len(domain))))
            n = len(rows)
            self.known = {
                node: column if self.level[node] > level else taken(column, rows, places)
                for node, column in self.known.items()
                if self.last.get(node, 0) > level
            }
            self._pay(n, len(self.known) + level)
            values = [*(column[rows] for column in values), domain[places]]
        found = np.array(values, np.int64).reshape(len(values), n)
        columns = [np.broadcast_to(self.known[node], (n, 1))[:, 0] for node in self.wanted]
        return found.T, columns

    def _filtered(self, node: int, level: int) -> NDArray[np.int64]:
        """The values of a variable that conditions on it alone allow; its nodes become known."""
        values = self.instance.domains[level - 1]
        own = self.alone[level]
        self._pay(len(values), self._weight(own))
        if isinstance(values, range):
            domain = values.step * np.arange(len(values), dtype=np.int64) + values[0]
        else:
            domain = np.array(values, np.int64)
        self.known[node] = domain[None, :]
        all_hold = self._evaluate(own)
        if node in self.conditions:
            all_hold = all_hold & (domain != 0)
        holds: NDArray[np.bool_] = np.broadcast_to(all_hold, (1, len(domain)))[0]
        if not holds.all():
            for inner in (node, *own):
                self.known[inner] = self.known[inner][:, holds]
            domain = domain[holds]
        return domain

    def _most(self, domains: Sequence[NDArray[np.int64]]) -> int:
        """How many numbers there are if no condition on several variables drops anything."""
        total, rows = self.cells, 1
        for level, domain in enumerate(domains, 1):
            rows *= len(domain)
            total += rows * (self._weight(self.together[level]) + len(self.level) + level)
        return total

    def _look_ahead(self, n: int, level: int, domains: Sequence[NDArray[np.int64]]) -> None:
        """Account for the columns of a level, and look at those to which it leads.

        Until the next test all of them are sure; each later level with tests is hoped to keep one
        row of four.
        """
        hoped = n * len(self.level)
        for here in range(level, len(domains) + 1):
            hoped *= len(domains[here - 1])
            if self.conditions.intersection(self.together[here]):
                hoped //= KEPT
        if hoped > self.limit:
            raise TooMany
        self._pay(n * len(domains[level - 1]), self._weight(self.together[level]))
        cells = self.cells
        rows = n
        for here in range(level, len(domains) + 1):
            rows *= len(domains[here - 1])
            if here > level:
                cells += rows * self._weight(self.together[here])
            if cells > self.limit:
                raise TooMany
            if self.conditions.intersection(self.together[here]):
                return

    def _evaluate(self, nodes: Sequence[int]) -> Column:
        """Make some nodes known; gives whether the conditions among them hold."""
        holds: Column = np.True_
        for node in nodes:
            self.known[node] = self._column(node)
            if node in self.conditions:
                holds = holds & (self.known[node] != 0)
        return holds

    def _column(self, node: int) -> Column:
        if node not in self.wide:
            return self.columns.column(node, {}, self.known)
        if self.problem.ops[node] is Op.CONSTANT:
            return np.array(self.problem.data[node], object)
        args = {a: np.asarray(self.known[a]).astype(object) for a in self.problem.args[node]}
        found = np.asarray(self.columns.column(node, {}, args))
        return found.astype(np.int64) if magnitude(self.problem, node) < LIMIT else found

    def _weight(self, nodes: Sequence[int]) -> int:
        """How many numbers some nodes take in a row."""
        return 1 + len(nodes) + (WIDE - 1) * len(self.wide.intersection(nodes))

    def _pay(self, rows: int, columns: int) -> None:
        """Account for columns before they are computed."""
        self.cells += rows * columns
        if self.cells > self.limit:
            raise TooMany

    def _pay_for_table(self, node: int) -> None:
        op, data = self.problem.ops[node], self.problem.data[node]
        if op in (Op.LOOKUP, Op.HAS_ROW):
            if node in self.wide:
                raise TooMany
            self._pay(len(self.problem.tables[data if op is Op.HAS_ROW else data[0]]), 1)


def levels(
    problem: Problem, nodes: Sequence[int]
) -> tuple[dict[int, int], list[list[int]], list[list[int]]]:
    """The last variable that each node depends on; nodes by it, alone or together with others.

    Level 0 is for constants, level i + 1 for variable i; the variables themselves are not listed.
    """
    alone: list[list[int]] = [[] for _ in range(len(problem.variables) + 1)]
    together: list[list[int]] = [[] for _ in alone]
    level = {variable.node: i for i, variable in enumerate(problem.variables, 1)}
    joint: set[int] = set()
    for node in nodes:
        if problem.ops[node] is Op.VARIABLE:
            continue
        below = problem.args[node]
        level[node] = last = max((level[a] for a in below), default=0)
        if all(level[a] in (0, last) and a not in joint for a in below):
            alone[last].append(node)
        else:
            joint.add(node)
            together[last].append(node)
    return level, alone, together


def taken(column: Column, rows: NDArray[np.int64], places: NDArray[np.int64]) -> Column:
    """A column for some pairs of a row and a value, of shape (pairs, 1) or constant."""
    if np.ndim(column) < 2 or column.shape == (1, 1):
        return column
    if column.shape[0] == 1:
        return column[0, places][:, None]
    return column[rows, places if column.shape[1] != 1 else 0][:, None]
