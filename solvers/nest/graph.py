"""The diagram of an instance: its solutions as paths, counted and listed without search."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..answers import Proof
from ..compiled import Words, prepare
from ..control import Stopped
from ..instance import Instance
from ..problem import Problem
from . import layout
from .equations import Equation, complete
from .program import Builder
from .unfold import tally, unfold
from .walk import walk

SLICE = 20_000  # values tried between two looks at the control, to begin with
SECONDS = 0.02
START = 1 << 12
FIRST = (START, 1 << 16, 1 << 16, 1 << 18)  # memory that nothing touches costs nothing
MOST = 1 << 26  # words of a growing array


class TooManyValues(Exception):
    """The walk tried as many values as it was allowed to."""


@dataclass(frozen=True)
class Graph:
    """A decision diagram whose paths from `root` to node 0 are the solutions, in order.

    Attributes
    ----------
    problem : Problem
    order : tuple of int
        The variable of each level.
    solved : tuple of Equation
        What gives the other variables.
    nodes, edges : arrays
        Edges of node `i` are the words `nodes[2 * i]:nodes[2 * i + 1]`: a value and a node each.
    root : int
        -1 if there is no solution.
    tried : int
        How many values the walk tried.
    """

    problem: Problem
    order: tuple[int, ...]
    solved: tuple[Equation, ...]
    nodes: Words
    edges: Words
    root: int
    tried: int

    @cached_property
    def _counts(self) -> Words | None:
        counts = np.zeros(len(self.nodes) // 2, np.int64)
        return counts if tally(self.nodes, self.edges, counts) else None

    @property
    def proof(self) -> Proof:
        """What was done."""
        return Proof("nest", self.tried, reason=f"a loop nest: {self.tried:,} values tried")

    def count(self) -> int:
        """The number of solutions."""
        if self.root < 0:
            return 0
        if self._counts is not None:
            return int(self._counts[self.root])
        nodes, edges = self.nodes.tolist(), self.edges.tolist()
        counts = [1]
        for node in range(1, len(nodes) // 2):
            below = edges[nodes[2 * node] + 1 : nodes[2 * node + 1] : 2]
            counts.append(sum([counts[b] for b in below]))
        return counts[self.root]

    def rows(self) -> NDArray[np.int64]:
        """All solutions in lexicographic order, one column for each variable."""
        total = self.count()
        columns = np.empty((len(self.order) + len(self.solved), total), np.int64)
        if total and self._counts is not None:
            now, then = np.empty((2, total), np.int64)
            now[0] = self.root
            n = 1
            for variable in self.order:
                column = columns[variable]
                n = unfold(self.nodes, self.edges, self._counts, now, then, column, n)
                now, then = then, now
            self.complete(columns)
        return columns.T

    def complete(self, columns: NDArray[np.int64]) -> None:
        """Fill in the columns of the variables that have no level."""
        complete(self.problem, self.solved, columns)


def graph(instance: Instance, most: int) -> Graph:
    """The diagram of an instance, whose goals are ignored.

    Parameters
    ----------
    most : int
        Values that may be tried.

    Raises
    ------
    Unsuited
        If the problem has something that a nest cannot compute.
    TooManyValues
        If that is not enough.
    Stopped
        If the question is stopped.
    """
    program = Builder(instance).build()
    control = instance.control
    prepare(control, walk)
    prepare(control, tally)
    prepare(control, unfold)
    memory = program.memory.copy()
    arrays = [np.empty(size, np.int64) for size in FIRST]
    buckets = np.zeros(START, np.int64)
    memory[layout.NODES] = 2
    arrays[2][:2] = 0
    memory[layout.BUCKETS] = len(buckets)
    tried, budget = 0, SLICE
    while True:
        memory[layout.SIZES : layout.SIZES + 4] = [len(a) for a in arrays]
        allowed = min(budget, most - tried)
        memory[layout.BUDGET] = allowed
        began = time.perf_counter()
        pending, edges, nodes, keys = arrays
        status = walk(program.code, memory, pending, edges, nodes, keys, buckets)
        seconds = time.perf_counter() - began
        tried += allowed - int(memory[layout.BUDGET])
        if status == layout.DONE:
            break
        if status == layout.PAUSED:
            if tried >= most:
                raise TooManyValues(f"{tried:,} values were tried")
            control.report("listing solutions", tried)
            if control.stopped:
                raise Stopped("stopped while listing solutions")
            factor = SECONDS / max(seconds, SECONDS / 4)
            budget = max(1000, int(budget * min(4.0, factor)))
            continue
        control.check("listing solutions")  # room is made after a slice of work
        grown = []
        for place, array in enumerate(arrays):
            used = int(memory[layout.PENDING + place])
            if 2 * used + 4096 > len(array):
                if len(array) >= MOST:
                    raise TooManyValues(f"{tried:,} values were tried, and memory is full")
                longer = np.empty(4 * len(array) + 16 * len(program.order), np.int64)
                longer[:used] = array[:used]
                array = longer
            grown.append(array)
        arrays = grown
        if 4 * len(buckets) < len(arrays[3]):
            buckets = np.zeros(4 * len(buckets), np.int64)
            memory[layout.BUCKETS] = len(buckets)
            memory[layout.CHAINED] = 0
    edges = edges[: int(memory[layout.EDGES])]
    nodes = nodes[: int(memory[layout.NODES])]
    root = int(memory[layout.ROOT])
    return Graph(instance.problem, program.order, program.solved, nodes, edges, root, tried)
