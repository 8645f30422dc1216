"""Look-ups: rows with known keys are folded, the rest becomes a small table of the solver.

A table is first cut down to the rows that the known keys leave and the others can reach, so that
`block_time[res, s, b == 1, k, e]` of stage 3 asks a table over `(res, k, e)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, NoReturn

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix
from archwright.dsl.types import Num, TableType
from archwright.dsl.units import Dimension
from archwright.solvers.expressions import Expr
from archwright.solvers.problem import Table

from ..bound import BoundTable
from ..mistakes import missing_rows
from ..values import Enumerator, Value
from .logic import Truth
from .numbers import Term, common_scale
from .scope import Scope
from .values import Lowered, RowRef, Symbol, TableRef

if TYPE_CHECKING:
    from .core import Lowering

Rows = Mapping[tuple[Value, ...], tuple[Value, ...]]
KEY_LIMIT = 1 << 20  # key tuples visited to see which are reachable


def look_up(low: Lowering, row: RowRef, column: str, node: nodes.Field, scope: Scope) -> Lowered:
    """One column of the row with some keys."""
    table = row.table.table
    place = table.value_names.index(column)
    keys = [_plain(low, k, node) for k in row.keys]
    if all(isinstance(k, Fraction | bool | Enumerator) for k in keys):
        return _known(low, row.table, tuple(keys), place, node, scope)
    open_places = [i for i, k in enumerate(keys) if not isinstance(k, Fraction | bool | Enumerator)]
    rows = _slice(low, row, table, keys, open_places)
    exprs = [_expression(keys[i]) for i in open_places]
    encoded = {
        code: values
        for key, values in rows.items()
        if (code := _encode(key, [keys[i] for i in open_places])) is not None
    }
    reached = _reached(low, exprs, scope.path)
    wanted = set(reached) if reached is not None else None
    missing = _missing(exprs, encoded, wanted)
    if missing and not table.partial:
        _tell(row.table, keys, open_places, wanted, node)
    if wanted is not None:
        encoded = {k: v for k, v in encoded.items() if k in wanted}
    if not encoded:
        low.structure(False, scope.path, f"row of {table.name}", node, scope)
        return _anything(table, place)
    if missing:
        full = _table(low, encoded, None)
        there = low.logic.fold(low.problem.has_row(full, exprs))
        low.structure(there, scope.path, f"row of {table.name}", node, scope)
    return _column(low, encoded, exprs, place)


def _plain(low: Lowering, key: Lowered, node: nodes.Node) -> Lowered:
    if isinstance(key, Fraction | Term | bool | Enumerator | Symbol | Expr):
        return key
    return low.as_number(key, node)


def _known(
    low: Lowering,
    reference: TableRef,
    key: tuple[Value, ...],
    place: int,
    node: nodes.Field,
    scope: Scope,
) -> Lowered:
    table = reference.table
    row = table.rows.get(key)
    if row is not None:
        return row[place]
    if not table.partial:
        raise ArchError(missing_rows(table, [key], node, _dimensions(reference)))
    low.structure(False, scope.path, f"row of {table.name}", node, scope)
    return _anything(table, place)


def _anything(table: BoundTable, place: int) -> Value:
    """A value where there is no row; structure forbids to get here."""
    return next(iter(table.rows.values()))[place] if table.rows else Fraction(0)


def _slice(
    low: Lowering, row: RowRef, table: BoundTable, keys: Sequence[Lowered], open_places: list[int]
) -> Rows:
    """The rows that the known keys leave, by the other keys."""
    memory = row.table.module.memory
    closed = [i for i in range(len(keys)) if i not in open_places]
    index_key = ("slices", table.name, tuple(closed))
    if index_key not in memory:
        slices: dict[tuple[Value, ...], dict[tuple[Value, ...], tuple[Value, ...]]] = {}
        for key, values in table.rows.items():
            part = slices.setdefault(tuple(key[i] for i in closed), {})
            part[tuple(key[i] for i in open_places)] = values
        memory[index_key] = slices
    found: Rows = memory[index_key].get(tuple(keys[i] for i in closed), {})
    return found


def _expression(key: Lowered) -> Expr:
    if isinstance(key, Term):
        return key.numerator
    if isinstance(key, Symbol):
        return key.position
    expr: Expr = key
    return expr


def _encode(key: tuple[Value, ...], keys: Sequence[Lowered]) -> tuple[int, ...] | None:
    """A row's key as the solver sees it; None if the expression can never be that."""
    code = []
    for value, key_part in zip(key, keys, strict=True):
        if isinstance(key_part, Symbol):
            if not isinstance(value, Enumerator) or value.enum != key_part.members[0].enum:
                return None
            code.append(value.position)
        elif isinstance(key_part, Term):
            if isinstance(value, bool | Enumerator):
                return None
            quotient = value / key_part.scale
            if quotient.denominator != 1:
                return None
            code.append(int(quotient))
        else:
            if not isinstance(value, bool):
                return None
            code.append(int(value))
    return tuple(code)


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


