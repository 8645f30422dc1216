"""Exact answers to integer problems; knows nothing of networks, units or text.

State a `Problem`, then ask::

    from archwright import solvers

    p = solvers.Problem()
    x, y = p.integer("x", range(1, 9)), p.integer("y", [2, 4, 8])
    p.require(x * y <= 20, "area")
    p.maximize(x + y, "size")
    solvers.solve(p).values        # (8, 2)

The questions load numpy when they are first used, the engines numba when they first work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answers import Conflict, Front, Point, Proof, Solution, Status
from .control import Control, Progress, Stopped
from .expressions import Expr
from .instance import Instance
from .problem import ModelError, Problem, Table

if TYPE_CHECKING:
    from .questions import (
        conflict,
        conflicts,
        count,
        domains,
        front,
        relaxations,
        sample,
        solutions,
        solve,
    )

__all__ = [
    "Conflict",
    "Control",
    "Expr",
    "Front",
    "Instance",
    "ModelError",
    "Point",
    "Problem",
    "Progress",
    "Proof",
    "Solution",
    "Status",
    "Stopped",
    "Table",
    "conflict",
    "conflicts",
    "count",
    "domains",
    "front",
    "relaxations",
    "sample",
    "solutions",
    "solve",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        from . import questions

        return getattr(questions, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
