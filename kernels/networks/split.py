"""A built network cut behind some of its layers: parts that one after another give its outputs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from archwright.interpreter.chain import chain, crossing, tensor_names

from .build import BuiltNetwork


class CannotSplit(ValueError):
    """A cut behind no layer of the network, behind its last one, or out of order."""


class Part(nn.Module):
    """The layers of a network between two cuts; parameters have the names that they have there.

    Attributes
    ----------
    labels : tuple of str
        The layers of the text that it holds.
    reads, writes : dict of str to tuple of int
        The tensors that it is called with and that it gives, in this order, by the label of the
        layer that wrote them (or the name of the network's input), with their shapes, without the
        batch. What a later part reads goes through the parts between.
    """

    labels: tuple[str, ...]

    def __init__(self, module: BuiltNetwork, first: int, stop: int, labels: Sequence[str]) -> None:
        super().__init__()
        network, names = module.network, tensor_names(module.network)
        shapes = {number: shape for _, number, shape in network.inputs}
        shapes |= {leaf.output: leaf.shape for leaf in network.leaves}
        self.labels = tuple(labels)
        self._reads = (
            tuple(number for _, number, _ in network.inputs)
            if first == 0
            else crossing(network, first)
        )
        last = stop == len(network.leaves)
        self._writes = (network.output,) if last else crossing(network, stop)
        self.reads = {names[t]: shapes[t] for t in self._reads}
        self.writes = {names[t]: shapes[t] for t in self._writes}
        self._calls: list[tuple[str, tuple[int, ...], int, tuple[int, ...]]] = []
        leaves = network.leaves[first:stop]
        read_last = {t: i for i, leaf in enumerate(leaves) for t in leaf.inputs}
        made = list(module.layers.items())[first:stop]
        for i, (leaf, (name, layer)) in enumerate(zip(leaves, made, strict=True)):
            _put(self, name, layer)
            spent = [t for t in set(leaf.inputs) if read_last[t] == i and t not in self._writes]
            self._calls.append((name, leaf.inputs, leaf.output, tuple(spent)))
        self.train(module.training)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What it writes, of what it reads; each [batch, *shape]."""
        if len(inputs) != len(self._reads):
            raise ValueError(f"this part reads {', '.join(self.reads)}: {len(inputs)} were given")
        known = dict(zip(self._reads, inputs, strict=True))
        for name, reads, writes, spent in self._calls:
            known[writes] = self.get_submodule(name)(*(known[t] for t in reads))
            for t in spent:
                del known[t]
        return tuple(known[t] for t in self._writes)

    def __repr__(self) -> str:
        layers = (
            self.labels[0] if len(self.labels) == 1 else f"{self.labels[0]} … {self.labels[-1]}"
        )
        return f"Part({layers}: {_shown(self.reads)} -> {_shown(self.writes)})"


def _shown(tensors: dict[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in tensors.items())


def _put(root: nn.Module, path: str, layer: nn.Module) -> None:
    """Place a layer under a dotted name."""
    *parents, last = path.split(".")
    for name in parents:
        if name not in root._modules:
            root.add_module(name, nn.Module())
        root = root.get_submodule(name)
    root.add_module(last, layer)


def split(module: BuiltNetwork, after: Sequence[str]) -> tuple[Part, ...]:
    """Cut a network behind some of its layers.

    The parts share the layers of the network: what is trained there is trained here.

    Parameters
    ----------
    module : BuiltNetwork
        In floats or fake-quantised.
    after : sequence of str
        Labels of layers, as `chain` lists them, in the order in which they run.

    Raises
    ------
    CannotSplit
        A ValueError.
    """
    if module.bits == "int8":
        raise CannotSplit("a network in integers is not cut: cut the one that it was made of")
    links = chain(module.network)
    places = {link.label: i for i, link in enumerate(links)}
    cuts = [-1]
    for label in after:
        if label not in places:
            raise CannotSplit(
                f"`{label}` is no layer of {module.network.name}: {', '.join(places)}"
            )
        if places[label] == len(links) - 1:
            raise CannotSplit(f"nothing comes behind `{label}`, the last layer")
        if places[label] <= cuts[-1]:
            raise CannotSplit(f"`{label}` does not come behind `{links[cuts[-1]].label}`")
        cuts.append(places[label])
    cuts.append(len(links) - 1)
    parts = []
    for begin, end in pairwise(cuts):
        held = links[begin + 1 : end + 1]
        first = 0 if begin < 0 else links[begin].stop
        stop = len(module.network.leaves) if end == len(links) - 1 else held[-1].stop
        parts.append(Part(module, first, stop, [link.label for link in held]))
    return tuple(parts)


@torch.no_grad()
def one_after_another(parts: Sequence[Part], *inputs: Tensor) -> Tensor:
    """The output of the whole network, all parts run here."""
    tensors: tuple[Tensor, ...] = inputs
    for part in parts:
        tensors = part(*tensors)
    (output,) = tensors
    return output
