"""Indices that the text states, and that are outside the range of their family."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from . import nodes
from .diagnostics import Label
from .emptiness import known_bounds
from .spec import Target
from .static import Constant, bounds, constant_set

if TYPE_CHECKING:
    from .infer import Inference


def check_member(self: Inference, base: nodes.Node, indices: tuple[nodes.Expr, ...]) -> None:
    """Report the first index of a family of choices or `let`s that is outside its range."""
    use = self.use(base)
    if isinstance(use, Target) and isinstance(use.node, nodes.Choice | nodes.Let):
        check_indices(self, use.node, indices)


def check_indices(
    self: Inference, family: nodes.Choice | nodes.Let, indices: tuple[nodes.Expr, ...]
) -> None:
    """As `check_member`, for a declaration that is known."""
    given: dict[nodes.Node, Constant] = {}
    for index, binder in zip(indices, family.binders, strict=False):
        value = self.constants.value(index)
        given[binder] = value
        if value is not None and _outside(self, binder.domain, value, given):
            self.report.add(
                "out-of-family",
                f"`{family.name.text}` has no member with {binder.name.text} = {index.span.text}",
                index.span,
                labels=(Label(binder.span, "the members it has"),),
            )
            return


def _outside(
    self: Inference, domain: nodes.Domain, value: Constant, given: dict[nodes.Node, Constant]
) -> bool:
    constants = replace(self.constants, binders=given)
    exact = constant_set(domain, constants)
    if exact is not None:
        return value not in exact
    if not isinstance(domain, nodes.Range) or not isinstance(value, Fraction):
        return False
    lo = bounds(domain.lo, constants, known_bounds(self, {}))[0]
    hi = bounds(domain.hi, constants, known_bounds(self, {}))[1]
    return (lo is not None and value < lo) or (hi is not None and value > hi)
