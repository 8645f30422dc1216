"""The integer problem: variables with finite domains, named constraints, goals.

This is the modelling interface of `archwright.solvers`::

    p = Problem()
    x, y = p.integer("x", range(1, 9)), p.integer("y", [2, 4, 8])
    p.require(x * y <= 20, "area")
    p.maximize(x + y, "size")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import prod
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .errors import ModelError
from .expressions import Expr, Op
from .tables import Table

if TYPE_CHECKING:  # stating a problem shall not wait for its import
    import numpy as np
    from numpy.typing import NDArray

Bounds: TypeAlias = tuple[int, int]
Values: TypeAlias = range | tuple[int, ...]


@dataclass(frozen=True)
class Variable:
    """A decision: its name and its values in rising order (a range with step >= 1, or a tuple)."""

    name: str
    values: Values
    node: int


@dataclass(frozen=True)
class Constraint:
    """A condition that must hold.

    `group` is the name under which it may be dropped or blamed; None marks structure, which is
    never dropped. `origin` is opaque: the caller's own record of where the constraint came from.
    """

    node: int
    group: str | None
    origin: Any


@dataclass(frozen=True)
class Goal:
    """A quantity to make small or large."""

    node: int
    sense: Literal["minimize", "maximize"]
    name: str


class Problem:
    """Variables, constraints and goals over one table of interned nodes.

    Nodes may be added from several threads, and while questions are answered in others.

    Attributes
    ----------
    variables : list of Variable
        In order of declaration.
    constraints : list of Constraint
    goals : list of Goal
        In order; lexicographic unless `front` is set.
    front : bool
        The goals span a Pareto front instead.
    ops, args, data, bounds : list
        The node table, by node number: kind, operand nodes, what is not a node, and bounds that
        follow from the domains alone. Operands always have smaller numbers than their node.
    tables : list of Table
    """

    def __init__(self) -> None:
        self.variables: list[Variable] = []
        self.constraints: list[Constraint] = []
        self.goals: list[Goal] = []
        self.front = False
        self.ops: list[Op] = []
        self.args: list[tuple[int, ...]] = []
        self.data: list[Any] = []
        self.bounds: list[Bounds] = []
        self.tables: list[Table] = []
        self._known: dict[tuple[Op, tuple[int, ...], Any], int] = {}
        self._lock = RLock()  # of the nodes, which copies share

    # ------------------------------------------------------------------------------- statements

    def integer(self, name: str, values: Iterable[int]) -> Expr:
        """A new variable over `values` (a range stays a range, anything else becomes a tuple).

        Raises
        ------
        ModelError
            If there is no value.
        """
        domain: Values
        if isinstance(values, range):
            domain = values if values.step > 0 else values[::-1]
        else:
            domain = tuple(sorted(set(values)))
        if not domain:
            raise ModelError(f"variable {name} has an empty domain")
        node = self._new(Op.VARIABLE, (), len(self.variables), (domain[0], domain[-1]))
        self.variables.append(Variable(name, domain, node))
        return Expr(self, node)

    def boolean(self, name: str) -> Expr:
        """A new variable that is 0 or 1."""
        return self.integer(name, range(2))

    def require(
        self, condition: Expr | bool, group: str | None = None, origin: object = None
    ) -> None:
        """State that `condition` holds; a conjunction is split into its parts."""
        node = self._truth(condition)
        parts = self.args[node] if self.ops[node] is Op.AND else (node,)
        for part in parts:
            self.constraints.append(Constraint(part, group, origin))

    def minimize(self, value: Expr | int, name: str = "goal") -> None:
        """Add a goal; goals are lexicographic in the order in which they are added."""
        self.goals.append(Goal(self.sum([value]).node, "minimize", name))

    def maximize(self, value: Expr | int, name: str = "goal") -> None:
        """Add a goal; goals are lexicographic in the order in which they are added."""
        self.goals.append(Goal(self.sum([value]).node, "maximize", name))

    def table(self, rows: Mapping[tuple[int, ...], tuple[int, ...]]) -> Table:
        """A finite function, looked up with `lookup` and `has_row`."""
        self.tables.append(Table(len(self.tables), rows))
        return self.tables[-1]

    def table_of_arrays(self, keys: NDArray[np.int64], values: NDArray[np.int64]) -> Table:
        """The same of two arrays, of shapes (rows, keys) and (rows, columns); keys are distinct."""
        self.tables.append(Table(len(self.tables), arrays=(keys, values)))
        return self.tables[-1]

    # ------------------------------------------------------------------------------ expressions

    def constant(self, value: int) -> Expr:
        """A constant expression."""
        return Expr(self, self._constant(int(value)))

    def sum(
        self,
        terms: Iterable[Expr | int],
        coefficients: Iterable[int] | None = None,
        longest: int | None = None,
    ) -> Expr:
        """The sum of `terms`, each times its coefficient (1 where none are given).

        Sums among them are taken apart, but for those of more than `longest` terms: so running
        totals do not write out all that came before each time.
        """
        many = list(terms)
        factors = repeat(1, len(many)) if coefficients is None else coefficients
        bounds = self.bounds
        total = 0
        parts: dict[int, int] = {}
        for term, factor in zip(many, factors, strict=True):
            if not isinstance(term, Expr):
                total += factor * int(term)
                continue
            node = self._own(term)
            lo, hi = bounds[node]
            if lo == hi:
                total += factor * lo
            elif self.ops[node] is Op.SUM and (longest is None or len(self.args[node]) <= longest):
                total += self._take_apart(node, factor, parts, whole=longest is not None)
            else:
                parts[node] = parts.get(node, 0) + factor
        args = tuple([n for n in sorted(parts) if parts[n]])
        if not args:
            return self.constant(total)
        if len(args) == 1 and not total and parts[args[0]] == 1:
            return Expr(self, args[0])
        fs = tuple([parts[n] for n in args])
        lo = hi = total
        for n, f in zip(args, fs, strict=True):
            a, b = bounds[n]
            if f < 0:
                a, b = b, a
            lo += f * a
            hi += f * b
        return self._make(Op.SUM, args, (total, fs), (lo, hi))

    def _take_apart(self, node: int, factor: int, parts: dict[int, int], *, whole: bool) -> int:
        """Add the terms of a sum to `parts`; gives its constant. Sums in it may be kept whole."""
        total = 0
        waiting = [(node, factor)]
        while waiting:
            node, factor = waiting.pop()
            constant, factors = self.data[node]
            total += factor * constant
            for arg, f in zip(self.args[node], factors, strict=True):
                if not whole and self.ops[arg] is Op.SUM:
                    waiting.append((arg, factor * f))
                else:
                    parts[arg] = parts.get(arg, 0) + factor * f
        return total

    def product(self, factors: Iterable[Expr | int]) -> Expr:
        """The product of `factors`; constants are pulled in front."""
        scale = 1
        nodes: list[int] = []
        for factor in factors:
            if not isinstance(factor, Expr):
                scale *= int(factor)
                continue
            node = self._node(factor)
            op = self.ops[node]
            if op is Op.CONSTANT:
                scale *= self.data[node]
            elif op is Op.PRODUCT:
                nodes.extend(self.args[node])
            elif op is Op.SUM and len(self.args[node]) == 1 and not self.data[node][0]:
                scale *= self.data[node][1][0]
                inner = self.args[node][0]
                nodes.extend(self.args[inner] if self.ops[inner] is Op.PRODUCT else (inner,))
            else:
                nodes.append(node)
        if not nodes or not scale:
            return self.constant(scale)
        nodes.sort()
        if len(nodes) == 1:
            result = Expr(self, nodes[0])
        else:
            result = self._make(Op.PRODUCT, tuple(nodes), None, self._product_bounds(nodes))
        return result if scale == 1 else self.sum([result], [scale])

    def quotient(self, dividend: Expr | int, divisor: Expr | int) -> Expr:
        """floor(dividend / divisor); the divisor's bounds must be positive."""
        a, b = self._node(dividend), self._node(divisor)
        (al, ah), (bl, bh) = self.bounds[a], self.bounds[b]
        self._positive(b)
        if bl == bh == 1:
            return Expr(self, a)
        ends = [x // y for x in (al, ah) for y in (bl, bh)]
        return self._make(Op.QUOTIENT, (a, b), None, (min(ends), max(ends)))

    def remainder(self, dividend: Expr | int, divisor: Expr | int) -> Expr:
        """dividend - divisor * floor(dividend / divisor); the divisor must be positive."""
        a, b = self._node(dividend), self._node(divisor)
        (al, ah), (_, bh) = self.bounds[a], self.bounds[b]
        self._positive(b)
        if al == ah and self.bounds[b][0] == bh:
            return self.constant(al % bh)
        hi = min(bh - 1, ah) if al >= 0 else bh - 1
        return self._make(Op.REMAINDER, (a, b), None, (0, hi))

    def minimum(self, items: Iterable[Expr | int]) -> Expr:
        """The least of at least one item."""
        return self._extremum(Op.MINIMUM, items)

    def maximum(self, items: Iterable[Expr | int]) -> Expr:
        """The largest of at least one item."""
        return self._extremum(Op.MAXIMUM, items)

    def absolute(self, value: Expr | int) -> Expr:
        """The value without its sign."""
        node = self._node(value)
        lo, hi = self.bounds[node]
        if lo >= 0:
            return Expr(self, node)
        if hi <= 0:
            return -Expr(self, node)
        return self._make(Op.ABSOLUTE, (node,), None, (0, max(-lo, hi)))

    def choose(self, condition: Expr | bool, then: Expr | int, otherwise: Expr | int) -> Expr:
        """`then` where the condition holds, else `otherwise`."""
        c, a, b = self._truth(condition), self._node(then), self._node(otherwise)
        if self.bounds[c][0] == 1 or a == b:
            return Expr(self, a)
        if self.bounds[c][1] == 0:
            return Expr(self, b)
        (al, ah), (bl, bh) = self.bounds[a], self.bounds[b]
        return self._make(Op.CHOOSE, (c, a, b), None, (min(al, bl), max(ah, bh)))

    def lookup(self, table: Table, keys: Sequence[Expr | int], column: int = 0) -> Expr:
        """A column of the row with these keys.

        So that every expression has a value, keys without a row give the least value of the column;
        require `has_row` where that must not happen.
        """
        nodes = tuple(self._node(k) for k in keys)
        if len(nodes) != table.keys or not 0 <= column < table.columns:
            raise ModelError("a look-up does not fit its table")
        ends = [self.bounds[n] for n in nodes]
        least, most, count = table.extent(column, ends)
        if count < prod(hi - lo + 1 for lo, hi in ends):
            least, most = min(least, table.default(column)), max(most, table.default(column))
        return self._make(Op.LOOKUP, nodes, (table.number, column), (least, most))

    def has_row(self, table: Table, keys: Sequence[Expr | int]) -> Expr:
        """The table has a row with these keys."""
        nodes = tuple(self._node(k) for k in keys)
        if len(nodes) != table.keys:
            raise ModelError("a look-up does not fit its table")
        ends = [self.bounds[n] for n in nodes]
        if all(lo == hi for lo, hi in ends):
            return self.constant(tuple(lo for lo, _ in ends) in table.rows)
        if table.extent(0, ends)[2] == prod(hi - lo + 1 for lo, hi in ends):
            return self.constant(1)
        return self._make(Op.HAS_ROW, nodes, table.number, (0, 1))

    def at_most_zero(self, value: Expr | int) -> Expr:
        """The value is 0 or less."""
        node = self._node(value)
        lo, hi = self.bounds[node]
        if hi <= 0 or lo > 0:
            return self.constant(hi <= 0)
        return self._make(Op.AT_MOST_ZERO, (node,), None, (0, 1))

    def is_zero(self, value: Expr | int) -> Expr:
        """The value is 0."""
        node = self._node(value)
        lo, hi = self.bounds[node]
        if lo > 0 or hi < 0 or lo == hi:
            return self.constant(lo == hi == 0)
        if self.ops[node] is Op.SUM and self.data[node][1][0] < 0:
            total, fs = self.data[node]  # one form for x - y == 0 and y - x == 0
            node = self._make(
                Op.SUM, self.args[node], (-total, tuple(-f for f in fs)), (-hi, -lo)
            ).node
        return self._make(Op.IS_ZERO, (node,), None, (0, 1))

    def negation(self, condition: Expr | bool) -> Expr:
        """The condition does not hold."""
        node = self._truth(condition)
        if self.ops[node] is Op.NOT:
            return Expr(self, self.args[node][0])
        lo, hi = self.bounds[node]
        if lo == hi:
            return self.constant(1 - lo)
        if self.ops[node] is Op.AT_MOST_ZERO:  # not (x <= 0) is 1 - x <= 0
            return self.at_most_zero(1 - Expr(self, self.args[node][0]))
        return self._make(Op.NOT, (node,), None, (0, 1))

    def conjunction(self, conditions: Iterable[Expr | bool]) -> Expr:
        """All conditions hold (also when there are none)."""
        return self._junction(Op.AND, conditions)

    def disjunction(self, conditions: Iterable[Expr | bool]) -> Expr:
        """At least one condition holds."""
        return self._junction(Op.OR, conditions)

    def among(self, value: Expr | int, values: Iterable[int]) -> Expr:
        """The value is one of `values`."""
        node = self._node(value)
        lo, hi = self.bounds[node]
        allowed = tuple(sorted({v for v in values if lo <= v <= hi}))
        if not allowed:
            return self.constant(0)
        if len(allowed) == hi - lo + 1:
            return self.constant(1)
        if len(allowed) == 1:
            return self.is_zero(Expr(self, node) - allowed[0])
        return self._make(Op.AMONG, (node,), allowed, (0, 1))

    def divides(self, divisor: Expr | int, dividend: Expr | int) -> Expr:
        """Some whole q has dividend == divisor * q; 0 divides only 0."""
        a, b = self._node(divisor), self._node(dividend)
        (al, ah), (bl, bh) = self.bounds[a], self.bounds[b]
        if al == ah and bl == bh:
            return self.constant(bl % al == 0 if al else bl == 0)
        if (al == ah and abs(al) == 1) or bl == bh == 0:
            return self.constant(1)
        return self._make(Op.DIVIDES, (a, b), None, (0, 1))

    def all_different(self, items: Iterable[Expr | int]) -> Expr:
        """No two items have the same value."""
        nodes = tuple(sorted(self._node(i) for i in items))
        if len(nodes) < 2:
            return self.constant(1)
        if len(set(nodes)) < len(nodes):
            return self.constant(0)
        return self._make(Op.ALL_DIFFERENT, nodes, None, (0, 1))

    # --------------------------------------------------------------------------------- internals

    def _node(self, value: Expr | int) -> int:
        if not isinstance(value, Expr):
            return self._constant(int(value))
        node = self._own(value)
        lo, hi = self.bounds[node]
        return self._constant(lo) if lo == hi else node

    def _own(self, value: Expr) -> int:
        if value.problem.ops is not self.ops:  # a shallow copy has the same nodes
            raise ModelError("an expression of another problem")
        return value.node

    def _truth(self, condition: Expr | bool) -> int:
        node = self._node(condition)
        if not 0 <= self.bounds[node][0] <= self.bounds[node][1] <= 1:
            raise ModelError("a number where a truth value is needed")
        return node

    def _constant(self, value: int) -> int:
        return self._make(Op.CONSTANT, (), value, (value, value)).node

    def _positive(self, node: int) -> None:
        if self.bounds[node][0] < 1:
            raise ModelError("a divisor must be at least 1")

    def _product_bounds(self, nodes: Sequence[int]) -> Bounds:
        lo = hi = 1
        for node in nodes:
            a, b = self.bounds[node]
            if a < 0:
                break
            lo, hi = lo * a, hi * b
        else:  # nothing is negative, as mostly
            return lo, hi
        lo = hi = 1
        for node in sorted(set(nodes)):
            a, b = self.bounds[node]
            power = nodes.count(node)
            if power % 2 == 0 and a < 0:  # an even power is never negative
                a, b = (0 if b >= 0 else min(abs(a), abs(b))), max(abs(a), abs(b))
            ends = [x * y for x in (lo, hi) for y in (a**power, b**power)]
            lo, hi = min(ends), max(ends)
        return lo, hi

    def _extremum(self, op: Op, items: Iterable[Expr | int]) -> Expr:
        nodes = sorted({self._node(i) for i in items})
        if not nodes:
            raise ModelError("min and max need at least one item")
        pick = min if op is Op.MINIMUM else max
        lo = pick(self.bounds[n][0] for n in nodes)
        hi = pick(self.bounds[n][1] for n in nodes)
        if op is Op.MINIMUM:  # drop what can never be the least
            kept = [n for n in nodes if self.bounds[n][0] < hi or self.bounds[n] == (hi, hi)]
        else:
            kept = [n for n in nodes if self.bounds[n][1] > lo or self.bounds[n] == (lo, lo)]
        nodes = kept or nodes
        if len(nodes) == 1:
            return Expr(self, nodes[0])
        return self._make(op, tuple(nodes), None, (lo, hi))

    def _junction(self, op: Op, conditions: Iterable[Expr | bool]) -> Expr:
        neutral = 1 if op is Op.AND else 0
        nodes: set[int] = set()
        for condition in conditions:
            node = self._truth(condition)
            lo, hi = self.bounds[node]
            if lo == hi:
                if lo != neutral:
                    return self.constant(1 - neutral)
            elif self.ops[node] is op:
                nodes.update(self.args[node])
            else:
                nodes.add(node)
        if any(self.ops[n] is Op.NOT and self.args[n][0] in nodes for n in nodes):
            return self.constant(1 - neutral)
        if not nodes:
            return self.constant(neutral)
        if len(nodes) == 1:
            return Expr(self, nodes.pop())
        return self._make(op, tuple(sorted(nodes)), None, (0, 1))

    def _make(self, op: Op, args: tuple[int, ...], data: Any, bounds: Bounds) -> Expr:
        if bounds[0] == bounds[1] and op is not Op.CONSTANT:
            op, args, data = Op.CONSTANT, (), bounds[0]
        key = (op, args, data)
        node = self._known.get(key)
        if node is None:
            with self._lock:
                node = self._known.get(key)
                if node is None:
                    node = self._known[key] = self._new(op, args, data, bounds)
        return Expr(self, node)

    def _new(self, op: Op, args: tuple[int, ...], data: Any, bounds: Bounds) -> int:
        with self._lock:
            self.args.append(args)
            self.data.append(data)
            self.bounds.append(bounds)
            self.ops.append(op)  # last, so that whoever counts the nodes finds all of each
            return len(self.ops) - 1

    def text(self, node: int) -> str:
        """A node as readable text, for messages and tests."""
        op, args, data = self.ops[node], self.args[node], self.data[node]
        if op is Op.CONSTANT:
            return str(data)
        if op is Op.VARIABLE:
            return str(self.variables[data].name)
        inner = [self.text(a) for a in args]
        if op is Op.SUM:
            total, factors = data
            terms = [t if f == 1 else f"{f}*{t}" for f, t in zip(factors, inner, strict=True)]
            return "(" + " + ".join(terms + ([str(total)] if total else [])) + ")"
        signs = {Op.PRODUCT: "*", Op.QUOTIENT: "//", Op.REMAINDER: "%", Op.AND: "&", Op.OR: "|"}
        if op in signs:
            return "(" + f" {signs[op]} ".join(inner) + ")"
        if op is Op.AT_MOST_ZERO:
            return f"{inner[0]} <= 0"
        if op is Op.IS_ZERO:
            return f"{inner[0]} == 0"
        extra = [] if data is None else [str(data)]
        return f"{op.name.lower()}({', '.join(inner + extra)})"
