"""What may stand at a place in a text: names, keywords, units, members, with what each is.

The grammar says what it would read next (the parser is asked with the text before the place), the
text says which names there are. Neither has to be right as a whole: a spec that is being written
seldom is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from archwright.grammar import RESERVED

from . import nodes
from .dimensions import UNITS
from .highlight import Kind, highlight, machine
from .load import standard, standard_modules

What: TypeAlias = Literal["name", "keyword", "unit", "function", "module", "member"]

# After these a new name is to be invented.
# fmt: off
_NAMING = frozenset((
    "param", "let", "fn", "enum", "schema", "table", "hardware", "op", "network", "require",
    "prefer", "as",
))
# fmt: on
_ITEM = re.compile(
    r"^(?:import|param|let|fn|enum|table|schema|hardware|space|op|network|require|prefer|optimize"
    r"|minimize|maximize|expect)\b",
    re.M,
)
_DECLARED = re.compile(
    r"\b(?:param|let|fn|enum|schema|table|hardware|op|network|as|space)\s+([A-Za-z_]\w*)"
    r"|([A-Za-z_]\w*)\s*(?:\[[^\]\n]*\]\s*)?:(?!:)"
)
_IMPORT = re.compile(r"\bimport\s+(std\.\w+)(?:[^\n]*?\bas\s+(\w+))?")
_TABLE = re.compile(
    r"\btable\s+(\w+)\s*\(([^)]*)\)\s*->\s*(?:\(([^)]*)\)|([^\n{]*?))\s*(?:from|given|\{)"
)
_RECORD = re.compile(r"\bhardware\s+(\w+)\s+is\s+(\w+)\.(\w+)")
_OWNER = re.compile(r"([A-Za-z_]\w*)\s*(?:\([^()]*\)|\[[^\[\]]*\])?\.$")
_WORD = re.compile(r"[A-Za-z_]\w*$")


class Completion(NamedTuple):
    """A text that may stand from `start` on, in place of what is written there up to the place."""

    start: int
    text: str
    what: What


def complete(text: str, place: int) -> list[Completion]:
    """What may stand at a place, the likely things first.

    Parameters
    ----------
    text : str
        A spec or a part of one, right or not.
    place : int
        Number of characters before it.
    """
    begun = _WORD.search(text[:place])
    start = begun.start() if begun else place
    word = text[start:place]
    before = text[:start]
    if _inside(before):
        return []
    found = _after_dot(text, before) if before.endswith(".") else _here(text, before, start)
    seen: dict[str, What] = {}
    for name, what in found:
        if name.startswith(word) and name != word:
            seen.setdefault(name, what)
    return [Completion(start, name, what) for name, what in seen.items()]


def _inside(before: str) -> bool:
    """Whether a place lies in a comment or in a text."""
    line = before[before.rfind("\n") + 1 :]
    return line.count('"') % 2 == 1 or "#" in re.sub(r'"[^"]*"', "", line)


def _here(text: str, before: str, start: int) -> Iterator[tuple[str, What]]:
    tokens = before.split()
    last = tokens[-1] if tokens else ""
    if last in _NAMING:
        return
    allowed = _accepted(before)
    after_number = re.search(r"(?<![\w.])[\d_]+(\.\d+)?(e[+-]?\d+)?\s*$", before) is not None
    if after_number:
        yield from ((name, "unit") for name in UNITS if name != "1")
    if allowed is None or "NAME" in allowed:
        yield from ((name, "name") for name in _names(text, start))
        yield from ((name, "function") for name in _functions())
    begins = not before[before.rfind("\n") + 1 :].strip()
    for word, terminal in _keywords().items():
        # Where a name may stand, any word that is not reserved may be one: no keyword is meant.
        meant = word in RESERVED or begins or (allowed is not None and "NAME" not in allowed)
        if meant and (allowed is None or terminal in allowed):
            yield word, "keyword"


def _accepted(before: str) -> frozenset[str] | None:
    """The terminals that may come next; None where the text before is not understood.

    Where something further up is wrong, the item at hand is read alone.
    """
    from lark.exceptions import LarkError

    items = [m.start() for m in _ITEM.finditer(before)]
    for start, text in (("start", before), ("rest", before[items[-1] :] if items else before)):
        try:
            state = machine().parse_interactive(text, start=start)
            state.exhaust_lexer()
            accepts: Callable[[], set[str]] = state.accepts
            return frozenset(accepts())
        except LarkError:
            continue
    return None


def _keywords() -> dict[str, str]:
    """Every keyword with its terminal."""
    patterns = ((t.pattern, t.name) for t in machine().terminals)
    words = {str(p.value).strip("\\b"): name for p, name in patterns if p.type == "str"}
    words |= {"as": "_AS", "because": "_BECAUSE", "step": "_STEP"}
    return {word: name for word, name in sorted(words.items()) if word.isidentifier()}


def _functions() -> tuple[str, ...]:
    from .builtin_pages import builtin_pages

    return tuple(builtin_pages())


def _names(text: str, start: int) -> Iterator[str]:
    """Names that are declared, then every other one; not the one that is being written."""
    declared = {m[1] or m[2]: None for m in _DECLARED.finditer(text) if start not in m.span(1)}
    written = [p for p in highlight(text) if p.kind is Kind.NAME and p.start != start]
    others = {text[p.start : p.end]: None for p in written}
    yield from declared
    yield from (name for name in others if name not in _keywords())


def _after_dot(text: str, before: str) -> Iterable[tuple[str, What]]:
    """Members of what stands before a dot."""
    owner = _OWNER.search(before)
    name = owner[1] if owner else ""
    if name == "std":
        return [(module.removeprefix("std."), "module") for module in standard_modules()]
    modules = {m[2] or m[1].partition(".")[2]: m[1] for m in _IMPORT.finditer(text)}
    if modules.get(name) in standard_modules():
        return [(member, "member") for member in standard(modules[name]).names]
    for table in _TABLE.finditer(text):
        if table[1] == name:
            columns = (table[3] or table[4] or "").split(",")
            return [(c.partition(":")[0].strip(), "member") for c in columns if c.strip()]
    for record in _RECORD.finditer(text):
        if record[1] == name and modules.get(record[2]) in standard_modules():
            return [(f, "member") for f in _fields(modules[record[2]], record[3])]
    return []


def _fields(module: str, record: str) -> list[str]:
    """The fields of a record, or of a schema, of the standard library."""
    spec = standard(module)
    node = spec.names.get(record)
    if isinstance(node, nodes.Hardware | nodes.Schema):
        return [*getattr(spec.types[node], "fields", {})]
    return []
