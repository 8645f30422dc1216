"""Run a network on this machine: each kind of network by what runs it best."""

from __future__ import annotations

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.interpreter.architecture import Network
from archwright.solvers.control import Control

from .gpu import run as persistent
from .outcome import Run
from .recurrent import peers
from .recurrent import run as layers


def run(
    network: Network,
    *,
    repeats: int = 7,
    seed: int = 0,
    fused: bool = True,
    control: Control | None = None,
) -> Run:
    """Run, check and time a network.

    A single `std.rnn.recurrent` layer runs as a compiled kernel with the tile that it carries, a
    single `std.persistent.recurrent` layer as one for its card, anything else as a torch module.

    Parameters
    ----------
    repeats : int
        Rounds of timing; 0 checks only.
    seed : int
        Of the random weights and inputs.
    fused : bool
        Whether a network of inverted residuals is timed fused, too.
    control : Control, optional
        Hears what is done, and may stop the fusing.

    Raises
    ------
    ArchError
        `no-builder`, `bad-tile`, or `needs-torch` where torch is not installed.
    WrongResult
        Where what ran differs from what was modelled.
    """
    if layers.accepts(network):
        return layers.run(network, repeats=repeats, seed=seed)
    if persistent.accepts(network) and peers.has_torch():
        return persistent.run(network, repeats=repeats, seed=seed)
    if not peers.has_torch():
        raise ArchError(
            Diagnostic(
                "needs-torch",
                f"running `{network.name}` needs torch, which is not installed",
                network.span,
                "this network",
                notes=("pip install 'archwright[run]'",),
            )
        )
    from .networks import run as modules

    return modules.run(network, repeats=repeats, seed=seed, fused=fused, control=control)
