"""The best solution by several threads, the same as by one.

The values of one variable are cut into runs, each a question of its own. A run that starts after a
solution was found has to be at least as good in the first goal, so an incumbent saves work without
losing a best solution. Of the runs' answers the best counts, among equals the first assignment:
that is what one thread finds, whatever the order in which the runs end.

Sums over blocks are left to one thread: the dynamic programs of the diagram engine hardly get
shorter when a domain is cut, and an incumbent would be one budget more. The engines work without
Python's lock; what is Python (flattening, rewriting, checking) does not get faster.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock

from .answers import Proof, Solution, Status
from .expressions import Expr
from .frontier import costs
from .instance import Instance
from .planner import Slice, separable
from .problem import Values
from .rewriting import fork

RUNS = 4  # for each worker


class _Shared:
    """The best solution that any run has found so far."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.lock = Lock()
        self.best: int | None = None

    def tell(self, answer: Solution) -> None:
        """Remember the first goal of an answer."""
        if answer.goals:
            cost = costs(self.instance, answer.goals)[0]
            with self.lock:
                self.best = cost if self.best is None else min(self.best, cost)

    def question(self, domains: tuple[Values, ...]) -> Instance:
        """A run, with a problem of its own."""
        with self.lock:
            problem = fork(self.instance.problem)
            best = self.best
        assumptions = self.instance.assumptions
        if best is not None:
            goal = problem.goals[0]
            value = Expr(problem, goal.node)
            cost = value if goal.sense == "minimize" else -value
            assumptions = (*assumptions, (cost <= best).node)
        control = Slice(parent=self.instance.control)
        return replace(
            self.instance,
            problem=problem,
            domains=domains,
            assumptions=assumptions,
            control=control,
        )


def in_runs(
    instance: Instance, workers: int, solve: Callable[[Instance], Solution]
) -> Solution | None:
    """The best solution by several threads; None if they have nothing to share."""
    sums = not isinstance(separable(instance), str)
    return None if sums else cut_in_runs(instance, workers, solve)


def cut_in_runs(
    instance: Instance, workers: int, solve: Callable[[Instance], Solution]
) -> Solution | None:
    """The best solution of an instance with goals; None if there is nothing to cut."""
    widest = max(range(len(instance.domains)), key=lambda v: len(instance.domains[v]), default=None)
    if widest is None or len(instance.domains[widest]) < 2 or not instance.problem.goals:
        return None
    domain = instance.domains[widest]
    number = min(len(domain), RUNS * workers)
    ends = [len(domain) * i // number for i in range(number + 1)]
    shared = _Shared(instance)

    def run(i: int) -> Solution:
        domains = list(instance.domains)
        domains[widest] = domain[ends[i] : ends[i + 1]]
        answer = solve(shared.question(tuple(domains)))
        shared.tell(answer)
        return answer

    with ThreadPoolExecutor(workers) as pool:
        answers = list(pool.map(run, range(number)))
    return _together(instance, answers, workers)


def _together(instance: Instance, answers: list[Solution], workers: int) -> Solution:
    """The best of the runs' answers, and what all of them prove."""
    found = [a for a in answers if a.values is not None]
    proved = all(a.status in (Status.OPTIMAL, Status.INFEASIBLE) for a in answers)
    nodes = sum(a.proof.nodes for a in answers)
    reason = f"{len(answers)} runs by {workers} workers: {answers[0].proof.reason}"
    proof = Proof(answers[0].proof.engine, nodes, reason=reason)
    if not found:
        status = Status.INFEASIBLE if proved else Status.UNKNOWN
        return Solution(status, None, (), proof)
    best = min(found, key=lambda a: (costs(instance, a.goals), a.values))
    if proved:
        return replace(best, status=Status.OPTIMAL, proof=replace(proof, bound=best.goals))
    return replace(best, status=Status.FEASIBLE, proof=proof)
