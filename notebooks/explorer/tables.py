"""Tables that were given from outside, as grids whose cells can be edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from archwright.dsl import nodes
from archwright.dsl.types import Num, TableType, Type
from archwright.dsl.units import Dimension
from archwright.interpreter.answers import Shown, shown
from archwright.interpreter.bound import Bound, BoundTable

ROWS = 200  # a longer table is not shown
Rows: TypeAlias = tuple[tuple[Shown, ...], ...]


@dataclass(frozen=True)
class TableControl:
    """One given table: its columns, keys first, and its rows as they are bound."""

    name: str
    columns: tuple[str, ...]
    keys: int
    rows: Rows


def tables(bound: Bound) -> Iterator[TableControl]:
    """The given tables of a spec and its imports that are short enough for a grid."""
    for prefix, inner in bound.walk():
        for name, table in inner.tables.items():
            node = inner.spec.names[name]
            given = isinstance(node, nodes.Table) and isinstance(node.source, nodes.Given)
            if given and len(table) <= ROWS:
                kind = inner.spec.types[node]
                assert isinstance(kind, TableType)
                columns = (*table.key_names, *table.value_names)
                rows = tuple(_rows(table, kind))
                yield TableControl(prefix + name, columns, len(table.key_names), rows)


def _rows(table: BoundTable, kind: TableType) -> Iterator[tuple[Shown, ...]]:
    types = (*kind.keys, *(kind.columns[name] for name in table.value_names))
    columns = (*table.keys, *table.values)
    for row in range(len(table)):
        yield tuple(
            shown(column.value(row), _dimension(type_))
            for column, type_ in zip(columns, types, strict=True)
        )


def _dimension(type_: Type) -> Dimension | None:
    return type_.dimension if isinstance(type_, Num) else None


def data(control: TableControl, rows: Rows) -> list[dict[str, Shown]]:
    """Rows as `bind(tables=...)` takes them."""
    return [dict(zip(control.columns, row, strict=True)) for row in rows]


def edited(
    control: TableControl, rows: Rows, row: int, column: int, value: object
) -> list[dict[str, object]]:
    """The same with one cell changed."""
    found: list[dict[str, object]] = [dict(one) for one in data(control, rows)]
    found[row][control.columns[column]] = value
    return found
