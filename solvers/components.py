"""Splits an instance into parts that share nothing, after dropping what already holds.

Counts of the parts multiply, solutions combine freely, and a goal that is a sum over the parts is
as good as it can be when each part is (Rasch et al., "Efficient auto-tuning of parallel programs
with interdependent tuning parameters", ACM TACO 2021, keep spaces as products in the same way).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from .columns import evaluate_columns
from .evaluate import evaluate
from .expressions import Expr, Op
from .instance import Instance
from .problem import Goal, Problem, Values
from .rewriting import Transcript, blank, fork, reachable

Term: TypeAlias = tuple[int, int]
UNARY = 4096  # largest domain that is filtered value by value
SIMPLIFYING = "simplifying the problem"


@dataclass(frozen=True)
class Part:
    """A few variables with all the constraints and terms of goals that touch them.

    Parameters
    ----------
    instance : Instance
        Over a problem of its own where there are several parts.
    variables : tuple of int
        For each of its variables the index in the whole.
    """

    instance: Instance
    variables: tuple[int, ...]


@dataclass(frozen=True)
class Split:
    """An instance as independent parts.

    Parameters
    ----------
    whole : Instance
    parts : tuple of Part
        Each part's problem has the goals of the whole, reduced to the terms that touch it.
    free : tuple of int
        The other variables: each may have any value of its domain.
    constants : tuple of int
        For each goal what to add to the sum over the parts.
    """

    whole: Instance
    parts: tuple[Part, ...]
    free: tuple[int, ...]
    constants: tuple[int, ...]


def simplify(instance: Instance) -> Instance | None:
    """The same question with smaller domains and without the constraints that these entail.

    Every condition is rebuilt over the domains, conditions on one variable filter its values, and
    so on until nothing changes. The result has a problem of its own with the same variables, in
    which all conditions are constraints and no expression mentions a variable with one value; its
    solutions are those of `instance`. None if some condition cannot hold.
    """
    problem = instance.problem
    nodes = dict.fromkeys([problem.constraints[i].node for i in instance.active])
    nodes.update(dict.fromkeys(instance.assumptions))
    goals = [g.node for g in problem.goals]
    domains = list(instance.domains)
    while True:
        smaller = blank(problem)
        variables = [
            smaller.integer(v.name, domain)
            for v, domain in zip(problem.variables, domains, strict=True)
        ]
        images = dict(enumerate(variables))
        transcript = Transcript(problem, smaller, images, instance.control)
        conditions = [c for c in transcript.copy(list(nodes)) if c.constant != 1]
        if any(c.constant == 0 for c in conditions):
            return None
        nodes_left = instance.control.watch([c.node for c in conditions], SIMPLIFYING)
        filtered = filter_unary(smaller, nodes_left, domains)
        if filtered is None:
            return None
        domains, again = filtered
        if not again:
            break
    for condition in conditions:
        smaller.require(condition)
    for goal, value in zip(problem.goals, transcript.copy(goals), strict=True):
        add_goal(smaller, value, goal)
    smaller.front = problem.front
    return replace(question(smaller, instance), hints=instance.hints)


def filter_unary(
    problem: Problem, conditions: Iterable[int], domains: Sequence[Values]
) -> tuple[list[Values], bool] | None:
    """The domains without the values that a condition on one variable alone forbids.

    Also tells whether any became smaller; None if one became empty.
    """
    scopes = Scopes(problem)
    result = list(domains)
    changed = False
    for node in conditions:
        scope = scopes[node]
        if len(scope) != 1:
            continue
        (variable,) = scope
        if len(result[variable]) > UNARY:
            continue
        values = np.array(list(result[variable]), object)
        if all(-(2**62) < v < 2**62 for v in (result[variable][0], result[variable][-1])):
            values = values.astype(np.int64)
        (holds,) = evaluate_columns(problem, {variable: values}, [node], len(values))
        kept = tuple(values[holds != 0].tolist())
        if not kept:
            return None
        if len(kept) < len(values):
            result[variable] = kept
            changed = True
    return result, changed


class Scopes:
    """The variables (with more than one value) that each node depends on."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.known: dict[int, frozenset[int]] = {}

    def __getitem__(self, node: int) -> frozenset[int]:
        if node not in self.known:
            for inner in reachable(self.problem, [node]):
                if inner not in self.known:
                    self.known[inner] = self._scope(inner)
        return self.known[node]

    def _scope(self, node: int) -> frozenset[int]:
        lo, hi = self.problem.bounds[node]
        if lo == hi:
            return frozenset()
        if self.problem.ops[node] is Op.VARIABLE:
            return frozenset([self.problem.data[node]])
        parts = [self.known[a] for a in self.problem.args[node]]
        return parts[0] if len(parts) == 1 else frozenset().union(*parts)


class Forest:
    """Disjoint sets of variables (Tarjan 1975)."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def find(self, item: int) -> int:
        """The representative of the item's set."""
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def join(self, items: Iterable[int]) -> int:
        """Make one set of the sets of all items; -1 if there are none."""
        first = -1
        for item in items:
            root = self.find(item)
            if first >= 0 and root != first:
                self.parent[max(root, first)] = min(root, first)
                root = min(root, first)
            first = root
        return first


