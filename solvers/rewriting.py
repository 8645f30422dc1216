"""Copies of problems: with room for more nodes, with smaller domains, or of some variables only.

Copying a node into a problem whose variables have smaller domains rebuilds it through the
modelling interface, so bounds tighten and whatever has become constant disappears. That alone is
a useful kind of propagation: a condition that the domains entail turns into the constant 1, one
that they refute into the constant 0.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from copy import copy
from typing import Any

from .collecting import no_collecting
from .control import Control
from .expressions import Expr, Op
from .problem import Problem


def fork(problem: Problem, goals: bool = True) -> Problem:
    """A problem with the same node numbers; what is added to it stays out of the original."""
    other = copy(problem)
    other.variables = list(problem.variables)
    other.constraints = list(problem.constraints)
    other.goals = list(problem.goals) if goals else []
    other._known = dict(problem._known)  # first: another thread may be adding nodes
    n = len(problem.bounds)
    other.ops = problem.ops[:n]
    other.args = problem.args[:n]
    other.data = problem.data[:n]
    other.bounds = problem.bounds[:n]
    other.tables = list(problem.tables)
    return other


def blank(problem: Problem) -> Problem:
    """A problem without variables that can take copies of the nodes of `problem`."""
    other = Problem()
    other.tables = list(problem.tables)
    return other


def reachable(problem: Problem, roots: Iterable[int], known: Container[int] = ()) -> list[int]:
    """The nodes that `roots` depend on, themselves included, operands first.

    `known` nodes are left out, and so is what only they depend on.
    """
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node not in found and node not in known:
            found.add(node)
            waiting.extend(problem.args[node])
    return sorted(found)


class Transcript:
    """Nodes of `source` rebuilt in `target`.

    Parameters
    ----------
    source, target : Problem
        `target` may be `source` itself (substitution), else it comes from `blank`.
    variables : mapping of int to Expr
        What stands in `target` for each variable of `source`, by index; its bounds must lie
        within the variable's domain. Variables that no copied node depends on may be missing.
    control : Control
        Of the question for which they are rebuilt.
    """

    def __init__(
        self, source: Problem, target: Problem, variables: Mapping[int, Expr], control: Control
    ) -> None:
        self.source = source
        self.target = target
        self.variables = variables
        self.control = control
        self.made: dict[int, Expr] = {}

    def copy(self, roots: Sequence[int]) -> list[Expr]:
        """The copies of `roots`.

        Raises
        ------
        Stopped
            If the question is stopped.
        """
        if any(root not in self.made for root in roots):
            with no_collecting():
                nodes = reachable(self.source, roots)
                for node in self.control.watch(nodes, "simplifying the problem"):
                    if node not in self.made:
                        self.made[node] = self._rebuild(node)
        return [self.made[root] for root in roots]

    def _rebuild(self, node: int) -> Expr:
        op, data = self.source.ops[node], self.source.data[node]
        if op is Op.VARIABLE:
            return self.variables[data]
        return build(self.target, op, [self.made[a] for a in self.source.args[node]], data)


def build(target: Problem, op: Op, args: Sequence[Expr], data: Any) -> Expr:
    """The expression of `target` with this operator."""
    match op, data:
        case Op.CONSTANT, int(value):
            return target.constant(value)
        case Op.SUM, (constant, factors):
            return target.sum([*args, constant], [*factors, 1])
        case Op.PRODUCT, _:
            return target.product(args)
        case Op.QUOTIENT, _:
            return target.quotient(*args)
        case Op.REMAINDER, _:
            return target.remainder(*args)
        case Op.MINIMUM, _:
            return target.minimum(args)
        case Op.MAXIMUM, _:
            return target.maximum(args)
        case Op.ABSOLUTE, _:
            return target.absolute(*args)
        case Op.CHOOSE, _:
            return target.choose(*args)
        case Op.AT_MOST_ZERO, _:
            return target.at_most_zero(*args)
        case Op.IS_ZERO, _:
            return target.is_zero(*args)
        case Op.AND, _:
            return target.conjunction(args)
        case Op.OR, _:
            return target.disjunction(args)
        case Op.NOT, _:
            return target.negation(*args)
        case Op.AMONG, tuple(values):
            return target.among(args[0], values)
        case Op.DIVIDES, _:
            return target.divides(*args)
        case Op.ALL_DIFFERENT, _:
            known = [a.constant for a in args if a.constant is not None]
            if len(set(known)) < len(known) or len(known) == len(args):
                return target.constant(len(set(known)) == len(args))
            return target.all_different(args)
        case Op.LOOKUP, (int(table), int(column)):
            keys = [a.constant for a in args]
            if None in keys:
                return target.lookup(target.tables[table], args, column)
            row = target.tables[table].row([k for k in keys if k is not None])
            return target.constant(row[column] if row else target.tables[table].default(column))
        case Op.HAS_ROW, int(table):
            return target.has_row(target.tables[table], args)
    raise TypeError(f"no way to build {op.name} with {data!r}")
