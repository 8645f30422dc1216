"""Run any network as a torch module: sizes equal to the model's, output checked against float64."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Network
from archwright.solvers.control import Control, Stopped

from .. import timing
from ..allocator import keep_memory
from ..fused.network import fuse, report_of
from ..outcome import OURS, Run, WrongResult
from . import room
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


def run(
    network: Network,
    *,
    repeats: int = 7,
    seed: int = 0,
    batch: int = 1,
    fused: bool = True,
    control: Control | None = None,
) -> ModuleRun:
    """Build a network in floats, check it and time it; one of images with channels last and first.

    Parameters
    ----------
    repeats : int
        Rounds of timing; 0 checks only.
    seed, batch : int
        Of the random weights and inputs; how many inputs at once.
    fused : bool
        Whether a copy with fused inverted residuals is timed, too, whose kernels may have to be
        compiled.
    control : Control, optional
        Hears what is done; one that is stopped ends the fusing, and the network runs as built.

    Raises
    ------
    ArchError
        `no-builder`, or `no-room` where parameters in both precisions find no memory.
    WrongResult
        Where parameters or MACs differ from the model's, or the output from float64.
    """
    room.need(network, room.SINGLE + room.DOUBLE, "running and checking")
    torch.manual_seed(seed)
    # One thread throughout: several would wait for one another where a core is busy elsewhere.
    with torch.no_grad(), timing.one_torch_thread(), room.told(network, "running"):
        module = build(network, bits="float").eval()
        parameters, macs = _sizes(module, network)
        inputs = module.example_inputs(batch, seed)
        _settle(module, inputs)
        output = module(*inputs)
        exact = deepcopy(module).double()(*(_exact(x) for x in inputs))
        error = _checked(network, "the output", output, exact)
        samples, notes = _timed(module, inputs, exact, repeats, fused, control or Control())
    times = timing.medians(samples)
    predicted = sum(float(leaf.costs.get("time", 0)) for leaf in network.leaves) * 1e3
    return ModuleRun(
        network.name,
        True,
        error,
        times,
        {name: time / times[OURS] for name, time in times.items() if name != OURS},
        predicted or None,
        notes,
        {name: (min(values) * 1e3, max(values) * 1e3) for name, values in samples.items()},
        parameters,
        macs,
        tuple(tuple(x.shape) for x in inputs),
        tuple(output.shape),
    )


def _timed(
    module: BuiltNetwork,
    inputs: tuple[Tensor, ...],
    exact: Tensor,
    repeats: int,
    fused: bool,
    control: Control,
) -> tuple[dict[str, list[float]], tuple[str, ...]]:
    """Samples of each way to run a network, and what these are."""
    if not repeats:
        return {}, ()
    keep_memory()  # as where layers are measured, so that a table's sum and this time agree
    network = module.network
    contestants: dict[str, Callable[[], object]] = {OURS: lambda: module(*inputs)}
    notes: list[str] = []
    if module.of_images:
        first = deepcopy(module).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        contestants["eager"] = lambda: first(*inputs)
        notes.append("archwright: the module as built, channels last; eager: channels first")
    copy = _fused(module, len(inputs[0]), control, notes) if fused else None
    if copy is not None:
        _checked(network, "fused, the output", copy(*inputs), exact)
        contestants["fused"] = lambda: copy(*inputs)
    return timing.alternating(contestants, repeats), tuple(notes)


def _fused(
    module: BuiltNetwork, batch: int, control: Control, notes: list[str]
) -> BuiltNetwork | None:
    """A copy whose inverted residuals are fused, if it has any and is not stopped before."""

    def told(doing: str) -> None:
        control.report(f"{doing} (Ctrl-C: run as built)")
        control.check(doing)

    try:
        copy = fuse(module, threads=1, batch=batch, told=told)
    except Stopped as stopped:
        notes.append(f"{stopped}: run as built")
        return None
    count = len(report_of(copy).fused)
    if not count:
        return None
    notes.append(f"fused: {count} inverted residuals run as one kernel each")
    return copy


def _settle(module: BuiltNetwork, inputs: tuple[Tensor, ...]) -> None:
    """Give batch norms the scale of what they read, as training does.

    Without, the numbers of a deep network fade, and its output shows nothing but its last bias. The
    mean is left at zero: taking it off in many random layers would amplify rounding without end.
    """

    def measure(norm: nn.Module, given: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, nn.BatchNorm2d) and norm.running_var is not None
        norm.running_var.copy_(given[0].square().mean((0, 2, 3)))

    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    handles = [norm.register_forward_pre_hook(measure) for norm in norms]
    if norms:
        module(*inputs)
    for handle in handles:
        handle.remove()


def _checked(network: Network, what: str, output: Tensor, exact: Tensor) -> float:
    """How far an output is off, as a part of the largest; NaN is never near.

    Raises
    ------
    WrongResult
    """
    error = float((output - exact).abs().max() / exact.abs().max().clamp(min=1e-30))
    if not error <= TOLERANCE:
        raise WrongResult(f"{network.name}: {what} is off by {error:.1e} of its size")
    return error


def _exact(x: Tensor) -> Tensor:
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
