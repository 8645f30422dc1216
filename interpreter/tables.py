"""The rows of tables: written in the spec, read from files, or given by Python."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix, Label
from archwright.dsl.source import Span
from archwright.dsl.spec import EnumName, Spec
from archwright.dsl.suggest import nearest
from archwright.dsl.types import Bool, EnumType, KeyType, Num, TableType, Type
from archwright.dsl.units import find_unit, unit

from .bound import BoundTable, Key
from .mistakes import value_text
from .values import Enumerator, Value

ROW_LIMIT = 2_000_000

_NUMBER = re.compile(r"[-+]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][-+]?\d{1,4})?")
_WHOLE = re.compile(r"-?\d{1,18}")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True)
class ColumnReader:
    """What a column holds and how its cells are read.

    Attributes
    ----------
    name : str
    expected : str
        In words, for messages: `a number`, `one of bf16, fp16`.
    read : callable
        From a text or Python value; raises ValueError where it does not fit.
    """

    name: str
    expected: str
    read: Callable[[Any], Value]


def column_readers(spec: Spec, table: nodes.Table) -> list[ColumnReader]:
    """A reader for each column, keys first."""
    type_ = spec.types[table]
    assert isinstance(type_, TableType)
    columns = (*table.keys, *table.values)
    types = (*type_.keys, *(type_.columns[c.name.text] for c in table.values))
    return [column_reader(c, t) for c, t in zip(columns, types, strict=True)]


def column_reader(column: nodes.Column, type_: Type) -> ColumnReader:
    """A reader for one column; without a declared kind the first cell decides it."""
    name = column.name.text
    if isinstance(type_, EnumType):
        members = {
            m.text: Enumerator(type_.id, i, m.text) for i, m in enumerate(type_.declaration.members)
        }
        shown = ", ".join(list(members)[:8]) + (", ..." if len(members) > 8 else "")
        return ColumnReader(name, f"one of {shown}", lambda cell: _member(cell, members))
    if isinstance(type_, Bool):
        return ColumnReader(name, "true or false", _truth)
    factor = unit_factor(column)
    if isinstance(type_, Num):
        if factor == 1:
            return ColumnReader(name, "a number", number)
        return ColumnReader(name, "a number", lambda cell: number(cell) * factor)
    assert isinstance(type_, KeyType)
    kinds: list[bool] = []

    def either(cell: Any) -> Value:
        truth = isinstance(cell, bool) or (isinstance(cell, str) and cell.strip() in _TRUTH)
        value: Value = _truth(cell) if truth else number(cell)
        if not kinds:
            kinds.append(truth)
        if kinds[0] != truth:
            raise ValueError
        return value

    return ColumnReader(name, "numbers only, or only true and false", either)


def unit_factor(column: nodes.Column) -> Fraction:
    """The factor from a column's unit to base units."""
    text = unit_text(column)
    found = None if text is None else find_unit(text)
    return Fraction(1) if found is None else found[0]


def unit_text(column: nodes.Column) -> str | None:
    """The unit of a column as written."""
    if column.unit is None:
        return None
    top = column.unit.numerator
    text = top if isinstance(top, str) else ".".join(p.text for p in top)
    if column.unit.denominator is not None:
        text += "/" + ".".join(p.text for p in column.unit.denominator)
    return text


def number(cell: Any) -> Fraction:
    """An exact number from a cell; a float counts as the decimal that it prints as."""
    if isinstance(cell, str):
        text = cell.strip()
        if _WHOLE.fullmatch(text):
            return Fraction(int(text))
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        return Fraction(text.replace("_", ""))
    if isinstance(cell, bool) or type(cell).__name__ in ("bool_", "bool"):
        raise ValueError(cell)
    if isinstance(cell, int | Fraction):
        return Fraction(cell)
    item = getattr(cell, "item", None)  # numpy scalars
    if item is not None and not isinstance(cell, float):
        return number(item())
    return Fraction(str(cell))


def _truth(cell: Any) -> bool:
    if isinstance(cell, str):
        try:
            return _TRUTH[cell.strip()]
        except KeyError:
            raise ValueError(cell) from None
    if isinstance(cell, bool) or type(cell).__name__ in ("bool_", "bool"):
        return bool(cell)
    raise ValueError(cell)


def _member(cell: Any, members: Mapping[str, Enumerator]) -> Enumerator:
    if isinstance(cell, Enumerator) and cell in members.values():
        return cell
    name = str(cell).strip().rpartition(".")[2]
    try:
        return members[name]
    except KeyError:
        raise ValueError(cell) from None


# ------------------------------------------------------------------------------------ assembling


@dataclass(frozen=True)
class Columns:
    """Cells by column, in the order of the declaration, and how to name a row in a message."""

    readers: Sequence[ColumnReader]
    cells: Sequence[Sequence[Any]]
    row_name: Callable[[int], str]


class _Cells(dict[Any, Value]):
    """Reads each distinct cell once."""

    def __init__(self, read: Callable[[Any], Value]) -> None:
        self._read = read

    def __missing__(self, cell: Any) -> Value:
        value = self[cell] = self._read(cell)
        return value


