"""Strips over all leaves, in the order they run: what costs how much, and what memory holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archwright.interpreter.answers import shown_text
from archwright.notebooks.svg.element import element, hint, line, number, picture, words

from .amounts import TITLES
from .flow import text_width
from .memory import Held, Memory
from .picture import Drawing
from .tree import Part

LEFT, RIGHT = 8.0, 8.0
OVERVIEW, STRIP = 40.0, 96.0


def overview(drawing: Drawing) -> str:
    """Every leaf as a thin bar, the top-level parts named below."""
    network = drawing.tree.network
    count, width = len(network.leaves), drawing.width
    step = (width - LEFT - RIGHT) / max(count, 1)
    most = max(drawing.amounts, default=0.0) or 1.0
    base = 12 + OVERVIEW
    path = []
    for i, value in enumerate(drawing.amounts):
        height = OVERVIEW * value / most
        if height >= 0.2:
            x, top = LEFT + i * step, base - height
            path.append(f"M{number(x)} {number(base)}V{number(top)}h{number(step)}V{number(base)}")
    bars = element("path", d="".join(path), class_="aw-bar")
    floor = line([(LEFT, base), (width - RIGHT, base)], class_="aw-edge")
    label = f"{network.name}: {count} leaves by {TITLES[drawing.scale]}"
    return picture(
        _ranges(drawing, step, base, 12.0),
        bars,
        floor,
        _labels(drawing.tree.parts, step, base + 13, width),
        width=width,
        height=base + 20,
        label=label,
        class_="aw-overview",
    )


def strip(drawing: Drawing, memory: Memory) -> str:
    """The memory that is held while each leaf runs, tensor upon tensor, its peak and its limits."""
    network, width = drawing.tree.network, drawing.width
    count = len(network.leaves)
    step = (width - LEFT - RIGHT) / max(count, 1)
    peak = memory.live[memory.peak]
    limits = [m for m in memory.limits if m.elements is not None]
    near = [float(m.elements) for m in limits if m.elements and m.elements <= 2.2 * peak]
    most = max([peak, *near]) * 1.04
    top, base = 30.0, 30.0 + STRIP

    def height(elements: float) -> float:
        return base - STRIP * elements / most

    bands = [_band(held, i, step, height, memory) for i, held in enumerate(memory.held)]
    parts = [
        _ranges(drawing, step, base, top),
        *bands,
        line([(LEFT, base), (width - RIGHT, base)], class_="aw-edge"),
        *_limits(memory, limits, height, top, width),
        _peak(memory, step, height, top, width),
        _labels(drawing.tree.parts, step, base + 13, width),
    ]
    label = f"memory of {network.name}: {_peak_text(memory)}"
    return picture(*parts, width=width, height=base + 20, label=label, class_="aw-memory")


def _band(held: Held, order: int, step: float, height: object, memory: Memory) -> str:
    """A tensor's rectangle over its life; it moves down as what lies below it goes."""
    assert callable(height)
    x = LEFT + held.first * step
    up, down = [], []
    for i, (low, high) in enumerate(held.spans):
        left, right = x + i * step, x + (i + 1) * step
        up += [(left, height(high)), (right, height(high))]
        down += [(left, height(low)), (right, height(low))]
    corners = "L".join(f"{number(a)} {number(b)}" for a, b in (*up, *reversed(down)))
    size = held.spans[0][1] - held.spans[0][0]
    last = memory.network.leaves[held.first + len(held.spans) - 1].label
    what = f"{held.name}: aside" if held.aside else held.name
    life = f"{what}, {memory.amount(size)}, held until {last}"
    class_ = "aw-aside" if held.aside else ("aw-held" if order % 2 else "aw-held aw-odd")
    if step < 4:
        class_ += " aw-fine"
    return element("path", hint(life), d=f"M{corners}Z", class_=class_)


def _limits(
    memory: Memory, limits: Sequence[object], height: object, top: float, width: float
) -> Iterable[str]:
    assert callable(height)
    for limit in memory.limits:
        if limit.elements is None:
            continue
        y = height(float(limit.elements))
        text = f"{limit.name}: {limit.term} at most {shown_text(limit.most)}"
        if y < top - 4:
            yield words(f"{text} ↑", width - RIGHT, 12, text_anchor="end", class_="aw-limit-name")
            continue
        yield line([(LEFT, y), (width - RIGHT, y)], class_="aw-limit")
        yield words(text, width - RIGHT, y - 4, text_anchor="end", class_="aw-limit-name")


def _peak(memory: Memory, step: float, height: object, top: float, width: float) -> str:
    assert callable(height)
    x = LEFT + (memory.peak + 0.5) * step
    y = height(memory.live[memory.peak])
    text = _peak_text(memory)
    wide = text_width(text)
    anchor = "start" if x + wide < width - RIGHT else "end"
    return element(
        "g",
        line([(x, 16), (x, y)], class_="aw-peak"),
        element("circle", cx=x, cy=y, r=3, class_="aw-peak-dot"),
        words(text, x + (5 if anchor == "start" else -5), 12, text_anchor=anchor, class_="aw-name"),
    )


def _peak_text(memory: Memory) -> str:
    leaf = memory.network.leaves[memory.peak]
    return f"peak {memory.amount(memory.live[memory.peak])} at {leaf.label}"


def _ranges(drawing: Drawing, step: float, base: float, top: float) -> str:
    """Invisible columns that light up with the block that they belong to."""
    return element(
        "rect",
        x=LEFT,
        y=top,
        width=0,
        height=base - top,
        class_="aw-range",
        data_left=LEFT,
        data_step=f"{step:.4f}",
    )


def _labels(parts: Sequence[Part], step: float, y: float, width: float) -> str:
    """Names below the leaves that they stand for, as many as there is room for."""
    found, free = [], LEFT
    for part in parts:
        if not part.stop > part.first:
            continue
        left = LEFT + part.first * step
        found.append(line([(left, y - 13), (left, y - 9)], class_="aw-edge"))
        middle = LEFT + (part.first + part.stop) / 2 * step
        half = text_width(part.label, 9.5) / 2
        if middle - half >= free and middle + half <= width - 2:
            found.append(
                words(part.label, middle, y, text_anchor="middle", class_="aw-quiet aw-small")
            )
            free = middle + half + 6
    return element("g", *found)
