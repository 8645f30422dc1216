"""Writes the instructions of a nest: each node is computed at the level where it is decided.

Sums, products and other expressions of many operands are gathered as their operands are decided, so
that inner levels add the last operand only, and of all that was decided before a few registers
remain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd
from typing import TypeAlias

import numpy as np

from ..expressions import Op
from ..problem import Problem
from ..vectorised import Lookups
from . import layout
from .equations import Equation
from .layout import CHOOSE, HEAD

GATHERED = frozenset({Op.SUM, Op.PRODUCT, Op.MINIMUM, Op.MAXIMUM, Op.AND, Op.OR})
MERGE = {
    Op.PRODUCT: layout.MULTIPLY,
    Op.MINIMUM: layout.MINIMUM,
    Op.MAXIMUM: layout.MAXIMUM,
    Op.AND: layout.MINIMUM,
    Op.OR: layout.MAXIMUM,
}
BINARY = {
    Op.QUOTIENT: layout.QUOTIENT,
    Op.REMAINDER: layout.REMAINDER,
    Op.DIVIDES: layout.DIVIDES,
}


class Unsuited(Exception):
    """The problem has something that a nest cannot compute; the message says what."""


# (constant, factor, register): constant + factor * [register]; a number has no register (-1).
Form: TypeAlias = tuple[int, int, int]


def number(value: int) -> Form:
    """A constant as a form."""
    return value, 0, -1


class Emitter:
    """The code of a nest while it is written, level by level.

    Attributes
    ----------
    code : list of int
        Instructions of the level that is being written.
    data : list of int
        Lists that instructions refer to; addresses count from `base`, known at the end.
    placed : int
        The variables that have a value so far, as a bit mask.
    born, used : list of int
        For each register the level that writes it (-1: a constant) and the last that reads it.
    """

    def __init__(self, problem: Problem, masks: dict[int, int]) -> None:
        self.problem = problem
        self.masks = masks
        self.code: list[int] = []
        self.data: list[int] = []
        self.constants: dict[int, int] = {}
        self.born: list[int] = []
        self.used: list[int] = []
        self.level = -1
        self.placed = 0
        self.at: dict[int, int] = {}  # registers of decided nodes
        self.forms: dict[int, Form] = {}  # theirs, and of constants
        self.gathered: dict[int, tuple[int, Form, list[int]]] = {}  # by when; the rest
        self.lookups: dict[tuple[int, int], tuple[int, Lookups]] = {}
        self.known: dict[tuple[int, ...], int] = {}  # what this level has computed
        self.bit = 0  # of the variables that this level decides
        self.definitions: dict[int, Equation] = {}
        self.directions: dict[int, int | None] = {}
        self.outer: dict[tuple[int, bool], Form] = {}  # bounds that the domains alone give
        self.reached: dict[tuple[int, bool], tuple[int, Form]] = {}  # bounds, and what they rest on
        self.naturals: dict[int, bool] = {}
        self._wide: dict[int, int] = {}
        self._reaches: dict[int, int] = {}  # by defined variable, what its bounds depend on

    # ----------------------------------------------------------------------------- instructions

    def register(self, level: int) -> int:
        """A new register."""
        self.born.append(level)
        self.used.append(-1)
        return HEAD + len(self.born) - 1

    def constant(self, value: int) -> int:
        """The register that holds a constant."""
        if value not in self.constants:
            self.constants[value] = self.register(-1)
        return self.constants[value]

    def read(self, register: int) -> int:
        """The register, noted as read by this level."""
        self.used[register - HEAD] = self.level
        return register

    def emit(self, kind: int, a: int, b: int = 0, c: int = 0, d: int = 0) -> int:
        """An instruction; gives the register of its result."""
        used, level = self.used, self.level
        used[a - HEAD] = level
        if b:
            used[b - HEAD] = level
        if kind == CHOOSE:
            used[c - HEAD] = level
        key = (kind, a, b, c, d)
        target = self.known.get(key)
        if target is None:
            target = self.known[key] = HEAD + len(used)
            self.born.append(level)
            used.append(-1)
            self.code += (kind, target, a, b, c, d)
        return target

    def test(self, kind: int, a: int, b: int = 0, c: int = 0, last: bool = False) -> None:
        """A test; `last` says that larger values of the level's variable fail as well."""
        self.read(a)
        if b:
            self.read(b)
        key = (kind, a, b, c, -1)
        if key not in self.known:
            self.known[key] = 0
            self.code += (kind, int(last), a, b, c, 0)

    def begin(self, level: int) -> None:
        """Go on with another level; its code starts empty."""
        self.level = level
        self.known = {}
        self.directions = {}
        self.bit = 0
        self.code = []

    # ------------------------------------------------------------------------------------- forms

    def whole(self, form: Form) -> int:
        """The register of a form's value."""
        constant, factor, register = form
        if register < 0:
            return self.constant(constant)
        if factor == 1 and not constant:
            return register
        return self.emit(layout.LINE, register, c=factor, d=constant)

    def add(self, one: Form, other: Form, scale: int = 1) -> Form:
        """one + scale * other."""
        constant, first, register = one
        more, second, added = other
        constant += scale * more
        if added < 0 or not scale:
            return one if not more else (constant, first, register)
        second *= scale
        if register < 0:
            return constant, second, added
        factor = gcd(first, second)
        total = self.emit(layout.ADD, register, added, first // factor, second // factor)
        return constant, factor, total

    def times(self, one: Form, other: Form) -> Form:
        """one * other."""
        constant, first, register = one
        scale, second, other_register = other
        if other_register < 0:
            return constant * scale, first * scale, register if scale else -1
        if register < 0:
            return scale * constant, second * constant, other_register if constant else -1
        if constant or scale:
            return 0, 1, self.emit(layout.MULTIPLY, self.whole(one), self.whole(other))
        return 0, first * second, self.emit(layout.MULTIPLY, register, other_register)

    def negative(self, form: Form, sign: int = 1) -> Form:
        """The form times -1, or times 1 where the sign is -1."""
        constant, factor, register = form
        return -sign * constant, -sign * factor, register

    def over(self, one: Form, other: Form) -> Form:
        """floor(one / other), for a positive divisor."""
        if one[2] < 0 and other[2] < 0:
            return number(one[0] // other[0])
        a, b = self.whole(one), self.whole(other)
        return 0, 1, self.emit(layout.QUOTIENT, a, b)

    def merge(self, op: Op, one: Form, other: Form) -> Form:
        """Two operands of a minimum, a maximum or a junction of truth values."""
        if one[2] < 0 and other[2] < 0:
            pick = min if op in (Op.MINIMUM, Op.AND) else max
            return number(pick(one[0], other[0]))
        return (0, 1, self.emit(MERGE[op], self.whole(one), self.whole(other)))

    # ------------------------------------------------------------------------------------- nodes

    def decided(self, node: int) -> bool:
        """Whether all variables below a node have a value."""
        return not self.masks[node] & ~self.placed

    def static(self, node: int, upper: bool) -> Form:
        """A bound that follows from the domains alone."""
        found = self.outer.get((node, upper))
        if found is None:
            found = self.outer[node, upper] = number(self.problem.bounds[node][upper])
        return found

    def define(self, variable: int, mask: int) -> None:
        """Note that an equation over some variables bounds one of them."""
        self._reaches[variable] = self._spread(mask)
        self._wide.clear()

    def wide(self, node: int) -> int:
        """The variables on which the bounds of a node depend."""
        if node not in self._wide:
            self._wide[node] = self._spread(self.masks[node])
        return self._wide[node]

    def _spread(self, mask: int) -> int:
        wide = mask
        for variable, reaches in self._reaches.items():
            if mask >> variable & 1:
                wide |= reaches
        return wide

    def natural(self, node: int) -> bool:
        """Whether no operand of a node is ever negative."""
        if node not in self.naturals:
            bounds = self.problem.bounds
            self.naturals[node] = all(bounds[a][0] >= 0 for a in self.problem.args[node])
        return self.naturals[node]

    def form(self, node: int) -> Form:
        """A decided node."""
        found = self.forms.get(node)
        if found is not None:
            return found
        op = self.problem.ops[node]
        if op is Op.CONSTANT:
            found = number(self.problem.data[node])
        elif op in GATHERED:
            return self.gather(node)
        else:
            if node not in self.at:
                self.at[node] = self._compute(node)
            found = (0, 1, self.at[node])
        self.forms[node] = found
        return found

    def gather(self, node: int) -> Form:
        """What the decided operands of a sum, product, ... contribute."""
        placed = self.placed
        known = self.gathered.get(node)
        if known is not None and (known[0] == placed or not known[2]):
            return known[1]
        op, args = self.problem.ops[node], self.problem.args[node]
        if known is None:
            form = number(self.problem.data[node][0] if op is Op.SUM else 1)
            waiting = list(range(len(args)))
        else:
            _, form, waiting = known
        masks = self.masks
        ready = [i for i in waiting if not masks[args[i]] & ~placed]
        first = len(waiting) == len(args)
        for i in ready:
            other = self.form(args[i])
            if op is Op.SUM:
                form = self.add(form, other, self.problem.data[node][1][i])
            elif op is Op.PRODUCT:
                form = self.times(form, other)
            else:
                form = other if first else self.merge(op, form, other)
            first = False
        if ready:
            waiting = [i for i in waiting if i not in ready]
        self.gathered[node] = (placed, form, waiting)
        return form

    def rest(self, node: int) -> list[int]:
        """Which operands of a gathered node are not gathered yet."""
        known = self.gathered.get(node)
        return list(range(len(self.problem.args[node]))) if known is None else known[2]

    def _compute(self, node: int) -> int:
        op, args, data = self.problem.ops[node], self.problem.args[node], self.problem.data[node]
        if op is Op.AT_MOST_ZERO:
            return self.whole(self.at_most(self.form(args[0])))
        if op is Op.IS_ZERO:
            constant, factor, register = self.form(args[0])
            if constant % factor:
                return self.constant(0)
            return self.emit(layout.EQUALS, register, c=-(constant // factor))
        inner = [self.whole(self.form(a)) for a in args]
        if op in BINARY:
            return self.emit(BINARY[op], inner[0], inner[1])
        match op:
            case Op.ABSOLUTE:
                return self.emit(layout.ABSOLUTE, inner[0])
            case Op.CHOOSE:
                return self.emit(layout.CHOOSE, inner[0], inner[1], inner[2])
            case Op.NOT:
                return self.emit(layout.LINE, inner[0], c=-1, d=1)
            case Op.AMONG:
                return self.emit(layout.AMONG, inner[0], c=self.list(data), d=len(data))
            case Op.ALL_DIFFERENT:
                pairs = [
                    self.emit(layout.DIFFERS, a, b) for i, a in enumerate(inner) for b in inner[:i]
                ]
                result = pairs[0]
                for pair in pairs[1:]:
                    result = self.emit(layout.MINIMUM, result, pair)
                return result
            case Op.LOOKUP:
                return self._find(data[0], data[1], inner)
            case Op.HAS_ROW:
                return self._find(data, -1, inner)
        raise Unsuited(f"{op.name} in a nest")

    def at_most(self, form: Form) -> Form:
        """Whether a form is 0 or less, as a form."""
        constant, factor, register = form
        if register < 0:
            return number(int(constant <= 0))
        if factor > 0:
            return 0, 1, self.emit(layout.AT_MOST, register, c=-constant // factor)
        # constant <= -factor * x where x is at least some limit: not at most one less
        limit = -(constant // factor)
        return 1, -1, self.emit(layout.AT_MOST, register, c=limit - 1)

    def list(self, values: Iterable[int]) -> int:
        """Where a list of words will lie, counted from the start of the data."""
        start = len(self.data)
        self.data.extend(values)
        return start

    def _column(self, table: int, column: int) -> tuple[int, Lookups]:
        """A column of a table as a list; where it lies, and how places in it are found."""
        if (table, column) not in self.lookups:
            found = Lookups(self.problem.tables[table], column)
            if found.codes is not None or found.ranks:
                raise Unsuited("a table with scattered keys")
            self.lookups[table, column] = (self.list(found.found.tolist()), found)
        return self.lookups[table, column]

    def rises(self, lookup: int) -> bool:
        """Whether a look-up with one key never falls as its key rises."""
        (key, *more), (table, column) = self.problem.args[lookup], self.problem.data[lookup]
        if more:
            return False
        _, found = self._column(table, column)
        if self.problem.bounds[key][1] >= found.lows[0] + found.sizes[0]:
            return False  # keys without a row give the least value
        return bool((found.found[1:-1] >= found.found[:-2]).all())

    def _find(self, table: int, column: int, keys: Sequence[int]) -> int:
        start, found = self._column(table, column)
        place = self.constant(0)
        for key, low, size in zip(keys, np.asarray(found.lows).tolist(), found.sizes, strict=True):
            place = self.emit(layout.PLACE, place, key, low, size)
        return self.emit(layout.FIND, place, c=start, d=len(found.found))
