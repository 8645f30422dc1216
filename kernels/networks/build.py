"""A concrete network as a torch module: what was counted is what is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.interpreter.architecture import Leaf, Network

from . import attention, experts, layers, recurrent, room, sparse, tokens
from .fake_quantised import with_bits
from .inputs import check, vocabularies
from .parts import Call
from .structure import Group, leaves_of, structure

Bits: TypeAlias = Literal["fake", "float"]  # that a network is built with

# What describes the layers of each room, by the names of their ops; a test holds them against
# `std.nn`.
ROOMS = {
    layers: (
        *("conv", "linear", "pool", "global_pool", "flatten", "add", "scale", "concat"),
        *("activate", "batch_norm", "shuffle", "crop", "zero"),
    ),
    tokens: (
        *("tokens", "patches", "read_out", "embedding", "class_token", "position"),
        *("norm", "project", "multiply", "add_tokens"),
    ),
    attention: ("attention", "latent_attention", "subspace_attention"),
    sparse: ("ista",),
    recurrent: ("recurrent",),
    experts: ("router", "routed"),
}
BUILDERS: dict[tuple[str, str], Callable[[Leaf], Call]] = {
    ("std.nn", name): getattr(room, name) for room, names in ROOMS.items() for name in names
} | {
    ("std.rnn", "recurrent"): recurrent.headwise,
    ("std.persistent", "recurrent"): recurrent.headwise,
}


def describe(leaf: Leaf) -> Call:
    """The layer of a leaf as data.

    Raises
    ------
    ArchError
        `no-builder`.
    """
    described = BUILDERS.get((leaf.module, leaf.op)) if leaf.builtin else None
    if described is None:
        raise ArchError(
            Diagnostic(
                "no-builder",
                f"`{leaf.op}` of {leaf.module} has costs but nothing that builds it, "
                f"so `{leaf.label}` cannot run",
                leaf.span,
                "nothing builds this",
                notes=("builders exist for " + ", ".join(sorted({n for _, n in BUILDERS})),),
            )
        )
    return described(leaf)


def build_layer(leaf: Leaf) -> nn.Module:
    """One layer by itself, freshly initialised, in floats.

    Raises
    ------
    ArchError
        `no-builder`.
    """
    return describe(leaf).make()


class Composite(nn.Module):
    """Some layers under one label, wired as in the text."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self._reads, self._writes = group.inputs, group.output
        self._wiring: list[tuple[str, tuple[int, ...], int, tuple[int, ...]]] = []
        last = {t: i for i, step in enumerate(group.steps) for t in step.reads}
        for i, step in enumerate(group.steps):
            self.add_module(step.name, _module(step.layer))
            spent = [t for t in set(step.reads) if last[t] == i and t != group.output]
            self._wiring.append((step.name, step.reads, step.writes, tuple(spent)))

    def forward(self, *inputs: Tensor) -> Tensor:
        """The one result, of one tensor for each input."""
        known = dict(zip(self._reads, inputs, strict=True))
        for name, reads, writes, spent in self._wiring:
            known[writes] = getattr(self, name)(*(known[t] for t in reads))
            for t in spent:
                del known[t]
        return known[self._writes]


def _module(layer: Call | Group) -> nn.Module:
    if isinstance(layer, Call):
        return layer.make()
    if not layer.chain:
        return Composite(layer)
    chain = nn.Sequential()
    for step in layer.steps:
        chain.add_module(step.name, _module(step.layer))
    return chain


