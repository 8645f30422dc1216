"""Values at run time, once the checker has done its work.

A number is a `Fraction` in base units (bit, MAC, FLOP, s, cycle, J), whatever its unit in the
text; a truth value is a `bool`; an enumerator is an `Enumerator`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True, order=True)
class Enumerator:
    """One name of an enum; equal when enum and position are.

    Parameters
    ----------
    enum : str
        Where the enum is declared, `module:Name`, so that two imports of one file agree.
    position : int
        From 0, in order of declaration; the order in which ties are broken.
    name : str
    """

    enum: str
    position: int
    name: str

    def __str__(self) -> str:
        return self.name


Value: TypeAlias = Fraction | bool | Enumerator