def terms(problem: Problem, node: int) -> tuple[int, list[Term]]:
    """A node as a constant and the (coefficient, node) whose sum it is."""
    if problem.ops[node] is Op.SUM:
        constant, factors = problem.data[node]
        return constant, list(zip(factors, problem.args[node], strict=True))
    if problem.ops[node] is Op.CONSTANT:
        return problem.data[node], []
    return 0, [(1, node)]


def connect(instance: Instance, goals: bool) -> tuple[Forest, dict[int, int]]:
    """Which variables belong together, and for each node that was looked at one of its variables.

    Variables with one value connect nothing. Nodes without variables are left out.
    """
    problem = instance.problem
    forest = Forest(len(problem.variables))
    anchor: dict[int, int] = {}
    roots = [problem.constraints[i].node for i in instance.active] + list(instance.assumptions)
    if goals:
        for goal in problem.goals:
            roots.extend(node for _, node in terms(problem, goal.node)[1])
    for node in instance.control.watch(reachable(problem, roots), "looking for parts"):
        if problem.ops[node] is Op.VARIABLE:
            if len(instance.domains[problem.data[node]]) > 1:
                anchor[node] = problem.data[node]
        else:
            root = forest.join(anchor[a] for a in problem.args[node] if a in anchor)
            if root >= 0:
                anchor[node] = root
    return forest, anchor


def split(instance: Instance, goals: bool) -> Split | None:
    """The independent parts of an instance, in order of their first variables.

    Without `goals` the parts have none, and goals connect nothing. If everything belongs together
    the one part is the instance itself. None if a condition that depends on no open variable does
    not hold.
    """
    if not goals and instance.problem.goals:
        instance = replace(instance, problem=fork(instance.problem, goals=False))
    problem = instance.problem
    forest, anchor = connect(instance, goals)
    nodes = dict.fromkeys([problem.constraints[i].node for i in instance.active])
    nodes.update(dict.fromkeys(instance.assumptions))
    domains = instance.domains
    first = [d[0] for d in domains]
    if not all(evaluate(problem, first, [n for n in nodes if n not in anchor])):
        return None
    members: dict[int, list[int]] = {}
    for variable in sorted(set(anchor.values())):
        members.setdefault(forest.find(variable), []).append(variable)
    taken = {v for variables in members.values() for v in variables}
    if len(members) == 1 and all(len(d) == 1 for i, d in enumerate(domains) if i not in taken):
        once = {problem.constraints[i].node: i for i in reversed(instance.active)}
        whole = replace(instance, active=tuple(sorted(once.values())))
        part = Part(whole, tuple(range(len(problem.variables))))
        return Split(instance, (part,), (), (0,) * len(problem.goals))
    conditions: dict[int, list[int]] = {root: [] for root in members}
    for node in nodes:
        if node in anchor:
            conditions[forest.find(anchor[node])].append(node)
    own: dict[int, list[list[Term]]] = {root: [[] for _ in problem.goals] for root in members}
    constants = [0] * len(problem.goals)
    for i, goal in enumerate(problem.goals):
        constants[i], many = terms(problem, goal.node)
        for factor, node in many:
            if node in anchor:
                own[forest.find(anchor[node])][i].append((factor, node))
            else:
                constants[i] += factor * evaluate(problem, first, [node])[0]
    parts = [
        _part(instance, variables, conditions[root], own[root])
        for root, variables in members.items()
    ]
    free = tuple(v for v in range(len(problem.variables)) if v not in taken)
    return Split(instance, tuple(parts), free, tuple(constants))


def _part(
    instance: Instance,
    variables: Sequence[int],
    conditions: Sequence[int],
    goals: Sequence[Sequence[Term]],
) -> Part:
    """The variables, conditions and terms of goals as a problem of their own."""
    problem = instance.problem
    smaller = blank(problem)
    images: dict[int, Expr] = {
        index: smaller.constant(domain[0])
        for index, domain in enumerate(instance.domains)
        if len(domain) == 1
    }
    for index in variables:
        images[index] = smaller.integer(problem.variables[index].name, instance.domains[index])
    transcript = Transcript(problem, smaller, images, instance.control)
    for condition in transcript.copy(conditions):
        smaller.require(condition)
    for goal, mine in zip(problem.goals, goals, strict=True):
        copies = transcript.copy([n for _, n in mine])
        add_goal(smaller, smaller.sum(copies, [f for f, _ in mine]), goal)
    smaller.front = problem.front
    hints = {i: instance.hints[v] for i, v in enumerate(variables) if v in instance.hints}
    return Part(replace(question(smaller, instance), hints=hints), tuple(variables))


def add_goal(problem: Problem, value: Expr, like: Goal) -> None:
    """Add a goal with the sense and name of another."""
    if like.sense == "minimize":
        problem.minimize(value, like.name)
    else:
        problem.maximize(value, like.name)


def question(problem: Problem, like: Instance) -> Instance:
    """The plain question about a problem, under the control of another."""
    return Instance.ask(problem, control=like.control)
