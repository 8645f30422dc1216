"""Dimensions and the closed list of units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from .diagnostics import ArchError, Diagnostic
from .source import Span

BASES = ("bit", "MAC", "FLOP", "s", "cycle", "J")
WORDS = (
    "bytes",
    "multiply-accumulates",
    "floating-point operations",
    "seconds",
    "cycles",
    "joules",
)


@dataclass(frozen=True)
class Dimension:
    """What kind of thing is measured: exponents of bit, MAC, FLOP, s, cycle and J."""

    exponents: tuple[int, ...] = (0,) * len(BASES)

    @property
    def plain(self) -> bool:
        """Whether this is a number without unit."""
        return not any(self.exponents)

    def __mul__(self, other: Dimension) -> Dimension:
        return Dimension(tuple(a + b for a, b in zip(self.exponents, other.exponents, strict=True)))

    def __truediv__(self, other: Dimension) -> Dimension:
        return self * other**-1

    def __pow__(self, power: int) -> Dimension:
        return Dimension(tuple(a * power for a in self.exponents))

    def __str__(self) -> str:
        return natural_scale(self).name

    @property
    def words(self) -> str:
        """The kind in words, for messages: `bytes`, `a plain number`, `MAC/cycle`."""
        if self.plain:
            return "a plain number"
        for base, words in zip(_AXES, WORDS, strict=True):
            if self == base:
                return words
        return str(self)


PLAIN = Dimension()
_AXES = tuple(Dimension(tuple(int(i == j) for j in range(len(BASES)))) for i in range(len(BASES)))
INFORMATION, MAC, FLOP, TIME, CYCLE, ENERGY = _AXES


class Kind(NamedTuple):
    """A unit of the closed list without prefix."""

    names: tuple[str, ...]
    factor: int
    dimension: Dimension
    prefixes: str


SI = {
    "T": Fraction(10**12),
    "G": Fraction(10**9),
    "M": Fraction(10**6),
    "k": Fraction(10**3),
    "": Fraction(1),
    "m": Fraction(1, 10**3),
    "u": Fraction(1, 10**6),
    "n": Fraction(1, 10**9),
    "p": Fraction(1, 10**12),
}
BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}

# The closed list. The QUANTITY terminal of the grammar spells the same words; a test compares.
KINDS = (
    Kind(("B",), 8, INFORMATION, "kMGT"),
    Kind(("bit",), 1, INFORMATION, "kMGT"),
    Kind(("MAC", "MACs"), 1, MAC, "kMGT"),
    Kind(("FLOP", "FLOPs"), 1, FLOP, "kMGT"),
    Kind(("Hz",), 1, CYCLE / TIME, "kMG"),
    Kind(("s",), 1, TIME, "munp"),
    Kind(("J",), 1, ENERGY, "munp"),
    Kind(("W",), 1, ENERGY / TIME, "mk"),
    Kind(("cycle", "cycles"), 1, CYCLE, ""),
)


def _table() -> Iterator[tuple[str, tuple[Fraction, Dimension]]]:
    for kind in KINDS:
        for name in kind.names:
            for prefix in ("", *kind.prefixes):
                yield prefix + name, (SI[prefix] * kind.factor, kind.dimension)
            if kind.dimension == INFORMATION:
                for prefix, factor in BINARY.items():
                    yield prefix + name, (Fraction(factor * kind.factor), kind.dimension)


UNITS: dict[str, tuple[Fraction, Dimension]] = dict(_table())

# fmt: off
SPELLED_OUT = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "msec": "ms", "usec": "us",
    "µs": "us", "μs": "us", "byte": "B", "bytes": "B", "bits": "bit", "kilobytes": "kB",
    "megabytes": "MB", "gigabytes": "GB", "flops": "FLOP", "gflops": "GFLOP", "tflops": "TFLOP",
    "joule": "J", "joules": "J", "watt": "W", "watts": "W",
}
# fmt: on


def find_unit(text: str) -> tuple[Fraction, Dimension] | None:
    """Factor to base units and dimension of `KiB`, `GB/s`, `1/s` or `1`; None if there is none."""
    above, slash, below = text.partition("/")
    top = (Fraction(1), PLAIN) if above == "1" else UNITS.get(above)
    bottom = UNITS.get(below) if slash else (Fraction(1), PLAIN)
    if top is None or bottom is None:
        return None
    return top[0] / bottom[0], top[1] / bottom[1]


def unit(text: str) -> tuple[Fraction, Dimension]:
    """Factor to base units and dimension of a unit.

    Raises
    ------
    ArchError
        If the closed list has no such unit.
    """
    found = find_unit(text)
    if found is None:
        raise ArchError(unknown_unit(text, None))
    return found


def similar_units(word: str) -> list[str]:
    """Units that may be meant by a word that is none: other letter case, or the word for a unit.

    >>> [similar_units(word) for word in ("kb", "seconds", "Gbps", "GBps")]
    [['kB', 'KiB'], ['s'], ['Gbit/s'], ['GB/s']]
    """
    if word in SPELLED_OUT:
        return [SPELLED_OUT[word]]
    alike = [name for name in UNITS if name.lower() == word.lower()]
    if word.lower() in ("kb", "mb", "gb", "tb"):
        alike.append(f"{word[0].upper()}iB")
    return alike or _longer(word)


def _longer(word: str) -> list[str]:
    """`KBytes`, `Mbits`, `GBps` and `Gbps` in the units of the list."""
    bps = "B" if word.endswith("Bps") else "bit"
    for ending, name, over in (("bytes", "B", ""), ("bits", "bit", ""), ("bps", bps, "/s")):
        if word.lower().endswith(ending):
            short = word[: -len(ending)] + name
            known = [short] if short in UNITS else similar_units(short)
            return [unit + over for unit in known]
    return []


def unknown_unit(text: str, span: Span | None) -> Diagnostic:
    """What to say of a unit that is not in the closed list."""
    alike = " or ".join(f"`{name}`" for name in similar_units(text))
    notes = [f"did you mean {alike}?"] if alike else []
    notes.append(
        "units are B, bit, MAC, FLOP, Hz, s, J, W and cycle with the usual prefixes "
        "(KiB, MB, us, GHz), one divided by another (GB/s), and 1 for plain numbers"
    )
    return Diagnostic(
        "unknown-unit", f"`{text}` is no unit of the language", span, notes=tuple(notes)
    )


class Scale(NamedTuple):
    """A unit and how much of the base unit it is."""

    name: str
    factor: Fraction


@cache
def natural_scale(dimension: Dimension) -> Scale:
    """The unit without prefix: B for information, Hz, W, quotients and powers of these."""
    for kind in KINDS:
        if kind.dimension == dimension:
            return Scale(kind.names[0], Fraction(kind.factor))
    factor = Fraction(8) ** dimension.exponents[0]
    above: list[str] = []
    below: list[str] = []
    for base, exponent in zip(("B", *BASES[1:]), dimension.exponents, strict=True):
        power = f"^{abs(exponent)}" if abs(exponent) > 1 else ""
        if exponent:
            (above if exponent > 0 else below).append(base + power)
    text = "*".join(above) or "1"
    return Scale("/".join((text, *below)), factor)
