"""Lists of values for a family: `k = [[3, 5], [7, _]]` names one value for each member."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Label

from .bound import Key, key_text


def spread(
    choice: nodes.Choice,
    name: str,
    keys: Sequence[Key],
    listed: Any,
    items: Callable[[Any], Sequence[Any] | None],
    within: Key = (),
) -> Iterator[tuple[Key, Any]]:
    """The members of a family with what a list says of each, open ones included.

    A list holds an entry for each value of the first index that has members, in order; where there
    are further indices the entry is a list again.

    Parameters
    ----------
    choice : nodes.Choice
        The family.
    name : str
        What it is called, with the prefix of its import.
    keys : sequence of Key
        The indices of its members, in order of declaration.
    listed : object
        The list as a node of the text, or from Python.
    items : callable
        What stands in a list; None for what is no list.
    within : Key
        The indices that are settled.

    Raises
    ------
    ArchError
        `wrong-length`.
    """
    depth = len(within)
    if depth == len(keys[0]):
        if items(listed) is not None:
            raise _wrong(choice, f"`{key_text(name, within)}` takes one value, no list", listed)
        yield within, listed
        return
    groups = [list(group) for _, group in groupby(keys, lambda key: key[depth])]
    entries = items(listed)
    if entries is None or len(entries) != len(groups):
        what = key_text(name, within)
        found = "this is no list" if entries is None else f"this lists {len(entries)}"
        s = "" if len(groups) == 1 else "s"
        members = f"member{s}" if depth + 1 == len(keys[0]) else f"list{s} of members"
        raise _wrong(choice, f"`{what}` has {len(groups)} {members}, and {found}", listed)
    for group, entry in zip(groups, entries, strict=True):
        yield from spread(choice, name, group, entry, items, group[0][: depth + 1])


def in_text(node: Any) -> Sequence[Any] | None:
    """What stands in a list of the text."""
    return node.items if isinstance(node, nodes.Values) else None


def from_python(value: Any) -> Sequence[Any] | None:
    """What stands in a list from Python, or in one on the command line."""
    if isinstance(value, str):
        return _split(value.strip()) if value.lstrip().startswith("[") else None
    value = value.tolist() if hasattr(value, "tolist") else value  # an array of numpy
    return value if isinstance(value, list | tuple) else None


def is_open(value: Any) -> bool:
    """Whether an entry leaves its member open."""
    blank = isinstance(value, str) and value.strip() == "_"
    return value is None or blank or isinstance(value, nodes.Open)


def _split(text: str) -> list[str]:
    """The entries of `[a, [b, c]]`: those between the outermost commas."""
    parts, level = [""], 0
    for character in text.removeprefix("[").removesuffix("]"):
        level += (character == "[") - (character == "]")
        if character == "," and not level:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _wrong(choice: nodes.Choice, message: str, listed: Any) -> ArchError:
    notes = ("a list has an entry for each member, in order; `_` leaves one open",)
    if isinstance(listed, nodes.Node):
        declared = (Label(choice.span, "the family"),)
        return ArchError(
            Diagnostic("wrong-length", message, listed.span, labels=declared, notes=notes)
        )
    return ArchError(Diagnostic("wrong-length", message, choice.span, "the family", notes=notes))
