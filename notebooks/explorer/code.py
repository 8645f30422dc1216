"""The state of an explorer as Python that recreates it."""

from __future__ import annotations

from collections.abc import Mapping

from archwright.interpreter.answers import Shown
from archwright.notebooks.literals import literal, quoted

from .controls import Layout
from .state import State
from .tables import data


def code(state: State, layout: Layout) -> str:
    """`p = spec.bind(...).fixed({...}).without(...)`; given tables are written out."""
    given = {
        control.name: control.now for control in layout.parameters if control.now != control.usual
    }
    bound = _call("spec.bind", _arguments(given), _tables(state, layout))
    fixed = ""
    if state.fixed:
        items = [f"{quoted(name)}: {literal(value)}" for name, value in state.fixed.items()]
        one = "{" + ", ".join(items) + "}"
        if len(bound) + len(one) > 84:
            one = "{\n" + "".join(f"    {item},\n" for item in items) + "}"
        fixed = f".fixed({one})"
    names = ", ".join(quoted(name) for name in sorted(state.off))
    off = f".without({names})" if state.off else ""
    return f"p = {bound}{fixed}{off}"


def _tables(state: State, layout: Layout) -> tuple[str, ...]:
    parts = []
    for table in layout.tables:
        rows = data(table, state.tables.get(table.name, table.rows))
        lines = [
            "{" + ", ".join(f'"{n}": {literal(v)}' for n, v in row.items()) + "}" for row in rows
        ]
        body = "".join(f"    {line},\n" for line in lines)
        parts.append(f'"{table.name}": [\n{body}]')
    return (f"tables={{{', '.join(parts)}}}",) if parts else ()


def _arguments(given: Mapping[str, Shown]) -> dict[str, str]:
    return {name: literal(value) for name, value in given.items()}


def _call(function: str, arguments: Mapping[str, str], inputs: tuple[str, ...]) -> str:
    plain = [f"{name}={text}" for name, text in arguments.items() if "." not in name]
    dotted = [f'"{name}": {text}' for name, text in arguments.items() if "." in name]
    every = [*plain, *inputs, *([f"**{{{', '.join(dotted)}}}"] if dotted else [])]
    return f"{function}({', '.join(every)})"
