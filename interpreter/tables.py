"""The rows of tables: written in the spec, or put together from columns of cells."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix, Label
from archwright.dsl.source import Span
from archwright.dsl.spec import EnumName, Spec
from archwright.dsl.suggest import nearest
from archwright.dsl.units import find_unit, unit

from .mistakes import value_text
from .table_cells import Form, Misfit, column_forms, is_missing, read_column
from .table_columns import BoundTable, Column
from .values import Enumerator, Value


@dataclass(frozen=True)
class Cells:
    """Cells by column, in the order of the declaration.

    Attributes
    ----------
    forms : sequence of Form
        What each column holds, with the unit that the data state.
    columns : sequence of sequences
        Texts, arrays, categoricals or lists, all of one length.
    row_name : callable
        How to name a row, counted from 0, in a message.
    """

    forms: Sequence[Form]
    columns: Sequence[Any]
    row_name: Callable[[int], str]


def assemble(table: nodes.Table, cells: Cells) -> BoundTable:
    """Read all cells and see that no key comes twice.

    Raises
    ------
    ArchError
        `bad-cell`, `unit-mismatch` or `duplicate-key`.
    """
    columns: list[Column] = []
    for form, column in zip(cells.forms, cells.columns, strict=True):
        try:
            columns.append(read_column(form, column))
        except Misfit as misfit:
            raise ArchError(_misfit(table, cells, form, column[misfit.row], misfit)) from None
    bound = bound_table(table, columns)
    twice = bound.finder(range(len(table.keys))).repeated()
    if twice is not None:
        raise ArchError(_duplicate(table, cells, twice))
    return bound


def bound_table(table: nodes.Table, columns: Sequence[Column]) -> BoundTable:
    """A table with its columns, keys first."""
    names = tuple(c.name.text for c in table.keys), tuple(c.name.text for c in table.values)
    width = len(table.keys)
    return BoundTable(
        table.name.text, *names, table.partial, tuple(columns[:width]), tuple(columns[width:])
    )


def _misfit(table: nodes.Table, cells: Cells, form: Form, cell: Any, misfit: Misfit) -> Diagnostic:
    place = f"{cells.row_name(misfit.row)}, column `{form.name}` of table `{table.name}`"
    if misfit.unit:
        return Diagnostic(
            "unit-mismatch",
            f"{place} is `{cell}`, but the column is declared {_declared(form.unit)}",
            source_span(table),
        )
    shown = "is empty" if is_missing(cell) else f"is `{str(cell)[:40]}`"
    return Diagnostic("bad-cell", f"{place} {shown}; expected {form.expected}", source_span(table))


def _declared(unit_name: str) -> str:
    return "as a plain number" if unit_name == "1" else f"in `{unit_name}`"


def _duplicate(table: nodes.Table, cells: Cells, twice: tuple[int, int]) -> Diagnostic:
    first, second = twice
    shown = ", ".join(
        f"{c.name} {str(column[second]).strip()}"
        for c, column in zip(table.keys, cells.columns, strict=False)
    )
    return Diagnostic(
        "duplicate-key",
        f"table `{table.name}` has the key ({shown}) twice, in {cells.row_name(first)} and "
        f"{cells.row_name(second)}",
        source_span(table),
    )


def source_span(table: nodes.Table) -> Span:
    """Where a table says what its rows are; its name where Python gives them."""
    if isinstance(table.source, nodes.FromFile):
        return table.source.file.span
    return table.name.span


def declared_column(table: nodes.Table, name: str) -> nodes.Column:
    """The column of that name."""
    return next(c for c in (*table.keys, *table.values) if c.name.text == name)


def missing_column(table: nodes.Table, name: str, there: Collection[str], where: str) -> Diagnostic:
    """A declared column that the data does not have."""
    names = [f"`{n}`" for n in there]
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    guess = nearest(name, there)
    return Diagnostic(
        "missing-column",
        f"{where} has no column `{name}`, which table `{table.name}` declares",
        declared_column(table, name).span,
        notes=(f"its columns are {listed}" if names else "it has no columns at all",),
        fixes=(Fix(f"did you mean `{guess}`?"),) if guess else (),
    )


def too_many_rows(table: nodes.Table, where: str) -> Diagnostic:
    """More rows than a table may have."""
    limits = table.limits
    return Diagnostic(
        "too-many-rows",
        f"{where} has more than {limits.rows:_} rows, the most that table `{table.name}` may have",
        source_span(table),
        notes=("keep the rows that the choices of the spec can reach", limits.note("rows")),
    )


def in_unit(table: nodes.Table, form: Form, stated: str, where: str) -> Form:
    """The form of a column whose data state their own unit: converted, or refused.

    Raises
    ------
    ArchError
        `unit-mismatch` where they do not measure what the table declares.
    """
    found = find_unit(stated)
    measured = form.kind in ("number", "open")
    if found is None or not measured or found[1] != form.dimension:
        known = "" if found else ", which is no unit of the language"
        wanted = _declared(form.unit) if measured else f"to hold {form.expected}"
        raise ArchError(
            Diagnostic(
                "unit-mismatch",
                f"column `{form.name}` of {where} is in `{stated}`{known}; "
                f"table `{table.name}` declares it {wanted}",
                declared_column(table, form.name).span,
            )
        )
    return replace(form, factor=found[0])


# ----------------------------------------------------------------------------------------- inline


def inline_table(spec: Spec, table: nodes.Table) -> BoundTable:
    """The rows written in the spec.

    Raises
    ------
    ArchError
        `duplicate-key`.
    """
    assert isinstance(table.source, nodes.Rows)
    rows = table.source.rows
    columns: list[Column] = []
    for place, form in enumerate(column_forms(spec, table)):
        written = [(*row.keys, *row.values)[place] for row in rows]
        values = [_literal(spec, cell, form.factor) for cell in written]
        columns.append(Column.of(values, form.members))
    bound = bound_table(table, columns)
    twice = bound.finder(range(len(table.keys))).repeated()
    if twice is not None:
        first, second = (rows[i] for i in twice)
        shown = ", ".join(
            cell.span.text if isinstance(value, Fraction) else value_text(value)
            for value, cell in zip(
                (c.value(twice[1]) for c in bound.keys), second.keys, strict=True
            )
        )
        raise ArchError(
            Diagnostic(
                "duplicate-key",
                f"table `{table.name}` has the key ({shown}) twice, in line "
                f"{first.span.line} and line {second.span.line}",
                second.span,
                labels=(Label(first.span, "the first one"),),
            )
        )
    return bound


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
