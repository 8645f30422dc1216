"""A concrete network as a torch module: what was counted is what is built."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.interpreter.architecture import Network

from .build_layers import BUILDERS


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
                        None,
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

    def example_inputs(self, batch: int = 1, seed: int = 0) -> tuple[Tensor, ...]:
        """Random inputs of the right shapes, the same for the same seed."""
        generator = torch.Generator().manual_seed(seed)
        return tuple(
            torch.randn(batch, *shape, generator=generator) for _, _, shape in self.network.inputs
        )

    def parameter_count(self) -> int:
        """Weights, biases and affine parameters; running statistics are left out."""
        return sum(p.numel() for p in self.parameters())

    def mac_count(self) -> int:
        """Multiply-accumulates of one forward pass at batch 1, as torch's own counter sees them."""
        was_training = self.training
        self.eval()
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            self(*self.example_inputs())
        self.train(was_training)
        return int(counter.get_total_flops()) // 2


def build(network: Network) -> BuiltNetwork:
    """Build a network.

    Raises
    ------
    ArchError
        `no-builder`, where a leaf has costs but no builder.
    """
    return BuiltNetwork(network)
