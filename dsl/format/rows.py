"""The layout of tables: cells stand in columns, numbers to the right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest

from .documents import HARD, Document, Group, Indent, Word, before
from .expressions import Expressions
from .pieces import Children
from .printer import WIDTH

APART = "   "  # between rows on one line

_NUMBER = re.compile(r"-?[0-9]")


@dataclass(slots=True)
class Row:
    """The cells of a row as they are written, with the comma or arrow behind each."""

    first: Word
    cells: list[str]
    ends: list[str]
    document: Document
    plain: bool  # no comment stands inside


class Tables(Expressions):
    """From a table to its cells."""

    def table(self, c: Children) -> Document:
        """`table t(keys) -> (values) source partial`."""
        keyword, name, *rest, source, partial = self.documents(c)
        open_keys, keys, close_keys, arrow, open_values, values, close_values = rest
        head: list[Document] = [keyword, " ", name, open_keys, keys, close_keys]
        result = [arrow, " ", open_values, values, close_values]
        found: list[Document] = [Group([*head, Indent(2, [*before(arrow), *result])])]
        found += [source] if isinstance(source, Group) else [" ", source]
        return self.own("table", *found, *([] if partial is None else [" ", partial]))

    columns = Expressions.listed

    def column(self, c: Children) -> Document:
        """`name: unit`."""
        name, colon, unit = self.documents(c)
        return name if colon is None else [name, colon, " ", unit]

    def from_file(self, c: Children) -> Document:
        """`from "x.csv"`, on a line of its own where there is no room."""
        keyword, file = self.documents(c)
        return Group(Indent(2, [*before(keyword), keyword, " ", file]))

    def given(self, c: Children) -> Document:
        """`given`."""
        return self.word(c[0])

    def cell(self, c: Children) -> list[Word]:
        """A literal, or the words of a path."""
        return _words(self.documents(c))

    def cells(self, c: Children) -> list[Document]:
        """Cells and the commas behind them, set by the table."""
        return self.documents(c)

    def row(self, c: Children) -> Row:
        """`keys -> values`."""
        keys, arrow, values = self.documents(c)
        members = [*keys, arrow, *values]
        words = _words(members)
        cells: list[str] = []
        ends: list[str] = []
        for member in members:
            if isinstance(member, Word):
                ends[-1] = " ->" if member is arrow else member.text
            else:
                cells.append("".join(word.text for word in member))
                ends.append("")
        document: list[Document] = []
        for member in members:
            document += [" "] if member is arrow or not isinstance(member, Word) else []
            document.append(member)
        plain = not any(word.comments for word in words[1:])
        return Row(words[0], cells, ends, document[1:], plain)

    def rows(self, c: Children) -> Document:
        """`{ rows }`: those that were written on one line stay there if they fit."""
        first, *rows, last = self.documents(c)
        lines: list[list[Row]] = []
        for row in rows:
            if lines and row.plain and lines[-1][0].plain and not row.first.broken:
                lines[-1].append(row)
            else:
                lines.append([row])
        texts = _aligned(lines)
        if any(
            len(line) > 1 and len(text) + 2 > WIDTH for line, text in zip(lines, texts, strict=True)
        ):
            lines = [[row] for row in rows]
            texts = _aligned(lines)
        entries: list[Document] = []
        for line, text in zip(lines, texts, strict=True):
            word = line[0].first
            if line[0].plain:
                entries.append(Word(text, word.comments, word.blank, word.broken))
            else:
                entries.append(Indent(4, line[0].document))
        return [first, Indent(2, self.stacked(entries, last)), HARD, last]


def _words(document: Document) -> list[Word]:
    """The words of nested lists, in order."""
    if isinstance(document, list):
        return [word for part in document for word in _words(part)]
    return [document] if isinstance(document, Word) else []


def _aligned(lines: list[list[Row]]) -> list[str]:
    """The rows of each line as text, cells below one another."""
    cells = [
        [(cell, end) for row in line for cell, end in zip(row.cells, row.ends, strict=True)]
        for line in lines
    ]
    columns = zip_longest(*(line for line, rows in zip(cells, lines, strict=True) if rows[0].plain))
    widths, numeric = [], []
    for column in columns:
        there = [entry for entry in column if entry is not None]
        widths.append((max(len(c) for c, _ in there), max(len(e) for _, e in there)))
        numeric.append(all(_NUMBER.match(c) for c, _ in there))
    found = []
    for line, row_cells in zip(lines, cells, strict=True):
        if not line[0].plain:
            found.append("")
            continue
        text, starts = "", _starts(line)
        for i, (cell, end) in enumerate(row_cells):
            width, end_width = widths[i]
            text += (APART if i in starts else " ") if i else ""
            if numeric[i]:
                text += (cell.rjust(width) + end).ljust(width + end_width)
            elif end == " ->":
                text += cell.ljust(width) + end
            else:
                text += (cell + end).ljust(width + end_width)
        found.append(text.rstrip())
    return found


def _starts(line: list[Row]) -> set[int]:
    """The numbers of the cells at which the rows of a line begin."""
    return {sum(len(row.cells) for row in line[:i]) for i in range(len(line))}
