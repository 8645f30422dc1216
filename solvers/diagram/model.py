"""An instance as local limits, sums over everything (budgets), and goals on such sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import gcd
from typing import TypeAlias

from ..control import Stopped
from ..expressions import Op
from ..instance import Instance
from .linear import Factors, Linear, Linearizer, Scopes

FEW_SCOPES = 3  # a sum of more terms ties blocks together, unless it is
TINY = 64

Terms: TypeAlias = tuple[tuple[Factors, int], ...]


class Combine(Enum):
    """How a quantity of the whole follows from the parts."""

    SUM = "sum"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"


@dataclass(frozen=True)
class Limit:
    """lo <= sum of terms <= hi."""

    terms: Terms
    lo: int | None
    hi: int | None


@dataclass
class Quantity:
    """A sum of terms, or the largest or least of several sums.

    `items` are the summands: one for each term of a sum, one for each operand of an extremum,
    which must not be taken apart.
    """

    combine: Combine
    items: tuple[Linear, ...]
    lo: int | None = None
    hi: int | None = None

    @property
    def limited(self) -> bool:
        """Whether it is a budget."""
        return self.lo is not None or self.hi is not None

    def narrow(self, lo: int | None, hi: int | None) -> None:
        """Limit the quantity further."""
        if lo is not None:
            self.lo = lo if self.lo is None else max(self.lo, lo)
        if hi is not None:
            self.hi = hi if self.hi is None else min(self.hi, hi)


@dataclass(frozen=True)
class Target:
    """A goal: constant + scale * quantity, of which less is better if `sign` is 1 (else -1)."""

    quantity: int
    scale: int
    constant: int
    sign: int


@dataclass
class Model:
    """What the engine works on."""

    scopes: Scopes
    limits: list[Limit] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    contradiction: bool = False


def read(instance: Instance, narrow: int) -> Model:
    """The model of an instance.

    Parameters
    ----------
    instance : Instance
    narrow : int
        Conditions and terms with at most this many combinations of values stay whole.

    Raises
    ------
    TooManyTerms
        If a product of sums has too many terms.
    Stopped
        If the question is stopped.
    """
    return _Reader(instance, narrow).model


class _Reader:
    def __init__(self, instance: Instance, narrow: int) -> None:
        self.problem = problem = instance.problem
        truths = [problem.constraints[i].node for i in instance.active] + [*instance.assumptions]
        goals = [g.node for g in problem.goals]
        self.scopes = Scopes(problem, instance.domains, truths + goals)
        self.forms = Linearizer(self.scopes, narrow)
        self.narrow = narrow
        self.model = Model(self.scopes)
        self._known: dict[Terms, int] = {}
        for i, node in enumerate(dict.fromkeys(truths)):
            if not i % 1024 and instance.control.stopped:
                raise Stopped("stopped while reading the problem")
            self.require(node)
        for goal in problem.goals:
            self.aim(goal.node, 1 if goal.sense == "minimize" else -1)

    # -------------------------------------------------------------------------------- conditions

    def require(self, node: int) -> None:
        """The truth node must be 1."""
        op, args = self.problem.ops[node], self.problem.args[node]
        if not self.scopes.masks[node]:
            self.model.contradiction |= not self.scopes.value(node)
        elif op is Op.AND:
            for arg in args:
                self.require(arg)
        elif op is Op.AT_MOST_ZERO:
            self.bound(self.forms.linear(args[0]), None, 0)
        elif op is Op.IS_ZERO:
            self.bound(self.forms.linear(args[0]), 0, 0)
        elif op is Op.NOT and self.forms.wide(node):
            self.refuse(args[0])
        elif op is Op.OR and self.forms.wide(node):
            self.either(node)
        else:
            self.model.limits.append(Limit((((node,), 1),), 1, None))

    def refuse(self, node: int) -> None:
        """The truth node must be 0."""
        args = self.problem.args[node]
        op = self.problem.ops[node]
        if not self.scopes.masks[node]:
            self.model.contradiction |= bool(self.scopes.value(node))
        elif op is Op.AND:  # not all of them hold
            self.bound(self.total(args), None, len(args) - 1)
        elif op is Op.OR:
            for arg in args:
                self.refuse(arg)
        elif op is Op.NOT:
            self.require(args[0])
        elif op is Op.AT_MOST_ZERO:
            self.bound(self.forms.linear(args[0]), 1, None)
        else:
            self.model.limits.append(Limit((((node,), 1),), None, 0))

    def either(self, node: int) -> None:
        """One of several must hold: a sum of truth values, or one sum that the others relax."""
        args = [a for a in self.problem.args[node] if self.scopes.masks[a]]
        wide = [a for a in args if self.forms.wide(a)]
        relaxing = tuple(sorted(~a for a in args if a not in wide))
        sums = (Op.AT_MOST_ZERO, Op.IS_ZERO)
        if not relaxing and len(wide) == 1:
            self.require(wide[0])
        elif not wide:
            self.bound(self.total(args), 1, None)
        elif len(wide) == 1 and self.problem.ops[wide[0]] in sums:
            inner = self.problem.args[wide[0]][0]
            lo, hi = self.problem.bounds[inner]
            # x <= 0 unless a, b, ...   is   x + hi * ((1 - a) * (1 - b) * ...) <= hi
            upper = Linear(0, {relaxing: hi} if hi > 0 else {})
            upper.add(self.forms.linear(inner))
            self.bound(upper, None, max(hi, 0))
            if self.problem.ops[wide[0]] is Op.IS_ZERO:
                lower = Linear(0, {relaxing: lo} if lo < 0 else {})
                lower.add(self.forms.linear(inner))
                self.bound(lower, min(lo, 0), None)
        else:
            self.model.limits.append(Limit((((node,), 1),), 1, None))

    def total(self, nodes: Sequence[int]) -> Linear:
        """How many of the truth nodes hold."""
        result = Linear()
        for node in nodes:
            if self.scopes.masks[node]:
                result.add(Linear(0, {(node,): 1}))
            else:
                result.constant += self.scopes.value(node)
        return result

    def bound(self, linear: Linear, lo: int | None, hi: int | None) -> None:
        """The sum must be within bounds."""
        if not linear.terms:
            low = lo is None or lo <= linear.constant
            self.model.contradiction |= not (low and (hi is None or linear.constant <= hi))
            return
        if self.unfold(linear, lo, hi):
            return
        terms, lo, hi = normal(linear, lo, hi)
        scopes = {self.scopes.of(factors) for factors in linear.terms}
        few = len(scopes) <= FEW_SCOPES or self.size(linear) <= TINY
        if few and self.size(linear) <= self.narrow:
            self.model.limits.append(Limit(terms, lo, hi))
        else:
            self.model.quantities[self.quantity(terms)].narrow(lo, hi)

    def unfold(self, linear: Linear, lo: int | None, hi: int | None) -> bool:
        """Take a limit on a wide extremum, or on a wide quotient alone, apart."""
        for factors, coefficient in linear.terms.items():
            node = factors[0]
            if len(factors) > 1 or node < 0 or not self.forms.wide(node):
                continue
            op, args = self.problem.ops[node], self.problem.args[node]
            one_sided = (lo is None) != (hi is None)
            grows = (hi is not None) == (coefficient > 0)
            if one_sided and op is (Op.MAXIMUM if grows else Op.MINIMUM):
                for arg in args:
                    part = Linear(linear.constant, dict(linear.terms))
                    del part.terms[factors]
                    part.add(self.forms.linear(arg), coefficient)
                    self.bound(part, lo, hi)
                return True
            if op is Op.QUOTIENT and len(linear.terms) == 1 and not self.scopes.masks[args[1]]:
                _, low, high = normal(linear, lo, hi)  # a // c >= lo is a >= c * lo, and so on
                divisor = self.scopes.value(args[1])
                low = None if low is None else low * divisor
                high = None if high is None else high * divisor + divisor - 1
                self.bound(self.forms.linear(args[0]), low, high)
                return True
        return False

    # -------------------------------------------------------------------------------- quantities

    def aim(self, node: int, sign: int) -> None:
        """Add a goal."""
        linear = self.forms.linear(node)
        if not linear.terms:
            self.model.targets.append(Target(-1, 0, linear.constant, sign))
            return
        if len(linear.terms) == 1:
            ((factors, scale),) = linear.terms.items()
            op = self.problem.ops[factors[0]] if factors[0] >= 0 else Op.NOT
            extremum = op in (Op.MAXIMUM, Op.MINIMUM) and len(factors) == 1
            if extremum and self.forms.wide(factors[0]):
                combine = Combine.MAXIMUM if op is Op.MAXIMUM else Combine.MINIMUM
                args = self.problem.args[factors[0]]
                items = tuple(self.forms.linear(a) for a in args)
                self.model.quantities.append(Quantity(combine, items))
                last = len(self.model.quantities) - 1
                self.model.targets.append(Target(last, scale, linear.constant, sign))
                return
        terms, *_ = normal(linear, None, None)
        scale = linear.terms[terms[0][0]] // terms[0][1]
        target = Target(self.quantity(terms), scale, linear.constant, sign)
        self.model.targets.append(target)

    def quantity(self, terms: Terms) -> int:
        """The number of the quantity with these terms."""
        if terms not in self._known:
            items = tuple(Linear(0, {factors: value}) for factors, value in terms)
            self._known[terms] = len(self.model.quantities)
            self.model.quantities.append(Quantity(Combine.SUM, items))
        return self._known[terms]

    def size(self, linear: Linear) -> int:
        """How many combinations of values the variables of a sum have."""
        mask = 0
        for factors in linear.terms:
            mask |= self.scopes.of(factors)
        return self.scopes.size(mask)


def normal(linear: Linear, lo: int | None, hi: int | None) -> tuple[Terms, int | None, int | None]:
    """Sorted terms without common factor, the first one positive, and the limits for them."""
    terms = sorted(linear.terms.items())
    scale = gcd(*(value for _, value in terms))
    low = None if lo is None else lo - linear.constant
    high = None if hi is None else hi - linear.constant
    if terms[0][1] < 0:
        scale = -scale
        low, high = high, low
    least = None if low is None else -(-low // scale)
    most = None if high is None else high // scale
    return tuple((factors, value // scale) for factors, value in terms), least, most
