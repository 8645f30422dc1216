"""Run any network as a torch module: sizes equal to the model's, output checked against float64."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch

from archwright.interpreter.architecture import Network

from .. import timing
from ..fused.network import fuse, report_of
from ..outcome import OURS, Run, WrongResult
from .build import BuiltNetwork, build

TOLERANCE = 1e-3  # of the output's largest value; deep networks in single precision are near 1e-6


@dataclass(frozen=True, repr=False)
class ModuleRun(Run):
    """A network that ran as a torch module on one random input.

    Parameters
    ----------
    parameters, macs : int
        Of the module; equal to the model's to the unit, or the run had failed.
    inputs, output : tuple
        Shapes with the batch.
    """

    parameters: int
    macs: int
    inputs: tuple[tuple[int, ...], ...]
    output: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """The fields of `archwright run --json`."""
        return super().to_json() | {
            "tile": {},
            "parameters": self.parameters,
            "macs": self.macs,
            "inputs": [list(shape) for shape in self.inputs],
            "output": list(self.output),
        }

    def __repr__(self) -> str:
        shapes = " and ".join("x".join(map(str, shape)) for shape in self.inputs)
        return "\n".join(
            [
                f"{self.network}: {shapes} -> {'x'.join(map(str, self.output))}",
                f"  {self.parameters:_} parameters, {self.macs:_} MACs: equal to the model's",
                f"  max error  {self.max_error:.1e} of the largest output, against float64",
                *self.time_lines(),
            ]
        )


def run(network: Network, *, repeats: int = 7, seed: int = 0, batch: int = 1) -> ModuleRun:
    """Build a network in floats, check it and time it, with channels last and first.

    Raises
    ------
    ArchError
        `no-builder`.
    WrongResult
        Where parameters or MACs differ from the model's, or the output from float64.
    """
    torch.manual_seed(seed)
    module = build(network, bits="float").eval()
    parameters, macs = _sizes(module, network)
    inputs = module.example_inputs(batch, seed)
    with torch.no_grad():
        output = module(*inputs)
        exact = deepcopy(module).double()(*(_exact(x) for x in inputs))
        error = float((output - exact).abs().max() / exact.abs().max().clamp(min=1e-30))
        if not error <= TOLERANCE:
            raise WrongResult(f"{network.name}: the output is off by {error:.1e} of its size")
        first = deepcopy(module).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        samples: dict[str, list[float]] = {}
        notes = ["archwright: the module as built, channels last; eager: the same, channels first"]
        if repeats:
            with timing.one_torch_thread():
                contestants = {OURS: lambda: module(*inputs), "eager": lambda: first(*inputs)}
                quick = fuse(module, threads=1, batch=batch)
                if count := len(report_of(quick).fused):
                    off = float((quick(*inputs) - exact).abs().max() / exact.abs().max())
                    if not off <= TOLERANCE:
                        raise WrongResult(f"{network.name}: fused, the output is off by {off:.1e}")
                    contestants["fused"] = lambda: quick(*inputs)
                    notes.append(f"fused: {count} inverted residuals run as one kernel each")
                samples = timing.alternating(contestants, repeats)
    times = timing.medians(samples)
    predicted = sum(float(leaf.costs.get("time", 0)) for leaf in network.leaves) * 1e3
    return ModuleRun(
        network.name,
        True,
        error,
        times,
        {name: time / times[OURS] for name, time in times.items() if name != OURS},
        predicted or None,
        tuple(notes) if times else (),
        {name: (min(values) * 1e3, max(values) * 1e3) for name, values in samples.items()},
        parameters,
        macs,
        tuple(tuple(x.shape) for x in inputs),
        tuple(output.shape),
    )


def _exact(x: torch.Tensor) -> torch.Tensor:
    """In double precision, unless it is numbers of a vocabulary."""
    return x.double() if x.is_floating_point() else x


def _sizes(module: BuiltNetwork, network: Network) -> tuple[int, int]:
    """Parameters and MACs of the module, compared with the costs of the leaves."""
    parameters, macs = module.parameter_count(), module.mac_count()
    expected = sum(int(leaf.costs.get("params", 0)) for leaf in network.leaves)
    if parameters != expected:
        raise WrongResult(f"{network.name}: {parameters} parameters, the model has {expected}")
    expected = sum(
        int(leaf.costs.get("macs", 0) + leaf.costs.get("pair_macs", 0)) for leaf in network.leaves
    )
    if macs != expected:
        raise WrongResult(f"{network.name}: {macs} MACs, the model has {expected}")
    return parameters, macs
