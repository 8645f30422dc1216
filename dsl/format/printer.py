"""From a document to lines: which breaks end a line, and what stands on each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from .documents import Align, Break, Comment, Document, Entry, Fill, Group, Indent, Tab, Word

WIDTH = 100
FARTHEST = 56  # columns: what would be aligned beyond is indented instead


@dataclass(slots=True)
class Line:
    """One line of the result.

    Attributes
    ----------
    text : str
        Without indentation and without the comment behind it.
    kind : str
        Of the entry that begins here, `comment`, or empty.
    owner : int
        The line on which the entry began that this line belongs to; -1 for none.
    tabs : list of (str, int)
        Columns that may be moved to the right, with their offsets in `text`.
    blank : bool
        Whether a blank line stands above.
    """

    indent: int
    text: str = ""
    comment: str = ""
    kind: str = ""
    owner: int = -1
    tabs: list[tuple[str, int]] = field(default_factory=list)
    blank: bool = False

    @property
    def width(self) -> int:
        """Columns taken, without the comment."""
        return self.indent + len(self.text)


class _Filling(NamedTuple):
    """A fill of which the parts from `at` on are still to be set."""

    fill: Fill
    at: int


class _EndEntry:
    """The end of an entry, among what is still to be set."""


# Indentation, whether breaks are flat, and what is to be set.
_Work: TypeAlias = "tuple[int, bool, Document | _Filling | _EndEntry]"


def lines(document: Document) -> list[Line]:
    """Set a document in lines of at most `WIDTH` columns where its breaks allow that."""
    return _Printer().run(document)


class _Printer:
    """The lines so far, the one being set, and the entries that are open."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.line = Line(0)
        self.ended = False  # by a comment: whatever comes next begins a line
        self.entries: list[tuple[int, bool]] = [(-1, False)]  # first line, whether it begins one

    def run(self, document: Document) -> list[Line]:
        work: list[_Work] = [(0, False, document)]
        while work:
            indent, flat, item = work.pop()
            match item:
                case str():
                    self.put(item, indent)
                case Word():
                    for comment in item.comments:
                        self.comment(comment, indent)
                    self.put(item.text, indent)
                case Break():
                    if not item.hard and (flat or (item.instead and item.instead.broken)):
                        self.put(item.flat, indent)
                    else:
                        self.end_line(indent, item.blank)
                case Comment():
                    self.comment(item, indent)
                case Tab():
                    if item.ends and not flat:
                        self.end_line(indent)
                    else:
                        self.tab(item.column, indent)
                case Group():
                    flat = flat or _fits(self.room(indent), [(indent, True, item.inner)], work)
                    item.broken = not flat
                    work.append((indent, flat, item.inner))
                case Fill():
                    work.append((indent, flat, _Filling(item, 0)))
                case _Filling(fill, at):
                    self.fill(fill, at, indent, flat, work)
                case Indent():
                    work.append((indent + item.by, flat, item.inner))
                case Align():
                    work.append((self.aligned(indent), flat, item.inner))
                case Entry():
                    self.begin_entry(item.kind, indent)
                    work.append((indent, flat, _EndEntry()))
                    work.append((indent, flat, item.inner))
                case _EndEntry():
                    self.entries.pop()
                case _:
                    work += [(indent, flat, part) for part in reversed(item)]
        self.end_line(0)
        return self.lines

    def room(self, indent: int) -> int:
        """Columns that are left on the line."""
        return WIDTH - (indent if self.ended else self.line.width)

    def aligned(self, indent: int) -> int:
        """The indentation for what is aligned here."""
        column = indent if self.ended else self.line.width
        return column if column <= FARTHEST else max(indent, min(indent + 4, FARTHEST))

    def put(self, text: str, indent: int) -> None:
        if text == " " and (self.ended or not self.line.text):
            return
        if self.ended:
            self.end_line(indent)
        self.line.text += text

    def end_line(self, indent: int, blank: bool = False) -> None:
        line = self.line
        line.text = line.text.rstrip(" ")
        if line.text or line.comment:
            self.lines.append(line)
            self.line = Line(indent, owner=self.entries[-1][0], blank=blank)
        else:
            line.indent, line.blank = indent, line.blank or blank
        self.ended = False

    def comment(self, comment: Comment, indent: int) -> None:
        if comment.behind and not self.ended:
            self.line.comment = comment.text
        elif comment.under and self.ended:
            self.end_line(indent)
            self.line.comment = comment.text
        else:
            if self.ended or self.line.text:
                self.end_line(indent)
            self.line.text, self.line.kind = comment.text, "comment"
        self.ended = True

    def tab(self, column: str, indent: int) -> None:
        owner, begins = self.entries[-1]
        if column == "as" or (begins and owner == len(self.lines) and not self.ended):
            self.line.tabs.append((column, len(self.line.text)))
        self.put(" ", indent)

    def begin_entry(self, kind: str, indent: int) -> None:
        if self.ended:
            self.end_line(indent)
        begins = not self.line.text
        if begins:
            self.line.kind, self.line.owner = kind, len(self.lines)
        self.entries.append((len(self.lines) if begins else self.entries[-1][0], begins))

    def fill(self, fill: Fill, at: int, indent: int, flat: bool, work: list[_Work]) -> None:
        """Set one part of a fill, behind what stands between it and the one before."""
        part, last = fill.parts[at], at == len(fill.parts) - 1
        if not last:
            work.append((indent, flat, _Filling(fill, at + 1)))
        if flat:
            work.append((indent, True, part))
            if at:
                work.append((indent, True, fill.between[at - 1]))
            return
        rest = work if last else []
        room = self.room(indent)
        if at:
            between = fill.between[at - 1]
            together = _fits(room, [(indent, True, part), (indent, True, between)], rest)
            alone = together or _fits(WIDTH - indent, [(indent, True, part)], rest)
            work.append((indent, alone, part))
            work.append((indent, together, between))
        else:
            work.append((indent, _fits(room, [(indent, True, part)], rest), part))


def _fits(room: int, work: list[_Work], rest: list[_Work]) -> bool:
    """Whether `work`, and what follows up to where its line may end, takes at most `room`."""
    below = len(rest)
    inside = True
    while room >= 0:
        if not work:
            if not below:
                return True
            inside = False
            below -= 1
            work.append(rest[below])
        indent, flat, item = work.pop()
        match item:
            case str():
                room -= len(item)
            case Word():
                if item.comments:
                    return not inside
                room -= len(item.text)
            case Break():
                if item.hard or not (flat or (item.instead and item.instead.broken)):
                    return not inside
                room -= len(item.flat)
            case Comment():
                return not inside
            case Tab():
                if item.ends and not flat:
                    return not inside
                room -= 1
            case Group() | Indent() | Align() | Entry():
                work.append((indent, flat, item.inner))
            case Fill(parts=parts, between=between):
                for part, gap in zip(parts[:0:-1], reversed(between), strict=True):
                    work += [(indent, flat, part), (indent, flat, gap)]
                work.append((indent, flat, parts[0]))
            case _Filling():
                return True  # it goes on with a break
            case _EndEntry():
                pass
            case _:
                work += [(indent, flat, part) for part in reversed(item)]
    return False
