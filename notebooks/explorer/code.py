"""The state of an explorer as Python that recreates it."""

from __future__ import annotations

from collections.abc import Mapping

from archwright.dsl.units import Quantity
from archwright.interpreter.answers import Shown, shown_text

from .controls import Layout
from .state import State


def literal(value: Shown) -> str:
    """A value as Python writes it for `bind` and `fixed`.

    >>> literal(3), literal(True), literal("skip")
    ('3', 'True', '"skip"')
    """
    if isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, str):
        return _quoted(value)
    return _quoted(shown_text(value) if isinstance(value, Quantity) else str(value))


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text and "\\" not in text else repr(text)


def code(state: State, layout: Layout, inputs: tuple[str, ...] = ()) -> str:
    """`p = spec.bind(...).fixed({...})`, and how constraints are switched off.

    Parameters
    ----------
    inputs : tuple of str
        What else was bound and cannot be written down: `tables=...`, `hardware=...`.
    """
    given = {
        control.name: control.now for control in layout.parameters if control.now != control.usual
    }
    bound = _call("spec.bind", {**_arguments(given)}, inputs)
    fixed = ""
    if state.fixed:
        items = [f"{_quoted(name)}: {literal(value)}" for name, value in state.fixed.items()]
        one = "{" + ", ".join(items) + "}"
        if len(bound) + len(one) > 84:
            one = "{\n" + "".join(f"    {item},\n" for item in items) + "}"
        fixed = f".fixed({one})"
    names = ", ".join(_quoted(name) for name in sorted(state.off))
    off = f".without({names})" if state.off else ""
    return f"p = {bound}{fixed}{off}"


def _arguments(given: Mapping[str, Shown]) -> dict[str, str]:
    return {name: literal(value) for name, value in given.items()}


def _call(function: str, arguments: Mapping[str, str], inputs: tuple[str, ...]) -> str:
    plain = [f"{name}={text}" for name, text in arguments.items() if "." not in name]
    dotted = [f'"{name}": {text}' for name, text in arguments.items() if "." in name]
    every = [*plain, *inputs, *([f"**{{{', '.join(dotted)}}}"] if dotted else [])]
    return f"{function}({', '.join(every)})"