class BuiltNetwork(Composite):
    """A network whose modules are named after the layers of the spec.

    `block[2, 1].widen` is `block_2_1.widen`, or `block.2_1.widen` where the blocks are a chain.
    Images are kept with channels last in memory, which costs nothing and makes convolutions
    faster; shapes stay [batch, C, H, W].

    Attributes
    ----------
    network : Network
        What it was built from.
    group : Group
        The nesting of its layers.
    bits : "fake", "float" or "int8"
        Whether layers of few bits are fake-quantised, or were made true integers.
    """

    bits: Literal[Bits, "int8"]

    def __init__(self, network: Network, bits: Bits = "fake") -> None:
        def layer(leaf: Leaf) -> Call:
            return with_bits(leaf, describe(leaf)) if bits == "fake" else describe(leaf)

        group = structure(network, layer)
        super().__init__(group)
        self.network, self.group, self.bits = network, group, bits
        self._made_on = torch.get_default_device()
        self._places, self._words = leaves_of(group), vocabularies(network)
        if self.of_images:
            self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, *inputs: Tensor) -> Tensor:
        """Run the network on one tensor per input, each [batch, *shape].

        Raises
        ------
        WrongInput
            If shapes, dtypes or devices do not fit, before anything is computed.
        """
        check(self.network, inputs, self._words, next(self.parameters(), None))
        return super().forward(*inputs)

    @property
    def layers(self) -> dict[str, nn.Module]:
        """The module of each leaf by its dotted name, in the order of the text."""
        return {name: self.get_submodule(name) for name, _ in self._places}

    @property
    def of_images(self) -> bool:
        """Whether there are convolutions, so that channels are kept last in memory."""
        return any(leaf.op == "conv" for leaf in self.network.leaves)

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        first = next(self.parameters(), None)
        return self._made_on if first is None else first.device

    def example_inputs(self, batch: int = 1, seed: int = 0) -> tuple[Tensor, ...]:
        """Random inputs of the right shapes, the same for the same seed.

        Where an embedding reads an input, that is numbers of its vocabulary.
        """
        generator = torch.Generator().manual_seed(seed)
        made = []
        for _, number, shape in self.network.inputs:
            size = (batch, *shape)
            if number in self._words:
                made.append(torch.randint(self._words[number], size, generator=generator))
            else:
                made.append(torch.randn(size, generator=generator))
        return tuple(x.to(self.device) for x in made)

    def parameter_count(self) -> int:
        """Weights, biases and affine parameters; running statistics are left out."""
        return sum(p.numel() for p in self._in_floats().parameters())

    def mac_count(self) -> int:
        """Multiply-accumulates of one forward pass at batch 1, as torch's own counter sees them.

        They are counted on the meta device, where nothing is computed.
        """
        module, was_training = self._in_floats(), self.training
        module.eval()
        state = {name: x.to("meta") for name, x in module.state_dict(keep_vars=True).items()}
        inputs = tuple(x.to("meta") for x in self.example_inputs())
        # The counter knows matrix products, not every fused attention that a device may have.
        plain = sdpa_kernel(SDPBackend.MATH)
        with torch.no_grad(), plain, FlopCounterMode(display=False) as counter:
            functional_call(module, state, inputs)
        self.train(was_training)
        return int(counter.get_total_flops()) // 2

    def _in_floats(self) -> BuiltNetwork:
        """What is counted: of integers, which torch does not count, the same network in floats."""
        if self.bits != "int8":
            return self
        with torch.device("meta"):
            return BuiltNetwork(self.network, "float")


def build(
    network: Network, device: torch.device | str = "cpu", bits: Bits = "fake"
) -> BuiltNetwork:
    """Build a network.

    Parameters
    ----------
    device : device or str
        Where its parameters are made. On "meta" they have shapes only, so that a network of any
        size can be counted.
    bits : "fake" or "float"
        Whether layers with fewer than 16 bits of weights or activations are fake-quantised, or
        all is computed in floats.

    Raises
    ------
    ArchError
        `no-builder`, where a leaf has costs but no builder; `no-room`, where there is no memory for
        the parameters.
    ValueError
        If `bits` is neither.
    """
    if bits not in get_args(Bits):
        raise ValueError(f'bits is "fake" or "float", not {bits!r}')
    if torch.device(device).type == "cpu":
        room.need(network, room.SINGLE, "building")
    with torch.device(device), room.told(network, "building"):
        return BuiltNetwork(network, bits)
