"""How a layer of a sequence uses its units: singular values, energies, and how much is zero."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NEAR_ZERO = 0.01  # of the largest absolute value


@dataclass(frozen=True)
class Spectrum:
    """What a matrix of activations [tokens, units] is made of.

    Attributes
    ----------
    singular : tuple of float
        Singular values, the largest first, as shares of the largest.
    energies : tuple of float
        Mean square of each unit over the tokens, the largest first, as shares of their sum.
    rank : float
        exp of the entropy of the squared singular values: how many directions are in use.
    zero, near_zero : float
        The share of numbers that are exactly 0, and of those below 1 % of the largest.
    """

    tokens: int
    units: int
    singular: tuple[float, ...]
    energies: tuple[float, ...]
    rank: float
    zero: float
    near_zero: float


def spectrum(activations: Tensor) -> Spectrum:
    """The spectrum of [tokens, units]."""
    x = activations.detach().double().cpu()
    values = torch.linalg.svdvals(x)
    largest = float(values.max()) if len(values) else 0.0
    power = values**2
    share = power / power.sum() if float(power.sum()) else torch.zeros_like(power)
    used = share[share > 0]
    energies = torch.sort((x**2).mean(dim=0), descending=True).values
    total = float(energies.sum())
    most = float(x.abs().max()) if x.numel() else 0.0
    return Spectrum(
        x.shape[0],
        x.shape[1],
        tuple((values / largest).tolist()) if largest else tuple(values.tolist()),
        tuple((energies / total).tolist()) if total else tuple(energies.tolist()),
        float(torch.exp(-(used * used.log()).sum())) if len(used) else 0.0,
        float((x == 0).double().mean()),
        float((x.abs() <= NEAR_ZERO * most).double().mean()),
    )
