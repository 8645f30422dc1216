"""Exact answers for problems whose budgets and goals are sums over blocks of variables.

This is the usual cost model of architecture search: latencies, operations and sizes add up over
layers. Variables that meet in small terms and conditions form blocks; what is left are sums over
blocks, and dynamic programs over the reachable sums give counts, optima and fronts at once::

    found = analyse(Instance.ask(problem))
    if isinstance(found, str):
        print("no:", found)
    else:
        print(found.count(), found.best().goals)
"""

from __future__ import annotations

from math import prod

from .answers import Front, Point, Proof, Solution, Status
from .control import Stopped
from .diagram.best import Best
from .diagram.count import Counter
from .diagram.front import front
from .diagram.linear import Linear, TooManyTerms
from .diagram.listing import Listed, TooManyStates, leaves, list_all
from .diagram.model import Combine, Model, Quantity, read
from .diagram.numbers import Solutions
from .diagram.parts import Part, TooLarge, take_apart
from .diagram.states import Dimension, Keys, Rule
from .instance import Instance
from .vectorised import LIMIT, fits, magnitude

NARROW = (4096, 64, 1)
"""Sizes up to which conditions and terms stay whole; the smaller ones are tried if need be."""

MOST_CONDITIONS = 1 << 16  # so many cannot be taken apart within the effort that `parts.py` allows
MOST_BUDGETS = 256  # a state of the dynamic programs has a number for each

ENGINE = "diagram"
REACH = 64  # where bounds prune well, long comparisons cost more than they save


def analyse(instance: Instance, narrow: tuple[int, ...] = NARROW) -> Separable | str:
    """Take an instance apart; a string says why that does not work."""
    conditions = len({instance.problem.constraints[i].node for i in instance.active})
    if conditions > MOST_CONDITIONS:
        return f"{conditions:,} conditions"
    reason = ""
    for size in narrow:
        try:
            model = read(instance, size)
            if model.contradiction:
                return Separable(instance, model, ())
            budgets = sum(quantity.limited for quantity in model.quantities)
            if budgets > MOST_BUDGETS:  # where less stays whole, there are more
                return reason or f"{budgets:,} sums have limits"
            wide = _too_wide(model)
            if wide:
                return wide
            return Separable(instance, model, *take_apart(model, instance.control))
        except Stopped as stopped:
            return str(stopped)
        except TooManyTerms:
            reason = "a product of sums has too many terms"
        except TooLarge as error:
            reason = reason or str(error)
            if all(len(limit.terms) == 1 for limit in model.limits):
                break  # there is no sum that could be taken apart further
    return reason


