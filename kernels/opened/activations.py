"""What one input became in every layer of a built network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf
from archwright.kernels.networks.build import BuiltNetwork


class WrongImage(ValueError):
    """An image that the network cannot read."""


class NoNumbers(ValueError):
    """A network that has shapes only."""


class Activations:
    """The result of every leaf for one input, kept from one run in evaluation mode.

    Parameters
    ----------
    net : BuiltNetwork
        With its weights as they are; its mode is left as it was.
    image : Tensor, array or None
        One input [*shape] or [1, *shape] of a network with one input; None for a test picture
        where it reads an image of one or three channels, else for random numbers.

    Raises
    ------
    WrongImage, NoNumbers
        ValueErrors: for another shape, and for a network without weights, on "meta".
    """

    def __init__(self, net: BuiltNetwork, image: Any = None) -> None:
        if net.device.type == "meta":
            raise NoNumbers(
                "a network on the meta device has shapes only, so there is nothing to see"
            )
        self.net, self.network = net, net.network
        self.modules: list[nn.Module] = list(net.layers.values())
        self.weights: dict[nn.Module, dict[str, Tensor]] = {}
        self.in_integers: set[int] = set()
        self._ran: tuple[int, dict[nn.Module, tuple[Tensor, Tensor]]] | None = None
        inputs = _examples(net) if image is None else (_input(net, image),)
        self._tensors: dict[int, Tensor] = {
            number: x for (_, number, _), x in zip(self.network.inputs, inputs, strict=True)
        }
        handles = [
            module.register_forward_hook(self._keeper(leaf))
            for module, leaf in zip(self.modules, self.network.leaves, strict=True)
        ]
        try:
            with _evaluating(net):
                net(*inputs)
        finally:
            for handle in handles:
                handle.remove()

    def _keeper(self, leaf: Leaf) -> Any:
        def keep(module: nn.Module, inputs: Any, output: Tensor) -> None:
            if output.is_quantized:
                self.in_integers.add(leaf.output)
                output = output.dequantize()
            self._tensors[leaf.output] = output.detach().clone()

        return keep

    def inputs(self, leaf: int) -> tuple[Tensor, ...]:
        """What a leaf read, each [*shape]."""
        return tuple(self._tensors[t][0] for t in self.network.leaves[leaf].inputs)

    def output(self, leaf: int) -> Tensor:
        """What a leaf wrote, [*shape]."""
        return self._tensors[self.network.leaves[leaf].output][0]

    def inside(self, leaf: int) -> dict[nn.Module, tuple[Tensor, Tensor]]:
        """The first input and the result of each module inside a leaf's, which is run once more.

        A quantised layer's weights are those that it multiplies with while it runs; they are kept
        under `weights`.
        """
        if self._ran is not None and self._ran[0] == leaf:
            return self._ran[1]
        found: dict[nn.Module, tuple[Tensor, Tensor]] = {}
        self.weights.clear()
        before: dict[nn.Module, Tensor] = {}
        module = self.modules[leaf]

        def enter(part: nn.Module, inputs: Any) -> None:
            before[part] = inputs[0].detach().clone()

        def leave(part: nn.Module, inputs: Any, output: Tensor) -> None:
            found[part] = before[part][0], output.detach().clone()[0]
            own = part.named_parameters(recurse=False)
            self.weights[part] = {name: p.detach().clone() for name, p in own}

        handles = []
        for part in module.modules():
            handles.append(part.register_forward_pre_hook(enter))
            handles.append(part.register_forward_hook(leave))
        try:
            with _evaluating(self.net):
                module(*(x[None].clone() for x in self.inputs(leaf)))
        finally:
            for handle in handles:
                handle.remove()
        self._ran = leaf, found  # the next click is often in the same layer
        return found


@contextmanager
def _evaluating(net: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def pattern(channels: int, height: int, width: int) -> Tensor:
    """A disc, stripes that get finer, and a slope: edges of every kind, mean 0 and deviation 1."""
    y = torch.linspace(-1, 1, height)[:, None].expand(height, width)
    x = torch.linspace(-1, 1, width)[None, :].expand(height, width)
    disc = ((x + 0.35) ** 2 + (y + 0.3) ** 2 < 0.2).float()
    stripes = (torch.sin(24 * (x + 1.6) ** 2) > 0).float() * (y > 0.35)
    planes = [disc + 0.6 * stripes, 0.7 * disc + 0.5 * (y + 1) / 2, 0.5 * stripes + (x + 1) / 2]
    picture = torch.stack(planes[:channels])
    return (picture - picture.mean()) / picture.std().clamp(min=1e-6)


def _examples(net: BuiltNetwork) -> tuple[Tensor, ...]:
    found = []
    for (_, _, shape), x in zip(net.network.inputs, net.example_inputs(), strict=True):
        if len(shape) == 3 and shape[0] in (1, 3) and min(shape[1:]) > 1:
            height, width = shape[1:]
            x = pattern(shape[0], height, width)[None].to(x)
        found.append(_converted(net, x))
    return tuple(found)


def _input(net: BuiltNetwork, image: Any) -> Tensor:
    inputs = net.network.inputs
    if len(inputs) != 1:
        raise WrongImage(f"`{net.network.name}` reads {len(inputs)} inputs, and this is one")
    (_, _, shape) = inputs[0]
    x = torch.as_tensor(image)
    if tuple(x.shape) == shape:
        x = x[None]
    if tuple(x.shape) != (1, *shape):
        raise WrongImage(
            f"`{net.network.name}` reads one input of {list(shape)}; this is {list(x.shape)}"
        )
    return _converted(net, x)


def _converted(net: BuiltNetwork, x: Tensor) -> Tensor:
    """An input where the weights are, in their precision."""
    first = next(net.parameters(), None)
    x = x.to(net.device)
    return x.to(first.dtype) if first is not None and x.is_floating_point() else x