@contextmanager
def collector_off() -> Iterator[None]:
    """Spare the cyclic collector millions of tuples that cannot form a cycle: twice as fast."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def assemble(table: nodes.Table, columns: Columns) -> BoundTable:
    """Read all cells and collect the rows.

    Raises
    ------
    ArchError
        `bad-cell` or `duplicate-key`.
    """
    values: list[Sequence[Value]] = []
    with collector_off():
        for reader, cells in zip(columns.readers, columns.cells, strict=True):
            known = _Cells(reader.read)
            try:
                values.append(list(map(known.__getitem__, cells)))
            except (ValueError, ArithmeticError, TypeError):
                raise ArchError(_bad_cell(table, columns, reader, cells)) from None
        width = len(table.keys)
        keys: list[Key] = list(zip(*values[:width], strict=True))
        rows = dict(zip(keys, zip(*values[width:], strict=True), strict=True))
    if len(rows) < len(keys):
        raise ArchError(_duplicate(table, columns, keys))
    return bound_table(table, rows)


def bound_table(table: nodes.Table, rows: Mapping[Key, tuple[Value, ...]]) -> BoundTable:
    """A table with its rows."""
    names = tuple(c.name.text for c in table.keys), tuple(c.name.text for c in table.values)
    return BoundTable(table.name.text, *names, table.partial, rows)


def _bad_cell(
    table: nodes.Table, columns: Columns, reader: ColumnReader, cells: Sequence[Any]
) -> Diagnostic:
    for i, cell in enumerate(cells):
        try:
            reader.read(cell)
        except (ValueError, ArithmeticError, TypeError):
            shown = "is empty" if str(cell).strip() == "" else f"is `{str(cell)[:40]}`"
            return Diagnostic(
                "bad-cell",
                f"{columns.row_name(i)}, column `{reader.name}` of table "
                f"`{table.name}` {shown}; expected {reader.expected}",
                source_span(table),
            )
    raise AssertionError("a column that could not be read reads now")


def _duplicate(table: nodes.Table, columns: Columns, keys: Sequence[Key]) -> Diagnostic:
    first: dict[Key, int] = {}
    for i, key in enumerate(keys):
        if key in first:
            shown = ", ".join(
                f"{c.name} {str(cells[i]).strip()}"
                for c, cells in zip(table.keys, columns.cells, strict=False)
            )
            rows = columns.row_name(first[key]), columns.row_name(i)
            return Diagnostic(
                "duplicate-key",
                f"table `{table.name}` has the key ({shown}) twice, in {rows[0]} and {rows[1]}",
                source_span(table),
            )
        first[key] = i
    raise AssertionError("no key comes twice")


def source_span(table: nodes.Table) -> Span:
    """Where a table says what its rows are; its name where Python gives them."""
    if isinstance(table.source, nodes.FromFile):
        return table.source.file.span
    return table.name.span


def missing_column(table: nodes.Table, name: str, there: Collection[str], where: str) -> Diagnostic:
    """A declared column that the data does not have."""
    names = [f"`{n}`" for n in there]
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    column = next(c for c in (*table.keys, *table.values) if c.name.text == name)
    guess = nearest(name, there)
    return Diagnostic(
        "missing-column",
        f"{where} has no column `{name}`, which table `{table.name}` declares",
        column.span,
        notes=(f"its columns are {listed}" if names else "it has no columns at all",),
        fixes=(Fix(f"did you mean `{guess}`?"),) if guess else (),
    )


def too_many_rows(table: nodes.Table, where: str) -> Diagnostic:
    """More rows than a table may have."""
    return Diagnostic(
        "too-many-rows",
        f"{where} has more than {ROW_LIMIT:_} rows, the most that table `{table.name}` may have",
        source_span(table),
        notes=("keep the rows that the choices of the spec can reach",),
    )


# ----------------------------------------------------------------------------------------- inline


def inline_table(spec: Spec, table: nodes.Table) -> BoundTable:
    """The rows written in the spec."""
    assert isinstance(table.source, nodes.Rows)
    factors = [unit_factor(c) for c in (*table.keys, *table.values)]
    width = len(table.keys)
    rows: dict[Key, tuple[Value, ...]] = {}
    lines: dict[Key, nodes.Row] = {}
    for row in table.source.rows:
        cells = [
            _literal(spec, cell, factor)
            for cell, factor in zip((*row.keys, *row.values), factors, strict=True)
        ]
        key = tuple(cells[:width])
        if key in rows:
            shown = ", ".join(
                value_text(v) if not isinstance(v, Fraction) else cell.span.text
                for v, cell in zip(key, row.keys, strict=True)
            )
            raise ArchError(
                Diagnostic(
                    "duplicate-key",
                    f"table `{table.name}` has the key ({shown}) twice, in line "
                    f"{lines[key].span.line} and line {row.span.line}",
                    row.span,
                    labels=(Label(lines[key].span, "the first one"),),
                )
            )
        rows[key], lines[key] = tuple(cells[width:]), row
    return bound_table(table, rows)


def _literal(spec: Spec, cell: nodes.Expr, factor: Fraction) -> Value:
    match cell:
        case nodes.Number():
            return cell.value * factor
        case nodes.Quantity():
            return cell.value * unit(cell.unit)[0]
        case nodes.Bool():
            return cell.value
        case nodes.Group():
            return _literal(spec, cell.inner, factor)
        case nodes.Unary():
            value = _literal(spec, cell.operand, factor)
            assert isinstance(value, Fraction)
            return -value
    use = spec.uses[cell]
    assert isinstance(use, EnumName)
    owner = use.owner or spec
    enum = owner.enum_id(use.enum.name.text)
    return Enumerator(enum, use.position, use.enum.members[use.position].text)
