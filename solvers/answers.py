"""What the solver says: values, and what is proved about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How much of the question is settled."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Proof:
    """How the answer was reached.

    Parameters
    ----------
    engine : str
        `search`, `diagram`, ...: which engine answered.
    nodes : int
        Search nodes or diagram states visited.
    bound : tuple of int or None
        Best values that the goals are proved unable to pass, in goal order.
    reason : str
        One line: what the planner chose and why.
    """

    engine: str
    nodes: int = 0
    bound: tuple[int, ...] | None = None
    reason: str = ""


@dataclass(frozen=True)
class Solution:
    """An assignment, one value for each variable in order of declaration, or none.

    Of several with the same goal values it is the lexicographically first.
    """

    status: Status
    values: tuple[int, ...] | None
    goals: tuple[int, ...]
    proof: Proof


@dataclass(frozen=True)
class Point:
    """A non-dominated goal vector with the lexicographically first assignment that reaches it."""

    goals: tuple[int, ...]
    values: tuple[int, ...]


@dataclass(frozen=True)
class Front:
    """All non-dominated points, ordered by goal values (best first goal first)."""

    points: tuple[Point, ...]
    complete: bool
    proof: Proof


@dataclass(frozen=True)
class Conflict:
    """A minimal set of groups that cannot hold together with the structure.

    `constraints` are the indices in `Problem.constraints` of a minimal set of instances within
    those groups that already conflict. No groups at all: the structure alone is unsatisfiable.
    """

    groups: tuple[str, ...]
    constraints: tuple[int, ...]
    proof: Proof
