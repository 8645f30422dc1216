"""Chooses the engine for one instance and says why.

Sums of terms that each depend on few variables go to the diagram engine, which counts, optimises
and finds fronts in one pass and whose cost is known before it starts. Everything else is for
propagation and search; counts of what neither lists quickly are for component caching.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import elimination
from .answers import Front, Point, Proof, Solution, Status
from .certify import check_solution
from .columns import evaluate_columns
from .components import Scopes, simplify
from .control import Control, Stopped
from .counting import Space
from .diagram.listing import TooManyStates, leaves
from .errors import TooWide
from .expressions import Op
from .frontier import costs, sweep, undominated
from .instance import Instance
from .problem import Values
from .rewriting import fork, reachable

if TYPE_CHECKING:
    from .diagram.numbers import Solutions
    from .nest.graph import Graph
    from .search import Search
    from .separable import Separable

QUICK = 20_000  # rows that the diagram engine may list before anything else is tried
NEST = 1 << 18  # values that a nest may try before the instance is taken apart
WIDE_NEST = 1 << 24  # and one part of it before search
NEST_CONDITIONS = 1 << 16  # more of them are for propagation and search
HUNT = 1 << 20  # values that branch and bound in a nest may try before other engines
LONG_HUNT = 1 << 23  # and where only search is left
TINY = 1 << 17  # combinations of values that a nest tries before anything else
BLINK = 0.05  # seconds of listing before component caching
GLANCE = 0.2  # seconds of search before a diagram of more rows
CACHING = 1.0  # seconds of component caching, or of listing without a limit
ROOM = 1 << 24  # values of variables that may be listed before it is known how many there are
LISTED = 1 << 20  # rows that are listed rather than counted or swept


@dataclass
class Slice(Control):
    """A part of another control's time, and perhaps so many search nodes."""

    parent: Control | None = None
    most_nodes: int | None = None
    nodes: int = 0

    @property
    def stopped(self) -> bool:
        """Whether this slice or the whole question is over."""
        if self.most_nodes is not None and self.nodes > self.most_nodes:
            return True
        return super().stopped or (self.parent is not None and self.parent.stopped)

    def report(self, phase: str, nodes: int = 0, **rest: object) -> None:
        """Tell the whole question's listener."""
        self.nodes = nodes
        if self.parent is not None:
            self.parent.report(phase, nodes, **rest)


class OneSlice(Slice):
    """Ends the search engine's work after its first slice, which is the same on every machine."""

    @property
    def stopped(self) -> bool:
        """Always: engines look only after they did something."""
        return True

    def check(self, doing: str) -> None:
        """What is done before the first slice goes on as long as the whole question may."""
        if self.parent is not None:
            self.parent.check(doing)


def within(instance: Instance, seconds: float) -> Instance:
    """The instance, stopped after some seconds at the latest."""
    return replace(instance, control=Slice(time_limit=seconds, parent=instance.control))


def nested(instance: Instance, most: int) -> Graph | str:
    """The diagram that a loop nest makes of an instance, or why it does not."""
    from .nest.emitter import Unsuited
    from .nest.graph import TooManyValues, graph

    if crowded(instance):
        return f"{len(instance.active):,} conditions"
    try:
        return graph(instance, most)
    except (Unsuited, TooManyValues) as error:
        return str(error)


def crowded(instance: Instance) -> bool:
    """Whether there are so many conditions that rewriting them all as a nest would not pay."""
    return len(instance.active) > NEST_CONDITIONS


def without_goals(instance: Instance) -> Instance:
    """The question whether anything fits."""
    if not instance.problem.goals:
        return instance
    return replace(instance, problem=fork(instance.problem, goals=False))


def search(instance: Instance) -> Search:
    """The search engine on an instance."""
    from .search import Search

    return Search(instance)


def glancing(instance: Instance) -> Search:
    """The search engine, each of whose tasks ends after one slice of work."""
    return search(replace(instance, control=OneSlice(parent=instance.control)))


def separable(instance: Instance) -> Separable | str:
    """The diagram engine on an instance, or why it does not apply."""
    from .separable import analyse

    return analyse(instance)


# ------------------------------------------------------------------------------------- questions


def best(instance: Instance, glance: Search | None = None) -> Solution:
    """The lexicographic best, the first assignment among equals; without goals some solution.

    A `glance` is the search engine with one slice of work, where there is one already.
    """
    if not instance.problem.goals:
        found = (glance or glancing(instance)).best()
        if found.status is not Status.UNKNOWN or instance.control.stopped:
            return because(found, "no goal: the first solution found")
    early = instance.problem.goals and (tiny(instance) or entangled(instance))
    hunt = hunted(instance, LONG_HUNT) if early else None
    if hunt is not None:
        return hunt
    diagram = separable(instance)
    if isinstance(diagram, str):
        hunt = None if early or not instance.problem.goals else hunted(instance, LONG_HUNT)
        return hunt or because(search(instance).best(), f"search: {diagram}")
    if instance.problem.goals and work(diagram) > QUICK:
        hunt = None if early else hunted(instance, HUNT)
        if hunt is not None:
            return hunt
        found = search(within(instance, GLANCE)).best()
        if found.status in (Status.OPTIMAL, Status.INFEASIBLE):
            return because(found, "search: proved at once")
    try:
        found = diagram.best()
    except TooManyStates as error:
        return because(search(instance).best(), f"search: {error}")
    unproved = (Status.UNKNOWN, Status.FEASIBLE) if instance.problem.goals else ()
    if found.status in unproved and not instance.control.stopped:
        return because(search(instance).best(), "search: the diagram grew too large")
    return found


