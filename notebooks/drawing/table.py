"""The same as text and as an HTML table: one line a layer, totals, and the memory's peak."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from archwright.interpreter.answers import shown_text

from .amounts import SCALES, Scale, amount, shape_text, short
from .memory import Memory
from .tree import Part, Tree

MOST_ROWS = 60
COUNTS = ("macs", "params")


def grouped(number: float) -> str:
    """A whole number in groups of three from five digits on."""
    whole = round(number)
    return f"{whole:_}" if abs(whole) >= 10_000 else str(whole)


def head_line(tree: Tree, memory: Memory | None = None) -> str:
    """`mobile: 16 layers, 10 left out, 67 leaves; 97.1 MMAC, 4.6 M parameters; peak 1.2 MiB`."""
    network = tree.network
    active = sum(p.active for p in tree.layers)
    left_out = len(tree.layers) - active
    parts = [_counted(active, "layer")] + [f"{left_out} left out"] * bool(left_out)
    parts.append(_counted(len(network.leaves), "leaf", "leaves"))
    costs = []
    for scale in SCALES:
        total = sum(amount(leaf, scale) for leaf in network.leaves)
        if total:
            costs.append(short(total, scale) + " parameters" * (scale == "params"))
    return f"{network.name}: {', '.join(parts)}; {', '.join(costs)}".rstrip("; ")


def _counted(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def memory_line(memory: Memory) -> str:
    """The peak, where it is, and the constraints that limit it."""
    leaf = memory.network.leaves[memory.peak]
    text = f"memory: peak {memory.amount(memory.live[memory.peak])} at {leaf.label}"
    for limit in memory.limits:
        text += (
            f"; {limit.name} has {limit.term} = {shown_text(limit.value)} "
            f"of at most {shown_text(limit.most)}"
        )
    return text


def row(tree: Tree, part: Part) -> list[str]:
    """Label, op with its arguments, shape, MACs, parameters."""
    what = ", ".join((part.op, *tree.notes(part)))
    if not part.active:
        return [part.label, what, "left out", "", ""]
    leaves = tree.network.leaves[part.first : part.stop]
    numbers: list[str] = []
    scales: tuple[Scale, ...] = ("macs", "params")
    for scale in scales:
        total = sum(amount(leaf, scale) for leaf in leaves)
        numbers.append(grouped(total) if total else "")
    return [part.label, what, shape_text(part.shape), *numbers]


HEAD = ("layer", "op", "shape", "MACs", "parameters")


def rows(tree: Tree) -> list[list[str]]:
    """A row for each part of the top level."""
    return [row(tree, part) for part in tree.parts]


def text(tree: Tree, memory: Memory) -> str:
    """The whole as text."""
    lines = [head_line(tree)]
    lines += [f"  {name}: {shape_text(shape)}" for name, _, shape in tree.network.inputs]
    lines += [f"  {line}" for line in columns(HEAD, rows(tree))]
    lines.append(f"  {memory_line(memory)}")
    return "\n".join(lines)


def columns(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Columns of text, numbers to the right; a long table folds its middle."""
    shown = [list(r) for r in body]
    if len(shown) > MOST_ROWS:
        half = MOST_ROWS // 2
        skipped = [f"... {len(shown) - 2 * half} more", *[""] * (len(head) - 1)]
        shown = [*shown[:half], skipped, *shown[-half:]]
    table = [list(head), *shown]
    widths = [max(len(r[i]) for r in table) for i in range(len(head))]
    right = [i >= len(head) - 2 for i in range(len(head))]
    return [
        "  ".join(
            c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in table
    ]


def html(head: Sequence[str], body: Sequence[Sequence[str]], numbers: int = 2) -> str:
    """The table as HTML, every text escaped; the last columns are numbers."""

    def cells(tag: str, line: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{NUMBER if i >= len(head) - numbers else ''}>{escape(c)}</{tag}>"
            for i, c in enumerate(line)
        )

    lines = "".join(f"<tr>{cells('td', line)}</tr>" for line in body)
    return f"<table><tr>{cells('th', head)}</tr>{lines}</table>"


NUMBER = ' class="aw-number"'
