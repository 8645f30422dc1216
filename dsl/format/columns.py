"""What stands in columns: `:`, `=`, labels and comments of neighbouring lines.

Lines are broken before this; columns only move to the right, and never beyond the width.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from .printer import WIDTH, Line

MOST = 40  # columns that something may be moved for its neighbours

Item = TypeVar("Item")


def text(lines: list[Line]) -> str:
    """The lines as one text, columns aligned."""
    for section in _sections(lines):
        names = dict.fromkeys(name for entry in section for name, _ in entry[0].tabs)
        for name in names:
            if name != "as":
                _level([Place(entry, name) for entry in section if _has(entry[0], name)], MOST)
    for level in _levels(lines):
        _level([Place([line], "as") for line in level if _has(line, "as")], MOST)
    columns = _comment_columns(lines)
    found = []
    for line, column in zip(lines, columns, strict=True):
        if line.blank:
            found.append("\n")
        code = " " * line.indent + line.text if line.text else ""
        found.append((code.ljust(column) + line.comment).rstrip(" ") + "\n")
    return "".join(found)


class Place:
    """A column on the first of some lines; those that begin right of it move along."""

    def __init__(self, lines: list[Line], column: str) -> None:
        self.line, self.column = lines[0], column
        self.offset = next(at for name, at in self.line.tabs if name == column)
        self.start = self.line.indent + self.offset
        self.behind = [line for line in lines[1:] if line.indent >= self.start]
        self.reach = max(line.width for line in [self.line, *self.behind]) - self.start

    def move(self, by: int) -> None:
        """Move what stands at and behind the column to the right."""
        line = self.line
        line.text = line.text[: self.offset] + " " * by + line.text[self.offset :]
        line.tabs = [(name, at + by * (at >= self.offset)) for name, at in line.tabs]
        for other in self.behind:
            other.indent += by


class _Remark:
    """A comment behind something, with the lines on which it goes on."""

    def __init__(self, number: int, line: Line) -> None:
        self.numbers = [number]
        self.start = line.width + 2
        self.reach = len(line.comment)

    def move(self, by: int) -> None:
        self.start += by


def _level(places: list[Place] | list[_Remark], most: int) -> None:
    """Bring places of neighbouring lines to one column, as far as that keeps to the width."""
    run: list[Place | _Remark] = []
    low = high = reach = 0
    for place in places:
        lower, higher = min(low, place.start), max(high, place.start)
        wider = max(reach, place.reach)
        if run and (higher - lower > most or higher + wider > WIDTH):
            _move(run, high)
            run = []
        if not run:
            lower = higher = place.start
            wider = place.reach
        run.append(place)
        low, high, reach = lower, higher, wider
    _move(run, high)


def _move(run: list[Place | _Remark], column: int) -> None:
    for place in run:
        if place.start < column:
            place.move(column - place.start)


def _has(line: Line, column: str) -> bool:
    return any(name == column for name, _ in line.tabs)


def _sections(lines: list[Line]) -> Iterator[list[list[Line]]]:
    """Neighbouring entries of one kind, each as its lines."""
    section: list[list[Line]] = []
    owner = -1
    for i, line in enumerate(lines):
        if not line.text:
            continue  # a comment goes on
        if line.owner == i:
            first = section[-1][0] if section else line
            if line.blank or (first.kind, first.indent) != (line.kind, line.indent):
                yield section
                section = []
            section.append([line])
            owner = i
        elif line.owner == owner and section:
            section[-1].append(line)
        else:
            yield section
            section = []
    yield section


def _levels(lines: list[Line]) -> Iterator[list[Line]]:
    """Lines of one block without a blank line, a comment or another block between them."""
    found: list[Line] = []
    nesting = 0
    for line in lines:
        before = nesting
        nesting = line.indent if line.owner < 0 else lines[line.owner].indent
        if line.blank or nesting != before or line.kind == "comment":
            yield found
            found = []
        found.append(line)
    yield found


def _comment_columns(lines: list[Line]) -> list[int]:
    """The column of the comment on each line; comments of neighbouring lines share one.

    Neighbours are the lines of one indentation down to the next blank line or comment of its own.
    What is too long wherever it stands stays out of the column.
    """
    columns = [0] * len(lines)
    run: list[_Remark] = []
    remarks: list[_Remark] = []
    indent = 0
    for i, line in enumerate(lines):
        if line.comment and not line.text:
            remarks[-1].numbers.append(i)
            remarks[-1].reach = max(remarks[-1].reach, len(line.comment))
            continue
        closing = line.text[:1] in (")", "}")
        if line.blank or line.kind == "comment" or line.indent != indent or closing:
            _level([r for r in run if r.start + r.reach <= WIDTH], MOST)
            run, indent = [], -1 if closing else line.indent
        if line.comment:
            remarks.append(_Remark(i, line))
            run.append(remarks[-1])
    _level([r for r in run if r.start + r.reach <= WIDTH], MOST)
    for remark in remarks:
        for number in remark.numbers:
            columns[number] = remark.start
    return columns
