"""A network as a chain of its layers: what each costs, and which tensors cross behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from .architecture import Network


@dataclass(frozen=True)
class Link:
    """A layer as the text has it, and the place behind it, where a network can be cut.

    Parameters
    ----------
    label : str
        Of the layer: `block[2, 1]`; one that comes again is followed by which time it is.
    first, stop : int
        Its leaves among those of the network.
    costs : mapping of str to Fraction
        The sums of its leaves' costs, in base units (`live` is their largest).
    crossing : mapping of str to tuple of int
        Shapes of the tensors that are written before the cut and read behind it, by the label of
        the layer that wrote them or the name of the input.
    """

    label: str
    first: int
    stop: int
    costs: Mapping[str, Fraction]
    crossing: Mapping[str, tuple[int, ...]]

    @property
    def elements(self) -> int:
        """How many numbers cross, for one input."""
        total = 0
        for shape in self.crossing.values():
            size = 1
            for side in shape:
                size *= side
            total += size
        return total


def chain(network: Network) -> tuple[Link, ...]:
    """The layers of a network in the order in which they run, those that are there.

    Layers without leaves give back what they read and are left out. Behind the last one the
    network's output crosses.
    """
    names = tensor_names(network)
    shapes = {number: shape for _, number, shape in network.inputs}
    shapes |= {leaf.output: leaf.shape for leaf in network.leaves}
    seen: dict[str, int] = {}
    found = []
    for layer in sorted(network.layers, key=lambda layer: layer.stop):
        if not layer.active or layer.first == layer.stop:
            continue
        costs: dict[str, Fraction] = {}
        for leaf in network.leaves[layer.first : layer.stop]:
            for name, cost in leaf.costs.items():
                before = costs.get(name, Fraction(0))
                costs[name] = max(before, cost) if name == "live" else before + cost
        cut = crossing(network, layer.stop)
        label = _told_apart(layer.label, seen)
        held = {names[t]: shapes[t] for t in cut}
        found.append(Link(label, layer.first, layer.stop, costs, held))
    return tuple(found)


def crossing(network: Network, place: int) -> tuple[int, ...]:
    """The tensors written before a leaf, or given, that it or a later one reads, in that order.

    Behind the last leaf that is the output.
    """
    given = [number for _, number, _ in network.inputs]
    there = [*given, *(leaf.output for leaf in network.leaves[:place])]
    read = {t for leaf in network.leaves[place:] for t in leaf.inputs} | {network.output}
    return tuple(t for t in dict.fromkeys(there) if t in read)


def tensor_names(network: Network) -> dict[int, str]:
    """What tensors are called: an input by its name, others by the label of who wrote them."""
    seen: dict[str, int] = {}
    names = {number: _told_apart(name, seen) for name, number, _ in network.inputs}
    for leaf in network.leaves:
        names[leaf.output] = _told_apart(leaf.label, seen)
    return names


def _told_apart(name: str, seen: dict[str, int]) -> str:
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name} ({seen[name]})"
