"""Two networks on one line: the first above it, the second below, between them what differs."""

from __future__ import annotations

from dataclasses import dataclass

from archwright.notebooks.svg.element import element, hint, line, picture, words

from .amounts import TITLES, Scale, shape_text, short
from .compare import Comparison, Pair
from .flow import BOLD, LINE, text_width

WIDTH = 920.0
MANY = 40  # pairs; from so many on, runs of layers that are the same are told together
TALLEST, BAR = 42.0, 30.0
MOST_CHANGES = 3
GAP = 14.0


@dataclass
class Column:
    """One pair, or a run of pairs that are the same."""

    pairs: list[Pair]
    lines: list[tuple[str, str]]  # text and class
    width: float

    @property
    def state(self) -> str:
        """That of all its pairs."""
        return self.pairs[0].state


def columns(comparison: Comparison) -> list[Column]:
    """What to draw, left to right; layers that are in neither are left out."""
    pairs = [p for p in comparison.pairs if p.state != "in neither"]
    groups: list[list[Pair]] = []
    for pair in pairs:
        alike = groups and pair.state == "same" == groups[-1][0].state
        if len(pairs) > MANY and alike:
            groups[-1].append(pair)
        else:
            groups.append([pair])
    return [_column(group) for group in groups]


def _column(group: list[Pair]) -> Column:
    if len(group) > 1:
        lines = [(group[0].label, "aw-quiet"), (f"to {group[-1].label}", "aw-quiet")]
        lines.append((f"{len(group)} the same", "aw-quiet"))
    else:
        (pair,) = group
        lines = [(pair.label, "aw-quiet" if pair.state == "same" else "aw-name")]
        changes = pair.changes
        for name, old, new in changes[:MOST_CHANGES]:
            if name == "shape":  # long, and plain to see
                lines += [(old, "aw-new"), (f"→ {new}", "aw-new")]
            else:
                lines.append((f"{name} {old} → {new}", "aw-new"))
        if len(changes) > MOST_CHANGES:
            lines.append((f"{len(changes) - MOST_CHANGES} more", "aw-new"))
        if pair.state.endswith("only"):
            lines.append((pair.state, "aw-new"))
    wide = max(text_width(t, BOLD if c == "aw-name" else 12.0) for t, c in lines)
    return Column(group, lines, max(wide, BAR + 16) + GAP)


def draw(comparison: Comparison, scale: Scale) -> str:
    """The picture as SVG."""
    found = columns(comparison)
    most = max((max(_amounts(comparison, c, scale)) for c in found), default=0.0) or 1.0
    rows = _rows(found)
    y, parts = 4.0, []
    for row in rows:
        up, down = (
            max((_amounts(comparison, c, scale)[i] for c in row), default=0.0) * TALLEST / most
            for i in (0, 1)
        )
        band = LINE * max(len(c.lines) for c in row) + 8
        top = y + 14 + max(up, 16)
        bottom = top + band
        x = 62.0
        end = x + sum(c.width for c in row)
        parts += [
            line([(x, top), (end, top)], class_="aw-edge"),
            line([(x, bottom), (end, bottom)], class_="aw-edge"),
            words("first", 8, top - 4, class_="aw-quiet"),
            words("second", 8, bottom + 12, class_="aw-quiet"),
        ]
        for column in row:
            parts.append(_draw(comparison, column, scale, (x, top, bottom), TALLEST / most))
            x += column.width
        y = bottom + max(down, 16) + 14 + 12
    changed = sum(p.state not in ("same", "in neither") for p in comparison.pairs)
    label = f"two networks by {TITLES[scale]}: {changed} layers differ"
    return picture(*parts, width=WIDTH, height=y, label=label, class_="aw-compare")


def _rows(found: list[Column]) -> list[list[Column]]:
    """As few rows as fit, about as wide as one another."""
    room, total = WIDTH - 70, sum(c.width for c in found)
    even = total / max(1, -(-total // room)) + max((c.width for c in found), default=0.0)
    rows: list[list[Column]] = []
    x = 0.0
    for column in found:
        if not rows or x + column.width > min(room, even):
            rows.append([])
            x = 0.0
        rows[-1].append(column)
        x += column.width
    return rows


def _amounts(comparison: Comparison, column: Column, scale: Scale) -> tuple[float, float]:
    first = sum(comparison.total(p.first, False, scale) for p in column.pairs)
    second = sum(comparison.total(p.second, True, scale) for p in column.pairs)
    return first, second


def _draw(
    comparison: Comparison,
    column: Column,
    scale: Scale,
    place: tuple[float, float, float],
    unit: float,
) -> str:
    x, top, bottom = place
    centre = x + column.width / 2
    left = centre - BAR / 2
    kind = "aw-same" if column.state == "same" else "aw-differs"
    parts = [hint(_told(column))]
    pair = column.pairs[0]
    for second, amount in enumerate(_amounts(comparison, column, scale)):
        there = pair.second if second else pair.first
        base = bottom if second else top
        if there is None:
            y = base if second else base - 16
            parts.append(element("rect", x=left, y=y, width=BAR, height=16, class_="aw-absent"))
            continue
        height = max(2.0, amount * unit)
        y = base if second else base - height
        parts.append(element("rect", x=left, y=y, width=BAR, height=height, class_=kind))
        if amount and not (second and column.state == "same"):
            at = base + height + 11 if second else base - height - 4
            parts.append(
                words(
                    short(amount, scale),
                    centre,
                    at,
                    text_anchor="middle",
                    class_="aw-quiet aw-small",
                )
            )
    y = top + LINE + 2
    for text, class_ in column.lines:
        parts.append(words(text, centre, y, text_anchor="middle", class_=class_))
        y += LINE
    key = pair.label
    return element("g", *parts, class_="aw-part", data_pair=key)


def _told(column: Column) -> str:
    if len(column.pairs) > 1:
        return f"{len(column.pairs)} layers are the same"
    (pair,) = column.pairs
    lines = [f"{pair.label}: {pair.text or 'the same in both'}"]
    for name, part in (("first", pair.first), ("second", pair.second)):
        if part is not None:
            arguments = ", ".join(f"{n} = {v}" for n, v in part.arguments.items())
            lines.append(f"{name}: {part.op} with {arguments}; {shape_text(part.shape)}")
    return "\n".join(lines)
