"""Writes the instructions of a nest: each node is computed at the level where it is decided.

Sums, products and other expressions of many operands are gathered as their operands are decided, so
that inner levels add the last operand only, and of all that was decided before a few registers
remain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd
from typing import NamedTuple

import numpy as np

from ..expressions import Op
from ..problem import Problem
from ..vectorised import Lookups
from . import layout
from .equations import Equation

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


class Form(NamedTuple):
    """constant + factor * [register]; a constant has no register (-1)."""

    constant: int
    factor: int = 0
    register: int = -1


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
        self.gathered: dict[int, tuple[Form, list[int]]] = {}  # and what is not gathered yet
        self.lookups: dict[tuple[int, int], tuple[int, Lookups]] = {}
        self.known: dict[tuple[int, ...], int] = {}  # what this level has computed
        self.bit = 0  # of the variables that this level decides
        self.definitions: dict[int, Equation] = {}
        self.directions: dict[int, int | None] = {}
        self.reached: dict[tuple[int, bool], tuple[int, Form]] = {}  # bounds, and what they rest on
        self.naturals: dict[int, bool] = {}
        self._wide: dict[int, int] = {}
        self._reaches: dict[int, int] = {}  # by defined variable, what its bounds depend on

    # ----------------------------------------------------------------------------- instructions

    def register(self, level: int) -> int:
        """A new register."""
        self.born.append(level)
        self.used.append(-1)
        return layout.HEAD + len(self.born) - 1

    def constant(self, value: int) -> int:
        """The register that holds a constant."""
        if value not in self.constants:
            self.constants[value] = self.register(-1)
        return self.constants[value]

    def read(self, register: int) -> int:
        """The register, noted as read by this level."""
        self.used[register - layout.HEAD] = self.level
        return register

    def emit(self, kind: int, a: int, b: int = 0, c: int = 0, d: int = 0) -> int:
        """An instruction; gives the register of its result."""
        used = self.used
        used[a - layout.HEAD] = self.level
        if b:
            used[b - layout.HEAD] = self.level
        if kind == layout.CHOOSE:
            used[c - layout.HEAD] = self.level
        key = (kind, a, b, c, d)
        target = self.known.get(key)
        if target is None:
            target = self.known[key] = self.register(self.level)
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
        if form.register < 0:
            return self.constant(form.constant)
        if form.factor == 1 and not form.constant:
            return form.register
        return self.emit(layout.LINE, form.register, c=form.factor, d=form.constant)

    def add(self, one: Form, other: Form, scale: int = 1) -> Form:
        """one + scale * other."""
        constant, first, register = one
        more, second, added = other
        constant += scale * more
        if added < 0 or not scale:
            return one if not more else Form(constant, first, register)
        second *= scale
        if register < 0:
            return Form(constant, second, added)
        factor = gcd(first, second)
        total = self.emit(layout.ADD, register, added, first // factor, second // factor)
        return Form(constant, factor, total)

    def times(self, one: Form, other: Form) -> Form:
        """one * other."""
        if one.register < 0:
            one, other = other, one
        if other.register < 0:
            scale = other.constant
            return Form(one.constant * scale, one.factor * scale, one.register if scale else -1)
        if one.constant or other.constant:
            return Form(0, 1, self.emit(layout.MULTIPLY, self.whole(one), self.whole(other)))
        product = self.emit(layout.MULTIPLY, one.register, other.register)
        return Form(0, one.factor * other.factor, product)

    def negative(self, form: Form, sign: int = 1) -> Form:
        """The form times -1, or times 1 where the sign is -1."""
        return Form(-sign * form.constant, -sign * form.factor, form.register)

    def over(self, one: Form, other: Form) -> Form:
        """floor(one / other), for a positive divisor."""
        if one.register < 0 and other.register < 0:
            return Form(one.constant // other.constant)
        a, b = self.whole(one), self.whole(other)
        return Form(0, 1, self.emit(layout.QUOTIENT, a, b))

    def merge(self, op: Op, one: Form, other: Form) -> Form:
        """Two operands of a minimum, a maximum or a junction of truth values."""
        if one.register < 0 and other.register < 0:
            pick = min if op in (Op.MINIMUM, Op.AND) else max
            return Form(pick(one.constant, other.constant))
        return Form(0, 1, self.emit(MERGE[op], self.whole(one), self.whole(other)))

    # ------------------------------------------------------------------------------------- nodes

    def decided(self, node: int) -> bool:
        """Whether all variables below a node have a value."""
        return not self.masks[node] & ~self.placed

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
        op = self.problem.ops[node]
        if op is Op.CONSTANT:
            return Form(self.problem.data[node])
        if node in self.at:
            return Form(0, 1, self.at[node])
        if op in GATHERED:
            return self.gather(node)
        self.at[node] = self._compute(node)
        return Form(0, 1, self.at[node])

    def gather(self, node: int) -> Form:
        """What the decided operands of a sum, product, ... contribute."""
        op, args = self.problem.ops[node], self.problem.args[node]
        if node not in self.gathered:
            start = Form(self.problem.data[node][0] if op is Op.SUM else 1)
            self.gathered[node] = (start, list(range(len(args))))
        form, waiting = self.gathered[node]
        if not waiting:
            return form
        masks, open_ = self.masks, ~self.placed
        ready = [i for i in waiting if not masks[args[i]] & open_]
        if not ready:
            return form
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
        self.gathered[node] = (form, [i for i in waiting if i not in ready])
        return form

    def rest(self, node: int) -> list[int]:
        """Which operands of a gathered node are not gathered yet."""
        return (
            self.gathered[node][1]
            if node in self.gathered
            else list(range(len(self.problem.args[node])))
        )

    def _compute(self, node: int) -> int:
        op, args, data = self.problem.ops[node], self.problem.args[node], self.problem.data[node]
        if op is Op.AT_MOST_ZERO:
            return self.whole(self.at_most(self.form(args[0])))
        if op is Op.IS_ZERO:
            form = self.form(args[0])
            if form.constant % form.factor:
                return self.constant(0)
            return self.emit(layout.EQUALS, form.register, c=-(form.constant // form.factor))
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
        if form.register < 0:
            return Form(int(form.constant <= 0))
        if form.factor > 0:
            return Form(
                0, 1, self.emit(layout.AT_MOST, form.register, c=-form.constant // form.factor)
            )
        # constant <= -factor * x where x is at least some limit: not at most one less
        limit = -(form.constant // form.factor)
        below = self.emit(layout.AT_MOST, form.register, c=limit - 1)
        return Form(1, -1, below)

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