def glimpsed(instance: Instance) -> Solution | None:
    """Without goals any solution, if search finds it in its first slice, or that there is none."""
    try:
        found = glancing(instance).best()
    except TooWide:  # its parts may not be
        return None
    return None if found.status is Status.UNKNOWN else because(found, "no goal: any solution")


def first(instance: Instance) -> Solution:
    """Without goals the first solution in order, if that is little work, and else another one.

    From any solution each variable in turn is brought to its least value by a search that ends
    after one slice, so that the answer is the same on every machine.
    """
    glance = glancing(instance)
    found = best(instance, glance)
    if found.values is None or instance.control.stopped:
        return found
    return replace(found, values=glance.first(found.values))


def tiny(instance: Instance) -> bool:
    """Whether there are few combinations of values."""
    return prod(len(domain) for domain in instance.domains) <= TINY


def entangled(instance: Instance) -> bool:
    """Whether some product, division or divisibility is of three variables or more.

    Then sums over blocks are not to be expected.
    """
    problem = instance.problem
    roots = [problem.constraints[i].node for i in instance.active]
    scopes = Scopes(problem)
    nodes = reachable(problem, [*roots, *(g.node for g in problem.goals)])
    return any(
        problem.ops[node] in (Op.PRODUCT, Op.QUOTIENT, Op.REMAINDER, Op.DIVIDES)
        and len(scopes[node]) > 2
        for node in instance.control.watch(nodes, "choosing an engine")
    )


def hunted(instance: Instance, most: int) -> Solution | None:
    """The best by branch and bound in a nest; None if it does not finish for its own reasons."""
    from .nest import points
    from .nest.emitter import Unsuited
    from .nest.graph import TooManyValues

    if crowded(instance):
        return None
    narrow = narrowed(instance)
    if narrow is None:
        return Solution(Status.INFEASIBLE, None, (), Proof("planner", reason="propagation refutes"))
    try:
        return points.best(narrow, most)
    except (Unsuited, TooManyValues):
        return None


def hunted_front(instance: Instance, most: int) -> Front | None:
    """The front in the same way."""
    from .nest import points
    from .nest.emitter import Unsuited
    from .nest.graph import TooManyValues

    if crowded(instance):
        return None
    narrow = narrowed(instance)
    if narrow is None:
        return Front((), True, Proof("planner", reason="propagation refutes"))
    try:
        return points.front(narrow, most)
    except (Unsuited, TooManyValues):
        return None


def work(diagram: Separable) -> int:
    """How many rows the diagram engine has to list, before filtering."""
    domains = diagram.instance.domains
    return sum(
        prod(len(domains[v]) for v in leaf.variables + leaf.outer) for leaf in leaves(diagram.parts)
    )


def because(solution: Solution, reason: str) -> Solution:
    """The solution with the planner's reason, where the engine gave none."""
    proof = solution.proof
    return replace(solution, proof=replace(proof, reason=proof.reason or reason))


def count(instance: Instance) -> tuple[int, Proof]:
    """How many solutions a connected instance has.

    Raises
    ------
    Stopped
        If the control ended the count.
    """
    short = eliminated(instance)
    if short is not None:
        return short
    whole = diagram_count(instance)
    if not isinstance(whole, str):
        return whole
    nest = nested(instance, WIDE_NEST)
    if not isinstance(nest, str):
        return nest.count(), nest.proof
    rows = glanced(instance, BLINK)
    if rows is not None:
        return len(rows), Proof("search", len(rows), reason=f"few enough to list: {whole}")
    space, done = counted(instance)
    if done:
        return space.count(), Proof("caching", space.states, reason=f"caching: {whole}")
    whole = diagram_count(instance, quick=False)
    if not isinstance(whole, str):
        return whole
    rows = listed(instance, LISTED)
    if rows is not None:
        return len(rows), Proof("search", len(rows), reason=f"few enough to list: {whole}")
    return space.count(), Proof("caching", space.states, reason=f"caching: {whole}")


def eliminated(instance: Instance) -> tuple[int, Proof] | None:
    """The count by eliminating variables; None if the tables would be large."""
    order = elimination.plan(instance)
    if order is None:
        return None
    reason = f"{len(order.order)} variables eliminated, {order.cells} cells"
    return elimination.count(instance, order), Proof("elimination", order.cells, reason=reason)


def diagram_count(instance: Instance, quick: bool = True) -> tuple[int, Proof] | str:
    """The count by the diagram engine (if `quick`, only with little work), or why not."""
    diagram = separable(instance)
    if isinstance(diagram, str):
        return diagram
    if quick and work(diagram) > QUICK:
        return "the blocks are large"
    try:
        return diagram.count(), Proof("diagram", reason=diagram.reason)
    except TooManyStates as error:
        return str(error)


