"""What a roofline shows: lines of the machine, and layers measured beside what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Protocol

GIGA = 1e9
MICRO = 1e6


class Timed(Protocol):
    """A layer: times in microseconds, operations, bytes."""

    @property
    def time(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def op(self) -> str: ...
    @property
    def flops(self) -> float: ...
    @property
    def bytes(self) -> float: ...


@dataclass(frozen=True)
class Point:
    """A layer as it is shown.

    Attributes
    ----------
    intensity : float
        Operations a byte.
    rate, expected : float
        Operations a second, measured and as expected.
    time, low, high, foreseen : float
        Microseconds: measured with quartiles of single runs, and expected.
    """

    name: str
    op: str
    intensity: float
    rate: float
    expected: float
    time: float
    low: float
    high: float
    foreseen: float
    flops: float
    bytes: float

    @property
    def told(self) -> str:
        """One line: the layer, its time beside what was expected, its rate."""
        return (
            f"{self.name}: {_time(self.time)} measured, {_time(self.foreseen)} expected, "
            f"{self.rate / GIGA:.3g} GFLOP/s"
        )

    @property
    def facts(self) -> list[tuple[str, str]]:
        """All that is known, as names and values."""
        runs = f"single runs {_time(self.low)} to {_time(self.high)}"
        share = f"{self.rate / self.expected:.0%} of expected"
        return [
            ("op", self.op),
            ("measured", f"{_time(self.time)} ({runs})"),
            ("expected", f"{_time(self.foreseen)}; measured is {self.time / self.foreseen:.2f} x"),
            ("rate", f"{self.rate / GIGA:.3g} GFLOP/s, {share}"),
            ("intensity", f"{self.intensity:.3g} FLOP/B"),
            ("work", f"{self.flops / 1e6:.4g} MFLOP, {self.bytes / 1e3:.4g} kB moved"),
        ]


@dataclass(frozen=True)
class Points:
    """All layers and the lines that bound them.

    Parameters
    ----------
    layers : mapping of str to Timed
    peak : float
        Operations a second.
    bandwidths : mapping of str to float
        Bytes a second, by level.
    predicted : mapping of str to float
        Microseconds that layers were expected to take. Without one the line of `level` says.
    level : str
        Where what a layer moves is supposed to lie, unless its time was predicted.
    """

    layers: Mapping[str, Timed]
    peak: float
    bandwidths: Mapping[str, float]
    predicted: Mapping[str, float]
    level: str

    @cached_property
    def all(self) -> tuple[Point, ...]:
        """The layers that multiply, in the order that they were given in."""
        return tuple(
            self._point(name, layer)
            for name, layer in self.layers.items()
            if layer.flops > 0 and layer.time > 0 and layer.bytes > 0
        )

    @cached_property
    def ops(self) -> dict[str, list[Point]]:
        """The layers of each op."""
        found: dict[str, list[Point]] = {}
        for point in self.all:
            found.setdefault(point.op, []).append(point)
        return found

    def _point(self, name: str, layer: Timed) -> Point:
        intensity = layer.flops / layer.bytes
        bandwidth = self.bandwidths.get(self.level)
        bound = self.peak if bandwidth is None else min(self.peak, intensity * bandwidth)
        foreseen = self.predicted.get(name, layer.flops / bound * MICRO)
        rate, expected = (layer.flops / t * MICRO for t in (layer.time, foreseen))
        low, high, moved = layer.low, layer.high, layer.bytes
        return Point(
            name, layer.op, intensity, rate, expected, layer.time, low, high, foreseen,
            layer.flops, moved,
        )  # fmt: skip

    @property
    def source(self) -> str:
        """What the expected times are."""
        if self.predicted:
            return "expected: what the spec's own model says"
        return f"expected: the line of {self.level}, and the peak where that is lower"

    def reached(self, op: str) -> float:
        """The median share of the expected rate that an op's layers reach."""
        return median(point.rate / point.expected for point in self.ops[op])


def _time(microseconds: float) -> str:
    if microseconds < 1000:
        return f"{microseconds:.3g} us"
    return f"{microseconds / 1000:.3g} ms" if microseconds < 1e6 else f"{microseconds / 1e6:.3g} s"
