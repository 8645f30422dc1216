"""Where blocks stand: left to right by who reads whom, wrapped like text, open ones as frames.

Blocks that can run side by side stand one above the other. An edge to the next column is a line; a
longer one takes a track above the row, the shorter the lower.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .tree import Part

LINE = 12.0  # height of a line of text
BAR = 36.0  # width of a bar
TALLEST = 46.0  # height of the tallest bar
LANE_GAP = 8.0
ROW_GAP = 16.0
TRACK = 7.0
LEAD = 20.0  # of the line before the first block of a row
PAD, TITLE = 10.0, 20.0  # of the frame of an open block
MARGIN = 12.0  # behind it, where lines may turn
ABSENT_BAR = 22.0
BOLD = 12.2  # what bold letters of 11 pixels are as wide as


@dataclass
class Box:
    """A block at its place; `y` is the top, `port` the height of its line, both from the flow's."""

    part: Part
    width: float
    height: float
    port: float  # from the top
    bar: float = 0.0  # height
    bar_x: float = 0.0  # from the left
    lines: tuple[str, ...] = ()
    inner: Flow | None = None
    x: float = 0.0
    y: float = 0.0

    @property
    def line_y(self) -> float:
        """Where lines arrive."""
        return self.y + self.port

    @property
    def out_y(self) -> float:
        """Where lines leave."""
        return self.line_y if self.inner is None else self.y + TITLE + self.inner.end_y

    @property
    def left(self) -> float:
        """Where lines from the left end."""
        return self.x if self.inner is not None else self.x + self.bar_x

    @property
    def right(self) -> float:
        """Where lines to the right begin."""
        if self.inner is not None:
            return self.x + self.width - MARGIN
        return self.x + self.bar_x + (BAR if self.part.active else ABSENT_BAR)


@dataclass
class Edge:
    """A tensor's way: pieces of line, each a list of corners; `source` and `target` are keys."""

    tensor: int
    source: str
    target: str
    pieces: list[list[tuple[float, float]]] = field(default_factory=list)


@dataclass
class Flow:
    """Blocks and edges with their places, from the upper left."""

    width: float
    height: float
    boxes: list[Box]
    edges: list[Edge]
    start_y: float
    end_y: float
    rows: int

    def walk(self) -> Iterator[tuple[Box, float, float]]:
        """Every block, those in frames too, and how far its flow is moved."""
        yield from _walk(self, 0.0, 0.0)


def _walk(flow: Flow, dx: float, dy: float) -> Iterator[tuple[Box, float, float]]:
    for box in flow.boxes:
        yield box, dx, dy
        if box.inner is not None:
            yield from _walk(box.inner, dx + box.x + PAD, dy + box.y + TITLE)


@dataclass(frozen=True)
class Sizes:
    """What the size of a block depends on: heights of bars, the texts below, those of shapes."""

    bar: Callable[[Part], float]
    lines: Callable[[Part], tuple[str, ...]]
    shape: Callable[[Part], str]
    opened: Collection[str]


def text_width(text: str, size: float = 11.0) -> float:
    """About how wide a text is in a plain font; on the safe side."""
    narrow = sum(text.count(c) for c in " .,:;[]()il1·|")
    return size * (0.6 * (len(text) - narrow) + 0.34 * narrow)


def flow(
    parts: Sequence[Part],
    outputs: Collection[int],
    width: float,
    sizes: Sizes,
    *,
    framed: bool = False,
) -> Flow:
    """Place parts.

    Parameters
    ----------
    outputs : collection of int
        Tensors that leave the flow to the right.
    width : float
        How wide a row may be.
    framed : bool
        Whether lines from and to the outside reach over the padding of a frame.
    """
    boxes = {p.key: _box(p, width, sizes) for p in parts}
    columns = _columns(parts)
    for column in columns:  # what was left out beside others: a line each
        if len(column) > 1:
            boxes.update({k: _beside(boxes[k]) for k in column if not boxes[k].part.active})
    rows = _rows(columns, boxes, width)
    edges, long, spread = _edges(parts, outputs, columns, rows)
    y = 0.0
    ports: list[float] = []
    tracks = _tracks(long, len(rows))
    places: dict[str, int] = {}
    ends: list[float] = []
    track_y: list[Callable[[int], float]] = []
    for number, row in enumerate(rows):
        used = max((t + 1 for (_, r), t in tracks.items() if r == number), default=0)
        step = TRACK if used <= 12 else 84.0 / used
        stacks = [[boxes[k] for k in column] for column in row]
        middles = [_middle(stack) for stack in stacks]
        above = max(middles)
        top = y + used * step
        x = LEAD
        for stack, middle in zip(stacks, middles, strict=True):
            wide = max(b.width for b in stack)
            centre = max(b.bar_x for b in stack)
            at = top + above - middle
            for box in stack:
                box.x = x + (centre - box.bar_x if box.inner is None else 0.0)
                box.y = at
                at += box.height + LANE_GAP
                places[box.part.key] = number
            x += max(wide, max(b.x - x + b.width for b in stack))
        ends.append(x)
        ports.append(top + above)
        track_y.append(lambda t, top=top, step=step: top - 3 - t * step)  # type: ignore[misc]
        bottom = max(b.y + b.height for stack in stacks for b in stack)
        y = bottom + ROW_GAP
    end = max(ends, default=0.0) + 6
    ways = (-PAD, end + PAD) if framed else (0.0, (ends[-1] if ends else 0.0) + 6)
    for i, edge in enumerate(edges):
        edge.pieces = _route(edge, i, boxes, places, spread, tracks, track_y, ports, end, ways)
    last = [boxes[k] for k in (rows[-1][-1] if rows else [])]
    end_y = last[0].out_y if len(last) == 1 else (ports[-1] if ports else 0.0)
    ordered = [boxes[p.key] for p in parts]
    height = max(y - ROW_GAP, 0.0)
    return Flow(end, height, ordered, edges, ports[0] if ports else 0.0, end_y, len(rows))


