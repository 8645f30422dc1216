"""Weights carried from one network into another one of the same spec.

A slice takes part of the kernels, channels and blocks of a larger network, as one-shot search does
(Cai et al., *Once for all*, 2020). Growing repeats channels, divides the weights that read them,
and adds blocks that change nothing (Chen et al., *Net2Net*, 2016): outputs in evaluation stay.
"""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf, Network

from . import rules
from .build import BuiltNetwork, build
from .channels import (
    TYING,
    CannotCarry,
    Channels,
    Chooser,
    Order,
    all_of,
    is_depthwise,
    keys,
    tied,
)
from .fake_quantised import FakeQuantised, without_bits
from .identity import Identities
from .pair import Pair

# Leaves with their modules, by what they are recognised by.
Former: TypeAlias = dict[tuple[str, int], tuple[Leaf, nn.Module]]

# The weights with which the input of an op is read, [outputs, inputs, …].
READ_WITH = {
    "conv": "conv.weight",
    "linear": "linear.weight",
    "project": "linear.weight",
    "attention": "project_in.weight",
    "recurrent": "weight_ih",
}


def sliced(module: BuiltNetwork, network: Network, order: Order = "leading") -> BuiltNetwork:
    """A part of a network: the layers, kernels and channels that `network` has of it.

    Kernels keep their middle; of channels, units, heads and experts the first are kept, or in
    another order; layers that `network` lacks are left out.

    Parameters
    ----------
    order : "leading", "magnitude" or mapping
        Which channels are kept: the first; those that the layers behind read with the largest
        absolute weights in sum; or by label of a layer, all its channels from most to least
        important.

    Raises
    ------
    CannotCarry
        If a layer has no counterpart, or would grow.
    """
    if not isinstance(order, str) or order in ("leading", "magnitude"):
        return _carried(module, network, order, growing=False)
    raise CannotCarry(f'order is "leading", "magnitude" or a mapping of labels, not {order!r}')


def grown(module: BuiltNetwork, network: Network) -> BuiltNetwork:
    """A wider or deeper network with the same outputs in evaluation mode, up to rounding.

    Channels are repeated in turn, and weights that read a channel are divided among its copies.
    Larger kernels are padded with zeros. New blocks end in zeros where a sum takes them up, and
    other new convolutions and projections copy their input. Copies stay equal under training with
    equal gradients; add noise to tell them apart.

    Raises
    ------
    CannotCarry
        If something shrinks or is left out, or outputs could not stay: a layer norm over channels
        that are not all repeated equally often, more experts, a block without a way around it.
    """
    return _carried(module, network, "leading", growing=True)


@torch.no_grad()
def _carried(old: BuiltNetwork, network: Network, order: Order, *, growing: bool) -> BuiltNetwork:
    if old.bits == "int8":
        raise CannotCarry("weights carry over in floats: slice or grow first, then make integers")
    new = build(network, bits=old.bits)
    if (first := next(old.parameters(), None)) is not None:
        new.to(device=first.device, dtype=first.dtype)
    former = _layers(old)
    if growing:
        _keep_all(former, network)
    tensors = _Tensors(new, growing)
    scores = _magnitudes(old, network) if order == "magnitude" else {}
    choose = Chooser(growing, order, scores)
    _take_inputs(tensors, old.network, network)
    for key, leaf, module in zip(keys(network), network.leaves, new.layers.values(), strict=True):
        if key in former:
            _carry_layer(former[key], leaf, module, tensors, choose)
        else:
            tensors.without_counterpart(leaf)
    tensors.read(network.output)
    return new.train(old.training)


def _keep_all(former: Former, network: Network) -> None:
    """Refuse to leave out layers."""
    for label, _ in sorted(former.keys() - set(keys(network))):
        raise CannotCarry(f"`{label}` would be left out: a network that grows keeps its layers")


def _take_inputs(tensors: _Tensors, old: Network, network: Network) -> None:
    """The channels of the inputs, which have to be as many as before."""
    inputs = {name: shape for name, _, shape in old.inputs}
    for name, number, shape in network.inputs:
        before = inputs.get(name)
        if before is None or rules.channel_count(before) != rules.channel_count(shape):
            raise CannotCarry(f"the input {name} is {shape} here and {before} where weights are")
        tensors.known[number] = all_of(rules.channel_count(shape))


def _carry_layer(
    before: tuple[Leaf, nn.Module],
    leaf: Leaf,
    module: nn.Module,
    tensors: _Tensors,
    choose: Chooser,
) -> None:
    """The weights of one layer from its counterpart, and the channels that it writes."""
    before_leaf, before_module = before
    if before_leaf.op != leaf.op:
        raise CannotCarry(f"`{leaf.label}` is {leaf.op} here and was {before_leaf.op}")
    read = [tensors.read(t) for t in leaf.inputs]
    source, target = without_bits(before_module), without_bits(module)
    pair = Pair(before_leaf, leaf, source, target, read, choose)
    tensors.known[leaf.output] = rules.carry(pair)
    if isinstance(module, FakeQuantised) and isinstance(before_module, FakeQuantised):
        module.reach.copy_(before_module.reach)


def _layers(module: BuiltNetwork) -> Former:
    """Leaves with their modules, by what they are recognised by."""
    pairs = zip(module.network.leaves, module.layers.values(), strict=True)
    return dict(zip(keys(module.network), pairs, strict=True))


class _Tensors:
    """The channels of every tensor so far; those inside of new blocks are not known."""

    def __init__(self, new: BuiltNetwork, growing: bool) -> None:
        self.known: dict[int, Channels] = {}
        self.growing = growing
        self._identities = Identities(new.network, list(map(without_bits, new.layers.values())))

    def read(self, tensor: int) -> Channels:
        """The channels of a tensor; where new layers wrote it, they are made to change nothing."""
        if tensor not in self.known:
            source = self._identities.copy(tensor, self.known.keys())
            self.known[tensor] = self.known[source]
        return self.known[tensor]

    def without_counterpart(self, leaf: Leaf) -> None:
        """A layer that the former network lacks.

        Raises
        ------
        CannotCarry
            If a network is sliced and the layer has weights.
        """
        if self.growing:
            return
        if "params" in leaf.costs:
            raise CannotCarry(
                f"`{leaf.label}` has no counterpart in the network that weights are taken from"
            )
        kept = [self.known[t] for t in leaf.inputs]
        if leaf.op in TYING or leaf.op == "concat":
            raise CannotCarry(f"`{leaf.label}` joins what the larger network keeps apart")
        self.known[leaf.output] = kept[0]


def _magnitudes(old: BuiltNetwork, network: Network) -> dict[int, Tensor]:
    """By tensor of the new network, the absolute weights with which each former channel is read."""
    classes = tied(network)
    former = _layers(old)
    sums: dict[int, Tensor] = {}
    for key, leaf in zip(keys(network), network.leaves, strict=True):
        if key not in former or is_depthwise(leaf):
            continue
        if leaf.op not in READ_WITH:
            continue
        weight = without_bits(former[key][1]).get_parameter(READ_WITH[leaf.op])
        each = weight.detach().abs().transpose(0, 1).flatten(1).sum(1).double()
        stands_for = classes[leaf.inputs[0]]
        present = sums.get(stands_for)
        sums[stands_for] = each if present is None or len(present) != len(each) else present + each
    return {t: sums[s] for t, s in classes.items() if s in sums}