class Separable:
    """An instance taken apart; the rows of its blocks are listed on the first question.

    `cost` grows with the rows to list and the branches to follow; from about a million on another
    engine may be faster, unless the conditions of a block leave few of its combinations.
    """

    def __init__(
        self, instance: Instance, model: Model, parts: tuple[Part, ...], cost: int = 0
    ) -> None:
        self.instance = instance
        self.model = model
        self.parts = parts
        self.cost = cost
        self._count: int | None = None
        self._listed: Listed | None = None

    @property
    def listed(self) -> Listed:
        """The blocks with the rows that satisfy their own conditions."""
        if self._listed is None:
            self._listed = list_all(self.model, self.parts, self.instance.control)
        return self._listed

    @property
    def used(self) -> set[int]:
        """The variables that some condition or sum mentions."""
        return {v for leaf in leaves(self.parts) for v in leaf.variables + leaf.outer}

    @property
    def reason(self) -> str:
        """One line on what was found."""
        blocks = len(leaves(self.parts))
        sums = sum(q.combine is Combine.SUM for q in self.model.quantities)
        return f"{blocks} block{'s'[: blocks != 1]} under {sums} sum{'s'[: sums != 1]}"

    def count(self) -> int:
        """The number of assignments.

        Raises
        ------
        TooManyStates
            If the engine would need too much memory.
        Stopped
            If the question is stopped.
        """
        if self.model.contradiction:
            return 0
        if self._count is None:
            used = self.used
            free = prod(len(d) for i, d in enumerate(self.instance.domains) if i not in used)
            self._count = free * Counter(self.listed, self.instance.control).count()
        return self._count

    def solutions(self) -> Solutions:
        """The assignments by number, in an order of their own; there must be one.

        Raises
        ------
        TooManyStates
            If the engine would need too much memory.
        Stopped
            If the question is stopped.
        """
        return Solutions(self.listed, self.instance.domains, self.used, self.instance.control)

    def best(self) -> Solution:
        """The best assignment, the first in order of variables among equals.

        Raises
        ------
        TooManyStates
            If the engine would need too much memory.
        """
        if self.model.contradiction:
            return Solution(Status.INFEASIBLE, None, (), Proof(ENGINE, 0, None, self.reason))
        try:
            dimensions, goals = self._dimensions()
        except TooManyStates:
            raise
        except Stopped:
            return Solution(Status.UNKNOWN, None, (), Proof(ENGINE, 0, None, self.reason))
        strict = all(dimensions[g].combine is Combine.SUM for g in goals)
        rule = self._front_rule(dimensions, goals)
        if strict:
            limited = [c for c, d in enumerate(dimensions) if d.limit is not None]
            rule = Rule(
                dimensions,
                tuple(goals),
                tuple(c for c in limited if not goals or c != goals[0]),
                self.instance.control,
                REACH,
            )
        keys = Keys(self.instance.domains, self.used)
        search = Best(self.listed, rule, goals, keys)
        found = search.run()
        if found.cost is None or found.key is None:
            status = Status.INFEASIBLE if search.complete else Status.UNKNOWN
            return Solution(status, None, (), Proof(ENGINE, rule.visited, None, self.reason))
        values = self._goals(found.cost, goals)
        bound = values if search.complete else None
        proved = Status.OPTIMAL if self.model.targets else Status.FEASIBLE
        status = proved if search.complete else Status.FEASIBLE
        proof = Proof(ENGINE, rule.visited, bound, self.reason)
        return Solution(status, keys.values(found.key), values, proof)

    def front(self) -> Front:
        """All non-dominated goal vectors.

        Raises
        ------
        TooManyStates
            If the engine would need too much memory.
        """
        if self.model.contradiction:
            return Front((), True, Proof(ENGINE, 0, None, self.reason))
        try:
            dimensions, goals = self._dimensions()
        except TooManyStates:
            raise
        except Stopped:
            return Front((), False, Proof(ENGINE, 0, None, self.reason))
        rule = self._front_rule(dimensions, goals)
        keys = Keys(self.instance.domains, self.used)
        states, complete = front(self.listed, rule, goals, keys)
        columns = states.amounts[:, goals].tolist()
        points = tuple(
            Point(self._goals(tuple(cost), goals), keys.values(key))
            for cost, key in zip(columns, states.keys, strict=True)
        )
        return Front(points, complete, Proof(ENGINE, rule.visited, None, self.reason))

    def _dimensions(self) -> tuple[list[Dimension], list[int]]:
        """What the dynamic program minimises: the goals, then the budgets that are no goals.

        The second list has the dimension of each goal that is not constant.
        """
        listed, quantities = self.listed, self.model.quantities
        found: dict[tuple[int, int], Dimension] = {}
        goals: list[int] = []
        for target in self.model.targets:
            if target.quantity >= 0:
                sign = target.sign * (1 if target.scale > 0 else -1)
                key = (target.quantity, sign)
                found.setdefault(key, self._dimension(*key, None))
                place = list(found).index(key)
                if place not in goals:
                    goals.append(place)
        for q, quantity in enumerate(quantities):
            base, step = listed.base[q], listed.step[q]
            if quantity.hi is not None:
                found[(q, 1)] = self._dimension(q, 1, (quantity.hi - base) // step)
            if quantity.lo is not None:
                found[(q, -1)] = self._dimension(q, -1, (base - quantity.lo) // step)
        return list(found.values()), goals

    def _dimension(self, q: int, sign: int, limit: int | None) -> Dimension:
        combine = self.model.quantities[q].combine
        if sign < 0 and combine is not Combine.SUM:
            flipped = combine is Combine.MAXIMUM
            combine = Combine.MINIMUM if flipped else Combine.MAXIMUM
        return Dimension(q, sign, combine, limit)

    def _front_rule(self, dimensions: list[Dimension], goals: list[int]) -> Rule:
        lead = tuple(g for g in goals if dimensions[g].combine is Combine.SUM)
        rest = tuple(c for c in range(len(dimensions)) if c not in lead[:1])
        return Rule(dimensions, lead, rest, self.instance.control)

    def _goals(self, cost: tuple[int, ...], goals: list[int]) -> tuple[int, ...]:
        """Goal values in the words of the problem."""
        dimensions, _ = self._dimensions()
        amounts = {
            (dimensions[g].quantity, dimensions[g].sign): c
            for g, c in zip(goals, cost, strict=True)
        }
        values = []
        for target in self.model.targets:
            if target.quantity < 0:
                values.append(target.constant)
                continue
            sign = target.sign * (1 if target.scale > 0 else -1)
            amount = amounts[target.quantity, sign] * sign
            q = target.quantity
            whole = self.listed.base[q] + self.listed.step[q] * amount
            values.append(target.constant + target.scale * whole)
        return tuple(values)


def _too_wide(model: Model) -> str:
    """Why 64 bits would not hold what has to be added up; empty if they do."""
    problem = model.scopes.problem

    def reach(linear: Linear) -> int:
        total = abs(linear.constant)
        for factors, value in linear.terms.items():
            sizes = [max(1, magnitude(problem, f)) if f >= 0 else 1 for f in factors]
            total += abs(value) * prod(sizes)
        return total

    def most(quantity: Quantity) -> int:
        sizes = [reach(item) for item in quantity.items]
        return sum(sizes) if quantity.combine is Combine.SUM else max(sizes)

    for node in model.scopes.masks:
        if not fits(problem, node):
            return f"64 bits may not hold {problem.text(node)[:80]}"
    sums = [reach(Linear(0, dict(limit.terms))) for limit in model.limits]
    if any(size >= LIMIT // 4 for size in [*sums, *(most(q) for q in model.quantities)]):
        return "64 bits may not hold a sum over all blocks"
    return ""
