"""Layers against what the machine can do: operations a second by operations a byte.

S. Williams, A. Waterman, D. Patterson: Roofline, an insightful visual performance model for
multicore architectures (2009).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING

from .table import Layer

if TYPE_CHECKING:
    import xarray as xr

BITS = 8  # a byte
LINES = {"bw_l1": "L1", "bw_l2": "L2", "bw_l3": "L3", "bw_memory": "memory"}
MICRO = 1e6


@dataclass(frozen=True, repr=False)
class Roofline:
    """Layers, and the lines that bound them.

    Attributes
    ----------
    layers : mapping of str to Layer
        Those that multiply; the others have no place in the picture.
    peak : float
        Operations a second of one core.
    bandwidths : mapping of str to float
        Bytes a second that one core reads, by level.
    """

    layers: Mapping[str, Layer]
    peak: float
    bandwidths: Mapping[str, float]

    def bound(self, layer: Layer, level: str = "L3") -> float:
        """The operations a second that a layer can reach if all it moves comes from a level."""
        return min(self.peak, layer.flops / layer.bytes * self.bandwidths[level])

    def to_xarray(self) -> xr.Dataset:
        """`intensity` (operations a byte), `rate` and `bound` by `level` (operations a second).

        Along `layer`; the lines are `bandwidth` by `level`, and `attrs["peak"]`.
        """
        import numpy as np
        import xarray as xr

        rows, levels = list(self.layers.values()), list(self.bandwidths)
        bounds = [[self.bound(layer, level) for level in levels] for layer in rows]
        return xr.Dataset(
            {
                "intensity": ("layer", [intensity(r) for r in rows], {"units": "FLOP/B"}),
                "rate": ("layer", [rate(r) for r in rows], {"units": "FLOP/s"}),
                "bound": (
                    ("layer", "level"),
                    np.array(bounds, np.float64).reshape(len(rows), len(levels)),
                    {"units": "FLOP/s"},
                ),
                "op": ("layer", np.array([r.op for r in rows], np.str_)),
                "bandwidth": ("level", list(self.bandwidths.values()), {"units": "B/s"}),
            },
            {
                "layer": ("layer", np.array(list(self.layers), np.str_)),
                "level": ("level", np.array(levels, np.str_)),
            },
            {"peak": self.peak},
        )

    def __repr__(self) -> str:
        """A line for each kind of op: how many layers, and which share of the bound they reach."""
        kinds: dict[str, list[Layer]] = {}
        for layer in self.layers.values():
            kinds.setdefault(layer.op, []).append(layer)
        lines = " · ".join(f"{n} {b / 1e9:.0f} GB/s" for n, b in self.bandwidths.items())
        told = [f"peak {self.peak / 1e9:.0f} GFLOP/s · {lines}"]
        told.append(f"{'op':<22}{'layers':>7}{'FLOP/B':>16}{'GFLOP/s':>14}{'of the bound':>14}")
        for op, some in kinds.items():
            intensities, rates = map(intensity, some), [rate(r) / 1e9 for r in some]
            low, *_, high = sorted([*intensities] * 2)
            share = median(rate(layer) / self.bound(layer) for layer in some)
            told.append(
                f"{op:<22}{len(some):>7}{f'{low:.1f} .. {high:.1f}':>16}"
                f"{f'{min(rates):.0f} .. {max(rates):.0f}':>14}{share:>14.0%}"
            )
        return "\n".join(told)


def roofline(
    layers: Mapping[str, Layer], machine: Mapping[str, Fraction | int] | None = None
) -> Roofline:
    """Layers against a machine.

    Parameters
    ----------
    machine : mapping, optional
        Fields of a `std.cpu.Cpu` record in base units; this machine, probed, if left out. Its
        memory's rate, which all cores share, counts in full for the one that runs.
    """
    if machine is None:
        from ..machine.probe import probe

        machine = probe()
    return Roofline(
        {key: layer for key, layer in layers.items() if layer.flops and layer.time},
        float(machine["peak"]),
        {name: float(machine[entry]) / BITS for entry, name in LINES.items() if entry in machine},
    )


def intensity(layer: Layer) -> float:
    """Operations a byte."""
    return layer.flops / layer.bytes


def rate(layer: Layer) -> float:
    """Operations a second."""
    return layer.flops / layer.time * MICRO