def _box(part: Part, width: float, sizes: Sizes) -> Box:
    if part.key in sizes.opened and part.parts:
        inner = flow(part.parts, part.outputs, width - 2 * PAD - LEAD - MARGIN, sizes, framed=True)
        title = text_width(part.label, BOLD) + text_width(part.op, 10) + 60
        wide = MARGIN + max(inner.width + 2 * PAD, title)
        return Box(part, wide, inner.height + TITLE + PAD, TITLE + inner.start_y, inner=inner)
    lines = sizes.lines(part)
    texts = [text_width(t, BOLD if i == 0 else 10.0) for i, t in enumerate(lines)]
    if not part.active:
        wide = max([ABSENT_BAR, *texts])
        bar_x = (wide - ABSENT_BAR) / 2 + 5
        return Box(part, wide + 10, 26 + LINE * len(lines) + 4, 26, 18, bar_x, lines)
    bar = sizes.bar(part)
    side = max((max(texts) - BAR) / 2, 6.0)
    right = max(side + 6, text_width(sizes.shape(part), 9.5) + 18)
    port = LINE + 2 + max(bar, LINE)  # the amount stands clear of the shape beside the line
    return Box(part, side + BAR + right, port + 4 + LINE * len(lines) + 2, port, bar, side, lines)


def _beside(box: Box) -> Box:
    """A block that was left out, on one line with its label."""
    wide = ABSENT_BAR + 6 + text_width(box.lines[0], 9.5)
    return Box(box.part, wide, 12, 10, 10, 6, box.lines)


# --------------------------------------------------------------------------------------- columns


def _columns(parts: Sequence[Part]) -> list[list[str]]:
    """The keys of each column, left to right; what was left out stands where it would be."""
    active = [p for p in parts if p.active]
    rank = _ranks(active)
    beside = _side_by_side(active, rank)
    columns: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    extra: dict[int, list[list[str]]] = {}
    last = -1
    for part in parts:
        if part.active:
            last = rank[part.key]
            columns[last].append(part.key)
            continue
        if part.family in beside:
            near = [
                p for p in active if p.family == part.family and p.indices[:-1] == part.indices[:-1]
            ]
            if near:
                columns[rank[near[0].key]].append(part.key)
                continue
        extra.setdefault(last, []).append([part.key])
    order = {p.key: i for i, p in enumerate(parts)}
    absent = {i for i, p in enumerate(parts) if not p.active}
    found = list(extra.get(-1, []))
    for number, column in enumerate(columns):
        if column:
            found.append(sorted(column, key=lambda k: (order[k] in absent, order[k])))
        found += extra.get(number, [])
    return found


def _ranks(parts: Sequence[Part]) -> dict[str, int]:
    """The column of each part: behind all that it reads, and as near as can be to its readers."""
    made = {t: p.key for p in parts for t in p.outputs}
    reads = {p.key: [made[t] for t in p.inputs if t in made and made[t] != p.key] for p in parts}
    rank: dict[str, int] = {}
    for part in parts:
        rank[part.key] = 1 + max((rank.get(k, -1) for k in reads[part.key]), default=-1)
    readers: dict[str, list[str]] = {}
    for key, sources in reads.items():
        for source in sources:
            readers.setdefault(source, []).append(key)
    for part in reversed(parts):
        if part.key in readers:
            rank[part.key] = min(rank[k] for k in readers[part.key]) - 1
    return rank


def _side_by_side(parts: Sequence[Part], rank: Mapping[str, int]) -> set[str]:
    """The families of which two members with the same leading indices share a column."""
    seen: set[tuple[str, tuple[str, ...], int]] = set()
    found = set()
    for part in parts:
        if part.indices:
            place = part.family, part.indices[:-1], rank[part.key]
            if place in seen:
                found.add(part.family)
            seen.add(place)
    return found


def _rows(
    columns: Sequence[list[str]], boxes: Mapping[str, Box], width: float
) -> list[list[list[str]]]:
    """As few rows as fit, and those as even as can be."""
    found = _wrapped(columns, boxes, width)
    low, high = 0.0, width
    while len(found) > 1 and high - low > 4:
        middle = (low + high) / 2
        tried = _wrapped(columns, boxes, middle)
        if len(tried) > len(found):
            low = middle
        else:
            found, high = tried, middle
    return found


