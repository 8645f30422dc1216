"""The text of a spec as HTML: highlighted, numbered, with ranges painted and notes hung below."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise
from typing import Literal, TypeAlias

from archwright.dsl.highlight import Kind, highlight
from archwright.dsl.source import Source, Span

Paint: TypeAlias = Literal["certain", "possible", "error", "warning"]

AROUND = 2  # lines shown beside painted ones
WORDS = {
    "certain": "needed in every conflict",
    "possible": "in this conflict, not in every one",
    "error": "error",
    "warning": "warning",
}


@dataclass(frozen=True)
class Mark:
    """A painted range; `title` is shown while the pointer rests on it."""

    span: Span
    paint: Paint
    title: str = ""


@dataclass(frozen=True)
class Hung:
    """A short text under the first character of a range: the value of a term."""

    span: Span
    text: str


def painted(
    source: Source,
    marks: Iterable[Mark] = (),
    hung: Iterable[Hung] = (),
    *,
    whole: bool = False,
) -> str:
    """The lines of a source with its marks; other lines are left out unless `whole` is set.

    Every mark is also told by a sign in the margin, so that colour is never alone.
    """
    marks = [m for m in marks if m.span.source is source]
    hung = [h for h in hung if h.span.source is source]
    painted_lines = {n for m in marks for n in range(m.span.line, m.span.end_line + 1)}
    count = len(source.starts) - (1 if source.text.endswith("\n") else 0)
    wanted = set(range(1, count + 1)) if whole else _around(painted_lines, count)
    notes: dict[int, list[Hung]] = {}
    for note in hung:
        notes.setdefault(note.span.line, []).append(note)
    pieces = _pieces(source.text)
    body = []
    last = 0
    for number in sorted(wanted):
        if number > last + 1:
            body.append(_gap(number - last - 1))
        body.append(_line(source, number, pieces, marks))
        body += [_note(row) for row in _rows(notes.get(number, ()))]
        last = number
    if last < count:
        body.append(_gap(count - last))
    return f'<div class="aw-source">{"".join(body)}</div>'


def coloured(text: str) -> str:
    """A piece of a spec's text on one line, highlighted."""
    shown, at = "", 0
    for piece in highlight(text):
        shown += escape(text[at : piece.start]) + _coloured(
            text[piece.start : piece.end], str(piece.kind)
        )
        at = piece.end
    return shown + escape(text[at:])


def _around(lines: set[int], count: int) -> set[int]:
    near = {n + d for n in lines for d in range(-AROUND, AROUND + 1)}
    return {n for n in near if 1 <= n <= count}


def _gap(lines: int) -> str:
    said = "1 line" if lines == 1 else f"{lines:,} lines"
    return f'<div class="aw-gap">… {said}</div>'


def _pieces(text: str) -> tuple[list[int], list[tuple[int, int, Kind]]]:
    """Starts, and the pieces themselves, of the highlighted text."""
    found = [(p.start, p.end, p.kind) for p in highlight(text)]
    return [p[0] for p in found], found


def _line(
    source: Source,
    number: int,
    pieces: tuple[list[int], list[tuple[int, int, Kind]]],
    marks: Sequence[Mark],
) -> str:
    start = source.starts[number - 1]
    end = start + len(source.line(number))
    inside = [m for m in marks if m.span.start < end and start < m.span.end]
    cuts = {start, end}
    first = max(0, bisect_right(pieces[0], start) - 1)
    kinds = []
    for at, stop, kind in pieces[1][first:]:
        if at >= end:
            break
        if stop > start:
            kinds.append((at, stop, kind))
            cuts |= {max(at, start), min(stop, end)}
    for mark in inside:
        cuts |= {max(mark.span.start, start), min(mark.span.end, end)}
    stretches = [(a, b, _covering(a, inside)) for a, b in pairwise(sorted(cuts))]
    shown = "".join(
        _marked(mark, [(source.text[a:b], _kind(a, kinds)) for a, b, _ in group])
        for mark, group in groupby(stretches, key=lambda stretch: stretch[2])
    )
    sign = _sign(inside)
    classes = "aw-line aw-painted" if inside else "aw-line"
    return (
        f'<div class="{classes}"><span class="aw-sign" aria-hidden="true">{sign}</span>'
        f'<span class="aw-lineno">{number}</span><code>{shown}</code></div>'
    )


def _kind(at: int, kinds: Sequence[tuple[int, int, Kind]]) -> str:
    return next((str(kind) for start, stop, kind in kinds if start <= at < stop), "")


def _covering(at: int, marks: Sequence[Mark]) -> Mark | None:
    """The shortest mark at an offset."""
    over = [m for m in marks if m.span.start <= at < m.span.end]
    return min(over, key=lambda m: m.span.end - m.span.start, default=None)


def _marked(mark: Mark | None, texts: Iterable[tuple[str, str]]) -> str:
    """Neighbouring pieces of text with their kinds under one mark; blanks around it stay bare."""
    shown = "".join(_coloured(text, kind) for text, kind in texts)
    bare = shown.strip()
    if mark is None or not bare:
        return shown
    before, after = shown[: len(shown) - len(shown.lstrip())], shown[len(shown.rstrip()) :]
    title = escape(mark.title or WORDS[mark.paint])
    return f'{before}<mark class="aw-{mark.paint}" title="{title}">{bare}</mark>{after}'


def _coloured(text: str, kind: str) -> str:
    shown = escape(text)
    coloured = kind in ("keyword", "number", "quantity", "string", "comment")
    return f'<span class="aw-{kind}">{shown}</span>' if coloured else shown


def _sign(marks: Sequence[Mark]) -> str:
    order: list[Paint] = ["error", "certain", "possible", "warning"]
    signs = {"error": "✗", "certain": "●", "possible": "○", "warning": "!"}
    return next((signs[paint] for paint in order if any(m.paint == paint for m in marks)), "")


def _rows(notes: Iterable[Hung]) -> list[str]:
    """Notes as lines of text; one that would run into its neighbour goes a line further down.

    From right to left each note goes on the first line where it ends before the notes that are
    there already; on the lines above a bar leads down to it.
    """
    rows: list[list[tuple[int, str]]] = []
    for note in sorted(notes, key=lambda n: -n.span.start):
        column = note.span.column - 1
        words = f"└ {note.text}"
        free = (
            at
            for at, row in enumerate(rows)
            if column + len(words) + 2 <= min(start for start, _ in row)
        )
        at = next(free, len(rows))
        if at == len(rows):
            rows.append([])
        rows[at].append((column, words))
        for above in rows[:at]:
            if all(start != column for start, _ in above):
                above.append((column, "│"))
    return [_spread(row) for row in rows]


def _spread(row: Sequence[tuple[int, str]]) -> str:
    text = ""
    for column, words in sorted(row):
        text = text.ljust(column) + words
    return text


def _note(text: str) -> str:
    return (
        '<div class="aw-line aw-hung"><span class="aw-sign"></span><span class="aw-lineno"></span>'
        f"<code>{escape(text)}</code></div>"
    )
