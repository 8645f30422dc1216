"""Look-ups: rows with known keys are folded, the rest becomes a small table of the solver.

A table is first cut down to the rows that the known keys leave and the others can reach, so that
`block_time[res, s, b == 1, k, e]` of stage 3 asks a table over `(res, k, e)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix
from archwright.dsl.diagnostics import Value as Shown
from archwright.dsl.types import Num, TableType
from archwright.dsl.units import Dimension
from archwright.solvers.expressions import Expr, Op
from archwright.solvers.memory import LIMIT_BITS

from ..bound import key_text
from ..mistakes import missing_rows, value_text
from ..table_columns import ROOM, BoundTable, Codes, Column
from ..values import Enumerator, Value
from .logic import Truth
from .numbers import Term
from .scope import Scope
from .values import Lowered, RowRef, Symbol, TableRef

if TYPE_CHECKING:
    from .core import Lowering


def look_up(low: Lowering, row: RowRef, column: str, node: nodes.Field, scope: Scope) -> Lowered:
    """One column of the row with some keys."""
    table = row.table.table
    place = table.value_names.index(column)
    keys = [_plain(low, k, node) for k in row.keys]
    known = {i: k for i, k in enumerate(keys) if isinstance(k, Fraction | bool | Enumerator)}
    if len(known) == len(keys):
        return _known(low, row.table, tuple(keys), place, node, scope)
    open_places = [i for i in range(len(keys)) if i not in known]
    found = _Found.rows(table, known, {i: keys[i] for i in open_places})
    exprs = [_expression(keys[i]) for i in open_places]
    wanted = _reached(low, exprs, scope.path)
    if wanted is None:
        lacking = True
    else:
        found, lacking = found.among(wanted)
    if lacking and not table.partial:
        _tell(row.table, keys, open_places, wanted, found, node)
    if not len(found.numbers):
        low.structure(False, scope.path, f"row of {table.name}", node, scope)
        return _anything(table, place)
    if lacking:
        full = low.compact.columns(found.codes, np.zeros(len(found.numbers), np.int64))
        there = low.logic.fold(low.problem.has_row(full, exprs))
        low.structure(there, scope.path, f"row of {table.name}", node, scope)
    cells = table.values[place].part(found.numbers)
    value = _column(low, found.codes, cells, exprs)
    number = value.numerator if isinstance(value, Term) else None
    looked_up = number is not None and low.problem.ops[number.node] is Op.LOOKUP
    if number is not None and looked_up and max(-number.lo, number.hi) >= 1 << LIMIT_BITS:
        _too_wide(cells, table, found.numbers, node)
    return value


def _plain(low: Lowering, key: Lowered, node: nodes.Node) -> Lowered:
    if isinstance(key, Fraction | bool | Enumerator | Symbol | Expr):
        return key
    return low.numbers.settled(low.as_number(key, node))  # also a logarithm of a known number


def _known(
    low: Lowering,
    reference: TableRef,
    key: tuple[Value, ...],
    place: int,
    node: nodes.Field,
    scope: Scope,
) -> Lowered:
    table = reference.table
    row = table.row(key)
    if row is not None:
        return table.values[place].value(row)
    if not table.partial:
        raise ArchError(missing_rows(table, key, node, _dimensions(reference)))
    low.structure(False, scope.path, f"row of {table.name}", node, scope)
    return _anything(table, place)


def _anything(table: BoundTable, place: int) -> Value:
    """A value where there is no row; structure forbids to get here."""
    return table.values[place].value(0) if len(table) else Fraction(0)


def _expression(key: Lowered) -> Expr:
    if isinstance(key, Term):
        return key.numerator
    if isinstance(key, Symbol):
        return key.position
    expr: Expr = key
    return expr


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of a table whose known keys fit, and their other keys as the solver sees them.

    Attributes
    ----------
    numbers : array of int64, shape (rows,)
        Which rows of the table, in its order.
    codes : array of int64, shape (rows, open keys)
    """

    numbers: Codes
    codes: Codes

    @classmethod
    def rows(
        cls, table: BoundTable, known: Mapping[int, Value], open_keys: Mapping[int, Lowered]
    ) -> _Found:
        """The rows that the known keys leave and the others could ever be."""
        numbers = table.some(known) if known else np.arange(len(table))
        codes = np.empty((len(numbers), len(open_keys)), np.int64)
        fits = np.ones(len(numbers), bool)
        for place, (i, key) in enumerate(open_keys.items()):
            codes[:, place], possible = _encode(table.keys[i].part(numbers), key)
            fits &= possible
        return cls(numbers, codes) if fits.all() else cls(numbers[fits], codes[fits])

    def among(self, wanted: _Wanted) -> tuple[_Found, bool]:
        """The rows that can be asked for, and whether any that can be asked for is lacking."""
        there = wanted.has(self.codes)
        count = int(there.sum())
        found = self if count == len(there) else _Found(self.numbers[there], self.codes[there])
        return found, count < wanted.count


