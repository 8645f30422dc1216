"""Which tensors are held while each leaf runs: what `live` adds up, taken apart again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from archwright.interpreter.architecture import Network
from archwright.interpreter.memory_limits import MemoryLimit

from .amounts import with_prefix


@dataclass(frozen=True)
class Held:
    """A tensor, or what a leaf puts aside, over the leaves that hold it.

    Attributes
    ----------
    name : str
        The leaf that writes it, or the input of the network.
    first : int
        The first of these leaves.
    spans : tuple of (float, float)
        For each of them the elements below it, and with it.
    """

    name: str
    first: int
    spans: tuple[tuple[float, float], ...]
    aside: bool = False


@dataclass(frozen=True)
class Memory:
    """The memory of a network over its leaves.

    Attributes
    ----------
    held : tuple of Held
    live : tuple of int
        Elements alive while each leaf runs.
    """

    network: Network
    held: tuple[Held, ...]
    live: tuple[int, ...]
    limits: tuple[MemoryLimit, ...] = ()

    @cached_property
    def peak(self) -> int:
        """The leaf that needs most, the first one of several."""
        return max(range(len(self.live)), key=lambda i: (self.live[i], -i))

    @cached_property
    def bytes_each(self) -> float | None:
        """Bytes of an element, where all activations are equally wide."""
        bits = {
            leaf.arguments["act_bits"]
            for leaf in self.network.leaves
            if "act_bits" in leaf.arguments
        }
        if len(bits) != 1:
            return None
        (only,) = bits
        return float(only) / 8  # type: ignore[arg-type]

    def amount(self, elements: float) -> str:
        """Elements as bytes where that is known."""
        if self.bytes_each is None:
            return f"{with_prefix(elements, '')} elements"
        return with_prefix(elements * self.bytes_each, "B")


def memory(network: Network, limits: Sequence[MemoryLimit] = ()) -> Memory:
    """Take `live` apart, in the order of the text."""
    size = {number: prod(shape) for _, number, shape in network.inputs}
    names = {number: name for name, number, _ in network.inputs}
    last: dict[int, int] = {}
    for place, leaf in enumerate(network.leaves):
        size[leaf.output], names[leaf.output] = prod(leaf.shape), leaf.label
        last.update(dict.fromkeys(leaf.inputs, place))
    alive = [number for _, number, _ in network.inputs if number in last]
    spans: dict[int, tuple[int, list[tuple[float, float]]]] = {}
    aside: list[Held] = []
    live = []
    for place, leaf in enumerate(network.leaves):
        heights = {tensor: size[tensor] for tensor in alive}
        reused = leaf.inputs[0] if leaf.reuse and leaf.inputs else None
        if reused is not None and last[reused] == place:
            order = [leaf.output if t == reused else t for t in alive]
            heights[leaf.output] = max(heights.pop(reused), size[leaf.output])
        else:
            order = [*alive, leaf.output]
            heights[leaf.output] = size[leaf.output]
        level = 0.0
        for tensor in order:
            spans.setdefault(tensor, (place, []))[1].append((level, level + heights[tensor]))
            level += heights[tensor]
        scratch = float(leaf.costs.get("scratch", 0))
        if scratch:
            aside.append(Held(leaf.label, place, ((level, level + scratch),), True))
        live.append(round(level + scratch))
        alive = [t for t in order if last.get(t, -1) > place]
    held = [Held(names[t], first, tuple(parts)) for t, (first, parts) in spans.items()]
    return Memory(network, (*held, *aside), tuple(live), tuple(limits))
