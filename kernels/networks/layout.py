"""Nested calls as lines of text, broken where they would be too long.

What makes a module is a tree: a text; a pair of a name and its arguments; or a name, as `width=`,
and its value.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

WIDTH = 100


def sequence(members: list[tuple[str, Any]]) -> Any:
    """A chain: one line for each member, and a loop where three or more in a row are alike."""
    entries: list[Any] = []
    for text, run in groupby(members, key=lambda m: _flat(m[1])):
        alike = list(run)
        loop = _counted([name for name, _ in alike])
        if len(alike) > 2 and loop is not None:
            entries.append(Loop(f"({loop[0]}, {text}) for i in {loop[1]}"))
        else:
            entries += [(f'"{name}"', made) for name, made in alike]
    if len(entries) == 1 and isinstance(entries[0], Loop):
        return ("nn.Sequential", [("OrderedDict", entries)])
    return ("nn.Sequential", [("OrderedDict", [Pairs(entries)])])


def _counted(names: list[str]) -> tuple[str, str] | None:
    """What makes each of some names from `i`, and its range, if a last number counts up in them."""
    heads = [name.rpartition("_")[0] for name in names]
    tails = [name.rpartition("_")[2] for name in names]
    if len(set(heads)) > 1 or not all(t.isdigit() and str(int(t)) == t for t in tails):
        return None
    numbers = [int(t) for t in tails]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    name = f'f"{heads[0]}_{{i}}"' if heads[0] else "str(i)"
    return name, f"range({numbers[0]}, {numbers[-1] + 1})"


class Loop(str):
    """A generator in brackets of its call."""


class Pairs(list[Any]):
    """Pairs of a name and what is made, one a line, and loops over such pairs."""


def _flat(made: Any) -> str:
    """A tree of text on one line."""
    if isinstance(made, str):
        return str(made)
    if isinstance(made, Pairs):
        entries = (f"*({e})" if isinstance(e, Loop) else f"({e[0]}, {_flat(e[1])})" for e in made)
        return "[" + ", ".join(entries) + "]"
    head, arguments = made
    if isinstance(arguments, list):
        return f"{head}({', '.join(map(_flat, arguments))})"
    return f"{head}{_flat(arguments)}"  # name=value


def assigned(start: str, made: Any, end: str = "") -> list[str]:
    """Lines that assign what is made, broken where they would be too long."""
    line = start + _flat(made) + end
    if len(line) <= WIDTH or (isinstance(made, str) and not isinstance(made, Loop)):
        return [line]
    indent = " " * (len(start) - len(start.lstrip()))
    if isinstance(made, Loop):
        value, loop = made.rsplit(" for ", 1)
        return [start, f"{indent}    {value}", f"{indent}    for {loop}", indent + end]
    if isinstance(made, Pairs):
        lines = [start + "["]
        for entry in made:
            if isinstance(entry, Loop):
                lines += assigned(f"{indent}    *(", entry, "),")
            else:
                lines += assigned(f"{indent}    ({entry[0]}, ", entry[1], "),")
        return [*lines, f"{indent}]{end}"]
    head, arguments = made
    if not isinstance(arguments, list):
        return assigned(start + head, arguments, end)
    if len(arguments) == 1 and (
        isinstance(arguments[0], Loop) or not isinstance(arguments[0], str)
    ):
        inner = assigned(f"{start}{head}(", arguments[0], f"){end}")
        return inner
    lines = [f"{start}{head}("]
    for argument in arguments:
        lines += assigned(indent + "    ", argument, ",")
    return [*lines, f"{indent}){end}"]


def wrapped(start: str, items: list[str], end: str) -> list[str]:
    line = start + ", ".join(items) + end
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(start) - len(start.lstrip()))
    return [start, *(f"{indent}    {item}," for item in items), indent + end]
