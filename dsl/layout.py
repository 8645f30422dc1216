"""A diagnostic as lines of styled pieces: the common ground of the text and the HTML renderer.

The shape, with primary range `^`, secondary ranges `-` and the rest behind `=`::

    unit-mismatch: this compares bytes with multiply-accumulates
      --> mcu_vision.arch:47:16
       |
    47 | require sram:  macs + reserved_sram <= part.sram
       |                ^^^^   ------------- B
       |                MAC
       = `macs` is declared at 44:5; did you mean `peak` (B)?
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from .diagnostics import Diagnostic
from .source import Source, Span

Style: TypeAlias = Literal["plain", "error", "warning", "frame", "second"]

SHOWN = 3
TAB = 4
WIDEST = 160  # columns of source shown; a longer line is cut around its first range


class Piece(NamedTuple):
    """Text in one style."""

    text: str
    style: Style = "plain"


Line: TypeAlias = list[Piece]


class _Mark(NamedTuple):
    """A range on one line, in columns of the screen."""

    start: int
    end: int
    text: str
    primary: bool


def lay_out(diagnostics: Iterable[Diagnostic]) -> list[Line]:
    """All lines for some diagnostics: the first three, errors before warnings, then a count."""
    ordered = in_order(diagnostics)
    lines: list[Line] = []
    for diagnostic in ordered[:SHOWN]:
        if lines:
            lines.append([])
        lines += _one(diagnostic)
    rest = ordered[SHOWN:]
    if rest:
        lines += [[], [Piece(f"and {_tally(rest)} more")]]
    return lines


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Errors first, then by file in order of appearance, then by place."""
    many = list(diagnostics)
    files: dict[int, int] = {}
    for diagnostic in many:
        if diagnostic.span is not None:
            files.setdefault(id(diagnostic.span.source), len(files))

    def key(diagnostic: Diagnostic) -> tuple[bool, int, int, int]:
        late = diagnostic.level == "warning"
        if diagnostic.span is None:
            return late, -1, 0, 0
        span = diagnostic.span
        return late, files[id(span.source)], span.start, span.end

    return sorted(many, key=key)


def _tally(rest: Sequence[Diagnostic]) -> str:
    errors = sum(d.level == "error" for d in rest)
    counts = ((errors, "error"), (len(rest) - errors, "warning"))
    return " and ".join(f"{n} {word}{'s' * (n > 1)}" for n, word in counts if n)


def _one(diagnostic: Diagnostic) -> list[Line]:
    style: Style = diagnostic.level
    head = diagnostic.slug if diagnostic.level == "error" else f"warning: {diagnostic.slug}"
    lines: list[Line] = [[Piece(head, style), Piece(f": {diagnostic.message}")]]
    width = 1
    if diagnostic.span is not None:
        excerpts = _excerpts(diagnostic, diagnostic.span)
        width = max(len(str(number)) for _, numbers in excerpts for number in numbers)
        for i, (source, numbers) in enumerate(excerpts):
            lines += _excerpt(diagnostic, diagnostic.span, source, numbers, width, first=i == 0)
    remarks = [f"{value.name} is {value.text}" for value in diagnostic.values]
    remarks += [*diagnostic.notes, *(fix.shown for fix in diagnostic.fixes)]
    for remark in remarks:
        first, *more = remark.split("\n")
        lines.append([Piece(" " * (width + 1) + "= ", "frame"), Piece(first)])
        lines += [[Piece(" " * (width + 3) + text)] for text in more]
    return lines


def _excerpts(diagnostic: Diagnostic, primary: Span) -> list[tuple[Source, list[int]]]:
    """The lines to show, by source, the primary range's source first."""
    shown: dict[int, tuple[Source, set[int]]] = {}
    for span in (primary, *(label.span for label in diagnostic.labels)):
        _, numbers = shown.setdefault(id(span.source), (span.source, set()))
        numbers.add(span.line)
    return [(source, sorted(numbers)) for source, numbers in shown.values()]


