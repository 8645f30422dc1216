"""Requires that are limits: which comparisons they state, and which side is the limit.

This reads the text alone, so that the lowering and the evaluator agree on what is compared while
each works out the sides for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from archwright.dsl import nodes
from archwright.dsl.units import Dimension

INEQUALITIES = ("<=", ">=", "<", ">")


@dataclass(frozen=True)
class Inequality:
    """`lesser <= greater` (`<` where strict), stated under conditions that enclose it.

    Attributes
    ----------
    given : tuple of Expr
        What stands before `implies`, outermost first.
    turned : bool
        Whether the text has the greater side first.
    """

    lesser: nodes.Expr
    greater: nodes.Expr
    strict: bool
    given: tuple[nodes.Expr, ...]
    turned: bool

    @property
    def right(self) -> nodes.Expr:
        """The side that the text has second."""
        return self.lesser if self.turned else self.greater

    @property
    def left(self) -> nodes.Expr:
        """The side that the text has first."""
        return self.greater if self.turned else self.lesser


def inequalities(body: nodes.Expr, given: tuple[nodes.Expr, ...] = ()) -> list[Inequality] | None:
    """The inequalities whose conjunction a condition is; None if it is no such thing."""
    match body:
        case nodes.Group():
            return inequalities(body.inner, given)
        case nodes.Compare() if all(op in INEQUALITIES for op in body.ops):
            sides = zip(body.operands, body.ops, body.operands[1:], strict=False)
            return [
                Inequality(left, right, op == "<", given, False)
                if op in ("<=", "<")
                else Inequality(right, left, op == ">", given, True)
                for left, op, right in sides
            ]
        case nodes.Binary(op="and"):
            first, second = inequalities(body.left, given), inequalities(body.right, given)
            return None if first is None or second is None else [*first, *second]
        case nodes.Binary(op="implies"):
            return inequalities(body.right, (*given, body.left))
    return None


@dataclass(frozen=True)
class Limit:
    """The side of a family of inequalities that is the same number in all of them.

    Attributes
    ----------
    value : Fraction
        In base units.
    node : Expr
        How the text writes it.
    upper : bool
        Whether the other side may be at most the limit; otherwise at least.
    """

    value: Fraction
    dimension: Dimension
    node: nodes.Expr
    upper: bool

    def moved(self, excess: Fraction) -> Fraction:
        """The limit that lets through an excess, and no more."""
        return self.value + excess if self.upper else self.value - excess


def spelled(node: nodes.Expr) -> nodes.Expr:
    """An expression without brackets around it."""
    return spelled(node.inner) if isinstance(node, nodes.Group) else node
