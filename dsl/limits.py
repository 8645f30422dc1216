"""How much of anything a spec may ask for before it is refused, and how to ask for more.

A `Source` carries its limits, so whoever holds a node of the syntax tree knows them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .diagnostics import ArchError

VARIABLE = "ARCHWRIGHT_LIMITS"


@dataclass(frozen=True)
class Limits:
    """What a spec may take; each limit can be raised by its name.

    Parameters
    ----------
    file : int
        Bytes of a spec.
    digits : int
        Characters of a number as written; Python reads no more than 4300.
    nesting : int
        Brackets that are open at once, and levels of an expression; at most 1000, for each level
        takes some of Python's stack.
    imports : int
        Files that come with a spec, one that is imported twice counted twice; a chain of imports
        is at most 100 long.
    rows : int
        Rows of a table.
    data : int
        Bytes of a file that a table is read from.
    keys : int
        Combinations of keys that a look-up can reach, to be searched for missing rows.
    terms : int
        Rounds of all loops, sums and families together, expansions of functions, four each, and
        the formals and statements of all calls of ops.
    choices : int
        Choices of a spec, members of families counted one by one.
    values : int
        Values of a choice whose domain depends on choices.
    divided : int
        A number whose divisors are listed.
    logarithms : int
        Values of an expression under `ln` or `log2`.
    bits : int
        Binary digits of the numerator or denominator of a value; at most 14 000, for Python writes
        no longer ones down.
    """

    file: int = 4 << 20
    digits: int = 1_000
    nesting: int = 256
    imports: int = 1_000
    rows: int = 2_000_000
    data: int = 512 << 20
    keys: int = 1 << 20
    terms: int = 1_000_000
    choices: int = 100_000
    values: int = 1_000_000
    divided: int = 10**12
    logarithms: int = 1 << 20
    bits: int = 8_192

    def note(self, name: str) -> str:
        """What a diagnostic says about the limit that was met."""
        return (
            f"the limit `{name}` is {getattr(self, name):_}; raise it with `--limit {name}=…`, "
            f"or `limits={{{name!r}: …}}` in Python"
        )

    @classmethod
    def of(cls, given: Limits | Mapping[str, int | str] | None = None) -> Limits:
        """The limits of a load: the usual ones, the variable's, and those given for this one.

        Raises
        ------
        ArchError
            `bad-value`, for a name or number that is none.
        """
        if isinstance(given, Limits):
            return given
        return cls()._with(_variable(), VARIABLE)._with(given or {}, "limits")

    def _with(self, given: Mapping[str, object], where: str) -> Limits:
        names = [field.name for field in fields(self)]
        found: dict[str, int] = {}
        for name, value in given.items():
            number = _number(value)
            most = MOST.get(name)
            if name not in names:
                raise _bad(f"{where}: there is no limit `{name}`", names, name)
            if number is None or number < 1:
                raise _bad(f"{where}: `{name}` takes a whole number from 1 on, not {value!r}")
            if most is not None and number > most:
                raise _bad(
                    f"{where}: `{name}` can be {most:_} at most, and {number:_} is asked for"
                )
            found[name] = number
        return replace(self, **found)


MOST = {"digits": 4_300, "nesting": 1_000, "bits": 14_000}  # what Python itself can take
CHAIN = 100  # files in a chain of imports: each is checked while those before it wait


def _variable() -> dict[str, object]:
    """What the environment sets: `rows=5_000_000 terms=2_000_000`."""
    pairs = [pair.partition("=") for pair in os.environ.get(VARIABLE, "").replace(",", " ").split()]
    return {name: value for name, _, value in pairs}


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _bad(message: str, names: Sequence[str] = (), wrong: str = "") -> ArchError:
    from .diagnostics import ArchError, Diagnostic, Fix  # which know sources, and so this file
    from .suggest import nearest

    guess = nearest(wrong, names)
    fixes = () if guess is None else (Fix(f"did you mean `{guess}`?"),)
    notes = (f"there are {', '.join(names)}",) if names else ()
    return ArchError(Diagnostic("bad-value", message, None, notes=notes, fixes=fixes))
