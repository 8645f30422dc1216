"""Two networks of one kind, layer by layer: which are the same, which changed, which are alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from .amounts import SCALES, Scale, Times, amount, shape_text, short, with_prefix
from .memory import Memory
from .tree import Part, Tree

Change = tuple[str, str, str]  # name, old, new


@dataclass(frozen=True)
class Pair:
    """A layer of both, or of one; what a choice left out counts as not there.

    Attributes
    ----------
    changes : tuple
        Arguments that differ, with their values in the first and in the second.
    """

    label: str
    first: Part | None
    second: Part | None

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Ops, arguments and shapes that differ: name, old, new."""
        a, b = self.first, self.second
        if a is None or b is None:
            return ()
        found = [("op", a.op, b.op)] if a.op != b.op else []
        for name in dict.fromkeys((*a.arguments, *b.arguments)):
            old, new = a.arguments.get(name, "none"), b.arguments.get(name, "none")
            if old != new:
                found.append((name, old, new))
        if not found and a.shape != b.shape:
            found.append(("shape", shape_text(a.shape), shape_text(b.shape)))
        return tuple(found)

    @property
    def state(self) -> str:
        """`same`, `changed`, `first only`, `second only` or `in neither`."""
        if self.first is None and self.second is None:
            return "in neither"
        if self.first is None or self.second is None:
            return "first only" if self.second is None else "second only"
        return "changed" if self.changes else "same"

    @property
    def text(self) -> str:
        """What is different, in a few words."""
        if self.state != "changed":
            return "" if self.state == "same" else self.state
        return ", ".join(f"{name} {old} → {new}" for name, old, new in self.changes)


@dataclass(frozen=True)
class Comparison:
    """Two trees with their layers beside one another."""

    first: Tree
    second: Tree
    pairs: tuple[Pair, ...]
    memories: tuple[Memory, Memory]
    times: Times | None = None

    def total(self, part: Part | None, second: bool, scale: Scale) -> float:
        """The amount of one of a pair."""
        if part is None:
            return 0.0
        network = (self.second if second else self.first).network
        leaves = network.leaves[part.first : part.stop]
        return sum(amount(leaf, scale, self.times) for leaf in leaves)

    @cached_property
    def totals(self) -> tuple[tuple[str, str, str, str], ...]:
        """What both cost, and the difference in per cent: name, first, second, difference."""
        found = []
        for scale in SCALES:
            a, b = (
                sum(amount(leaf, scale, self.times) for leaf in t.network.leaves)
                for t in (self.first, self.second)
            )
            if a or b:
                found.append((NAMES[scale], short(a, scale), short(b, scale), difference(a, b)))
        a, b = (m.live[m.peak] * (m.bytes_each or 1) for m in self.memories)
        unit = "B" if all(m.bytes_each is not None for m in self.memories) else ""
        found.append(("peak memory", with_prefix(a, unit), with_prefix(b, unit), difference(a, b)))
        layers = [sum(p.active for p in t.layers) for t in (self.first, self.second)]
        found.append(("layers", str(layers[0]), str(layers[1]), f"{layers[1] - layers[0]:+d}"))
        return tuple(found)


NAMES: Mapping[Scale, str] = {
    "macs": "MACs",
    "bytes": "bytes",
    "params": "parameters",
    "time": "time",
}


def difference(a: float, b: float) -> str:
    """`+12 %`; `=` where there is none."""
    if a == b:
        return "="
    return f"{(b - a) / a:+.1%}".replace("%", " %") if a else "new"


def compare(
    first: Tree, second: Tree, memories: tuple[Memory, Memory], times: Times | None = None
) -> Comparison:
    """Put layers of the same key beside one another, in the order of both texts."""
    a, b = first.layers, second.layers
    keys: tuple[Sequence[str], Sequence[str]] = [p.key for p in a], [p.key for p in b]
    pairs: list[Pair] = []
    matcher = SequenceMatcher(None, *keys, autojunk=False)
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag == "equal":
            pairs += [_pair(x, y) for x, y in zip(a[a0:a1], b[b0:b1], strict=True)]
        else:
            pairs += [_pair(x, None) for x in a[a0:a1]] + [_pair(None, y) for y in b[b0:b1]]
    return Comparison(first, second, tuple(pairs), memories, times)


def _pair(first: Part | None, second: Part | None) -> Pair:
    some = first or second
    assert some is not None
    there = [p if p is not None and p.active else None for p in (first, second)]
    return Pair(some.label, *there)


HEAD = ("layer", "op", "difference", "first", "second")


def rows(comparison: Comparison, scale: Scale) -> list[list[str]]:
    """A line a pair; runs of layers that are the same are told together."""
    found: list[list[str]] = []
    for pair in comparison.pairs:
        if pair.state == "in neither":
            continue
        part = pair.first or pair.second
        assert part is not None
        amounts = [
            short(comparison.total(p, second, scale), scale) if p else "–"
            for p, second in ((pair.first, False), (pair.second, True))
        ]
        found.append([pair.label, part.op, pair.text, *amounts])
    return found
