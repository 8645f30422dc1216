"""Spectra of all layers of a sequence network, one after the other."""

from __future__ import annotations

from .activations import Activations
from .spectrum import Spectrum, spectrum


def by_layer(activations: Activations, op: str | None = None) -> tuple[tuple[str, Spectrum], ...]:
    """The spectrum of each layer that gives a sequence, by its label, in the order they run.

    Parameters
    ----------
    op : str, optional
        Of layers of this op alone, such as `ista`.

    Raises
    ------
    ValueError
        If no layer gives a sequence, or none of this op.
    """
    found = []
    for number, leaf in enumerate(activations.network.leaves):
        if len(leaf.shape) == 2 and op in (None, leaf.op):
            found.append((leaf.label, spectrum(activations.output(number))))
    if not found:
        meant = "layer" if op is None else f"`{op}`"
        raise ValueError(f"no {meant} of `{activations.network.name}` gives a sequence")
    return tuple(found)
