"""Counts by eliminating variables, where every condition reads few of them.

Each condition becomes a table over the variables that it reads. A variable is eliminated by
multiplying the tables that mention it and summing over its values, which leaves one table over its
neighbours; on a chain this is a product of transfer matrices. The cost depends on the domains and
on how the conditions hang together, not on how many solutions there are, and it is known before
anything is computed. Bucket elimination: Dechter, "Bucket elimination: a unifying framework for
reasoning" (Artificial Intelligence 1999).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import WIDE, evaluate_columns
from .components import Scopes
from .control import Stopped
from .instance import Instance

CELLS = 1 << 18  # cells of all tables together, up to which nothing else need be tried

Scope = frozenset[int]


@dataclass(frozen=True)
class Table:
    """How many ways there are for each combination of values of a few variables.

    Parameters
    ----------
    variables : tuple of int
        In rising order; one axis each.
    ways : array
        int64 where every count fits, else Python integers.
    """

    variables: tuple[int, ...]
    ways: NDArray[Any]


@dataclass(frozen=True)
class Plan:
    """What is eliminated in which order, and what that costs.

    Parameters
    ----------
    conditions : dict
        The conditions over each set of variables.
    order : tuple of int
    cells : int
        Cells of all tables that will be made.
    """

    conditions: dict[Scope, list[int]]
    order: tuple[int, ...]
    cells: int


def plan(instance: Instance, cells: int = CELLS) -> Plan | None:
    """An order of elimination whose tables have at most `cells` cells together, or None."""
    sizes = [len(domain) for domain in instance.domains]
    scopes = Scopes(instance.problem)
    nodes = dict.fromkeys(instance.problem.constraints[i].node for i in instance.active)
    nodes.update(dict.fromkeys(instance.assumptions))
    conditions: dict[Scope, list[int]] = {}
    for node in instance.control.watch(nodes, "choosing an engine"):
        conditions.setdefault(frozenset(v for v in scopes[node] if sizes[v] > 1), []).append(node)
    total = 0
    for scope in conditions:
        total += _cells(scope, sizes)
        if total > cells:
            return None
    neighbours: dict[int, set[int]] = {}
    for scope in conditions:
        for variable in scope:
            neighbours.setdefault(variable, set()).update(scope)
    order: list[int] = []
    smallest = [(_cells(joint, sizes), v) for v, joint in neighbours.items()]
    heapify(smallest)
    while smallest:
        size, variable = heappop(smallest)
        if variable not in neighbours or size != _cells(neighbours[variable], sizes):
            continue  # eliminated, or its neighbours are others by now
        total += size
        if total > cells:
            return None
        order.append(variable)
        joint = neighbours.pop(variable) - {variable}
        for other in joint:
            neighbours[other] |= joint
            neighbours[other].discard(variable)
            heappush(smallest, (_cells(neighbours[other], sizes), other))
    return Plan(conditions, tuple(order), total)


def count(instance: Instance, made: Plan) -> int:
    """The number of solutions.

    Raises
    ------
    Stopped
        If the control ends the count.
    """
    sizes = [len(domain) for domain in instance.domains]
    kind: Any = np.int64 if prod(sizes) < WIDE else object
    tables = [
        _table(instance, tuple(sorted(scope)), nodes, kind)
        for scope, nodes in made.conditions.items()
    ]
    for done, variable in enumerate(made.order):
        if instance.control.stopped:
            raise Stopped("stopped while counting")
        instance.control.report("eliminating variables", done)
        met = [t for t in tables if variable in t.variables]
        tables = [t for t in tables if variable not in t.variables]
        tables.append(_eliminate(met, variable))
    taken = set(made.order)
    free = prod(size for index, size in enumerate(sizes) if index not in taken)
    return free * prod(int(t.ways[()]) for t in tables)


def _cells(variables: Collection[int], sizes: list[int]) -> int:
    return prod(sizes[v] for v in variables)


def _table(instance: Instance, variables: tuple[int, ...], nodes: list[int], kind: Any) -> Table:
    """Which combinations of values satisfy all of some conditions."""
    shape = tuple(len(instance.domains[v]) for v in variables)
    n = prod(shape)
    grid = np.indices(shape).reshape(len(shape), n)
    columns = {
        variable: _values(instance.domains[variable])[grid[axis]]
        for axis, variable in enumerate(variables)
    }
    for index, domain in enumerate(instance.domains):
        if len(domain) == 1:
            columns[index] = np.broadcast_to(_values(domain), n)  # takes no room
    holds = np.ones(n, bool)
    for column in evaluate_columns(instance.problem, columns, nodes, n):
        holds &= column != 0
    return Table(variables, holds.astype(np.int64).astype(kind).reshape(shape))


def _values(domain: Iterable[int]) -> NDArray[Any]:
    values = np.array(list(domain), object)
    fits = all(-WIDE < v < WIDE for v in (values[0], values[-1]))
    return values.astype(np.int64) if fits else values


def _eliminate(tables: list[Table], variable: int) -> Table:
    """The product of tables, summed over one variable."""
    joint = tuple(sorted({v for t in tables for v in t.variables}))
    ways: NDArray[Any] | None = None
    for table in tables:
        spread = table.ways.reshape(
            [
                table.ways.shape[table.variables.index(v)] if v in table.variables else 1
                for v in joint
            ]
        )
        ways = spread if ways is None else ways * spread
    assert ways is not None
    rest = tuple(v for v in joint if v != variable)
    return Table(rest, np.asarray(ways.sum(axis=joint.index(variable))))
