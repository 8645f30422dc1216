"""Random questions about random problems: variables fixed, groups dropped, assumptions."""

from __future__ import annotations

from hypothesis import strategies as st

from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem

from .random_problems import planted_problems, problems, separable_problems


@st.composite
def instances(draw: st.DrawFn, max_goals: int = 2, front: bool = False) -> Instance:
    """A question; some problems fall into parts, some are sums."""
    problem = draw(
        st.one_of(
            problems(max_goals=max_goals),
            problems(max_variables=5, max_constraints=6, max_goals=max_goals, depth=1),
            separable_problems(),
            planted_problems(),
        )
    )
    if front:
        problem.front = True
    while front and not problem.goals:
        problem.minimize(draw(st.sampled_from([Expr(problem, v.node) for v in problem.variables])))
    return draw(questions(problem))


@st.composite
def large_instances(draw: st.DrawFn) -> Instance:
    """A question whose numbers may reach past 64 bits."""
    return draw(questions(draw(planted_problems(large=True))))


@st.composite
def questions(draw: st.DrawFn, problem: Problem) -> Instance:
    """A question about a problem."""
    fixed = {
        i: draw(st.sampled_from(list(v.values)))
        for i, v in enumerate(problem.variables)
        if draw(st.integers(0, 7)) == 0
    }
    without = [g for g in ("g0", "g1", "g2") if draw(st.integers(0, 7)) == 0]
    truths = [n for n, bounds in enumerate(problem.bounds) if bounds == (0, 1)]
    assumptions = []
    if truths and draw(st.integers(0, 4)) == 0:
        assumptions.append(Expr(problem, draw(st.sampled_from(truths))))
    return Instance.ask(problem, fixed, without, assumptions)
