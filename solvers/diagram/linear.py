"""Nodes as sums of products of factors, so that each term mentions few variables.

Sums inside sums flatten. A product or a choice is multiplied out only where it mentions too many
variables to be listed as one term.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TypeAlias

from ..evaluate import evaluate
from ..expressions import Op
from ..problem import Problem, Values
from ..rewriting import reachable

Factors: TypeAlias = tuple[int, ...]
"""Nodes to multiply, sorted; `~node` (a negative number) stands for 1 - node of a truth node."""

MOST_TERMS = 20_000


@dataclass
class Linear:
    """constant + sum of coefficient * product of factors."""

    constant: int = 0
    terms: dict[Factors, int] = field(default_factory=dict)

    def add(self, other: Linear, coefficient: int = 1) -> None:
        """Add a multiple of another sum to this one."""
        self.constant += coefficient * other.constant
        for factors, value in other.terms.items():
            total = self.terms.get(factors, 0) + coefficient * value
            if total:
                self.terms[factors] = total
            else:
                self.terms.pop(factors, None)


class Scopes:
    """The open variables that each node depends on, as a bit mask over variable indices.

    Variables with one value do not count, nor does what they switch off: the branch of a choice
    that is not taken, the rest of a product with 0.
    """

    def __init__(self, problem: Problem, domains: Sequence[Values], roots: Iterable[int]) -> None:
        self.problem = problem
        self.domains = domains
        self.first = [d[0] for d in domains]
        self.masks: dict[int, int] = {}
        self._sizes: dict[int, int] = {}
        for node in reachable(problem, roots):
            self.masks[node] = self._mask(node)

    def value(self, node: int) -> int:
        """The value of a node that depends on no open variable."""
        return evaluate(self.problem, self.first, [node])[0]

    def size(self, mask: int) -> int:
        """How many combinations of values the variables of a mask have."""
        if mask not in self._sizes:
            self._sizes[mask] = prod(len(self.domains[i]) for i in members(mask))
        return self._sizes[mask]

    def of(self, factors: Factors) -> int:
        """The variables of a term."""
        mask = 0
        for factor in factors:
            mask |= self.masks[factor if factor >= 0 else ~factor]
        return mask

    def _mask(self, node: int) -> int:
        problem, masks = self.problem, self.masks
        op, args = problem.ops[node], problem.args[node]
        lo, hi = problem.bounds[node]
        if lo == hi:
            return 0
        if op is Op.VARIABLE:
            index = problem.data[node]
            return 1 << index if len(self.domains[index]) > 1 else 0
        if op is Op.CHOOSE and not masks[args[0]]:
            return masks[args[1] if self.value(args[0]) else args[2]]
        fixed = [a for a in args if not masks[a]]
        if fixed:
            zero = op in (Op.PRODUCT, Op.AND) and any(not self.value(a) for a in fixed)
            if zero or (op is Op.OR and any(self.value(a) for a in fixed)):
                return 0
        mask = 0
        for a in args:
            mask |= masks[a]
        return mask


class Linearizer:
    """Writes nodes as sums; what has at most `narrow` combinations of values stays one term."""

    def __init__(self, scopes: Scopes, narrow: int) -> None:
        self.scopes = scopes
        self.narrow = narrow
        self._known: dict[int, Linear] = {}

    def wide(self, node: int) -> bool:
        """Whether a node mentions too many variables for one term."""
        return self.scopes.size(self.scopes.masks[node]) > self.narrow

    def linear(self, node: int) -> Linear:
        """A node as a sum."""
        if node not in self._known:
            self._known[node] = self._linear(node)
        return self._known[node]

    def _linear(self, node: int) -> Linear:
        problem = self.scopes.problem
        op, args = problem.ops[node], problem.args[node]
        result = Linear()
        if not self.scopes.masks[node]:
            result.constant = self.scopes.value(node)
        elif op is Op.SUM:
            result.constant, factors = problem.data[node]
            for factor, arg in zip(factors, args, strict=True):
                result.add(self.linear(arg), factor)
        elif op is Op.PRODUCT and self.wide(node):
            result.constant = 1
            for arg in args:
                result = self.times(result, self.linear(arg))
        elif op is Op.CHOOSE and self.wide(node):
            condition, then, otherwise = args
            if not self.scopes.masks[condition]:
                return self.linear(then if self.scopes.value(condition) else otherwise)
            for truth, branch in ((condition, then), (~condition, otherwise)):
                result.add(self.times(Linear(0, {(truth,): 1}), self.linear(branch)))
        else:
            result.terms[(node,)] = 1
        return result

    def times(self, a: Linear, b: Linear) -> Linear:
        """The product of two sums, multiplied out unless that takes too many terms."""
        result = Linear()
        if (len(a.terms) + 1) * (len(b.terms) + 1) > MOST_TERMS:
            raise TooManyTerms
        for x, f in [((), a.constant), *a.terms.items()]:
            for y, g in [((), b.constant), *b.terms.items()]:
                both = self._factors((*x, *y))
                if both is not None and f * g:
                    result.add(Linear(0, {both: 1}) if both else Linear(1), f * g)
        return result

    def _factors(self, factors: Factors) -> Factors | None:
        """Sorted, a truth value at most once; None if the product is always 0."""
        truths = {f for f in factors if f < 0 or self.scopes.problem.bounds[f] == (0, 1)}
        if any(~f in truths for f in truths):
            return None
        return tuple(sorted([*truths, *(f for f in factors if f not in truths)]))


class TooManyTerms(Exception):
    """Multiplying out gives too many terms."""


def members(mask: int) -> list[int]:
    """The indices of the bits of a mask, rising."""
    result = []
    while mask:
        low = mask & -mask
        result.append(low.bit_length() - 1)
        mask ^= low
    return result
