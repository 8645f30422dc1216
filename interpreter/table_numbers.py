"""Exact numbers by the million: texts and floats become whole numbers with a common scale.

A text is read digit by digit for all rows at once, so `0.1` is a tenth. A float counts as the
shortest decimal that it prints as, `0.1` again. For decimals of at most 15 digits (6 for float32)
that one is unique: two of them are never the same float [1]_, and a quotient of two floats that
are whole is rounded correctly. So `rint(x * 10^d) / 10^d == x` proves it without printing. What
neither way settles goes through `exact_number`, one cell after another.

.. [1] D. Goldberg, What every computer scientist should know about floating-point arithmetic,
   ACM Computing Surveys 23 (1991), theorem 15 and the remarks on decimal conversion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .table_columns import ROOM, Codes, Column, whole

_NUMBER = re.compile(r"([-+]?)(\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE]([-+]?\d{1,3}))?")
_CHUNK = 1 << 15  # rows whose arrays stay in the processor's caches
_WIDEST = 32  # characters of a number that is read with the others
_LONGEST = 400  # characters of a number, and its largest power of ten
_MOST_DIGITS = 18  # that surely fit into 64 bits
_FLOATS = {8: (10**15, 22), 4: (10**6, 10)}  # bytes: unique below, largest exact power of ten


def exact_number(text: str) -> Fraction:
    """The number that a text stands for; it may have an exponent and `_` between digits.

    Raises
    ------
    ValueError
        If it is no number.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(text)
    sign, digits, exponent = match.groups()
    before, _, after = digits.replace("_", "").partition(".")
    power = int(exponent or 0) - len(after)
    if abs(power) > _LONGEST:
        raise ValueError(text)
    number = int(sign + before + after)
    return Fraction(number * 10**power) if power >= 0 else Fraction(number, 10**-power)


class Texts(Sequence[str]):
    """Cells that are pieces of one text, without the blanks around them.

    Parameters
    ----------
    raw : bytes
    data : array of uint8
        The same, with room behind it for the widest number.
    starts, ends : arrays of int64, shape (rows,)
    """

    def __init__(self, raw: bytes, data: NDArray[np.uint8], starts: Codes, ends: Codes) -> None:
        self.raw, self.data = raw, data
        self.starts, self.ends = _trimmed(data, starts, ends)

    @classmethod
    def of(cls, cells: Sequence[str]) -> Texts | None:
        """The same of separate texts; None where one of them has several lines."""
        raw = "\n".join(cells).encode()
        data = padded(raw)
        breaks = np.flatnonzero(data[: len(raw)] == 10)
        if len(breaks) != len(cells) - 1:
            return None
        return cls(raw, data, np.append(0, breaks + 1), np.append(breaks, len(raw)))

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, row: Any) -> Any:
        return self.raw[self.starts[row] : self.ends[row]].decode()

    def pieces(self) -> list[bytes]:
        """All cells as bytes."""
        raw = self.raw
        ranges = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [raw[start:end] for start, end in ranges]


def padded(raw: bytes) -> NDArray[np.uint8]:
    """Bytes as an array, with room for the widest number behind them."""
    return np.frombuffer(raw + bytes(_WIDEST + 1), np.uint8)


def _trimmed(data: NDArray[np.uint8], starts: Codes, ends: Codes) -> tuple[Codes, Codes]:
    starts, ends = starts.copy(), ends.copy()
    while (blank := (starts < ends) & _blank(data[starts])).any():
        starts += blank
    while (blank := (starts < ends) & _blank(data[ends - 1])).any():
        ends -= blank
    return starts, ends


