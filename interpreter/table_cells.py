"""What the columns of a table hold, and how cells from outside become values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.spec import Spec
from archwright.dsl.types import Bool, EnumType, KeyType, Num, TableType, Type
from archwright.dsl.units import PLAIN, Dimension, Quantity, find_unit, parse_quantity

from .table_columns import Column, whole
from .table_numbers import (
    Decimals,
    Texts,
    decimals_of_floats,
    decimals_of_texts,
    exact_column,
    exact_number,
)
from .values import Enumerator, Value

_TRUTH = {
    word: truth
    for word, truth in (("true", True), ("false", False))
    for word in (word, word.capitalize(), word.upper())
}


class Misfit(Exception):
    """A cell does not hold what its column declares.

    Attributes
    ----------
    row : int
        From 0.
    unit : bool
        Whether it is a number in a unit of another kind, or in one that is not known.
    """

    def __init__(self, row: int, unit: bool = False) -> None:
        super().__init__(row)
        self.row, self.unit = row, unit


class _OtherUnit(ValueError):
    """A quantity of another kind than the column's, or in a unit that is not known."""


@dataclass(frozen=True)
class Form:
    """What a column holds.

    Attributes
    ----------
    kind : str
        `open` where the first cell decides between numbers and truth values.
    unit : str
        The declared unit as written; `1` for plain numbers.
    factor, dimension
        Of a bare number in a cell.
    members : tuple of Enumerator
    """

    name: str
    kind: Literal["number", "truth", "member", "open"]
    unit: str = "1"
    factor: Fraction = Fraction(1)
    dimension: Dimension = PLAIN
    members: tuple[Enumerator, ...] = ()

    @property
    def expected(self) -> str:
        """In words, for messages."""
        if self.kind == "member":
            names = ", ".join(m.name for m in self.members[:8])
            return f"one of {names}" + (", ..." if len(self.members) > 8 else "")
        return {
            "number": "a number",
            "truth": "true or false",
            "open": "numbers only, or only true and false",
        }[self.kind]

    def read(self, cell: Any) -> Value:
        """One cell.

        Raises
        ------
        ValueError
            If it does not fit.
        """
        if self.kind == "truth":
            return _truth(cell)
        if self.kind == "member":
            return _member(cell, self.members)
        if isinstance(cell, str):
            return self._number(cell.strip())
        if isinstance(cell, Quantity):
            return self._amount(cell)
        return _number(cell) * self.factor

    def _number(self, text: str) -> Fraction:
        try:
            return exact_number(text) * self.factor
        except ValueError:
            pass
        try:
            return self._amount(parse_quantity(text))
        except ArchError as error:
            other = error.diagnostics[0].slug == "unknown-unit"
            raise (_OtherUnit if other else ValueError)(text) from None

    def _amount(self, quantity: Quantity) -> Fraction:
        if quantity.dimension != self.dimension:
            raise _OtherUnit(quantity)
        return quantity.value


def column_forms(spec: Spec, table: nodes.Table) -> list[Form]:
    """What each column holds, keys first."""
    type_ = spec.types[table]
    assert isinstance(type_, TableType)
    columns = (*table.keys, *table.values)
    types = (*type_.keys, *(type_.columns[c.name.text] for c in table.values))
    return [_form(c, t) for c, t in zip(columns, types, strict=True)]


def _form(column: nodes.Column, type_: Type) -> Form:
    name = column.name.text
    if isinstance(type_, EnumType):
        names = type_.declaration.members
        members = tuple(Enumerator(type_.id, i, m.text) for i, m in enumerate(names))
        return Form(name, "member", members=members)
    if isinstance(type_, Bool):
        return Form(name, "truth")
    assert isinstance(type_, Num | KeyType)
    text = unit_text(column)
    factor, dimension = find_unit(text) or (Fraction(1), PLAIN)
    return Form(name, "number" if isinstance(type_, Num) else "open", text, factor, dimension)


def unit_text(column: nodes.Column) -> str:
    """The unit of a column as written; `1` where there is none."""
    if column.unit is None:
        return "1"
    top = column.unit.numerator
    text = top if isinstance(top, str) else ".".join(p.text for p in top)
    if column.unit.denominator is not None:
        text += "/" + ".".join(p.text for p in column.unit.denominator)
    return text


# -------------------------------------------------------------------------------- single cells


def is_missing(cell: Any) -> bool:
    """Whether a cell is empty: a blank text, None, or a not-a-number of numpy or pandas."""
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or type(cell).__name__ in ("NAType", "NaTType") or bool(cell != cell)


def _number(cell: Any) -> Fraction:
    if isinstance(cell, bool | np.bool_ | np.timedelta64):  # the last one is an np.integer, too
        raise ValueError(cell)
    if isinstance(cell, int | np.integer):
        return Fraction(int(cell))
    if isinstance(cell, Fraction):
        return cell
    if isinstance(cell, float | np.floating | Decimal):
        return exact_number(str(cell))  # the shortest decimal; a nan is none
    raise ValueError(cell)