def _reached(low: Lowering, exprs: Sequence[Expr], path: Truth) -> list[tuple[int, ...]] | None:
    """The key tuples that can come up: jointly where few choices are involved, else one by one."""
    joint = low.reach.tuples(exprs, path)
    if joint is not None:
        return joint
    images = [low.reach.image(e, path) or list(range(e.lo, e.hi + 1)) for e in exprs]
    if prod(len(i) for i in images) > KEY_LIMIT:
        return None
    found: list[tuple[int, ...]] = [()]
    for image in images:
        found = [(*key, value) for key in found for value in image]
    return found


def _missing(
    exprs: Sequence[Expr],
    rows: Mapping[tuple[int, ...], object],
    wanted: set[tuple[int, ...]] | None,
) -> list[tuple[int, ...]]:
    if wanted is not None:
        return sorted(key for key in wanted if key not in rows)
    first = tuple(e.lo for e in exprs)
    return [first]  # too many to list, so more than any table has


def _table(
    low: Lowering, rows: Mapping[tuple[int, ...], object], values: Sequence[int] | None
) -> Table:
    """A table of the solver with one column, or with none that matters."""
    numbers = values or [0] * len(rows)
    return low.compact.table({key: (v,) for key, v in zip(rows, numbers, strict=True)})


def _column(
    low: Lowering, rows: Mapping[tuple[int, ...], tuple[Value, ...]], exprs: list[Expr], place: int
) -> Lowered:
    values = [row[place] for row in rows.values()]
    first = values[0]
    if all(v == first for v in values):
        return first
    if isinstance(first, Fraction):
        numbers = [v for v in values if isinstance(v, Fraction)]
        scale = common_scale(numbers)
        table = _table(low, rows, [int(v / scale) for v in numbers])
        return low.numbers.term(scale, low.problem.lookup(table, exprs))
    if isinstance(first, Enumerator):
        members = [v for v in values if isinstance(v, Enumerator)]
        table = _table(low, rows, [m.position for m in members])
        seen = tuple(sorted(dict.fromkeys(members)))
        return Symbol(seen, low.problem.lookup(table, exprs))
    table = _table(low, rows, [int(bool(v)) for v in values])
    return low.problem.lookup(table, exprs)


def _tell(
    reference: TableRef,
    keys: Sequence[Lowered],
    open_places: list[int],
    wanted: set[tuple[int, ...]] | None,
    node: nodes.Field,
) -> NoReturn:
    table = reference.table
    if wanted is None:
        raise ArchError(
            Diagnostic(
                "missing-row",
                f"`{table.name}` has {len(table.rows):_} rows, but its keys here can take "
                f"more than {KEY_LIMIT:_} combinations",
                node.span,
                fixes=(Fix("add `partial` to make missing rows forbidden choices"),),
            )
        )
    needed = []
    for code in sorted(wanted):
        whole = list(keys)
        decoded = _decode(code, [keys[i] for i in open_places])
        for i, value in zip(open_places, decoded, strict=True):
            whole[i] = value
        needed.append(tuple(whole))
    raise ArchError(missing_rows(table, needed, node, _dimensions(reference)))


def _dimensions(reference: TableRef) -> list[Dimension | None]:
    """The dimensions of the keys of a table."""
    spec = reference.module.spec
    kind = spec.types[spec.names[reference.table.name]]
    types = kind.keys if isinstance(kind, TableType) else ()
    return [t.dimension if isinstance(t, Num) else None for t in types]
