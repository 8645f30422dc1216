"""What the claims of `expect` need to know, apart from who knows it.

The real model and the brute-force enumerator both implement `Asker`, so the same lines test both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from archwright.dsl import nodes
from archwright.dsl.source import Span

from .bound import Key, index_text, key_text
from .values import Value


class CannotTell(Exception):
    """Raised by an asker that has no answer within its limits; the line is then skipped."""


@dataclass(frozen=True)
class Chosen:
    """A choice fixed by `with { ... }`; a family's bare name fixes all of its active members."""

    name: str
    indices: Key
    value: Value
    span: Span

    def __str__(self) -> str:
        return f"{key_text(self.name, self.indices)} = {index_text(self.value)}"


@dataclass(frozen=True)
class Always:
    """Whether a condition holds in every solution.

    Attributes
    ----------
    solvable : bool
        Whether there is any solution.
    broken : mapping or None
        The choices of one solution in which the condition is false.
    doubtful : bool
        Whether it holds there as numbers are rounded, and may be false of the true logarithms.
    """

    solvable: bool
    broken: Mapping[str, Value] | None = None
    doubtful: bool = False


class Asker(Protocol):
    """What the claims of `expect` need to know; `without` names requires to drop (`fits`, `t.mma`).

    A fixed value outside the domain of its choice raises ArchError (`out-of-domain`).
    """

    def sat(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> bool:
        """Whether there is a solution."""

    def unsat_by(
        self, chosen: tuple[Chosen, ...], without: tuple[str, ...], names: tuple[str, ...]
    ) -> bool:
        """Whether the named requires and the unnamed structure alone have no solution."""

    def count(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> int:
        """How many distinct assignments of active choices there are."""

    def front_size(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> int:
        """How many distinct goal vectors are not dominated."""

    def best(
        self, goal: str, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> Fraction | None:
        """The optimum of a goal, earlier `lex` goals at theirs; None without a solution."""

    def error(self, goal: str, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> Fraction:
        """How far that may be from the optimum with true logarithms."""

    def always(
        self, condition: nodes.Expr, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> Always:
        """Whether a condition holds in every solution."""

    def domain(
        self, name: str, indices: Key, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> frozenset[Value]:
        """The values of a choice over the solutions in which it is active."""
