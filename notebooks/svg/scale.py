"""Scales: from numbers to pixels, with round ticks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10


@dataclass(frozen=True)
class Scale:
    """Numbers of `low .. high` on pixels `start .. end`; logarithmic where `log` is set.

    `end` may be before `start`, as on a vertical axis.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    @classmethod
    def over(
        cls,
        values: Iterable[float],
        start: float,
        end: float,
        *,
        log: bool = False,
        margin: float = 0.04,
    ) -> Scale:
        """A scale that all values fit on, with a margin as a share of their extent.

        A logarithmic scale leaves out what is not positive.
        """
        known = [v for v in values if not log or v > 0] or [1.0]
        low, high = min(known), max(known)
        if log:
            room = (high / low) ** margin if high > low else 2.0
            return cls(low / room, high * room, start, end, log)
        room = (high - low) * margin if high > low else max(abs(low) * 0.5, 0.5)
        bottom = 0.0 if 0 <= low - room < 0.02 * (high - low) else low - room
        return cls(max(bottom, 0.0) if low >= 0 else bottom, high + room, start, end)

    def __call__(self, value: float) -> float:
        """The pixel of a number."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = log10(low), log10(high), log10(max(value, self.low / 1e6))
        return self.start + (at - low) / (high - low) * (self.end - self.start)

    def inverse(self, pixel: float) -> float:
        """The number at a pixel."""
        share = (pixel - self.start) / (self.end - self.start)
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def ticks(self, about: int = 5) -> list[float]:
        """Round numbers within the scale, about as many as asked for."""
        if self.log:
            return self._log_ticks(about)
        step = _round_step((self.high - self.low) / max(1, about))
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [round(i * step, 12) for i in range(first, last + 1)]

    def _log_ticks(self, about: int) -> list[float]:
        first, last = floor(log10(self.low)), ceil(log10(self.high))
        decades = last - first
        for marks in ((1, 2, 5), (1, 3), (1,)):
            found = [m * 10.0**e for e in range(first, last + 1) for m in marks]
            inside = [t for t in found if self.low <= t <= self.high]
            if 2 <= len(inside) <= about + 1:
                return inside
        if decades <= about:
            return Scale(self.low, self.high, self.start, self.end).ticks(about)
        step = ceil(decades / about)
        return [10.0**e for e in range(first, last + 1, step) if self.low <= 10.0**e <= self.high]


def _round_step(step: float) -> float:
    """The next 1, 2 or 5 times a power of ten that is not below a step."""
    power = 10.0 ** floor(log10(step))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= step * (1 - 1e-9))


def tick_text(value: float) -> str:
    """A tick's number: grouped by thousands, or with k, M, G where it is large.

    >>> [tick_text(v) for v in (0.25, 30.0, 1500.0, 2_000_000.0, 3.2e9)]
    ['0.25', '30', '1500', '2M', '3.2G']
    """
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            unit = 1e3 if letter == "k" else size
            return f"{value / unit:.4g}{letter}"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
