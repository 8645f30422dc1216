"""CSV: a header and rows, found by their commas and line ends all at once.

Quoted cells, blank lines and ragged rows go the slow way, through the module `csv`; so do all
mistakes that rows of uneven length make.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.spec import Spec

from .table_cells import column_forms
from .table_columns import BoundTable, Codes
from .table_headers import Header
from .table_numbers import Texts, padded
from .tables import Cells, assemble, source_span, too_many_rows

_CHUNK = 1 << 14
_MARK = b"\xef\xbb\xbf"
_SIXTEEN = (b"\xff\xfe", b"\xfe\xff")


def csv_table(spec: Spec, table: nodes.Table, raw: bytes, where: str) -> BoundTable:
    """A table from the bytes of a CSV file; its header is row 1.

    Raises
    ------
    ArchError
        `not-text`, `not-a-table`, `missing-column`, `unit-mismatch`, `bad-cell`, `duplicate-key`
        or `too-many-rows`.
    """
    raw = raw.removeprefix(_MARK)
    if raw.count(b"\n") > table.limits.rows + 1:
        raise ArchError(too_many_rows(table, where))
    _check_text(table, raw, where)
    head, _, _ = raw.partition(b"\n")
    names = next(csv.reader([head.decode()], skipinitialspace=True), []) if head else []
    quoted = b'"' in raw
    if quoted:
        reader = _reader(raw)
        names = _next(table, reader, where)
    if len(names) == 1 and (other := re.search(r"[;\t|]", names[0])):
        raise _other_separator(table, where, other[0])
    header = Header(table, names, where)
    forms, places = header.match(column_forms(spec, table))
    found = None if quoted else _even(raw, len(head) + 1, len(names))
    if found is not None:
        data, starts, ends = found
        texts = [Texts(raw, data, starts[:, i], ends[:, i]) for i in places]
        return assemble(table, Cells(forms, texts, lambda i: f"row {i + 2} of {where}"))
    reader = _reader(raw)
    _next(table, reader, where)
    try:
        columns, lines = _uneven(table, reader, [f.name for f in forms], places, where)
    except csv.Error as error:
        raise _not_text(table, where, str(error)) from None
    return assemble(table, Cells(forms, columns, lambda i: f"row {lines[i]} of {where}"))


def _check_text(table: nodes.Table, raw: bytes, where: str) -> None:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is no UTF-8"
        if raw.startswith(_SIXTEEN):
            why = "it is UTF-16; save it as UTF-8"
        raise _not_text(table, where, why) from None


def _other_separator(table: nodes.Table, where: str, separator: str) -> ArchError:
    shown = "tabs" if separator == "\t" else f"`{separator}`"
    return ArchError(
        Diagnostic(
            "not-a-table",
            f"{where} has {shown} between its cells; expected commas",
            source_span(table),
        )
    )


def _not_text(table: nodes.Table, where: str, why: str) -> ArchError:
    return ArchError(
        Diagnostic("not-text", f"the file {where} cannot be read: {why}", source_span(table))
    )


def _reader(raw: bytes) -> Iterator[list[str]]:
    text = io.StringIO(raw.decode(), newline="")
    return csv.reader(text, skipinitialspace=True, strict=True)


def _next(table: nodes.Table, reader: Iterator[list[str]], where: str) -> list[str]:
    try:
        return next(reader, [])
    except csv.Error as error:
        raise _not_text(table, where, str(error)) from None


def _even(raw: bytes, start: int, width: int) -> tuple[Codes, Codes, Codes] | None:
    """The bytes, and where the cells of each row start and end, if all rows have equally many."""
    end = len(raw)
    while end > start and raw[end - 1] in b"\r\n":
        end -= 1
    raw = raw[:end] + b"\n" if end > start else raw[:end]
    data = padded(raw)
    body = data[start : len(raw)]
    stops = np.flatnonzero((body == 44) | (body == 10)) + start
    if not width or len(stops) % width:
        return None
    ends = stops.reshape(-1, width)
    newline = data[ends] == 10
    if newline[:, :-1].any() or not newline[:, -1].all():
        return None
    starts = np.empty(len(stops), np.int64)
    starts[:1] = start
    starts[1:] = stops[:-1] + 1
    if width == 1 and (ends[:, 0] - starts <= 1).any():  # perhaps a blank line
        return None
    return data, starts.reshape(-1, width), ends


def _uneven(
    table: nodes.Table,
    reader: Iterator[list[str]],
    names: Sequence[str],
    places: Sequence[int],
    where: str,
) -> tuple[list[list[str]], Sequence[int]]:
    """The cells of the wanted columns, and the row number of each (the header is row 1)."""
    cells: list[list[str]] = [[] for _ in places]
    lines: list[int] = []
    width = max(places) + 1
    at = 2
    while chunk := list(islice(reader, _CHUNK)):
        numbers: Iterable[int] = range(at, at + len(chunk))
        at += len(chunk)
        if not all(chunk):  # blank lines
            kept = [(n, row) for n, row in zip(numbers, chunk, strict=True) if row]
            numbers, chunk = [n for n, _ in kept], [row for _, row in kept]
        if chunk and min(map(len, chunk)) < width:
            n, row = next((n, r) for n, r in zip(numbers, chunk, strict=True) if len(r) < width)
            raise ArchError(
                Diagnostic(
                    "bad-cell",
                    f"row {n} of {where} has {len(row)} cells; table `{table.name}` "
                    f"needs column {width}, `{names[places.index(width - 1)]}`",
                    source_span(table),
                )
            )
        lines.extend(numbers)
        for column, place in zip(cells, places, strict=True):
            column.extend([row[place] for row in chunk])
    return cells, lines