def _excerpt(
    diagnostic: Diagnostic,
    primary: Span,
    source: Source,
    numbers: list[int],
    width: int,
    *,
    first: bool,
) -> list[Line]:
    """The place, the lines of one source and the ranges below them."""
    at = primary if first else next(x.span for x in diagnostic.labels if x.span.source is source)
    arrow = " " * width + ("--> " if first else "::: ")
    bar = " " * (width + 1) + "|"
    lines: list[Line] = [[Piece(arrow, "frame"), Piece(str(at))], [Piece(bar, "frame")]]
    previous = numbers[0] - 1
    for number in numbers:
        if number > previous + 1:
            lines.append([Piece("." * max(3, width), "frame")])
        previous = number
        spans = [(primary, diagnostic.label, True)]
        spans += [(label.span, label.text, False) for label in diagnostic.labels]
        here = [s for s in spans if s[0].source is source and s[0].line == number]
        base = source.starts[number - 1]
        begin, end = _window(source.line(number), min(s[0].start for s in here) - base)
        text, columns = _screen(source.line(number)[begin:end])
        indent = 0 if begin == 0 else 1
        text = "…" * indent + text + "…" * (end < len(source.line(number)))
        marks = []
        for span, label, is_primary in here:
            first_column, last_column = (
                indent + columns[min(max(0, at - base - begin), len(columns) - 1)]
                for at in (span.start, span.end)
            )
            marks.append(_Mark(first_column, max(last_column, first_column + 1), label, is_primary))
        lines.append([Piece(f"{number:>{width}} | ", "frame"), Piece(text)])
        for row in _rows(marks, diagnostic.level):
            lines.append([Piece(bar + " ", "frame"), *row])
    return lines


def _screen(text: str) -> tuple[str, list[int]]:
    """A source line as it can be shown, and the screen column of each of its characters.

    Tabs become blanks, characters that would move the cursor or the reading direction become
    the replacement character; wide ones count two columns, combining ones none.
    """
    shown: list[str] = []
    columns = [0]
    for character in text:
        at = columns[-1]
        category = unicodedata.category(character)
        if character == "\t":
            blanks = TAB - at % TAB
            shown.append(" " * blanks)
            columns.append(at + blanks)
        elif category in ("Mn", "Me"):
            shown.append(character)
            columns.append(at)
        elif category.startswith(("C", "Zl", "Zp")):
            shown.append("\ufffd")
            columns.append(at + 1)
        else:
            shown.append(character)
            columns.append(at + 1 + (unicodedata.east_asian_width(character) in "WF"))
    return "".join(shown), columns


def _window(text: str, start: int) -> tuple[int, int]:
    """The part of a line to show: all of it, or `WIDEST` characters around `start`."""
    if len(text) <= WIDEST:
        return 0, len(text)
    begin = max(0, start - WIDEST // 4) if start > WIDEST * 3 // 4 else 0
    return begin, min(len(text), begin + WIDEST)


def _rows(marks: Sequence[_Mark], level: Style) -> list[Line]:
    """The underlining, with the rightmost remark beside it and the others below, right to left."""
    ordered = sorted(marks, key=lambda mark: (mark.start, not mark.primary))
    end = max(mark.end for mark in ordered)
    cells: list[tuple[str, Style]] = [(" ", "plain")] * end
    for mark in sorted(ordered, key=lambda mark: mark.primary):
        style: Style = level if mark.primary else "second"
        for i in range(mark.start, mark.end):
            cells[i] = ("^" if mark.primary else "-", style)
    first = _pieces(cells)
    waiting = [mark for mark in ordered if mark.text]
    if waiting and waiting[-1].end == end:
        mark = waiting.pop()
        first.append(Piece(" " + mark.text, level if mark.primary else "second"))
    rows = [first]
    while waiting:
        mark = waiting.pop()
        cells = [(" ", "plain")] * mark.start
        for other in waiting:
            if other.start < mark.start:
                cells[other.start] = ("|", level if other.primary else "second")
        rows.append([*_pieces(cells), Piece(mark.text, level if mark.primary else "second")])
    return rows


def _pieces(cells: Iterable[tuple[str, Style]]) -> Line:
    """Neighbouring cells of one style as one piece."""
    line: Line = []
    for text, style in cells:
        if line and line[-1].style == style:
            line[-1] = Piece(line[-1].text + text, style)
        else:
            line.append(Piece(text, style))
    return line