def diagram_numbers(instance: Instance) -> Solutions | str:
    """Solutions by number from the diagram engine, where that is little work, or why not."""
    diagram = separable(instance)
    if isinstance(diagram, str):
        return diagram
    if work(diagram) > QUICK:
        return "the blocks are large"
    try:
        return diagram.solutions()
    except TooManyStates as error:
        return str(error)


def counted(instance: Instance) -> tuple[Space, bool]:
    """The space of an instance, and whether it could be counted within a moment."""
    space = Space(within(instance, CACHING))
    try:
        space.count()
        done = True
    except Stopped:
        stop_if(instance.control, "counting")
        done = False
    space.control = instance.control
    return space, done


def listed(instance: Instance, limit: int) -> NDArray[np.int64] | None:
    """All solutions in lexicographic order, or None if there are more than `limit`.

    Raises
    ------
    Stopped
        If the control ended the search.
    """
    nest = nested(instance, WIDE_NEST)
    if not isinstance(nest, str):
        return nest.rows() if nest.count() <= limit else None
    rows = glanced(instance)
    if rows is None:
        stop_if(instance.control, "listing solutions")
        whole = diagram_count(without_goals(instance))
        if not isinstance(whole, str) and whole[0] > limit:
            return None
        rows = search(without_goals(instance)).all(limit + 1)
    return None if len(rows) > limit else rows


def glanced(instance: Instance, seconds: float = CACHING) -> NDArray[np.int64] | None:
    """All solutions if the search engine lists them in a moment and little room, else None.

    In its own order the engine is faster than in lexicographic order, but it knows no limit there.
    """
    nodes = ROOM // max(1, len(instance.domains))
    control = Slice(time_limit=seconds, parent=instance.control, most_nodes=nodes)
    try:
        return search(without_goals(replace(instance, control=control))).all(partial=False)
    except Stopped:
        return None


def front(instance: Instance) -> Front:
    """All non-dominated points of a connected instance with goals."""
    early = tiny(instance) or entangled(instance)
    hunt = hunted_front(instance, LONG_HUNT) if early else None
    if hunt is not None:
        return hunt
    diagram = separable(instance)
    if not isinstance(diagram, str) and work(diagram) <= QUICK:
        found = diagram_front(instance, diagram)
        if found is not None:
            return found
    hunt = None if early else hunted_front(instance, LONG_HUNT)
    if hunt is not None:
        return hunt
    rows = glanced(instance)
    if rows is not None:
        return filtered(instance, rows)
    found = None if isinstance(diagram, str) else diagram_front(instance, diagram)
    return sweep(instance, best) if found is None else found


def diagram_front(instance: Instance, diagram: Separable) -> Front | None:
    """The diagram engine's front; None if it does not finish for its own reasons."""
    try:
        found = diagram.front()
    except TooManyStates:
        return None
    return found if found.complete or instance.control.stopped else None


def filtered(instance: Instance, rows: NDArray[np.int64]) -> Front:
    """The front among listed solutions in lexicographic order."""
    problem = instance.problem
    columns = {i: rows[:, i] for i in range(rows.shape[1])}
    goals = evaluate_columns(problem, columns, [g.node for g in problem.goals], len(rows))
    signed = costs(instance, goals)
    order = np.lexsort(signed[::-1])  # stable: of equals the first assignment comes first
    best_rows = undominated([cost[order] for cost in signed])
    points = []
    for row in order[best_rows].tolist():
        values = tuple(rows[row].tolist())
        points.append(Point(tuple(int(goal[row]) for goal in goals), values))
    return Front(tuple(points), True, Proof("search", len(rows), reason="listed and filtered"))


class Prober:
    """Finds solutions of one instance with a variable within a run of its values."""

    def __init__(self, instance: Instance) -> None:
        self.instance = without_goals(instance)
        self.search = glancing(self.instance)

    def __call__(self, variable: int, run: Values) -> tuple[int, ...] | None:
        """A solution, or None if there is none; raises Stopped when the question is over."""
        try:
            return self.search.within(variable, run[0], run[-1])
        except Stopped:
            stop_if(self.instance.control, "looking for a solution")
        domains = list(self.instance.domains)
        domains[variable] = run
        found = best(replace(self.instance, domains=tuple(domains)))
        if found.status is Status.UNKNOWN:
            raise Stopped("stopped while looking for a solution")
        return check_solution(self.instance, found).values


def narrowed(instance: Instance) -> Instance | None:
    """The instance with the domains that propagation leaves and without what they entail.

    None if propagation refutes it.
    """
    domains = search(without_goals(instance)).propagate()
    if domains is None:
        return None
    narrow: list[Values] = []
    for before, after in zip(instance.domains, domains, strict=True):
        narrow.append(after if len(after) < len(before) else before)
    return simplify(replace(instance, domains=tuple(narrow)))


def stop_if(control: Control, what: str) -> None:
    """Raise Stopped if the question is over."""
    if control.stopped:
        raise Stopped(f"stopped while {what}")
