"""A concrete network as a torch module: what was counted is what is built."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.interpreter.architecture import Leaf, Network

from . import attention, experts, layers, recurrent, tokens

# The builders of each room, by the names of their ops; a test holds them against `std.nn`.
ROOMS = {
    layers: (
        *("conv", "linear", "pool", "global_pool", "add", "scale", "concat"),
        *("activate", "batch_norm", "shuffle", "crop", "zero"),
    ),
    tokens: (
        *("tokens", "read_out", "embedding", "class_token", "position"),
        *("norm", "project", "multiply", "add_tokens"),
    ),
    attention: ("attention", "latent_attention"),
    recurrent: ("recurrent",),
    experts: ("router", "routed"),
}
BUILDERS: dict[tuple[str, str], Callable[[Leaf], nn.Module]] = {
    ("std.nn", name): getattr(room, name) for room, names in ROOMS.items() for name in names
}


class BuiltNetwork(nn.Module):
    """The leaves of a network as modules, run in the order of the text.

    Attributes
    ----------
    network : Network
        What it was built from.
    layers : ModuleDict
        One module per leaf, by its label with dots and brackets made plain.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self._made_on = torch.get_default_device()
        self.layers = nn.ModuleDict()
        self._keys: list[str] = []
        for i, leaf in enumerate(network.leaves):
            builder = BUILDERS.get((leaf.module, leaf.op)) if leaf.builtin else None
            if builder is None:
                raise ArchError(
                    Diagnostic(
                        "no-builder",
                        f"`{leaf.op}` of {leaf.module} has costs but nothing that builds it, "
                        f"so `{leaf.label}` cannot run",
                        leaf.span,
                        "nothing builds this",
                        notes=("builders exist for " + ", ".join(sorted(n for _, n in BUILDERS)),),
                    )
                )
            key = f"{i}_" + "".join(c if c.isalnum() else "_" for c in leaf.label).strip("_")
            self.layers[key] = builder(leaf)
            self._keys.append(key)
        self._last_use = {t: i for i, leaf in enumerate(network.leaves) for t in leaf.inputs}

    def forward(self, *inputs: Tensor) -> Tensor:
        """Run the network on one tensor per input, each [batch, *shape]."""
        known = {number: x for (_, number, _), x in zip(self.network.inputs, inputs, strict=True)}
        for i, (key, leaf) in enumerate(zip(self._keys, self.network.leaves, strict=True)):
            known[leaf.output] = self.layers[key](*(known[t] for t in leaf.inputs))
            for t in set(leaf.inputs):
                if self._last_use[t] == i and t != self.network.output:
                    del known[t]
        return known[self.network.output]

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
        read_by = {leaf.inputs[0]: leaf for leaf in self.network.leaves if leaf.op == "embedding"}
        made = []
        for _, number, shape in self.network.inputs:
            size = (batch, *shape)
            if number in read_by:
                vocabulary: Any = read_by[number].arguments["vocabulary"]
                made.append(torch.randint(int(vocabulary), size, generator=generator))
            else:
                made.append(torch.randn(size, generator=generator))
        return tuple(x.to(self.device) for x in made)

    def parameter_count(self) -> int:
        """Weights, biases and affine parameters; running statistics are left out."""
        return sum(p.numel() for p in self.parameters())

    def mac_count(self) -> int:
        """Multiply-accumulates of one forward pass at batch 1, as torch's own counter sees them."""
        was_training = self.training
        self.eval()
        # The counter knows matrix products, not every fused attention that a device may have.
        plain = sdpa_kernel(SDPBackend.MATH)
        with torch.no_grad(), plain, FlopCounterMode(display=False) as counter:
            self(*self.example_inputs())
        self.train(was_training)
        return int(counter.get_total_flops()) // 2


def build(network: Network, device: torch.device | str = "cpu") -> BuiltNetwork:
    """Build a network.

    Parameters
    ----------
    device : device or str
        Where its parameters are made. On "meta" they have shapes only, so that a network of any
        size can be counted.

    Raises
    ------
    ArchError
        `no-builder`, where a leaf has costs but no builder; `no-room`, where the parameters are
        more than the memory of this machine.
    """
    if torch.device(device).type == "cpu":
        _fits(network)
    with torch.device(device):
        return BuiltNetwork(network)


def _fits(network: Network) -> None:
    """Refuse what would be killed half-way: more parameters than there is memory at all."""
    needed = 4 * sum(int(leaf.costs.get("params", 0)) for leaf in network.leaves)
    if needed > memory():
        raise ArchError(
            Diagnostic(
                "no-room",
                f"the parameters of `{network.name}` take {needed / 2**30:_.0f} GiB, more than the "
                "memory of this machine",
                network.span,
                "this network",
                notes=('`build(…, device="meta")` makes it without memory, to be counted',),
            )
        )


def memory() -> float:
    """Bytes of memory in this machine; infinite where the system does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return math.inf