def _wrapped(
    columns: Sequence[list[str]], boxes: Mapping[str, Box], width: float
) -> list[list[list[str]]]:
    rows: list[list[list[str]]] = []
    x = 0.0
    alone = False
    for column in columns:
        stack = [boxes[k] for k in column]
        left = max(b.bar_x for b in stack)
        wide = max(left - b.bar_x + b.width for b in stack)
        tall = any(b.inner is not None and b.inner.rows > 1 for b in stack)
        if not rows or alone or tall or x + wide > width:
            rows.append([])
            x = LEAD
        rows[-1].append(column)
        x += wide
        alone = tall
    return rows


def _middle(stack: Sequence[Box]) -> float:
    """How far below the top of a stack the line of its row runs."""
    at = 0.0
    ports: list[float] = []
    for box in stack:
        if box.part.active or not ports:
            ports.append(at + box.port)
        at += box.height + LANE_GAP
    return (ports[0] + ports[-1]) / 2


# ----------------------------------------------------------------------------------------- edges

Place = tuple[int, int]  # row, column in the row


@dataclass
class _Spread:
    """Where each key stands, and over how many columns that hold something edges go."""

    place: dict[str, Place]
    long: dict[int, bool] = field(default_factory=dict)


def _edges(
    parts: Sequence[Part],
    outputs: Collection[int],
    columns: Sequence[list[str]],
    rows: Sequence[Sequence[list[str]]],
) -> tuple[list[Edge], dict[int, tuple[Place, Place]], _Spread]:
    made = {t: p.key for p in parts for t in p.outputs}
    flat = {key: i for i, column in enumerate(columns) for key in column}
    place = {
        key: (r, c) for r, row in enumerate(rows) for c, column in enumerate(row) for key in column
    }
    by_key = {p.key: p for p in parts}
    absent = [all(not by_key[k].active for k in column) for column in columns]
    edges: list[Edge] = []
    for part in parts:
        for tensor in part.inputs:
            edges.append(Edge(tensor, made.get(tensor, ""), part.key))
    edges += [Edge(t, made[t], "") for t in outputs if t in made]
    end = (len(rows) - 1, len(rows[-1]) if rows else 0)
    long: dict[int, tuple[Place, Place]] = {}
    spread = _Spread(place)
    for i, edge in enumerate(edges):
        first = flat[edge.source] if edge.source else -1
        last = flat[edge.target] if edge.target else len(columns)
        spread.long[i] = not all(absent[first + 1 : last])
        if spread.long[i]:
            start = place[edge.source] if edge.source else (0, -1)
            long[i] = start, place[edge.target] if edge.target else end
    return edges, long, spread


def _tracks(long: Mapping[int, tuple[Place, Place]], rows: int) -> dict[tuple[int, int], int]:
    """The track of each long edge in each row that it passes, the shorter the lower."""
    found: dict[tuple[int, int], int] = {}
    for row in range(rows):
        here = []
        for i, ((r0, c0), (r1, c1)) in long.items():
            if r0 <= row <= r1:
                low = c0 + 0.5 if row == r0 else -1.0
                high = c1 - 0.5 if row == r1 else 1e9
                here.append((high - low, low, high, i))
        taken: list[list[tuple[float, float]]] = []
        for _, low, high, i in sorted(here):
            free = (n for n, s in enumerate(taken) if all(high <= a or low >= b for a, b in s))
            number = next(free, len(taken))
            if number == len(taken):
                taken.append([])
            taken[number].append((low, high))
            found[i, row] = number
    return found


def _route(
    edge: Edge,
    number: int,
    boxes: Mapping[str, Box],
    places: Mapping[str, int],
    spread: _Spread,
    tracks: Mapping[tuple[int, int], int],
    track_y: Sequence[Callable[[int], float]],
    ports: Sequence[float],
    end: float,
    ways: tuple[float, float],
) -> list[list[tuple[float, float]]]:
    first = places[edge.source] if edge.source else 0
    last = places[edge.target] if edge.target else len(ports) - 1
    start = (
        (boxes[edge.source].right, boxes[edge.source].out_y) if edge.source else (ways[0], ports[0])
    )
    stop = (
        (boxes[edge.target].left, boxes[edge.target].line_y)
        if edge.target
        else (ways[1], ports[-1])
    )
    pieces = []
    for row in range(first, last + 1):
        if not spread.long[number]:  # it goes on at the height where it left off
            begin = start if row == first else (0.0, stop[1] if row == last else ports[row])
            finish = stop if row == last else (end, start[1] if row == first else ports[row])
            pieces.append([begin, finish])
            continue
        level = track_y[row](tracks[number, row])
        begin, finish = (
            start if row == first else (0.0, level),
            stop if row == last else (end, level),
        )
        near, far = begin[0] + 3, finish[0] - 14
        piece = [begin]
        if row == first:
            piece += [(near, begin[1]), (near, level)]
        if row == last:
            piece += [(far, level), (far, finish[1])]
        pieces.append([*piece, finish])
    return pieces
