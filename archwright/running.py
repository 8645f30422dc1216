"""What was chosen, built and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.source import Span
from archwright.interpreter.answers import Architecture
from archwright.interpreter.architecture import Network

if TYPE_CHECKING:
    from archwright.kernels.networks.build import BuiltNetwork
    from archwright.kernels.outcome import Run


def probe() -> Mapping[str, Any]:
    """Describe this machine: fields of `std.cpu.Cpu` in base units."""
    from .given import probe_fields

    return probe_fields()


def build(
    architecture: Architecture, network: str | None = None, *, device: str = "cpu"
) -> BuiltNetwork:
    """The network of an architecture as a torch module.

    Parameters
    ----------
    architecture : Architecture
        From an answer.
    network : str, optional
        Which one, where the spec has several.
    device : str
        Where torch makes the parameters; on "meta" they take no memory and can only be counted.

    Raises
    ------
    ArchError
        `no-network`, `no-builder`, `no-room`, or `needs-torch` where torch is not installed.
    """
    from importlib.util import find_spec

    chosen = pick(architecture, network)
    if find_spec("torch") is None:
        raise ArchError(
            Diagnostic(
                "needs-torch",
                f"building `{chosen.name}` needs torch, which is not installed",
                chosen.span,
                "this network",
                notes=("pip install 'archwright[run]'",),
            )
        )
    from archwright.kernels.networks.build import build as build_network

    return build_network(chosen, device)


def run(architecture: Architecture, network: str | None = None, **options: Any) -> Run:
    """Run a network of an architecture on this machine, checked against a reference and timed.

    Raises
    ------
    ArchError
        `no-network` or `no-builder`.
    """
    from archwright.kernels.run import run as run_network

    return run_network(pick(architecture, network), **options)


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
    if name is not None:
        message = f"there is no network called `{name}`" + (f"; there is {listed}" * bool(names))
    elif names:
        message = f"the spec has several networks: name one of {listed}"
    else:
        message = "the spec describes no network, so there is nothing to build or run"
    raise ArchError(Diagnostic("no-network", message, header, "in this spec"))
