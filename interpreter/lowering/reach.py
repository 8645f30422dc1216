"""Which values expressions can take: exact enumeration over the few choices that they depend on.

Used for what bounds are too coarse for: reachable table rows, divisors of a number that depends on
choices, guards that follow from the conditions around a read. Over-approximates where too many
combinations would have to be visited, and then says so by returning None or False.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from archwright.solvers.columns import evaluate_columns
from archwright.solvers.expressions import Expr, Op
from archwright.solvers.problem import Problem

from .logic import Logic, Truth

Columns: TypeAlias = list[NDArray[Any]]
PROOF_LIMIT = 1 << 14  # combinations visited to prove a condition
IMAGE_LIMIT = 1 << 16  # combinations visited to list the values of an expression
KEPT = 1 << 22  # numbers kept in columns before they are dropped and worked out afresh


class Reach:
    """Images of expressions and proofs by enumeration over one problem."""

    def __init__(self, problem: Problem, logic: Logic) -> None:
        self.problem = problem
        self.logic = logic
        self._masks: list[int] = []
        self._proved: dict[tuple[int, int], bool | None] = {}
        self._images: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
        self._known: dict[int, dict[int, NDArray[Any]]] = {}
        self._kept = 0

    def scope(self, node: int) -> int:
        """The variables that a node depends on, as a bit mask of their indices."""
        problem = self.problem
        for number in range(len(self._masks), len(problem.ops)):
            if problem.ops[number] is Op.VARIABLE:
                mask = 1 << problem.data[number]
            else:
                mask = 0
                for arg in problem.args[number]:
                    mask |= self._masks[arg]
            self._masks.append(mask)
        return self._masks[node]

    def forget(self) -> None:
        """Start afresh, after variables have been numbered anew."""
        self._masks.clear()
        self._proved.clear()
        self._images.clear()
        self._drop()

    def size(self, mask: int) -> int:
        """How many combinations of values the variables of a mask have."""
        return prod(len(self.problem.variables[i].values) for i in bits(mask))

    def tuples(
        self, exprs: Sequence[Expr], path: Truth, limit: int = IMAGE_LIMIT
    ) -> list[tuple[int, ...]] | None:
        """All tuples of values that some expressions take together under a path, in order.

        None where more than `limit` combinations would have to be visited.
        """
        mask = 0
        for expr in exprs:
            mask |= self.scope(expr.node)
        if self.size(mask) > limit:
            return None
        mask, conditions = self._relevant(mask, path, limit)
        wanted = [e.node for e in exprs]
        key = (*wanted, -1, *conditions)
        if key not in self._images:
            columns = self._columns(mask, [*wanted, *conditions])
            kept, rest = columns[: len(exprs)], columns[len(exprs) :]
            if rest:
                holds = np.minimum.reduce(rest).astype(bool)
                kept = [c[holds] for c in kept]
            self._images[key] = sorted(set(zip(*(c.tolist() for c in kept), strict=True)))
        return self._images[key]

    def image(self, expr: Expr, path: Truth, limit: int = IMAGE_LIMIT) -> list[int] | None:
        """All values of an expression under a path, rising; None where there are too many."""
        found = self.tuples([expr], path, limit)
        return None if found is None else [value for (value,) in found]

    def always(self, condition: Truth, path: Truth) -> bool | None:
        """Whether the condition holds wherever the path does; None where they are too many to try.

        A path that has to be cut down to the conditions on few choices may prove less: None again.
        """
        if isinstance(condition, bool):
            return condition
        if path is False:
            return True
        key = (condition.node, -1 if isinstance(path, bool) else path.node)
        if key not in self._proved:
            self._proved[key] = self._always(condition, path)
        return self._proved[key]

    def _always(self, condition: Expr, path: Truth) -> bool | None:
        mask = self.scope(condition.node)
        if self.size(mask) > PROOF_LIMIT:
            return None
        mask, conditions = self._relevant(mask, path, PROOF_LIMIT)
        held, *rest = self._columns(mask, [condition.node, *conditions])
        if rest:
            held = held[np.minimum.reduce(rest).astype(bool)]
        if held.all():
            return True
        parts = [] if isinstance(path, bool) else self.logic.parts(path)
        cut = any(self.scope(p.node) & mask and p.node not in conditions for p in parts)
        return None if cut else False

    def _relevant(self, mask: int, path: Truth, limit: int) -> tuple[int, list[int]]:
        """The parts of a path that say something about the variables, as long as they are few."""
        if isinstance(path, bool):
            return mask, []
        parts = [p.node for p in self.logic.parts(path)]
        chosen: list[int] = []
        grown = True
        while grown:
            grown = False
            for part in parts:
                own = self.scope(part)
                if part in chosen or not own & mask:
                    continue
                if own | mask == mask or self.size(own | mask) <= limit:
                    chosen.append(part)
                    grown = grown or own | mask != mask
                    mask |= own
        return mask, chosen

    def _columns(self, mask: int, nodes: Sequence[int]) -> Columns:
        """Columns of nodes over every combination of the variables of a mask."""
        n = self.size(mask)
        if self._kept > KEPT:
            self._drop()
        known = self._known.setdefault(mask, {})
        before = len(known)
        found = evaluate_columns(self.problem, self._grid(mask, n, known), nodes, n, known)
        self._kept += n * (len(known) - before)
        return found

    def _grid(self, mask: int, n: int, known: Container[int]) -> dict[int, NDArray[Any]]:
        """Every combination of the variables of a mask, unless their columns are known already."""
        columns: dict[int, NDArray[Any]] = {}
        inner = n
        for i in bits(mask):
            values = self.problem.variables[i].values
            inner //= len(values)
            if self.problem.variables[i].node not in known:
                column = np.repeat(np.array(values, dtype=np.int64), inner)
                columns[i] = np.tile(column, n // (inner * len(values)))
        return columns

    def _drop(self) -> None:
        self._known.clear()
        self._kept = 0


def bits(mask: int) -> list[int]:
    """The places of the ones in a mask."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