def _encode(column: Column, key: Lowered) -> tuple[Codes, NDArray[np.bool_]]:
    """A column of keys as the solver sees it, and which of them the expression could ever be."""
    codes = column.codes
    every = np.ones(len(codes), bool)
    if isinstance(key, Symbol):
        same = bool(column.members) and column.members[0].enum == key.members[0].enum
        return (codes, every) if same else (np.zeros_like(every, np.int64), ~every)
    if isinstance(key, Term):
        if column.scale is None:
            return np.zeros_like(every, np.int64), ~every
        ratio = column.scale / key.scale
        above, below = ratio.numerator, ratio.denominator
        wide = codes.dtype == object or above * int(np.abs(codes).max(initial=0)) >= ROOM
        scaled = (codes.astype(object) if wide else codes) * above
        fits = np.asarray(scaled % below == 0, bool)
        if wide:  # no expression of the solver reaches beyond
            fits &= np.asarray(np.abs(scaled // below) < ROOM, bool)
        return np.where(fits, scaled // below, 0).astype(np.int64), fits
    truth = column.scale is None and not column.members
    return (codes, every) if truth else (np.zeros_like(every, np.int64), ~every)


def _decode(code: tuple[int, ...], keys: Sequence[Lowered]) -> tuple[Value, ...]:
    found: list[Value] = []
    for number, key in zip(code, keys, strict=True):
        if isinstance(key, Symbol):
            found.append(next(m for m in key.members if m.position == number))
        elif isinstance(key, Term):
            found.append(key.scale * number)
        else:
            found.append(bool(number))
    return tuple(found)


class _Wanted:
    """The key tuples that can come up: a list, or every combination of some values.

    Parameters
    ----------
    values : sequence of arrays
        The values of each key, rising.
    listed : array of int64, shape (tuples, keys), optional
        The tuples, where they are known jointly.
    """

    def __init__(self, values: Sequence[Codes], listed: Codes | None = None) -> None:
        self.values, self._listed = values, listed
        self.count = prod(map(len, values)) if listed is None else len(listed)
        self._places = None if listed is None else np.sort(self._place(listed))

    def has(self, codes: Codes) -> NDArray[np.bool_]:
        """Which of some key tuples are among them."""
        inside = np.ones(len(codes), bool)
        for place, values in enumerate(self.values):
            inside &= _is_in(codes[:, place], values)
        if self._places is not None:
            inside[inside] = _is_in(self._place(codes[inside]), self._places)
        return inside

    def _place(self, codes: Codes) -> Codes:
        """One number for each tuple; all its values are among those of their key."""
        number, room = np.zeros(len(codes), np.int64), 1
        for place, values in enumerate(self.values):
            room *= len(values)
            if room >= ROOM:
                number = number.astype(object)
            number = number * len(values) + np.searchsorted(values, codes[:, place])
        return number

    def first_beside(self, codes: Codes) -> tuple[int, ...]:
        """The first of them that some others of them leave out."""
        there = set(map(tuple, codes.tolist()))
        listed = self._listed
        every = (
            product(*(values.tolist() for values in self.values))
            if listed is None
            else map(tuple, listed.tolist())
        )
        return next(key for key in every if key not in there)


def _is_in(codes: Codes, values: Codes) -> NDArray[np.bool_]:
    """Membership in rising values."""
    if not len(values):
        return np.zeros(len(codes), bool)
    if int(values[-1]) - int(values[0]) == len(values) - 1:
        return np.asarray((codes >= values[0]) & (codes <= values[-1]), bool)
    places = np.minimum(np.searchsorted(values, codes), len(values) - 1)
    return np.asarray(values[places] == codes, bool)


def _reached(low: Lowering, exprs: Sequence[Expr], path: Truth) -> _Wanted | None:
    """The key tuples that can come up: jointly where few choices are involved, else one by one."""
    joint = low.reach.tuples(exprs, path)
    if joint is not None:
        listed = np.array(joint, np.int64).reshape(len(joint), len(exprs))
        return _Wanted([np.unique(listed[:, i]) for i in range(len(exprs))], listed)
    images = [low.reach.image(e, path) or range(e.lo, e.hi + 1) for e in exprs]
    if prod(map(len, images)) > low.limits.keys:
        return None
    return _Wanted([np.array(image, np.int64) for image in images])


def _too_wide(
    cells: Column, table: BoundTable, rows: NDArray[np.int64], node: nodes.Field
) -> NoReturn:
    """Tell that no common unit writes the cells as words of the solver, and the finest of them."""
    assert cells.scale is not None
    values = [code * cells.scale for code in cells.codes.tolist()]
    at = max(range(len(values)), key=lambda i: (values[i].denominator, abs(values[i])))
    key = key_text(table.name, tuple(k.value(int(rows[at])) for k in table.keys))
    column = node.name.text
    raise ArchError(
        Diagnostic(
            "too-wide",
            f"the cells of column `{column}` of `{table.name}` differ too much in size and "
            f"precision: in one unit they take more than {LIMIT_BITS} bits",
            node.span,
            "they are looked up here",
            values=(Shown(f"{key}.{column}", value_text(values[at])),),
            notes=(f"that is row {int(rows[at]) + 1}, the one with the finest step",),
            fixes=(Fix("round the cells of this column to fewer decimal places"),),
        )
    )


def _column(low: Lowering, codes: Codes, column: Column, exprs: list[Expr]) -> Lowered:
    """A look-up of what stands beside the keys."""
    numbers, first = column.codes, int(column.codes[0])
    if bool((numbers == first).all()):
        return column.decode(first)
    if column.scale is not None:
        divisor = int(np.gcd.reduce(numbers))
        table = low.compact.columns(codes, numbers // divisor)
        scale = column.scale * divisor
        return low.numbers.term(scale, low.problem.lookup(table, exprs))
    value = low.problem.lookup(low.compact.columns(codes, numbers), exprs)
    if column.members:
        return Symbol(tuple(column.members[i] for i in np.unique(numbers).tolist()), value)
    return value


def _tell(
    reference: TableRef,
    keys: Sequence[Lowered],
    open_places: list[int],
    wanted: _Wanted | None,
    found: _Found,
    node: nodes.Field,
) -> NoReturn:
    table = reference.table
    if wanted is None:
        raise ArchError(
            Diagnostic(
                "missing-row",
                f"`{table.name}` has {len(table):_} rows, but its keys here can take "
                f"more than {node.limits.keys:_} combinations",
                node.span,
                notes=(node.limits.note("keys"),),
                fixes=(Fix("add `partial` to make missing rows forbidden choices"),),
            )
        )
    whole = list(keys)
    first = wanted.first_beside(found.codes)
    for i, value in zip(open_places, _decode(first, [keys[i] for i in open_places]), strict=True):
        whole[i] = value
    lacking = wanted.count - len(found.codes)
    dimensions = _dimensions(reference)
    raise ArchError(missing_rows(table, tuple(whole), node, dimensions, lacking, wanted.count))


def _dimensions(reference: TableRef) -> list[Dimension | None]:
    """The dimensions of the keys of a table."""
    spec = reference.module.spec
    kind = spec.types[spec.names[reference.table.name]]
    types = kind.keys if isinstance(kind, TableType) else ()
    return [t.dimension if isinstance(t, Num) else None for t in types]
