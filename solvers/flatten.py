"""From nodes to records: every node that is needed gets a variable and a definition.

Normal form: conditions at the root are posted as they are, with the literal that always holds; only
truth nodes under logic get a truth variable of their own. A definition always holds and belongs to
no constraint, so a constraint can be switched off without touching what others use. Decisions
determine all other variables, and propagation computes them once the decisions are fixed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn

from . import memory as layout
from .collecting import no_collecting
from .control import Control
from .errors import TooWide
from .expressions import Op
from .flatten_conditions import state
from .flatten_definitions import define, linear_terms, post_linear
from .flatten_wide import digits_wide
from .flatten_width import is_positive, sum_fits, usable
from .problem import Problem, Values
from .records import Records
from .rewriting import reachable

if TYPE_CHECKING:
    from .compiled import Words

Literal = tuple[int, int]  # a truth variable and the value that makes the literal hold
View = tuple[int, int, int]  # factor, node, offset

# Domains up to this many values are listed, and so are auxiliary ones where holes matter.
LISTED = 1 << 16
FLATTENING = "handing the problem to the search engine"
LISTED_AUXILIARY = 1 << 12


class Flat:
    """The engine's memory for a problem, and where things are in it.

    Parameters
    ----------
    problem : Problem
    domains : sequence of Values
        For each variable of the problem.
    variables : sequence of int
        Indices of those to decide, in order.
    conditions : sequence of int
        Truth nodes that must hold.
    goals : sequence of int
        Nodes to make small or large.
    watched : sequence of int
        Truth nodes that are no conditions but may be made to hold later.
    control : Control, optional
        Of the question for which it is.

    Raises
    ------
    TooWide
        If a variable may leave 62 bits, or an expression the words that `limbs` has.
    Stopped
        If the question is stopped.

    Attributes
    ----------
    watched : dict of int to literal
    aims : list of tuple of int
        For each goal its variable, or those of its digits to the base DIGIT, the highest first.
    """

    def __init__(
        self,
        problem: Problem,
        domains: Sequence[Values],
        variables: Sequence[int],
        conditions: Sequence[int],
        goals: Sequence[int] = (),
        watched: Sequence[int] = (),
        control: Control | None = None,
    ) -> None:
        self.problem = problem
        self.domains = domains
        self.records = Records()
        self.records.block([0])  # no record has the address 0
        self.true: Literal = (self.records.constant(1), 1)
        self.false: Literal = (self.true[0], 0)
        self.address: dict[int, int] = {}
        self.wide: set[int] = set()  # variables in which TOP_VALUE stands for anything larger
        self.made: dict[int, list[int]] = {}  # node: the propagators of its definition
        self.below: dict[int, set[int]] = {}  # node: nodes that its definition uses
        self._parts: list[tuple[list[int], set[int]]] = []  # the definition under construction
        roots = [*conditions, *goals, *watched]
        self.order = reachable(problem, roots)
        self.uses, self.wants_list = uses(problem, self.order, roots)
        self.decisions = {i: self._decision(i) for i in variables}
        self.posted: list[tuple[list[int], set[int]]] = []
        self.control = control or Control()
        with no_collecting():
            for node in self.control.watch(conditions, FLATTENING):
                self._parts.append(([], set()))
                state(self, node, self.true)
                self.posted.append(self._parts.pop())
            self._parts.append(([], set()))
            self.aims = [self._aim(goal, conditions) for goal in goals]
            self.watched = {node: self.literal(node) for node in watched}
            self._aimed = self._parts.pop()
            self.memory = self._finish(list(self.decisions.values()))

    # ------------------------------------------------------------------- used while posting

    def at(self, node: int, wide: bool = False) -> int:
        """The variable of a node, defined when it is first asked for.

        A product of positive factors may pass 62 bits where the caller can do with TOP_VALUE for
        whatever is so large, and says so with `wide`.
        """
        problem = self.problem
        x = self.address.get(node)
        if x is None and problem.ops[node] is Op.CONSTANT:
            self.check_width(node)
            return self.records.constant(problem.data[node])
        self._parts[-1][1].add(node)
        if x is None:
            if problem.ops[node] is Op.VARIABLE:
                x = self.decisions.get(problem.data[node])
                if x is None:
                    x = self._decision(problem.data[node])
                self.address[node] = x
                self.made[node], self.below[node] = [], set()
                return x
            if wide and self.is_wide(node):
                least = max(1, problem.bounds[node][0])  # factors may be fixed to positive values
                x = self.records.interval(least, layout.TOP_VALUE)
                self.wide.add(x)
            else:
                self.check_width(node)
                x = self.auxiliary(problem.bounds[node], node in self.wants_list)
            self.address[node] = x
            self._parts.append(([], set()))
            define(self, node, x)
            self.made[node], self.below[node] = self._parts.pop()
        if x in self.wide and not wide:
            self.refuse(node)
        return x

    def is_wide(self, node: int) -> bool:
        """Whether a node is a product of positive factors that may pass 62 bits."""
        lo, hi = self.problem.bounds[node]
        return (
            hi >= layout.TOP_VALUE > lo
            and self.problem.ops[node] is Op.PRODUCT
            and is_positive(self, node)
        )

    def alias(self, node: int, x: int) -> None:
        """A node whose variable is defined together with the one under construction."""
        made, below = self._parts[-1]
        self.address[node] = x
        self.made[node], self.below[node] = made, below

    def auxiliary(self, bounds: tuple[int, int], listed: bool = False) -> int:
        """A variable that propagation computes."""
        lo, hi = bounds
        if listed and 1 < hi - lo < LISTED_AUXILIARY:
            return self.records.listed(range(lo, hi + 1))
        return self.records.interval(lo, hi)

    def literal(self, node: int) -> Literal:
        """A truth node as a literal."""
        if self.problem.ops[node] is Op.NOT:
            x, value = self.literal(self.problem.args[node][0])
            return x, 1 - value
        return self.at(node), 1

    def post(
        self,
        kind: int,
        arguments: Iterable[int],
        watches: Iterable[tuple[int, int]],
        priority: int = 0,
    ) -> None:
        """Add a propagator to the definition or condition under construction."""
        p = self.records.propagator(kind, arguments, watches, priority)
        self._parts[-1][0].append(p)

    def bounds(self, node: int) -> tuple[int, int]:
        """Bounds of a node's variable without making one."""
        x = self.address.get(node)
        if x is None and self.problem.ops[node] is Op.VARIABLE:
            values = self.domains[self.problem.data[node]]
            return values[0], values[-1]
        return self.problem.bounds[node] if x is None else self.records.bounds(x)

    def check_width(self, node: int) -> None:
        """Refuse a node that may leave the range in which the engine is exact."""
        if max(map(abs, self.problem.bounds[node])) >= layout.TOP_VALUE:
            self.refuse(node)

    def refuse(self, node: int) -> NoReturn:
        """Raise TooWide for a node."""
        lo, hi = self.problem.bounds[node]
        text = self.problem.text(node)
        raise TooWide(f"{text} may lie anywhere in {lo} .. {hi}, too far for the solver's words")

    def view(self, node: int) -> View:
        """A node as factor * node + offset, with factor 1 where it is nothing simpler."""
        problem = self.problem
        factor, offset = 1, 0
        while True:
            args = problem.args[node]
            if problem.ops[node] is Op.SUM and len(args) == 1:
                constant, (f,) = problem.data[node]
                factor, offset, node = factor * f, offset + factor * constant, args[0]
            elif problem.ops[node] is Op.NOT:
                factor, offset, node = -factor, offset + factor, args[0]
            else:
                return factor, node, offset

    # ------------------------------------------------------------------------------ internals

    def _decision(self, index: int) -> int:
        values = self.domains[index]
        node = self.problem.variables[index].node
        if max(abs(values[0]), abs(values[-1])) >= layout.TOP_VALUE:
            self.refuse(node)
        n = values[-1] - values[0] + 1
        if len(values) == n and (n <= 2 or n > LISTED):
            x = self.records.interval(values[0], values[-1])
        else:
            if len(values) > 1 << 22:
                raise TooWide(f"{self.problem.variables[index].name} has too many listed values")
            x = self.records.listed(values)
        self.address[node] = x
        self.made[node], self.below[node] = [], set()
        return x

    def _aim(self, node: int, conditions: Sequence[int]) -> tuple[int, ...]:
        """The variable of a goal, or its digits, the highest first."""
        problem = self.problem
        if usable(self, node):
            return (self.at(node),)
        if problem.ops[node] is Op.SUM:
            constant, factors = problem.data[node]
            args = problem.args[node]
            lo = constant + least(problem, dict(zip(args, factors, strict=True)), conditions)
            negated = {n: -f for f, n in zip(factors, args, strict=True)}
            hi = constant - least(problem, negated, conditions)
            if max(abs(lo), abs(hi)) < layout.TOP_VALUE and sum_fits(self, node, (lo, hi)):
                z = self.records.interval(min(lo, hi), hi)
                constant, terms = linear_terms(self, node)
                post_linear(self, layout.LINEAR_EQUAL, constant, [*terms, (-1, z)], node)
                return (z,)
        return digits_wide(self, node)

    def _finish(self, decisions: list[int]) -> Words:
        records = self.records
        blocks: dict[frozenset[int], tuple[int, int]] = {}
        scopes: dict[int, frozenset[int]] = {}

        def blame(propagators: Collection[int], nodes: Collection[int]) -> None:
            scope: frozenset[int] = frozenset().union(*(scopes[n] for n in nodes))
            if scope not in blocks:
                blocks[scope] = records.block(sorted(scope)), len(scope)
            for p in propagators:
                records.scope(p, *blocks[scope])

        chosen = set(decisions)
        for node, below in self.control.watch(self.below.items(), FLATTENING):
            scopes[node] = self._scope(node, below, scopes, chosen)
            if self.made[node]:
                blame(self.made[node], below)
        for propagators, nodes in self.control.watch([*self.posted, self._aimed], FLATTENING):
            blame(propagators, nodes)
        frames = 1
        for x in decisions:
            lo, hi = records.bounds(x)
            frames += 1 if records.is_listed(x) else (hi - lo + 1).bit_length() + 1
        defined = [x for n, x in self.address.items() if self.problem.ops[n] is not Op.VARIABLE]
        return records.finish(decisions, defined, frames)

    def _scope(
        self,
        node: int,
        below: set[int],
        scopes: dict[int, frozenset[int]],
        chosen: set[int],
    ) -> frozenset[int]:
        if node in scopes:
            return scopes[node]
        if self.problem.ops[node] is Op.VARIABLE:
            x = self.address[node]
            return frozenset((x,)) if x in chosen else frozenset()
        for n in below:
            if n not in scopes:
                scopes[n] = self._scope(n, self.below[n], scopes, chosen)
        return frozenset().union(*(scopes[n] for n in below))

    def needed(self, condition: int) -> list[int]:
        """The propagators of the i-th condition and of all definitions below it."""
        propagators, nodes = self.posted[condition]
        found = list(propagators)
        seen: set[int] = set()
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                found += self.made[node]
                stack += self.below[node]
        return found


