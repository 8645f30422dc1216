"""A problem in the words of CP-SAT, and its answer: a second opinion where brute force is too slow.

Needs `ortools`. Goals are optimised one after the other.
"""

from __future__ import annotations

from itertools import combinations, product
from math import prod

from ortools.sat.python import cp_model

from archwright.solvers.expressions import Op
from archwright.solvers.problem import Problem

GRID = 4000  # key combinations of a look-up that are written out
REACH = 2**40  # numbers up to which a problem is translated


class Untranslated(Exception):
    """The problem has something that is not translated; the message says what."""


class Translation:
    """The nodes of a problem as variables of a CP-SAT model."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        self.at: dict[int, cp_model.IntVar] = {}
        for node in range(len(problem.ops)):
            self.at[node] = self._node(node)
        for constraint in problem.constraints:
            self.model.add(self.at[constraint.node] == 1)

    def _new(self, lo: int, hi: int) -> cp_model.IntVar:
        if max(abs(lo), abs(hi)) > REACH:
            raise Untranslated("large numbers")
        return self.model.new_int_var(lo, hi, "")

    def _node(self, node: int) -> cp_model.IntVar:
        problem, model = self.problem, self.model
        op, data = problem.ops[node], problem.data[node]
        args = [self.at[a] for a in problem.args[node]]
        bounds = [problem.bounds[a] for a in problem.args[node]]
        if op is Op.VARIABLE:
            values = problem.variables[data].values
            return model.new_int_var_from_domain(cp_model.Domain.from_values(list(values)), "")
        z = self._new(*problem.bounds[node])
        match op:
            case Op.CONSTANT:
                pass
            case Op.SUM:
                terms = [f * a for f, a in zip(data[1], args, strict=True)]
                model.add(z == sum(terms) + data[0])
            case Op.PRODUCT:
                first, reach = args[0], bounds[0]
                for arg, other in zip(args[1:], bounds[1:], strict=True):
                    ends = [a * b for a in reach for b in other]
                    reach = (min(ends), max(ends))
                    result = self._new(*reach)
                    model.add_multiplication_equality(result, [first, arg])
                    first = result
                model.add(z == first)
            case Op.QUOTIENT | Op.REMAINDER:
                (lo, hi), (_, most) = bounds
                q = z if op is Op.QUOTIENT else self._new(min(lo, 0), max(hi, 0))
                r = z if op is Op.REMAINDER else self._new(0, most - 1)
                self._divided(args[0], args[1], q, r, bounds)
            case Op.MINIMUM:
                model.add_min_equality(z, args)
            case Op.MAXIMUM:
                model.add_max_equality(z, args)
            case Op.ABSOLUTE:
                model.add_abs_equality(z, args[0])
            case Op.CHOOSE:
                holds = self._holds(args[0])
                model.add(z == args[1]).only_enforce_if(holds)
                model.add(z == args[2]).only_enforce_if(holds.negated())
            case Op.LOOKUP | Op.HAS_ROW:
                self._looked_up(node, z, args)
            case Op.AT_MOST_ZERO:
                self._among(z, args[0], [(min(bounds[0][0], 0), 0)])
            case Op.IS_ZERO:
                self._among(z, args[0], [(0, 0)])
            case Op.AND:
                model.add_min_equality(z, args)
            case Op.OR:
                model.add_max_equality(z, args)
            case Op.NOT:
                model.add(z == 1 - args[0])
            case Op.AMONG:
                self._among(z, args[0], [(v, v) for v in data])
            case Op.DIVIDES:
                if bounds[0][0] < 1:
                    raise Untranslated("divisors of any sign")
                lo, hi = bounds[1]
                q, r = self._new(min(lo, 0), max(hi, 0)), self._new(0, bounds[0][1] - 1)
                self._divided(args[1], args[0], q, r, bounds[::-1])
                self._among(z, r, [(0, 0)])
            case Op.ALL_DIFFERENT:
                equal = []
                for a, b in combinations(args, 2):
                    gap, same = self._new(-REACH, REACH), self._new(0, 1)
                    model.add(gap == a - b)
                    self._among(same, gap, [(0, 0)])
                    equal.append(same)
                model.add_max_equality(1 - z, equal)
        return z

    def _holds(self, x: cp_model.IntVar) -> cp_model.IntVar:
        """A truth variable of a number in 0 .. 1."""
        holds = self.model.new_bool_var("")
        self.model.add(x == holds)
        return holds

    def _among(
        self, z: cp_model.IntVar, x: cp_model.IntVar, intervals: list[tuple[int, int]]
    ) -> None:
        """z is 1 iff x lies in one of some intervals."""
        inside = cp_model.Domain.from_intervals(intervals)
        holds = self._holds(z)
        self.model.add_linear_expression_in_domain(x, inside).only_enforce_if(holds)
        self.model.add_linear_expression_in_domain(x, inside.complement()).only_enforce_if(
            holds.negated()
        )

    def _divided(
        self,
        a: cp_model.IntVar,
        b: cp_model.IntVar,
        q: cp_model.IntVar,
        r: cp_model.IntVar,
        bounds: list[tuple[int, int]],
    ) -> None:
        """a = q * b + r with 0 <= r < b."""
        (lo, hi), (_, most) = bounds
        whole = self._new(lo - most, hi)
        self.model.add_multiplication_equality(whole, [q, b])
        self.model.add(a == whole + r)
        self.model.add(r >= 0)
        self.model.add(r < b)

    def _looked_up(self, node: int, z: cp_model.IntVar, keys: list[cp_model.IntVar]) -> None:
        problem = self.problem
        ends = [problem.bounds[a] for a in problem.args[node]]
        if prod(hi - lo + 1 for lo, hi in ends) > GRID:
            raise Untranslated("look-ups with many keys")
        rows = []
        data = problem.data[node]
        for key in product(*(range(lo, hi + 1) for lo, hi in ends)):
            if problem.ops[node] is Op.HAS_ROW:
                value = int(key in problem.tables[data].rows)
            else:
                table, column = problem.tables[data[0]], data[1]
                row = table.rows.get(key)
                value = table.default(column) if row is None else row[column]
            rows.append((*key, value))
        self.model.add_allowed_assignments([*keys, z], rows)


def solve(problem: Problem, seconds: float = 20.0) -> tuple[int, ...] | str | None:
    """The best goals, None if nothing fits, or why that is not known."""
    translation = Translation(problem)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    values: list[int] = []
    for goal in problem.goals:
        x = translation.at[goal.node]
        if goal.sense == "minimize":
            translation.model.minimize(x)
        else:
            translation.model.maximize(x)
        status = solver.solve(translation.model)
        if status == cp_model.INFEASIBLE:
            return None
        if status != cp_model.OPTIMAL:
            return solver.status_name(status).lower()
        values.append(solver.value(x))
        translation.model.add(x == values[-1])
    return tuple(values)
