"""Proof by propagation: the path and the opposite of a condition contradict each other.

Only the domains and the path count, and nothing is searched, as the language says of guards.
"""

from __future__ import annotations

from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem

from .logic import Truth


def refuted(problem: Problem, condition: Expr, path: Truth) -> bool:
    """Whether root propagation shows that the condition holds wherever the path does."""
    from archwright.solvers.search import Search  # compiles code when first used

    assumed = [problem.negation(condition)]
    if not isinstance(path, bool):
        assumed.append(path)
    instance = Instance(
        problem, tuple(v.values for v in problem.variables), (), tuple(a.node for a in assumed)
    )
    return Search(instance).propagate() is None
