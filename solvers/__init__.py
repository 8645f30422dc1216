"""Exact answers to integer problems; knows nothing of networks, units or text.

State a `Problem`, then ask::

    from archwright.solvers import Problem, questions as ask

    p = Problem()
    x, y = p.integer("x", range(1, 9)), p.integer("y", [2, 4, 8])
    p.require(x * y <= 20, "area")
    p.maximize(x + y, "size")
    ask.solve(p).values  # (8, 2)

Modelling loads neither numpy nor numba; `questions` loads numpy, the engines load numba when they
first work.
"""

from .answers import Conflict, Front, Point, Proof, Solution, Status
from .control import Control, Progress, Stopped
from .errors import ModelError
from .expressions import Expr
from .instance import Instance
from .problem import Problem
from .tables import Table

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
]
