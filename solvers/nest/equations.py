"""Equations that define a variable: sums that are 0 and in which it occurs linearly.

A variable with such an equation over variables that have values is neither tried nor stored
(functional definitions); before that, its equation bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from ..expressions import Op
from ..problem import Bounds, Problem
from ..rewriting import reachable
from ..vectorised import Column, Columns

BLOCK = 1 << 15  # rows that are computed together, so that columns stay in the cache


@dataclass(frozen=True)
class Equation:
    """`factor * x + rest == 0`, with a factor that is never 0.

    Attributes
    ----------
    node : int
        The sum.
    variable : int
        The index of x.
    shares : tuple of (coefficient, other factors)
        The terms with x; their sum without x is the factor.
    others : tuple of (coefficient, node)
        The other terms.
    sign, constant : int
        Of the factor: its sign, and its value if it is constant, else 0.
    lo, hi : int
        Between which `-sign * rest`, and so x times the factor's absolute value, lies.
    """

    node: int
    variable: int
    shares: tuple[tuple[int, tuple[int, ...]], ...]
    others: tuple[tuple[int, int], ...]
    sign: int
    constant: int
    lo: int
    hi: int

    def column(self, problem: Problem, known: Mapping[int, Column]) -> Column:
        """x for each row, given the columns of the nodes in the equation."""
        unit = abs(self.constant) == 1
        sign = -self.constant if unit else 1
        rest: Column = sign * problem.data[self.node][0]
        for scale, node in self.others:
            rest = rest + (known[node] if scale == sign else sign * scale * known[node])
        if unit:
            return rest
        factor = sum(f * prod(known[node] for node in nodes) for f, nodes in self.shares)
        return -(rest // (self.constant or factor))

    def inputs(self) -> Iterator[int]:
        """The nodes that `column` reads."""
        for _, node in self.others:
            yield node
        for _, nodes in self.shares:
            yield from nodes


def complete(problem: Problem, solved: Sequence[Equation], columns: NDArray[np.int64]) -> None:
    """Fill in the columns of the variables that equations give, from those of the others."""
    evaluator = Columns(problem)
    done: set[int] = set()
    steps: list[tuple[Equation, list[int]]] = []
    for equation in solved:
        steps.append((equation, reachable(problem, equation.inputs(), done)))
        done.update(steps[-1][1])
    for start in range(0, columns.shape[1] if solved else 0, BLOCK):
        block = columns[:, start : start + BLOCK]
        variables = dict(enumerate(block))
        known: dict[int, Column] = {}
        for equation, nodes in steps:
            for node in nodes:
                known[node] = evaluator.column(node, variables, known)
            block[equation.variable] = equation.column(problem, known)


def linear(problem: Problem, masks: Mapping[int, int], node: int, variable: int) -> Equation | None:
    """A node as an equation for a variable; None if it is none."""
    if problem.ops[node] is not Op.SUM:
        return None
    bit = 1 << variable
    shares: list[tuple[int, tuple[int, ...]]] = []
    others: list[tuple[int, int]] = []
    ends = []
    for arg, scale in zip(problem.args[node], problem.data[node][1], strict=True):
        if not masks[arg] & bit:
            others.append((scale, arg))
            continue
        inner = problem.args[arg] if problem.ops[arg] is Op.PRODUCT else (arg,)
        rest = tuple(a for a in inner if a != problem.variables[variable].node)
        if len(rest) != len(inner) - 1 or any(masks[a] & bit for a in rest):
            return None
        shares.append((scale, rest))
        ends.append(_product(scale, [problem.bounds[a] for a in rest]))
    lo, hi = sum(a for a, _ in ends), sum(b for _, b in ends)
    if lo <= 0 <= hi:
        return None
    sign = 1 if lo > 0 else -1
    constant = lo if lo == hi else 0
    ends = [_product(-sign * scale, [problem.bounds[a]]) for scale, a in others]
    least = sum(a for a, _ in ends) - sign * problem.data[node][0]
    most = sum(b for _, b in ends) - sign * problem.data[node][0]
    return Equation(node, variable, tuple(shares), tuple(others), sign, constant, least, most)


def _product(scale: int, bounds: Sequence[Bounds]) -> Bounds:
    lo = hi = scale
    for a, b in bounds:
        ends = [x * y for x in (lo, hi) for y in (a, b)]
        lo, hi = min(ends), max(ends)
    return lo, hi
