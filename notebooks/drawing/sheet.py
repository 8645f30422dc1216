"""What the drawing shows, without any front end: networks, what is open, and the scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

from archwright.interpreter.answers import Architecture, Shown, shown_text
from archwright.interpreter.memory_limits import memory_limits
from archwright.notebooks.faces import Face, fold

from . import choices as choices_picture
from . import compare_picture, table
from .amounts import SCALES, TITLES, Scale, Times, available
from .compare import HEAD as PAIR_HEAD
from .compare import Comparison, compare
from .compare import rows as pair_rows
from .memory import Memory, memory
from .opened import Opened
from .picture import Drawing, draw, facts
from .strip import overview, strip
from .tree import MANY_LAYERS, Tree, tree

STYLES = ("drawing/drawing.css",)
OPEN_LEAVES = 14  # a network with no more leaves is shown open


@dataclass
class Page:
    """One network of an architecture."""

    tree: Tree
    memory: Memory
    opened: set[str] = field(default_factory=set)


class Sheet:
    """An architecture as it is drawn.

    Parameters
    ----------
    architecture : Architecture
    scale : str
        What blocks are scaled by: `macs`, `bytes`, `params` or `time`.
    beside : Architecture, optional
        Another one, to be compared with.
    times : mapping of str to float, optional
        Measured seconds by the label of a leaf.
    opened : Opened, optional
        A network built from one of the architecture's.

    Raises
    ------
    ValueError
        For an unknown scale, or for times where nothing is known of them.
    """

    def __init__(
        self,
        architecture: Architecture,
        scale: Scale = "macs",
        beside: Architecture | None = None,
        times: Times | None = None,
        opened: Opened | None = None,
    ) -> None:
        if scale not in SCALES:
            raise ValueError(f"scale is one of {', '.join(SCALES)}; found {scale!r}")
        self.architecture, self.beside, self.times = architecture, beside, times
        self.opened = opened
        self.pages = _pages(architecture)
        known = {s for page in self.pages.values() for s in available(page.tree.network, times)}
        if scale == "time" and "time" not in known and self.pages:
            raise ValueError(
                "no op of this architecture has a cost `time`: pass `times`, seconds by the label "
                "of a leaf"
            )
        self.scales = tuple(s for s in SCALES if s in known)
        self.scale: Scale = scale
        self._drawn: dict[tuple[object, ...], Any] = {}

    # ------------------------------------------------------------------------------- state

    def toggle(self, name: str, key: str) -> None:
        """Open a block, or fold it with all that is open in it."""
        page = self.pages[name]
        if key not in page.tree.by_key or not page.tree.by_key[key].parts:
            return
        if key in page.opened:
            page.opened -= {part.key for part in page.tree.by_key[key].walk()}
        else:
            page.opened.add(key)

    def fold_all(self, name: str) -> None:
        """Fold every block."""
        self.pages[name].opened.clear()

    def rescale(self, scale: str) -> None:
        """Scale blocks by something else, if it is known."""
        for known in self.scales:
            if known == scale:
                self.scale = known

    # ------------------------------------------------------------------------------- pictures

    def drawing(self, name: str) -> Drawing:
        """A network laid out; kept until something changes."""
        page = self.pages[name]
        key = (name, self.scale, frozenset(page.opened))
        if key not in self._drawn:
            self._drawn[key] = Drawing(page.tree, self.scale, page.opened, self.times)
        found: Drawing = self._drawn[key]
        return found

    @cached_property
    def comparisons(self) -> Mapping[str, Comparison]:
        """Of each network that both have."""
        if self.beside is None:
            return {}
        found = {}
        for name, other in _pages(self.beside).items():
            if name in self.pages:
                page = self.pages[name]
                memories = page.memory, other.memory
                found[name] = compare(page.tree, other.tree, memories, self.times)
        return found

    def markup(self, name: str, *, live: bool = False) -> str:
        """The pictures of one network as HTML."""
        if name in self.comparisons:
            return self._compared(self.comparisons[name])
        page, drawing = self.pages[name], self.drawing(name)
        parts = []
        if len(page.tree.layers) > MANY_LAYERS:
            parts.append(overview(drawing))
        parts.append(draw(drawing, live=live))
        parts.append(f'<div class="aw-caption">{escape(self._memory_caption(page))}</div>')
        parts.append(strip(drawing, page.memory))
        return "".join(parts)

    def _memory_caption(self, page: Page) -> str:
        aside = any(h.aside for h in page.memory.held)
        return "memory held while each leaf runs, tensor upon tensor" + (
            "; orange: what a leaf puts aside" if aside else ""
        )

    def caption(self, name: str) -> str:
        """The sentence above a network."""
        if name in self.comparisons:
            pairs = self.comparisons[name].pairs
            differ = sum(p.state not in ("same", "in neither") for p in pairs)
            return f"{name}: two architectures, {differ} layers differ"
        return table.head_line(self.pages[name].tree)

    def _compared(self, comparison: Comparison) -> str:
        head = ("", "first", "second", "difference")
        return compare_picture.draw(comparison, self.scale) + table.html(
            head, [list(line) for line in comparison.totals], 3
        )

    # ------------------------------------------------------------------------------- faces

    def face(self) -> Face:
        """The still faces."""
        return Face(self.text(), self.body(), STYLES)

    def text(self) -> str:
        """Tables of layers; of two architectures how they differ."""
        if not self.pages:
            return "\n".join(_choice_lines(self.architecture.choices))
        opened = [] if self.opened is None else self.opened.text()
        return "\n".join([*(self._text(name) for name in self.pages), *opened])

    def _text(self, name: str) -> str:
        page = self.pages[name]
        comparison = self.comparisons.get(name)
        if comparison is None:
            return table.text(page.tree, page.memory)
        lines = [f"{name}: two architectures by {TITLES[self.scale]}"]
        lines += [f"  {line}" for line in table.columns(PAIR_HEAD, self._differing(comparison))]
        head = ("total", "", "first", "second")
        totals = [[n, d, a, b] for n, a, b, d in comparison.totals]
        return "\n".join([*lines, *(f"  {line}" for line in table.columns(head, totals))])

    def _differing(self, comparison: Comparison) -> list[list[str]]:
        found = [row for row in pair_rows(comparison, self.scale) if row[2]]
        same = sum(p.state == "same" for p in comparison.pairs)
        return [*found, [f"{same} layers are the same", "", "", "", ""]]

    def body(self) -> str:
        """The pictures and tables as HTML without script."""
        if not self.pages:
            return choices_picture.draw(self.architecture.choices)
        opened = "" if self.opened is None else self.opened.body()
        return "".join(self._section(name) for name in self.pages) + opened

    def _section(self, name: str) -> str:
        page = self.pages[name]
        caption = f'<div class="aw-caption">{escape(self.caption(name))}</div>'
        if name in self.comparisons:
            rows = table.html(PAIR_HEAD, pair_rows(self.comparisons[name], self.scale))
        else:
            rows = table.html(table.HEAD, table.rows(page.tree))
        count = len(page.tree.parts)
        return caption + self.markup(name) + fold("layers", rows, is_open=False, count=count)

    def data(self) -> dict[str, Any]:
        """What the script draws from."""
        pages = [
            {
                "name": name,
                "caption": self.caption(name),
                "markup": self.markup(name, live=True),
                "open": sorted(page.opened),
                "facts": self._facts(name),
            }
            for name, page in self.pages.items()
        ]
        return {
            "pages": pages,
            "scale": self.scale,
            "scales": [[s, TITLES[s]] for s in self.scales],
            "still": "" if self.pages else self.body(),
            "compared": bool(self.comparisons),
        }

    def _facts(self, name: str) -> dict[str, list[list[str]]]:
        if name in self.comparisons:
            return {}
        drawing = self.drawing(name)
        shown: Callable[[Any], list[list[str]]] = lambda part: [  # noqa: E731
            [title, value] for title, value in facts(drawing, part)
        ]
        return {box.part.key: shown(box.part) for box, _, _ in drawing.flow.walk()}


def _pages(architecture: Architecture) -> dict[str, Page]:
    found = {}
    for name, network in architecture.networks.items():
        limits = memory_limits(architecture.evaluation, name) if "." not in name else ()
        layers = tree(network)
        opened = {p.key for p in layers.parts if p.parts}
        page = Page(layers, memory(network, limits))
        if len(network.leaves) <= OPEN_LEAVES:
            page.opened |= opened
        found[name] = page
    return found


def _choice_lines(choices: Mapping[str, Shown]) -> list[str]:
    lines = [f"{len(choices)} choices, no network"]
    for family, members in choices_picture.families(choices).items():
        values = "  ".join(
            f"[{i}] {shown_text(v)}" if i else shown_text(v) for i, v in members.items()
        )
        lines.append(f"  {family}: {values}")
    return lines
