"""Peak memory of a network: by its spec, of a run as on a microcontroller, and of its module."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from archwright.interpreter.architecture import Network

from ..networks.build import build
from . import small_run
from .torch_peak import peak


@dataclass(frozen=True)
class Peaks:
    """Bytes of activations held at once.

    Attributes
    ----------
    elements : int
        The most that is live by the spec's schedule.
    in_place, in_place_8_bit : int
        Traced in a run in place in single precision, and in 8 bits.
    module : int
        Of the torch module in single precision, beyond its inputs.
    """

    network: str
    elements: int
    in_place: int
    in_place_8_bit: int
    module: int

    def __str__(self) -> str:
        return (
            f"{self.network}: {self.elements} live elements; in place {self.in_place} B "
            f"({self.in_place / 4 / self.elements - 1:+.2%}), in 8 bits {self.in_place_8_bit} B "
            f"({self.in_place_8_bit / self.elements - 1:+.2%}); torch module {self.module} B "
            f"({self.module / 4 / self.elements:.2f} times)"
        )


def peaks(network: Network, seed: int = 0) -> Peaks:
    """Run a network of images three times and trace what it allocates.

    Raises
    ------
    ArchError
        `no-builder`, `no-room`.
    Unsupported
        If it has layers that are not run in place.
    """
    torch.manual_seed(seed)
    module = build(network, bits="float").eval()
    inputs = module.example_inputs(seed=seed)
    weights, x = small_run.weights_of(module), inputs[0][0].numpy()
    floats = small_run.run(network, weights, x)
    steps = small_run.steps_of(network, weights, x)
    whole = small_run.run(network, weights, x, steps)
    return Peaks(
        network.name, floats.modelled_peak // 4, floats.peak, whole.peak, peak(module, inputs)
    )