def least(problem: Problem, terms: dict[int, int], conditions: Iterable[int]) -> int:
    """A lower bound of a sum of node * factor, also from conditions that bound parts of it."""
    bound = 0
    rest = dict(terms)
    for condition in conditions:
        if problem.ops[condition] is not Op.AT_MOST_ZERO:
            continue
        (node,) = problem.args[condition]
        if problem.ops[node] is not Op.SUM:
            continue
        constant, factors = problem.data[node]
        parts = list(zip(problem.args[node], factors, strict=True))
        if all(rest.get(n) == -f for n, f in parts):  # then -(sum of f * n) >= constant
            alone = sum(-f * problem.bounds[n][0 if f < 0 else 1] for n, f in parts)
            bound += max(constant, alone)
            for n, _ in parts:
                del rest[n]
    for n, f in rest.items():
        bound += f * problem.bounds[n][0 if f > 0 else 1]
    return bound


def uses(
    problem: Problem, order: Iterable[int], roots: Iterable[int]
) -> tuple[dict[int, int], set[int]]:
    """How often each node is used, and which nodes are worth a list of values."""
    count: dict[int, int] = {}
    wants: set[int] = set()
    for node in roots:
        count[node] = count.get(node, 0) + 1
    for node in order:
        for arg in problem.args[node]:
            count[arg] = count.get(arg, 0) + 1
        if problem.ops[node] in (Op.ALL_DIFFERENT, Op.LOOKUP, Op.HAS_ROW, Op.AMONG):
            wants.update(problem.args[node])
    return count, wants
