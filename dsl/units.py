"""Exact quantities and their texts; dimensions and units come from `dimensions`.

How a quantity is written
-------------------------
The text is exact, and in the unit that makes it short:

1. A candidate is the value in one unit of its kind, as a decimal with at most three decimals (nine
   for times, which are often computed) and not below 1; one with decimals has at most four digits
   before the point.
2. The fewest characters win, digits and unit together; among equals the larger unit.
3. Bits are offered only where the value is no whole number of bytes, binary prefixes only for
   plain amounts of information, since rates are quoted in powers of ten.
4. Without a candidate the exact decimal in the natural unit is written if it is short enough;
   everything else is rounded to six significant digits and marked with `~`.

Whole numbers from 10_000 on are grouped by thousands, as literals may be.

>>> print(Quantity(Fraction(884_736 * 8), INFORMATION))
864 KiB
>>> print(Quantity(Fraction(351_817_376), MAC))
351_817_376 MAC
>>> print(parse_quantity("9891 us"))
9.891 ms
>>> print(Quantity(Fraction(1, 3), TIME))
~333.333 ms
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from .diagnostics import ArchError, Diagnostic
from .dimensions import (
    BASES,
    BINARY,
    CYCLE,
    ENERGY,
    FLOP,
    INFORMATION,
    KINDS,
    MAC,
    PLAIN,
    SI,
    TIME,
    UNITS,
    Dimension,
    Kind,
    Scale,
    find_unit,
    natural_scale,
    similar_units,
    unit,
    unknown_unit,
)
from .source import Source, Span

__all__ = [
    "BASES",
    "BINARY",
    "CYCLE",
    "ENERGY",
    "FLOP",
    "INFORMATION",
    "KINDS",
    "MAC",
    "PLAIN",
    "SI",
    "TIME",
    "UNITS",
    "Dimension",
    "Kind",
    "Quantity",
    "axis_scale",
    "find_unit",
    "format_alike",
    "format_number",
    "format_quantity",
    "parse_quantity",
    "similar_units",
    "unit",
    "unknown_unit",
]

MOST_DECIMALS = 3
MOST_TIME_DECIMALS = 9
MOST_WHOLE_DIGITS = 4  # before a decimal point
LONGEST_EXACT = 18
SIGNIFICANT = 6


@cache
def _scales(dimension: Dimension) -> tuple[Scale, ...]:
    """The units offered for a dimension, largest first, without bits and their multiples."""
    natural = natural_scale(dimension)
    head = natural.name.partition("/")[0]
    kind = next((kind for kind in KINDS if kind.names[0] == head), None)
    if kind is None:
        return (natural,)
    scales = [
        Scale(prefix + natural.name, SI[prefix] * natural.factor) for prefix in ("", *kind.prefixes)
    ]
    if dimension == INFORMATION:
        scales += [Scale(p + "B", Fraction(8 * factor)) for p, factor in BINARY.items()]
    return tuple(sorted(scales, key=lambda scale: -scale.factor))


def _decimals(value: Fraction) -> int | None:
    """How many decimals the exact value needs; None if no number of them is enough."""
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def _decimal_text(value: Fraction, decimals: int) -> str:
    """The exact decimal; `decimals` are enough for it."""
    scaled = str(abs(value.numerator) * 10**decimals // value.denominator).rjust(decimals + 1, "0")
    whole = scaled[: len(scaled) - decimals]
    if len(whole) > MOST_WHOLE_DIGITS:
        whole = f"{int(whole):_}"
    sign = "-" if value < 0 else ""
    return sign + (f"{whole}.{scaled[-decimals:]}" if decimals else whole)


def format_number(value: Fraction) -> str:
    """The text of a plain number: whole, short decimal, short ratio, or rounded and marked."""
    decimals = _decimals(value)
    if decimals is not None and decimals <= LONGEST_EXACT:
        text = _decimal_text(value, decimals)
        if decimals <= MOST_DECIMALS or len(text) <= LONGEST_EXACT:
            return text
    ratio = f"{value.numerator}/{value.denominator}"
    return ratio if len(ratio) <= 9 else _rounded(value)


def _rounded(value: Fraction) -> str:
    """Six significant digits behind the mark that says so, rounded from the exact value."""
    size = abs(value)
    exponent = len(str(size.numerator)) - len(str(size.denominator))
    exponent -= size < Fraction(10) ** exponent
    decimals = SIGNIFICANT - 1 - exponent
    digits = round(size * Fraction(10) ** decimals)
    sign = "-" if value < 0 else ""
    if -6 <= exponent < 12:
        shown = Fraction(digits) / Fraction(10) ** decimals
        return "~" + sign + _decimal_text(shown, _decimals(shown) or 0)
    if digits == 10**SIGNIFICANT:
        digits, exponent = digits // 10, exponent + 1
    mantissa = f"{str(digits)[0]}.{str(digits)[1:]}".rstrip("0").rstrip(".")
    return f"~{sign}{mantissa}e{exponent}"


def _shown(value: Fraction, dimension: Dimension) -> tuple[str, Scale]:
    """The number's text and the unit beside it; the rule is in the docstring of the module."""
    natural = natural_scale(dimension)
    if value == 0:
        return "0", natural
    scales = _scales(dimension)
    if dimension == INFORMATION and value % 8:
        natural = Scale("bit", Fraction(1))
        scales = tuple(Scale(p + "bit", SI[p]) for p in ("T", "G", "M", "k", ""))
    most = MOST_TIME_DECIMALS if dimension == TIME else MOST_DECIMALS
    best: tuple[str, Scale] | None = None
    shortest = 1000
    for scale in scales:
        size = value / scale.factor
        decimals = _decimals(size)
        if decimals is None or decimals > most or abs(size) < 1:
            continue
        if decimals and abs(size) >= 10**MOST_WHOLE_DIGITS:
            continue
        text = _decimal_text(size, decimals)
        length = sum(c.isdigit() for c in text) + len(scale.name)
        if length < shortest:
            best, shortest = (text, scale), length
    if best is not None:
        return best
    decimals = _decimals(value / natural.factor)
    if decimals is not None and decimals <= LONGEST_EXACT:
        text = _decimal_text(value / natural.factor, decimals)
        if len(text) <= LONGEST_EXACT:
            return text, natural
    scale = next((s for s in scales if abs(value) >= s.factor), scales[-1])
    return _rounded(value / scale.factor), scale