def _truth(cell: Any) -> bool:
    if isinstance(cell, str) and cell.strip() in _TRUTH:
        return _TRUTH[cell.strip()]
    if isinstance(cell, bool | np.bool_):
        return bool(cell)
    raise ValueError(cell)


def _member(cell: Any, members: tuple[Enumerator, ...]) -> Enumerator:
    name = str(cell).strip().rpartition(".")[2]
    for member in members:
        if cell == member or (name == member.name and not isinstance(cell, Enumerator)):
            return member
    raise ValueError(cell)


# ------------------------------------------------------------------------------- whole columns


def read_column(form: Form, cells: Sequence[Any] | NDArray[Any]) -> Column:
    """A column from texts, an array or a list.

    Raises
    ------
    Misfit
    """
    if form.kind == "open":
        truth = len(cells) and _is_truth(cells[0])
        form = replace(form, kind="truth" if truth else "number")
    if isinstance(cells, np.ndarray):
        return _from_array(form, cells)
    if isinstance(cells, Texts):
        return _from_texts(form, cells)
    if hasattr(cells, "categories"):
        return _from_categories(form, cells)
    kinds = set(map(type, cells))
    if kinds == {str} and (texts := Texts.of(cells)) is not None:
        return _from_texts(form, texts)
    if kinds == {float} and form.kind == "number":
        return _from_array(form, np.array(cells, np.float64))
    if kinds == {int} and form.kind == "number":
        return Column(whole(cells), form.factor)
    return _one_by_one(form, cells)


def _is_truth(cell: Any) -> bool:
    if isinstance(cell, str):
        return cell.strip() in _TRUTH
    return isinstance(cell, bool | np.bool_)


def _from_array(form: Form, array: NDArray[Any]) -> Column:
    if form.kind == "number" and array.dtype.kind in "iu":
        fits = array.dtype.itemsize < 8 or not len(array) or int(np.abs(array).max()) < 2**62
        codes = array.astype(np.int64) if fits else whole(array.tolist())
        return Column(codes, form.factor)
    if form.kind == "truth" and array.dtype.kind == "b":
        return Column(array.astype(np.int64))
    if form.kind != "number" or array.dtype.kind != "f":
        scalars = array.dtype.kind in "bfmM"  # tolist() makes bare numbers of times in nanoseconds
        return _one_by_one(form, list(array) if scalars else array.tolist())
    wrong = np.flatnonzero(~np.isfinite(array))
    if len(wrong):
        raise Misfit(int(wrong[0]))
    decimals = decimals_of_floats(array)
    left = array[decimals.odd]
    double = left.dtype == np.float64  # Python's own way is the faster one
    shown = list(map(repr, left.tolist())) if double else left.astype(str).tolist()
    if shown and (texts := Texts.of(shown)) is not None:
        more, rows = decimals_of_texts(texts), np.flatnonzero(decimals.odd)
        decimals.mantissas[rows], decimals.places[rows], decimals.odd[rows] = more
        shown = [text for text, odd in zip(shown, more.odd.tolist(), strict=True) if odd]
    return _with_rest(form, decimals, shown)


def _from_texts(form: Form, texts: Texts) -> Column:
    if form.kind != "number":
        return _one_by_one(form, texts.pieces(), bytes.decode)
    decimals = decimals_of_texts(texts)
    return _with_rest(form, decimals, [texts[i] for i in np.flatnonzero(decimals.odd)])


def _with_rest(form: Form, decimals: Decimals, odd: Sequence[str]) -> Column:
    """A column of numbers, those included that have to be read one by one."""
    rest: dict[int, Fraction] = {}
    for row, text in zip(np.flatnonzero(decimals.odd).tolist(), odd, strict=True):
        try:
            number = form.read(text)
        except ValueError as error:
            raise Misfit(row, isinstance(error, _OtherUnit)) from None
        assert isinstance(number, Fraction)
        rest[row] = number / form.factor
    return exact_column(decimals, rest, form.factor)


def _from_categories(form: Form, cells: Any) -> Column:
    """A pandas categorical: each category is read once."""
    missing = np.flatnonzero(np.asarray(cells.codes) < 0)
    if len(missing):
        raise Misfit(int(missing[0]))
    categories = cells.categories.tolist()
    try:
        return read_column(form, categories).part(np.asarray(cells.codes, np.int64))
    except Misfit as misfit:
        used = np.flatnonzero(np.asarray(cells.codes) == misfit.row)
        if len(used):
            raise Misfit(int(used[0]), misfit.unit) from None
        return _one_by_one(form, [categories[c] for c in cells.codes])


def _one_by_one(form: Form, cells: Sequence[Any], decode: Any = None) -> Column:
    """Any cells; equal ones are read once."""
    known: dict[Any, Value] = {}
    values: list[Value] = []
    for row, cell in enumerate(cells):
        try:
            value = known.get((type(cell), cell))
            if value is None:
                value = form.read(cell if decode is None else decode(cell))
                known[type(cell), cell] = value
        except (ValueError, TypeError) as error:
            raise Misfit(row, isinstance(error, _OtherUnit)) from None
        values.append(value)
    if form.kind == "truth":
        return Column(whole([int(v is True) for v in values]))
    return Column.of(values, form.members)
