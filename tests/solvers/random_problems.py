"""Random small problems over every kind of node, and their solutions by brute force.

The engines' property tests draw from `problems()` and compare with `solutions_of`, which knows
nothing but the referee.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

from hypothesis import strategies as st

from archwright.solvers.evaluate import evaluate, violated
from archwright.solvers.expressions import Expr
from archwright.solvers.problem import Problem
from archwright.solvers.tables import Table

NUMBERS = [
    "sum",
    "product",
    "power",
    "quotient",
    "remainder",
    "minimum",
    "maximum",
    "absolute",
    "choose",
    "lookup",
    "pair",
    "truth",
]
TRUTHS = [
    "compare",
    "equal",
    "differ",
    "and",
    "or",
    "not",
    "among",
    "divides",
    "different",
    "row",
    "implies",
    "iff",
    "variable",
]


class _Builder:
    """Draws expressions of one problem."""

    def __init__(
        self, draw: st.DrawFn, problem: Problem, variables: list[Expr], large: bool = False
    ) -> None:
        self.draw = draw
        self.problem = problem
        self.variables = variables
        self.large = large

    def integer(self, lo: int, hi: int) -> int:
        return self.draw(st.integers(lo, hi))

    def number(self, depth: int) -> Expr:
        """A random integer expression."""
        problem = self.problem
        if depth <= 0 or self.integer(0, 3) == 0:
            if self.integer(0, 4) == 0:
                return problem.constant(self.integer(-4, 6))
            return self.draw(st.sampled_from(self.variables))
        if self.large and self.integer(0, 2) == 0:
            return self.number(depth - 1) * self.draw(st.sampled_from(SCALES))
        return self.number_of(self.draw(st.sampled_from(NUMBERS)), depth - 1)

    def number_of(self, kind: str, inner: int) -> Expr:
        """An expression of one kind over random ones."""
        problem = self.problem
        match kind:
            case "sum":
                terms = [self.number(inner) for _ in range(self.integer(1, 3))]
                factors = [self.integer(-3, 3) for _ in terms]
                return problem.sum([*terms, self.integer(-5, 5)], [*factors, 1])
            case "product":
                return problem.product([self.number(inner) for _ in range(self.integer(2, 3))])
            case "power":
                return self.number(inner) ** self.integer(1, 3)
            case "quotient":
                return self.number(inner) // self.positive(inner)
            case "remainder":
                return self.number(inner) % self.positive(inner)
            case "minimum":
                return problem.minimum([self.number(inner) for _ in range(self.integer(1, 3))])
            case "maximum":
                return problem.maximum([self.number(inner) for _ in range(self.integer(1, 3))])
            case "absolute":
                return abs(self.number(inner))
            case "choose":
                return problem.choose(self.truth(inner), self.number(inner), self.number(inner))
            case "lookup":
                table = self.table(1)
                return problem.lookup(table, [self.number(inner)], self.integer(0, 1))
            case "pair":
                table = self.table(2)
                keys = [self.number(inner), self.number(inner)]
                return problem.lookup(table, keys, self.integer(0, 1))
        return self.truth(inner)

    def positive(self, depth: int) -> Expr:
        """An expression whose bounds are positive."""
        expr = self.number(depth)
        return expr if expr.lo >= 1 else self.problem.maximum([expr, self.integer(1, 3)])

    def table(self, keys: int) -> Table:
        key = st.tuples(*[st.integers(-2, 5)] * keys)
        row = st.tuples(st.integers(-6, 9), st.integers(-6, 9))
        return self.problem.table(self.draw(st.dictionaries(key, row, min_size=1, max_size=9)))

    def truth(self, depth: int) -> Expr:
        """A random truth expression."""
        kinds = TRUTHS if depth > 0 else ["compare", "equal", "among"]
        return self.truth_of(self.draw(st.sampled_from(kinds)), depth - 1)

    def truth_of(self, kind: str, inner: int) -> Expr:
        """A truth expression of one kind over random ones."""
        problem = self.problem
        match kind:
            case "equal":
                return self.number(inner) == self.number(inner)
            case "differ":
                return self.number(inner) != self.number(inner)
            case "and":
                return problem.conjunction([self.truth(inner) for _ in range(self.integer(1, 3))])
            case "or":
                return problem.disjunction([self.truth(inner) for _ in range(self.integer(1, 3))])
            case "not":
                return ~self.truth(inner)
            case "among":
                return self.number(inner).among(self.draw(st.sets(st.integers(-4, 9), max_size=5)))
            case "divides":
                return self.number(inner).divides(self.number(inner))
            case "different":
                return problem.all_different(
                    [self.number(inner) for _ in range(self.integer(2, 4))]
                )
            case "row":
                if self.integer(0, 1):
                    return problem.has_row(self.table(1), [self.number(inner)])
                return problem.has_row(self.table(2), [self.number(inner), self.number(inner)])
            case "implies":
                return self.truth(inner).implies(self.truth(inner))
            case "iff":
                return self.truth(inner).iff(self.truth(inner))
            case "variable":
                truths = [v for v in self.variables if (v.lo, v.hi) == (0, 1)]
                if truths:
                    return self.draw(st.sampled_from(truths))
        return self.number(inner) <= self.number(inner)


SCALES = [2**20, 2**31 - 1, -(2**31), 10**18, 2**61 - 1, 2**62, -(2**64) - 1, 10**27]
"""Factors that take sums and products past the words of the engines."""


def large_domains() -> st.SearchStrategy[tuple[int, ...]]:
    """A few numbers that differ much, up to what a variable may take."""
    ends = [0, 1, 2, 3, 2**20, 2**31 - 1, 2**31, 2**40 + 1, 2**61 - 1, 2**62 - 2]
    both = st.sampled_from([*ends, *(-v for v in ends)])
    return st.sets(both, min_size=1, max_size=4).map(lambda s: tuple(sorted(s)))


def domains() -> st.SearchStrategy[range | tuple[int, ...]]:
    """Domains of all shapes: truth values, ranges, ranges with a step, lists; also negative."""
    return st.one_of(
        st.just(range(2)),
        st.integers(-4, 4).flatmap(lambda lo: st.integers(1, 6).map(lambda n: range(lo, lo + n))),
        st.integers(-4, 4).flatmap(
            lambda lo: st.integers(2, 5).map(lambda step: range(lo, lo + 3 * step, step))
        ),
        st.sets(st.integers(-9, 40), min_size=1, max_size=6).map(lambda s: tuple(sorted(s))),
    )


@st.composite
def problems(
    draw: st.DrawFn,
    max_variables: int = 4,
    max_constraints: int = 4,
    max_goals: int = 2,
    depth: int = 3,
) -> Problem:
    """A random problem with at most 6 values for each variable.

    Constraints carry the groups `g0`, `g1`, ... or None; goals have random senses.
    """
    problem = Problem()
    n = draw(st.integers(1, max_variables))
    variables = [problem.integer(f"x{i}", draw(domains())) for i in range(n)]
    builder = _Builder(draw, problem, variables)
    for _ in range(draw(st.integers(0, max_constraints))):
        group = draw(st.sampled_from([None, "g0", "g1", "g2"]))
        problem.require(builder.truth(draw(st.integers(1, depth))), group)
    for i in range(draw(st.integers(0, max_goals))):
        goal = builder.number(draw(st.integers(0, depth)))
        if draw(st.booleans()):
            problem.minimize(goal, f"goal{i}")
        else:
            problem.maximize(goal, f"goal{i}")
    return problem


@st.composite
def planted_problems(draw: st.DrawFn, large: bool = False, middling: bool = False) -> Problem:
    """A problem whose conditions are of all kinds alike and mostly hold for one assignment.

    So few of them are empty. Where `large`, domains, factors and sums reach past 64 bits; where
    `middling` there are more variables and values than brute force can try.
    """
    problem = Problem()
    values = []
    variables = []
    for i in range(draw(st.integers(5, 8) if middling else st.integers(2, 4))):
        kind = large_domains() if large and draw(st.booleans()) else domains()
        if middling and draw(st.integers(0, 3)):
            kind = st.integers(-5, 5).flatmap(
                lambda lo: st.integers(8, 40).map(lambda n: range(lo, lo + n))
            )
        domain = draw(kind)
        variables.append(problem.integer(f"x{i}", domain))
        values.append(draw(st.sampled_from(list(domain))))
    builder = _Builder(draw, problem, variables, large)
    for _ in range(draw(st.integers(3, 8) if middling else st.integers(1, 4))):
        if draw(st.booleans()):
            condition = builder.truth_of(draw(st.sampled_from(TRUTHS)), draw(st.integers(0, 2)))
        else:
            number = builder.number_of(draw(st.sampled_from(NUMBERS)), draw(st.integers(0, 2)))
            (there,) = evaluate(problem, values, [number.node])
            near = there + draw(st.sampled_from([0, 0, 0, 1, -1, 5, -7]))
            relation = draw(st.sampled_from(["<=", ">=", "==", "!="]))
            condition = {
                "<=": number <= near,
                ">=": number >= near,
                "==": number == near,
                "!=": number != near,
            }[relation]
        (holds,) = evaluate(problem, values, [condition.node])
        if not holds and draw(st.integers(0, 3)):
            condition = ~condition
        problem.require(condition, draw(st.sampled_from([None, "g0", "g1", "g2"])))
    for i in range(draw(st.integers(1, 2) if middling else st.integers(0, 3))):
        goal = builder.number_of(draw(st.sampled_from(NUMBERS)), draw(st.integers(0, 2)))
        if draw(st.booleans()):
            problem.minimize(goal, f"goal{i}")
        else:
            problem.maximize(goal, f"goal{i}")
    return problem


@st.composite
def separable_problems(draw: st.DrawFn, max_variables: int = 5) -> Problem:
    """A random problem whose constraints and goals are sums of look-ups or terms of one variable.

    This is the shape of architecture selection: one operator for each layer, additive budgets.
    """
    problem = Problem()
    n = draw(st.integers(1, max_variables))
    variables = [problem.integer(f"x{i}", range(draw(st.integers(1, 5)))) for i in range(n)]

    def total() -> Expr:
        terms: list[Expr | int] = []
        for x in variables:
            if draw(st.integers(0, 3)) == 0:
                terms.append(x * draw(st.integers(-3, 3)))
                continue
            column = draw(st.lists(st.integers(-5, 12), min_size=x.hi + 1, max_size=x.hi + 1))
            table = problem.table({(i,): (v,) for i, v in enumerate(column)})
            terms.append(problem.lookup(table, [x]))
        return problem.sum(terms)

    for i in range(draw(st.integers(0, 3))):
        cost, limit = total(), draw(st.integers(-10, 30))
        problem.require(cost <= limit if draw(st.booleans()) else cost >= limit, f"budget{i}")
    for i in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            problem.minimize(total(), f"goal{i}")
        else:
            problem.maximize(total(), f"goal{i}")
    return problem


def solutions_of(problem: Problem, without: Collection[str] = ()) -> list[tuple[int, ...]]:
    """Every solution in lexicographic order, by trying all assignments with the referee."""
    return [
        values
        for values in product(*(v.values for v in problem.variables))
        if not violated(problem, values, without)
    ]


def goal_values(problem: Problem, values: tuple[int, ...]) -> tuple[int, ...]:
    """The values of the goals under an assignment."""
    return tuple(evaluate(problem, values, [g.node for g in problem.goals]))


def signed_goals(problem: Problem, values: tuple[int, ...]) -> tuple[int, ...]:
    """The goals as something to minimise lexicographically."""
    return tuple(
        v if g.sense == "minimize" else -v
        for v, g in zip(goal_values(problem, values), problem.goals, strict=True)
    )


def best_of(problem: Problem) -> tuple[int, ...] | None:
    """The lexicographically best solution, the lexicographically first among equals."""
    found = solutions_of(problem)
    return min(found, key=lambda s: (signed_goals(problem, s), s)) if found else None