def format_quantity(value: Fraction, dimension: Dimension) -> str:
    """The text of a value in base units, by the rule in the docstring of this module."""
    if dimension.plain:
        return format_number(value)
    text, scale = _shown(value, dimension)
    return f"{text} {scale.name}"


def _places(values: Iterable[Fraction], scale: Scale, most: int) -> int | None:
    """How many decimals all values need in a unit; None if `most` are too few for one of them."""
    places = 0
    for value in values:
        needed = _decimals(value / scale.factor)
        if needed is None or needed > most:
            return None
        places = max(places, needed)
    return places


def format_alike(values: Sequence[Fraction], dimension: Dimension) -> list[str]:
    """Texts of values that are compared: all in the unit that makes them short together.

    Each has its own unit where no unit writes all of them exactly with few decimals.
    """
    most = MOST_TIME_DECIMALS if dimension == TIME else MOST_DECIMALS
    bits = dimension == INFORMATION and any(value % 8 for value in values)
    best: list[str] | None = None
    for scale in (Scale("bit", Fraction(1)),) if bits else _scales(dimension):
        places = _places(values, scale, most)
        if places is None:
            continue
        texts = [f"{_decimal_text(v / scale.factor, places)} {scale.name}" for v in values]
        if best is None or sum(map(len, texts)) < sum(map(len, best)):
            best = texts
    return [format_quantity(value, dimension) for value in values] if best is None else best


def axis_scale(values: Iterable[Fraction], dimension: Dimension) -> Scale:
    """The unit of an axis: the largest that is not above the largest value; bytes by 1024.

    >>> axis_scale([Fraction(3, 100), Fraction(2)], TIME).name
    's'
    >>> axis_scale([Fraction(300_000_000)], MAC).name
    'MMAC'
    """
    most = max((abs(value) for value in values), default=Fraction(0))
    if dimension.plain:
        return Scale("", Fraction(1))
    scales = _scales(dimension)
    if dimension == INFORMATION:
        scales = tuple(scale for scale in scales if scale.name in ("B", *(p + "B" for p in BINARY)))
    return next(
        (scale for scale in scales if scale.factor <= most),
        scales[-1] if most else natural_scale(dimension),
    )