def _blank(byte: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((byte == 32) | (byte == 9) | (byte == 13), bool)


class Decimals(NamedTuple):
    """Numbers as `mantissas * 10^-places`; `odd` marks those that are not read yet."""

    mantissas: Codes
    places: Codes
    odd: NDArray[np.bool_]


def decimals_of_texts(texts: Texts) -> Decimals:
    """The numbers that are written in plain digits; all else is odd."""
    parts = [
        _digits(texts.data, texts.starts[i : i + _CHUNK], texts.ends[i : i + _CHUNK])
        for i in range(0, max(1, len(texts)), _CHUNK)
    ]
    return Decimals(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _digits(data: NDArray[np.uint8], starts: Codes, ends: Codes) -> Decimals:
    n = len(starts)
    mantissas, places, digits = (np.zeros(n, np.int64) for _ in range(3))
    exponents, some = np.zeros(n, np.int64), np.zeros(n, bool)
    above, falling = np.zeros(n, bool), np.zeros(n, bool)  # in the exponent, a negative one
    first = data[starts]
    negative = first == ord("-")
    at = starts + (negative | (first == ord("+")))
    behind = np.zeros(n, bool)  # the decimal point
    odd = ends - starts > _WIDEST
    for _ in range(min(_WIDEST, int((ends - starts).max(initial=0)))):
        live = at < ends
        byte = data[np.where(live, at, starts)]
        digit = byte - ord("0")  # wraps around below 0
        is_digit = live & (digit < 10)
        is_point = live & (byte == ord(".")) & ~behind & ~above
        is_mark = live & ((byte | 32) == ord("e")) & some & ~above
        odd |= live & ~is_digit & ~is_point & ~is_mark
        if above.any():
            exponents = np.where(is_digit & above, exponents * 10 + digit, exponents)
            is_digit &= ~above
        mantissas = np.where(is_digit, mantissas * 10 + digit, mantissas)
        places += is_digit & behind
        digits += is_digit & (mantissas != 0)  # significant ones
        some |= is_digit
        behind |= is_point
        at += 1
        if is_mark.any():
            above |= is_mark
            sign = data[np.where(is_mark & (at < ends), at, starts)]
            falling |= is_mark & (sign == ord("-"))
            at += is_mark & ((sign == ord("-")) | (sign == ord("+")))
            odd |= is_mark & (at >= ends)
    odd |= ~some | (digits > _MOST_DIGITS) | (exponents > _LONGEST // 2)
    places -= np.where(falling, -exponents, exponents)
    return Decimals(np.where(negative, -mantissas, mantissas), places, odd)


def decimals_of_floats(floats: NDArray[Any]) -> Decimals:
    """The finite numbers whose shortest decimal is short; all else is odd."""
    mantissas, places = np.zeros(len(floats), np.int64), np.zeros(len(floats), np.int64)
    odd = np.ones(len(floats), bool)
    limit, most = _FLOATS.get(floats.dtype.itemsize, (0, -1))
    rows = np.flatnonzero(np.isfinite(floats))
    with np.errstate(over="ignore"):
        for power in range(most + 1):
            if not len(rows):
                break
            ten = floats.dtype.type(10**power)
            scaled = np.rint(floats[rows] * ten)
            small = np.abs(scaled) < limit
            rows, scaled = rows[small], scaled[small]
            settled = scaled / ten == floats[rows]
            done = rows[settled]
            mantissas[done], places[done], odd[done] = scaled[settled], power, False
            rows = rows[~settled]
    return Decimals(mantissas, places, odd)


def exact_column(decimals: Decimals, rest: Mapping[int, Fraction], factor: Fraction) -> Column:
    """A column of numbers, in units of `factor` each.

    Parameters
    ----------
    rest : mapping
        The numbers of the odd rows.
    """
    most = int(decimals.places[~decimals.odd & (decimals.mantissas != 0)].max(initial=0))
    below = lcm(10**most, *{n.denominator for n in rest.values()})
    skipped = decimals.odd | (decimals.mantissas == 0)
    places = np.where(skipped, most, decimals.places)
    mantissas = np.where(skipped, 0, decimals.mantissas)
    spare = below // 10**most
    with np.errstate(over="ignore"):
        reach = np.abs(mantissas).astype(float) * 10.0 ** (most - places) * float(spare)
    largest = max((abs(n * below) for n in rest.values()), default=Fraction(0))
    if reach.max(initial=0) < ROOM / 2 and largest < ROOM:
        codes: Codes = mantissas * 10 ** (most - places) * spare
        for row, number in rest.items():
            codes[row] = int(number * below)
        return Column(codes, factor / below)
    pairs = zip(mantissas.tolist(), places.tolist(), strict=True)
    numbers = [m * 10 ** (most - p) * spare for m, p in pairs]
    for row, number in rest.items():
        numbers[row] = int(number * below)
    return Column(whole(numbers), factor / below)
