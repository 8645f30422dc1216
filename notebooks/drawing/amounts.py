"""What a block can be scaled by, and short texts of amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

from archwright.interpreter.architecture import Leaf, Network

Scale: TypeAlias = Literal["macs", "bytes", "params", "time"]
Times: TypeAlias = Mapping[str, float] | Mapping[int, float]
SCALES: tuple[Scale, ...] = get_args(Scale)
TITLES: Mapping[Scale, str] = {
    "macs": "multiply-accumulates",
    "bytes": "bytes of weights and activations",
    "params": "parameters",
    "time": "time",
}
_UNITS: Mapping[Scale, str] = {"macs": "MAC", "bytes": "B", "params": "", "time": "s"}
_COSTS: Mapping[Scale, tuple[tuple[str, float], ...]] = {
    "macs": (("macs", 1), ("pair_macs", 1)),
    "bytes": (("weight_bytes", 1 / 8), ("act_bytes", 1 / 8)),  # base units are bits
    "params": (("params", 1),),
    "time": (("time", 1),),
}


def amount(leaf: Leaf, scale: Scale, times: Times | None = None) -> float:
    """How much of it a leaf has; 0 where nothing says.

    Parameters
    ----------
    times : mapping, optional
        Measured seconds by the label of a leaf, or by the number of the tensor that it writes;
        else time is the op's own cost of that name.
    """
    if scale == "time" and times is not None:
        known: Mapping[Any, float] = times
        return float(known.get(leaf.label, known.get(leaf.output, 0.0)))
    return sum(float(leaf.costs.get(name, 0)) * factor for name, factor in _COSTS[scale])


def amounts(network: Network, scale: Scale, times: Times | None = None) -> tuple[float, ...]:
    """The amount of each leaf."""
    return tuple(amount(leaf, scale, times) for leaf in network.leaves)


def available(network: Network, times: Times | None = None) -> tuple[Scale, ...]:
    """The scales under which anything of the network can be seen."""
    return tuple(s for s in SCALES if any(amounts(network, s, times)))


def short(value: float, scale: Scale) -> str:
    """An amount in three digits and its unit.

    >>> short(1_486_848, "macs"), short(3 * 1024, "bytes"), short(950, "params")
    ('1.49 MMAC', '3 KiB', '950')
    >>> short(0.00123, "time"), short(0, "macs"), short(2.5e6, "params")
    ('1.23 ms', '0', '2.5 M')
    """
    return with_prefix(value, _UNITS[scale])


def with_prefix(value: float, unit: str) -> str:
    """A number in three digits with the prefix that suits it; of bytes those of 1024."""
    if value == 0:
        return "0"
    sign, size = ("-" if value < 0 else ""), abs(value)
    steps: tuple[tuple[float, str], ...]
    if unit == "B":
        steps = tuple((1024.0**i, p) for i, p in ((4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki")))
    elif unit == "s":
        steps = ((1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
    else:
        steps = tuple((10.0**i, p) for i, p in ((12, "T"), (9, "G"), (6, "M"), (3, "k")))
    for factor, prefix in steps:
        if size >= factor * 0.9995:
            return f"{sign}{_digits(size / factor)} {prefix}{unit}".rstrip()
    last = steps[-1] if unit == "s" else (1.0, "")
    return f"{sign}{_digits(size / last[0])} {last[1]}{unit}".rstrip()


def _digits(value: float) -> str:
    text = f"{value:.3g}" if value < 999.5 else f"{value:.0f}"
    return text


def shape_text(shape: Sequence[int]) -> str:
    """`96×14×14`."""
    return "×".join(map(str, shape))
