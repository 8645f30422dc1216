"""Exact counts of any space: branch, split into components, remember each component.

The state of a component is what the assignments so far have left of its conditions: interned
nodes over the open variables. Substituting a value rebuilds a node through the modelling interface,
which folds what is decided, so different assignments that leave the same conditions meet in the
same nodes and are counted once. This is component caching of #SAT counters (Sang, Bacchus, Beame,
Kautz and Pitassi, "Combining component caching and clause learning for effective model counting",
SAT 2004) on integer expressions; on a chain or a budget it behaves like dynamic programming.

Counts are Python integers and may have any size.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import gcd, prod
from typing import TypeAlias

import numpy as np

from .collecting import no_collecting
from .columns import evaluate_columns
from .components import UNARY
from .control import Stopped
from .evaluate import evaluate
from .expressions import Expr, Op
from .instance import Instance
from .problem import Values
from .rewriting import build, fork

REMEMBERED = 2_000_000  # components remembered before all are forgotten


@dataclass(frozen=True)
class Residue:
    """A component: nodes that must hold, and the nodes of its variables; both sorted."""

    conditions: tuple[int, ...]
    variables: tuple[int, ...]


@dataclass(frozen=True)
class Settled:
    """What is left after a choice: values that follow, free variables, components."""

    fixed: tuple[tuple[int, int], ...]
    free: tuple[tuple[int, Values], ...]
    parts: tuple[Residue, ...]

    @property
    def factor(self) -> int:
        """How many ways the free variables have."""
        return prod(len(values) for _, values in self.free)


Step: TypeAlias = Generator[Residue, int, int]


class Space:
    """The solutions of an instance, counted and numbered without listing them.

    Parameters
    ----------
    instance : Instance
        Goals are ignored.

    Attributes
    ----------
    states : int
        Components met so far.
    """

    def __init__(self, instance: Instance) -> None:
        self.problem = fork(instance.problem, goals=False)
        self.control = instance.control
        self.states = 0
        self._counts: dict[Residue, int] = {}
        self._open: dict[int, tuple[int, Values]] = {}
        self._narrowed: dict[tuple[int, Values], Expr] = {}
        self._masks: dict[int, int] = {}
        self._images: dict[tuple[int, int], dict[int, int]] = {}
        self._filters: dict[int, tuple[int, ...]] = {}
        conditions = [instance.problem.constraints[i].node for i in instance.active]
        conditions.extend(instance.assumptions)
        variables = []
        for index, (variable, domain) in enumerate(
            zip(instance.problem.variables, instance.domains, strict=True)
        ):
            self._open[variable.node] = (index, variable.values)
            variables.append((variable.node, domain))
        self._conditions, self._variables = conditions, [node for node, _ in variables]
        self._domains = dict(variables)

    @cached_property
    def root(self) -> Settled | None:
        """What is left before any choice; None if nothing is a solution."""
        return self._settle(self._conditions, self._variables, self._domains)

    def count(self) -> int:
        """The number of solutions.

        Raises
        ------
        Stopped
            If the control ends the count.
        """
        if self.root is None:
            return 0
        return self.root.factor * prod(self._count(part) for part in self.root.parts)

    def count_within(self, domains: Sequence[Values]) -> int:
        """The number of solutions in smaller domains, one for each variable."""
        narrow = dict(zip(self._variables, domains, strict=True))
        settled = self._settle(self._conditions, self._variables, narrow)
        if settled is None:
            return 0
        return settled.factor * prod(self._count(part) for part in settled.parts)

    def solution(self, number: int) -> tuple[int, ...]:
        """The solution with this number, from 0 to `count() - 1`, in an order of its own."""
        if self.root is None or not 0 <= number < self.count():
            raise IndexError(f"there is no solution number {number}")
        values: dict[int, int] = {}
        waiting = [(self.root, number)]
        while waiting:
            settled, rest = waiting.pop()
            values.update(settled.fixed)
            for index, domain in settled.free:
                rest, digit = divmod(rest, len(domain))
                values[index] = domain[digit]
            for part in settled.parts:
                rest, digit = divmod(rest, self._count(part))
                waiting.append(self._locate(part, digit, values))
        return tuple(values[i] for i in range(len(values)))

    # --------------------------------------------------------------------------------- counting

    def _locate(self, residue: Residue, number: int, values: dict[int, int]) -> tuple[Settled, int]:
        """The branch that holds the component's solution with this number, and its number there."""
        variable = self._pick(residue)
        index, domain = self._open[variable]
        for value in domain:
            settled = self._assign(residue, variable, value)
            if settled is None:
                continue
            ways = settled.factor * prod(self._count(part) for part in settled.parts)
            if number < ways:
                values[index] = value
                return settled, number
            number -= ways
        raise IndexError("a component has fewer solutions than counted")

    def _count(self, residue: Residue) -> int:
        """Depth first over components, with a stack of its own: spaces may be very deep."""
        known = self._counts.get(residue)
        if known is not None:
            return known
        with no_collecting():  # nothing here is left for it, and a large cache takes it long
            return self._counted(residue)

    def _counted(self, residue: Residue) -> int:
        stack: list[tuple[Residue, Step]] = [(residue, self._step(residue))]
        answer: int | None = None
        while True:
            try:
                wanted = stack[-1][1].send(answer) if answer is not None else next(stack[-1][1])
            except StopIteration as done:
                finished, answer = stack.pop()[0], int(done.value)
                if len(self._counts) >= REMEMBERED:
                    self._counts.clear()
                self._counts[finished] = answer
                if not stack:
                    return answer
                continue
            answer = self._counts.get(wanted)
            if answer is None:
                stack.append((wanted, self._step(wanted)))

    def _step(self, residue: Residue) -> Step:
        """Counts one component; yields the components that it needs first."""
        self.states += 1
        variable = self._pick(residue)
        total = 0
        for value in self._open[variable][1]:
            if self.control.stopped:
                raise Stopped("stopped while counting")
            self.control.report("counting", self.states)
            settled = self._assign(residue, variable, value)
            if settled is None:
                continue
            ways = settled.factor
            for part in settled.parts:
                ways *= yield part
                if not ways:
                    break
            total += ways
        return total

    def _pick(self, residue: Residue) -> int:
        """The variable in most conditions: it is likeliest to make the component fall apart."""

        degrees: dict[int, int] = {}
        for condition in self.control.watch(residue.conditions, "counting"):
            mask = self._mask(condition)
            while mask:
                bit = mask & -mask
                degrees[bit] = degrees.get(bit, 0) + 1
                mask ^= bit

        def rank(node: int) -> tuple[int, int, int]:
            index, domain = self._open[node]
            return (-degrees.get(self._mask(node), 0), len(domain), index)

        return min(residue.variables, key=rank)

    def _assign(self, residue: Residue, variable: int, value: int) -> Settled | None:
        """The component with a value for one of its variables."""
        image = self.problem.constant(value)
        conditions = self._substitute(residue.conditions, variable, image)
        rest = [v for v in residue.variables if v != variable]
        return self._settle(conditions, rest, {})

    # ------------------------------------------------------------------------------- simplifying

    def _settle(
        self, conditions: Iterable[int], variables: Sequence[int], domains: dict[int, Values]
    ) -> Settled | None:
        """Filter with conditions on one variable until none is left, then split.

        `domains` narrows some variables first. None if a condition cannot hold.
        """
        nodes = {self._normal(c) for c in conditions}
        fixed: list[tuple[int, int]] = []
        current = set(variables)
        narrow = {v: d for v, d in domains.items() if len(d) < len(self._open[v][1])}
        while True:
            for variable, domain in narrow.items():
                index = self._open[variable][0]
                current.discard(variable)
                if len(domain) == 1:
                    fixed.append((index, domain[0]))
                    image = self.problem.constant(domain[0])
                else:
                    image = self._variable(index, domain)
                    current.add(image.node)
                nodes = {self._normal(n) for n in self._substitute(nodes, variable, image)}
            bounds = self.problem.bounds
            if any(bounds[n][1] == 0 for n in nodes):
                return None
            nodes = {n for n in nodes if bounds[n][0] == 0}
            narrow = {}
            for node in self.control.watch(sorted(nodes), "counting"):
                kept = self._unary(node)
                if kept is not None:
                    variable = self._node_of(self._mask(node), current)
                    narrow[variable] = _common(narrow.get(variable), kept)
                    nodes.discard(node)
            if not all(narrow.values()):
                return None
            narrow = {v: d for v, d in narrow.items() if len(d) < len(self._open[v][1])}
            if not narrow:
                break
        return self._split(nodes, current, fixed)

    def _split(
        self, nodes: Iterable[int], variables: Iterable[int], fixed: list[tuple[int, int]]
    ) -> Settled:
        """The components of the conditions; variables with one value count as fixed."""
        groups: list[tuple[int, list[int]]] = []
        for node in self.control.watch(sorted(nodes), "counting"):
            mask, members = self._mask(node), [node]
            apart = []
            for other, theirs in groups:
                if other & mask:
                    mask |= other
                    members = theirs + members
                else:
                    apart.append((other, theirs))
            groups = [*apart, (mask, members)]
        everything = 0
        for mask, _ in groups:
            everything |= mask
        ordered = sorted(variables)
        free = tuple(self._open[v] for v in ordered if not self._mask(v) & everything)
        parts = tuple(
            Residue(tuple(sorted(members)), tuple(v for v in ordered if self._mask(v) & mask))
            for mask, members in groups
        )
        return Settled(tuple(fixed), free, parts)

    def _variable(self, index: int, domain: Values) -> Expr:
        """A variable of the problem with a smaller domain."""
        key = (index, tuple(domain))
        if key not in self._narrowed:
            made = self.problem.integer(self.problem.variables[index].name, domain)
            self._narrowed[key] = made
            self._open[made.node] = (index, self.problem.variables[-1].values)
        return self._narrowed[key]

    def _unary(self, node: int) -> tuple[int, ...] | None:
        """The values for which a condition on one variable holds; None for any other condition."""
        mask = self._mask(node)
        if mask & (mask - 1):
            return None
        if node not in self._filters:
            variable = next(v for v in self._leaves(node))
            domain = self._open[variable][1]
            if len(domain) > UNARY:
                return None
            number = self.problem.data[variable]
            column = np.array(list(domain), object)
            if domain[0] > -(2**62) and domain[-1] < 2**62:
                column = column.astype(np.int64)
            (holds,) = evaluate_columns(self.problem, {number: column}, [node], len(column))
            self._filters[node] = tuple(column[holds != 0].tolist())
        return self._filters[node]

    def _node_of(self, mask: int, variables: Iterable[int]) -> int:
        return next(v for v in variables if self._mask(v) == mask)

    def _leaves(self, node: int) -> Iterable[int]:
        waiting = [node]
        while waiting:
            inner = waiting.pop()
            if self.problem.ops[inner] is Op.VARIABLE:
                yield inner
            waiting.extend(self.problem.args[inner])

    def _mask(self, node: int) -> int:
        """The open variables that a node depends on, as bits by index."""
        known = self._masks.get(node)
        if known is None:
            order = [node]
            for inner in order:
                order.extend(a for a in self.problem.args[inner] if a not in self._masks)
            for inner in reversed(order):
                mask = 0
                if self.problem.ops[inner] is Op.VARIABLE and len(self._open[inner][1]) > 1:
                    mask = 1 << self._open[inner][0]
                for arg in self.problem.args[inner]:
                    mask |= self._masks[arg]
                self._masks[inner] = mask
            known = self._masks[node]
        return known

    def _substitute(self, nodes: Iterable[int], variable: int, image: Expr) -> list[int]:
        """The nodes with a variable replaced."""
        bit = 1 << self._open[variable][0]
        made = self._images.setdefault((variable, image.node), {variable: image.node})
        result = []
        for node in self.control.watch(nodes, "counting"):
            if node not in made and self._mask(node) & bit:
                waiting, touched = [node], {node}
                while waiting:
                    for arg in self.problem.args[waiting.pop()]:
                        if arg not in made and arg not in touched and self._mask(arg) & bit:
                            touched.add(arg)
                            waiting.append(arg)
                for inner in self.control.watch(sorted(touched), "counting"):
                    args = [Expr(self.problem, made.get(a, a)) for a in self.problem.args[inner]]
                    op, data = self.problem.ops[inner], self.problem.data[inner]
                    made[inner] = build(self.problem, op, args, data).node
            result.append(made.get(node, node))
        return result

    def _normal(self, node: int) -> int:
        """The value of a decided node; a comparison of a sum without its common factors."""
        problem = self.problem
        if not self._mask(node):
            return problem.constant(evaluate(problem, (), [node])[0]).node
        op = problem.ops[node]
        if op not in (Op.AT_MOST_ZERO, Op.IS_ZERO):
            return node
        inner = problem.args[node][0]
        if problem.ops[inner] is not Op.SUM:
            return node
        constant, factors = problem.data[inner]
        common = gcd(*factors)
        if common == 1:
            return node
        if op is Op.IS_ZERO and constant % common:
            return problem.constant(0).node
        args = [Expr(problem, a) for a in problem.args[inner]]
        whole = -(-constant // common)  # c + g s <= 0 wherever s <= -ceil(c / g)
        smaller = problem.sum([*args, whole], [*(f // common for f in factors), 1])
        return build(problem, op, [smaller], None).node


def _common(first: Values | None, second: tuple[int, ...]) -> tuple[int, ...]:
    if first is None:
        return second
    kept = set(second)
    return tuple(v for v in first if v in kept)
