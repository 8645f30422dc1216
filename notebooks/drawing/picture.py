"""The picture of a network: blocks on the line of their tensors, arcs, frames of open blocks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from math import prod

from archwright.interpreter.architecture import Leaf, Network
from archwright.notebooks.svg.element import element, hint, number, picture, words

from .amounts import TITLES, Scale, Times, amount, shape_text, short
from .flow import (
    ABSENT_BAR,
    BAR,
    MARGIN,
    PAD,
    TALLEST,
    TITLE,
    Box,
    Edge,
    Flow,
    Sizes,
    flow,
    text_width,
)
from .tree import Part, Tree

WIDTH = 920.0
INPUT = "input "  # in front of the key of a network's input


class Drawing:
    """One network laid out: which blocks are open, and what they are scaled by."""

    def __init__(
        self,
        tree: Tree,
        scale: Scale = "macs",
        opened: Collection[str] = (),
        times: Times | None = None,
        width: float = WIDTH,
    ) -> None:
        self.tree, self.scale, self.opened, self.width = tree, scale, frozenset(opened), width
        network = tree.network
        self.amounts = [amount(leaf, scale, times) for leaf in network.leaves]
        self.shapes = {leaf.output: leaf.shape for leaf in network.leaves}
        self.shapes.update({n: shape for _, n, shape in network.inputs})
        self.tallest = max((self.total(p) for p in self._shown(tree.parts)), default=0.0)
        sizes = Sizes(self._bar, self.lines, self._shape, self.opened)
        self.flow = flow((*inputs(network), *tree.parts), (network.output,), width - 24, sizes)

    def total(self, part: Part) -> float:
        """The amount of a part."""
        return sum(self.amounts[part.first : part.stop])

    def _shown(self, parts: Sequence[Part]) -> list[Part]:
        found: list[Part] = []
        for part in parts:
            found += self._shown(part.parts) if part.key in self.opened else [part]
        return found

    def _bar(self, part: Part) -> float:
        if part.kind == "input" or not self.tallest:
            return 3.0
        return max(2.0, TALLEST * self.total(part) / self.tallest)

    def _shape(self, part: Part) -> str:
        return shape_text(part.shape)

    def lines(self, part: Part) -> tuple[str, ...]:
        """What is written below a block: label, op, and what was chosen for it."""
        if part.kind == "input":
            return (part.label, "input")
        if not part.active:
            short_label = f"[{', '.join(part.indices)}]" if part.indices else part.label
            return (short_label,)
        head = [part.label] if part.op == part.label else [part.label, part.op]
        notes: list[str] = []
        for note in self.tree.notes(part):
            joined = f"{notes[-1]} · {note}" if notes else ""
            if joined and text_width(joined, 10) <= 84:
                notes[-1] = joined
            else:
                notes.append(note)
        return (*head, *notes[:2])


def inputs(network: Network) -> tuple[Part, ...]:
    """The inputs of a network as blocks."""
    return tuple(
        Part(f"{INPUT}{name}", "input", name, "input", {}, 0, 0, True, (), (number,), shape, None)
        for name, number, shape in network.inputs
        if any(number in leaf.inputs for leaf in network.leaves)
    )


def draw(drawing: Drawing, *, live: bool = False) -> str:
    """The picture as SVG; `live` marks what can be folded."""
    placed = drawing.flow
    height = placed.height + 8
    network = drawing.tree.network
    body = _flow(drawing, placed, 8, 6, live)
    layers = sum(p.active for p in drawing.tree.layers)
    label = f"{network.name}: {layers} layers, heights by {TITLES[drawing.scale]}"
    width = max(drawing.width, placed.width + 16)
    return picture(body, width=width, height=height, label=label, class_="aw-flow")


def _flow(drawing: Drawing, placed: Flow, x: float, y: float, live: bool) -> str:
    edges = "".join(_edge(edge) for edge in placed.edges)
    boxes = "".join(_box(drawing, box, live) for box in placed.boxes)
    return element("g", edges, boxes, transform=f"translate({number(x)} {number(y)})")


# ----------------------------------------------------------------------------------------- edges


def _edge(edge: Edge) -> str:
    path = "".join(rounded(piece) for piece in edge.pieces)
    (x, y) = edge.pieces[-1][-1]
    tip, back = f"{number(x)} {number(y)}", number(x - 5)
    head = f"M{back} {number(y - 2.5)}L{tip}L{back} {number(y + 2.5)}"
    return element(
        "path",
        d=path + head,
        class_="aw-edge" if len(edge.pieces[0]) < 4 else "aw-edge aw-skip",
        data_from=edge.source,
        data_to=edge.target,
    )


def rounded(corners: Sequence[tuple[float, float]], radius: float = 5.0) -> str:
    """A path with rounded corners; two points at different heights are joined by a curve."""
    (x0, y0), (x1, y1) = corners[0], corners[-1]
    if len(corners) == 2:
        if abs(y1 - y0) < 0.5:
            return f"M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}"
        middle = number((x0 + x1) / 2)
        start, end = f"{number(x0)} {number(y0)}", f"{number(x1)} {number(y1)}"
        return f"M{start}C{middle} {number(y0)} {middle} {number(y1)} {end}"
    parts = [f"M{number(x0)} {number(y0)}"]
    for before, (x, y), after in zip(corners, corners[1:-1], corners[2:], strict=False):
        near, far = _toward((x, y), before, radius), _toward((x, y), after, radius)
        parts.append(
            f"L{number(near[0])} {number(near[1])}Q{number(x)} {number(y)} "
            f"{number(far[0])} {number(far[1])}"
        )
    parts.append(f"L{number(x1)} {number(y1)}")
    return "".join(parts)


def _toward(
    point: tuple[float, float], other: tuple[float, float], most: float
) -> tuple[float, float]:
    dx, dy = other[0] - point[0], other[1] - point[1]
    length = (dx * dx + dy * dy) ** 0.5
    if not length:
        return point
    share = min(most, length / 2) / length
    return point[0] + dx * share, point[1] + dy * share


# ---------------------------------------------------------------------------------------- blocks


def _box(drawing: Drawing, box: Box, live: bool) -> str:
    part = box.part
    if box.inner is not None:
        return _frame(drawing, box, live)
    if not part.active:
        return _absent(box)
    left, base = box.x + box.bar_x, box.y + box.port
    centre = left + BAR / 2
    folded = bool(part.parts)
    shapes = [
        element("rect", x=box.x, y=box.y, width=box.width, height=box.height, class_="aw-hit"),
        *_bars(drawing, box, left, base),
    ]
    total = drawing.total(part)
    if total and part.kind != "input":
        shapes.append(
            words(
                short(total, drawing.scale),
                centre,
                base - max(box.bar, 12) - 4,
                text_anchor="middle",
                class_="aw-quiet aw-small",
            )
        )
    if part.shape:
        fresh = shape_text(part.shape) != _before(drawing, part)
        shapes.append(
            words(
                shape_text(part.shape),
                left + BAR + 7,
                base - 4,
                class_="aw-shape" if fresh else "aw-shape aw-quiet",
            )
        )
    y = base + 15
    for i, text in enumerate(box.lines):
        sign = ("▸ " if live and folded else "") if i == 0 else ""
        class_ = "aw-name" if i == 0 else ("aw-quiet aw-op" if text == part.op else "aw-note")
        shapes.append(words(sign + text, centre, y, text_anchor="middle", class_=class_))
        y += 12
    return element(
        "g",
        hint(
            "\n".join(f"{name}: {value}" if name else value for name, value in facts(drawing, part))
        ),
        *shapes,
        class_="aw-part" + (" aw-folded" if folded else "") + (f" aw-{part.kind}"),
        data_key=part.key,
        data_first=str(part.first),
        data_stop=str(part.stop),
    )


def _bars(drawing: Drawing, box: Box, left: float, base: float) -> list[str]:
    """The bar of a block, its leaves stacked from the first at the top."""
    part = box.part
    if part.kind == "input":
        return [element("rect", x=left, y=base - 1.5, width=BAR, height=3, class_="aw-none")]
    total = drawing.total(part)
    if not total:
        return [element("rect", x=left, y=base - 2, width=BAR, height=2, class_="aw-none")]
    found, y = [], base - box.bar
    for order, share in enumerate(_shares(drawing, part, box.bar)):
        height = share * box.bar
        class_ = "aw-bar" if order % 2 == 0 else "aw-bar aw-odd"
        found.append(element("rect", x=left, y=y, width=BAR, height=height, class_=class_))
        y += height
    outline = element(
        "rect", x=left, y=base - box.bar, width=BAR, height=box.bar, class_="aw-outline"
    )
    return [*found, outline]


def _shares(drawing: Drawing, part: Part, height: float) -> list[float]:
    """The shares of the parts below, coarser ones where they would be too thin to tell apart."""
    total = drawing.total(part)
    finer = [drawing.total(p) / total for p in part.parts]
    seen = [share for share in finer if share]
    return seen if seen and height / len(seen) >= 3 else [1.0]


def _absent(box: Box) -> str:
    part = box.part
    left, base = box.x + box.bar_x, box.y + box.port
    text, beside = box.lines[0], box.port == box.bar
    return element(
        "g",
        hint(f"{part.label} ({part.op}): left out by a choice{_line(part)}"),
        element(
            "rect", x=left, y=base - box.bar, width=ABSENT_BAR, height=box.bar, class_="aw-absent"
        ),
        words(
            text,
            left + ABSENT_BAR + 5 if beside else left + ABSENT_BAR / 2,
            base - 1.5 if beside else base + 15,
            text_anchor=None if beside else "middle",
            class_="aw-quiet aw-small",
        ),
        class_="aw-part aw-left-out",
        data_key=part.key,
        data_first=str(part.first),
        data_stop=str(part.stop),
    )


def _frame(drawing: Drawing, box: Box, live: bool) -> str:
    part, inner = box.part, box.inner
    assert inner is not None
    notes = " · ".join((part.op, *drawing.tree.notes(part)))
    x, y, wide = box.x + PAD, box.y + 14, box.width - MARGIN
    # How wide the label is only the page knows; a line of two parts leaves that to it.
    title = element(
        "text",
        element("tspan", escape(f"{'▾ ' if live else ''}{part.label}"), class_="aw-name"),
        element("tspan", escape(notes), dx=8, class_="aw-quiet"),
        x=x,
        y=y,
    )
    head = element(
        "g",
        hint("\n".join(f"{n}: {v}" if n else v for n, v in facts(drawing, part))),
        element("rect", x=box.x, y=box.y, width=wide, height=TITLE, class_="aw-hit"),
        title,
        class_=f"aw-part aw-open aw-{part.kind}",
        data_key=part.key,
        data_first=str(part.first),
        data_stop=str(part.stop),
    )
    frame = element(
        "rect", x=box.x, y=box.y, width=wide, height=box.height, rx=6, class_="aw-frame"
    )
    return frame + head + _flow(drawing, inner, box.x + PAD, box.y + TITLE, live)


def _before(drawing: Drawing, part: Part) -> str:
    shapes = [drawing.shapes[t] for t in part.inputs if t in drawing.shapes]
    return shape_text(shapes[0]) if shapes else ""


def _line(part: Part) -> str:
    return "" if part.span is None else f"\n{part.span.source.name}:{part.span.line}"


# ----------------------------------------------------------------------------------------- facts


def facts(drawing: Drawing, part: Part) -> list[tuple[str, str]]:
    """What there is to know of a part, by name; a heading has none."""
    if part.kind == "input":
        return [("", f"input {part.label}"), ("shape", shape_text(part.shape))]
    found = [("", part.label if part.op == part.label else f"{part.label} = {part.op}")]
    if not part.active:
        return [*found, ("", "left out by a choice"), *_where(part)]
    leaves = drawing.tree.network.leaves[part.first : part.stop]
    arguments = ", ".join(f"{n} = {v}" for n, v in part.arguments.items())
    if arguments:
        found.append(("with", arguments))
    read = [shape_text(drawing.shapes[t]) for t in part.inputs if t in drawing.shapes]
    if part.shape:
        found.append(("shape", f"{', '.join(dict.fromkeys(read))} → {shape_text(part.shape)}"))
        found.append(("elements out", f"{prod(part.shape):,}"))
    found += totals(leaves)
    if leaves:
        found.append(("live", f"{max(int(leaf.costs['live']) for leaf in leaves):,} elements"))
    return [*found, *_where(part)]


def totals(leaves: Sequence[Leaf]) -> list[tuple[str, str]]:
    """Exact sums of what leaves cost; those that are 0 are left out."""
    found = []
    for name, title in (("params", "parameters"), ("macs", "MACs"), ("pair_macs", "pair MACs")):
        total = sum(int(leaf.costs.get(name, 0)) for leaf in leaves)
        if total:
            found.append((title, f"{total:,}"))
    for name, title in (("weight_bytes", "weights"), ("act_bytes", "activations")):
        size = sum(float(leaf.costs.get(name, 0)) for leaf in leaves) / 8
        if size:
            found.append((title, short(size, "bytes")))
    return found


def _where(part: Part) -> list[tuple[str, str]]:
    return [] if part.span is None else [("line", f"{part.span.source.name}:{part.span.line}")]