@dataclass(frozen=True)
class Quantity:
    """An exact value with its dimension.

    Parameters
    ----------
    value : Fraction
        In base units: bit, MAC, FLOP, s, cycle, J.
    dimension : Dimension
    """

    value: Fraction
    dimension: Dimension = PLAIN

    def __str__(self) -> str:
        return format_quantity(self.value, self.dimension)

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    @property
    def natural(self) -> Fraction:
        """The value in the unit without prefix: bytes, seconds, Hz, ..."""
        return self.value / natural_scale(self.dimension).factor

    def to(self, name: str) -> Fraction:
        """The exact value in a unit of the same dimension."""
        factor, dimension = unit(name)
        if dimension != self.dimension:
            raise ArchError(
                Diagnostic(
                    "unit-mismatch",
                    f"{self} is measured in {self.dimension.words}, `{name}` in {dimension.words}",
                    _outside(name),
                )
            )
        return self.value / factor

    def __int__(self) -> int:
        if self.natural.denominator != 1:
            raise ValueError(f"{self} is not a whole number of {self.dimension}")
        return self.natural.numerator

    def __float__(self) -> float:
        return float(self.natural)

    def __bool__(self) -> bool:
        return self.value != 0

    def __hash__(self) -> int:
        return hash(self.value) if self.dimension.plain else hash((self.value, self.dimension))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Quantity):
            return self.value == other.value and self.dimension == other.dimension
        if isinstance(other, int | Fraction) and not isinstance(other, bool):
            return self.dimension.plain and self.value == other
        return NotImplemented

    def _comparable(self, other: object) -> Fraction:
        if isinstance(other, Quantity) and other.dimension == self.dimension:
            return other.value
        if isinstance(other, int | Fraction) and (self.dimension.plain or other == 0):
            return Fraction(other)
        raise TypeError(f"{self} cannot be compared with {other}")

    def __lt__(self, other: Quantity | int | Fraction) -> bool:
        return self.value < self._comparable(other)

    def __le__(self, other: Quantity | int | Fraction) -> bool:
        return self.value <= self._comparable(other)

    def __gt__(self, other: Quantity | int | Fraction) -> bool:
        return self.value > self._comparable(other)

    def __ge__(self, other: Quantity | int | Fraction) -> bool:
        return self.value >= self._comparable(other)

    def to_json(self) -> int | float | dict[str, int | float | str]:
        """A number, or value and unit: the natural unit where that is whole, else the shown one."""
        natural = natural_scale(self.dimension)
        scale = natural if self.natural.denominator == 1 else _shown(self.value, self.dimension)[1]
        size = self.value / scale.factor
        number: int | float = size.numerator if size.denominator == 1 else float(size)
        return number if self.dimension.plain else {"value": number, "unit": scale.name}


_LITERAL = re.compile(r"\s*(-?)\s*([0-9][0-9_]*(?:\.[0-9]+)?)\s*([A-Za-z1/]*)\s*")


def _outside(text: str) -> Span:
    """The range of a text that stands in no file."""
    return Span(Source("<value>", text), 0, len(text))


def parse_quantity(text: str) -> Quantity:
    """The quantity a text such as `250 ms`, `64 GB/s` or `12` stands for.

    Raises
    ------
    ArchError
        If the text is no number with a unit of the closed list.
    """
    match = _LITERAL.fullmatch(text)
    if match is None:
        raise ArchError(
            Diagnostic(
                "not-a-quantity",
                f"`{text}` is no quantity; expected a number and perhaps a unit, such as `250 ms`",
                _outside(text),
            )
        )
    sign, digits, name = match.groups()
    factor, dimension = unit(name or "1")
    value = Fraction(digits.replace("_", "")) * factor
    return Quantity(-value if sign else value, dimension)
