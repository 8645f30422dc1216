"""What parses, but may be read differently from what was meant."""

from __future__ import annotations

import re

from . import nodes
from .diagnostics import Diagnostic, Edit, Fix
from .source import Span
from .units import UNITS
from .walk import walk

ENTRIES = (nodes.Choice, nodes.Setting, nodes.SchemaField, nodes.Bind)

_UNITS = {name.lower(): name for name in reversed(UNITS)}
_NUMBER_BEFORE = re.compile(r"(?<![\w.])([0-9][0-9_]*(?:\.[0-9]+)?)[ \t]*\Z")


def warnings(file: nodes.File) -> tuple[Diagnostic, ...]:
    """Warnings that need the text and the tree only, in the order of the text."""
    found = []
    for item in file.items:
        if not isinstance(item, nodes.Space | nodes.Hardware | nodes.Schema | nodes.Op):
            continue
        for node in walk(item):
            if isinstance(node, ENTRIES) and node.name.text.lower() in _UNITS:
                diagnostic = _unit_or_name(node.name)
                if diagnostic is not None:
                    found.append(diagnostic)
    return tuple(found)


def _unit_or_name(name: nodes.Ident) -> Diagnostic | None:
    """`a: 1 .. 3 b: ...`: an entry that looks like the unit of the number before it."""
    source = name.span.source
    line = source.text.rfind("\n", 0, name.span.start) + 1
    number = _NUMBER_BEFORE.search(source.text[line : name.span.start])
    if number is None:
        return None
    unit = _UNITS[name.text.lower()]
    return Diagnostic(
        "unit-or-name",
        f"`{name.text}` is read as the next entry, not as the unit `{unit}` of "
        f"`{number.group(1)}` before it",
        name.span,
        level="warning",
        fixes=(
            Fix(
                f"write `{name.text}` on a line of its own",
                safe=True,
                edit=Edit(Span(source, name.span.start, name.span.start), "\n"),
            ),
        ),
    )
