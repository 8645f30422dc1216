"""What was chosen, built and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.source import Span
from archwright.interpreter.answers import Architecture
from archwright.interpreter.architecture import Network
from archwright.solvers.control import Progress

from .asking import asking

if TYPE_CHECKING:
    import xarray as xr
    from torch import Tensor

    from archwright.kernels.networks.build import Bits, BuiltNetwork
    from archwright.kernels.networks.channels import Order
    from archwright.kernels.networks.split import Part
    from archwright.kernels.networks.stage import Pipeline
    from archwright.kernels.outcome import Run


def probe() -> Mapping[str, Any]:
    """Describe this machine: fields of `std.cpu.Cpu` in base units."""
    from .given import probe_fields

    return probe_fields()


def build(
    architecture: Architecture,
    network: str | None = None,
    *,
    device: str = "cpu",
    bits: Bits = "fake",
) -> BuiltNetwork:
    """The network of an architecture as a torch module, its modules named after the layers.

    Parameters
    ----------
    architecture : Architecture
        From an answer.
    network : str, optional
        Which one, where the spec has several.
    device : str
        Where torch makes the parameters; on "meta" they take no memory and can only be counted.
    bits : "fake" or "float"
        Layers that the spec gives fewer than 16 bits are fake-quantised, or computed in floats.

    Raises
    ------
    ArchError
        `no-network`, `no-builder`, `no-room`, or `needs-torch` where torch is not installed.
    """
    chosen = with_torch(architecture, network)
    from archwright.kernels.networks.build import build as build_network

    return build_network(chosen, device, bits)


def with_torch(architecture: Architecture, network: str | None) -> Network:
    """The network meant, if torch is there to build it.

    Raises
    ------
    ArchError
        `no-network` or `needs-torch`.
    """
    chosen = pick(architecture, network)
    need_torch("building", chosen.name, chosen.span, "this network")
    return chosen


def need_torch(doing: str, name: str, span: Span | None, label: str) -> None:
    """Say so where torch is not installed.

    Raises
    ------
    ArchError
        `needs-torch`.
    """
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise ArchError(
            Diagnostic(
                "needs-torch",
                f"{doing} `{name}` needs torch, which is not installed",
                span,
                label,
                notes=("pip install 'archwright[run]'",),
            )
        )


def export(
    architecture: Architecture | BuiltNetwork,
    to: str | Path,
    network: str | None = None,
    *,
    weights: str | Path | None = None,
    bits: Bits = "fake",
) -> int:
    """Write a network as a file that runs without archwright.

    Parameters
    ----------
    architecture : Architecture or BuiltNetwork
        From an answer, or what `build` made of one, with its weights as they are.
    to : str or Path
        `net.py` for plain torch source, `net.onnx` or `net.pt2` for a graph with weights.
    weights : str or Path, optional
        Where to write the state dict, `net.pt` or `net.safetensors`; the source reads it.
    bits : "fake" or "float"
        As in `build`.

    Returns
    -------
    int
        The number of parameters.

    Raises
    ------
    ArchError
        As `build` does, and `file-unwritable`.
    UnknownFormat
        If an ending names no format, or one whose packages are not installed.
    """
    to, weights = Path(to), None if weights is None else Path(weights)
    if isinstance(architecture, Architecture):
        chosen = with_torch(architecture, network)
        # Source alone needs no weights, so that a network of any size can be written.
        source = to.suffix.lower() == ".py" and weights is None
        module = build(architecture, chosen.name, device="meta" if source else "cpu", bits=bits)
    else:
        module = architecture
    from archwright.kernels.networks.formats import write, write_weights

    write(module, to)
    if weights is not None:
        write_weights(module, weights)
    return module.parameter_count()


def slice(
    module: BuiltNetwork,
    architecture: Architecture,
    network: str | None = None,
    *,
    order: Order = "leading",
) -> BuiltNetwork:
    """A part of a network with its weights: the kernels, channels and layers of an architecture.

    Kernels keep their middle; of channels, units, heads and experts the first are kept, or in
    another order; layers that the architecture lacks are left out.

    Parameters
    ----------
    module : BuiltNetwork
        The larger network, of the same spec.
    order : "leading", "magnitude" or mapping
        Which channels are kept: the first; those that the layers behind read with the largest
        absolute weights in sum; or by label of a layer, all its channels from most to least
        important.

    Raises
    ------
    CannotCarry
        A ValueError: a layer has no counterpart, or would grow.
    """
    from archwright.kernels.networks.carry import sliced

    return sliced(module, pick(architecture, network), order)


def grow(
    module: BuiltNetwork, architecture: Architecture, network: str | None = None
) -> BuiltNetwork:
    """A wider or deeper network with the same outputs in evaluation mode, up to rounding.

    Channels are repeated and the weights that read them divided, kernels padded with zeros, and
    new blocks change nothing as long as they are not trained.

    Raises
    ------
    CannotCarry
        A ValueError: something shrinks, or outputs could not stay.
    """
    from archwright.kernels.networks.carry import grown

    return grown(module, pick(architecture, network))


def chain(architecture: Architecture, network: str | None = None) -> xr.Dataset:
    """The layers of a network in the order in which they run: what a table of blocks holds.

    Returns
    -------
    xarray.Dataset
        Along `layer`, by its label: its costs in base units (`macs`, `params`, ...; 0 where it
        has none) and `crossing`, how many numbers a later layer reads of all that was written up
        to here, which is what a cut behind the layer sends for one input.
    """
    import numpy as np
    import xarray as xr

    from archwright.interpreter.chain import chain as links_of

    links = links_of(pick(architecture, network))
    costs = dict.fromkeys(name for link in links for name in link.costs)
    columns = {c: [float(link.costs.get(c, 0)) for link in links] for c in costs if c != "live"}
    columns |= {"live": [float(link.costs["live"]) for link in links]}
    columns["crossing"] = [float(link.elements) for link in links]
    whole = {
        name: np.array(values, np.int64 if all(v.is_integer() for v in values) else np.float64)
        for name, values in columns.items()
    }
    labels = np.array([link.label for link in links], np.str_)
    return xr.Dataset({n: ("layer", v) for n, v in whole.items()}, coords={"layer": labels})


def split(module: BuiltNetwork, after: Sequence[str]) -> tuple[Part, ...]:
    """Cut a built network behind some of its layers.

    Each part is called with the tensors of `part.reads` and gives those of `part.writes`, by their
    names; one after another they give the output of the whole. They share its weights, under
    the same names.

    Parameters
    ----------
    after : sequence of str
        Labels of layers, as `chain` lists them, in the order in which they run.

    Raises
    ------
    CannotSplit
        A ValueError: no such layer, nothing behind it, another order.
    """
    from archwright.kernels.networks.split import split as split_network

    return split_network(module, after)


def pipeline(parts: Sequence[Part], threads: int = 1) -> Pipeline:
    """The parts of a network in processes of their own, each handing its results to the next.

    A context: `with aw.pipeline(aw.split(net, ["block[3, 1]"])) as run: run(x)`. `run.stream(xs)`
    keeps every process at work.

    Parameters
    ----------
    threads : int
        Of torch, in each process.
    """
    from archwright.kernels.networks.stage import Pipeline

    return Pipeline(parts, threads)


def int8(module: BuiltNetwork, *batches: Tensor | Sequence[Tensor]) -> BuiltNetwork:
    """A trained network in 8-bit integers, for inference on a processor.

    Parameters
    ----------
    module : BuiltNetwork
        In single precision; it stays as it is.
    batches : Tensor or sequence of Tensor
        Inputs like those to come, by which the ranges of all tensors are set.

    Raises
    ------
    NoInt8
        A ValueError: no batches, another precision or device, no quantised kernels.
    """
    from archwright.kernels.networks.int8 import int8 as in_integers

    return in_integers(module, *batches)


def run(
    architecture: Architecture,
    network: str | None = None,
    *,
    progress: bool | Callable[[Progress], None] | None = None,
    **options: Any,
) -> Run:
    """Run a network of an architecture on this machine, checked against a reference and timed.

    Ctrl-C, while inverted residuals are fused, leaves that out and runs the network as built.

    Parameters
    ----------
    progress : bool or callable, optional
        As in questions.
    **options
        `repeats`, `seed`, and `fused=False` to leave out the fusing; see `kernels.run`.

    Raises
    ------
    ArchError
        `no-network` or `no-builder`.
    """
    from archwright.kernels.run import run as run_network

    chosen = pick(architecture, network)
    with asking(None, progress) as control:
        return run_network(chosen, control=control, **options)


def pick(architecture: Architecture, name: str | None) -> Network:
    """The network of this name, or the only one.

    Raises
    ------
    ArchError
        `no-network`.
    TypeError
        If it is no architecture, for instance the answer that holds one.
    """
    if not isinstance(architecture, Architecture):
        raise TypeError(
            f"expected an architecture, such as `p.solve().architecture`; found {architecture!r}"
        )
    header = architecture.evaluation.instance.spec.header
    return architecture.networks[meant(tuple(architecture.networks), name, header)]


def meant(names: Sequence[str], name: str | None, header: Span) -> str:
    """The network of this name among those of a spec, or the only one.

    Without a name, networks of imports (`t.net`) are meant only where the file has none of its own.

    Raises
    ------
    ArchError
        `no-network`.
    """
    own = [n for n in names if "." not in n] or names
    if name is None and len(own) == 1:
        return own[0]
    if name is not None and name in names:
        return name
    listed = ", ".join(f"`{n}`" for n in names)
    if not names:
        message = "the spec describes no network, so there is nothing to build or run"
        notes: tuple[str, ...] = (
            "`archwright solve`, `count` and the other questions need none",
            "what is built is a `network NAME(x: tensor[…]) { … }`, here or in an imported file",
        )
    else:
        message = f"the spec has several networks: name one of {listed}"
        if name is not None:
            message = f"there is no network called `{name}`; there is {listed}"
        notes = (
            f"`--network {names[0]}` picks one, in Python `build(architecture, {names[0]!r})`",
        )
    raise ArchError(Diagnostic("no-network", message, header, "in this spec", notes=notes))
