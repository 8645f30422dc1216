"""What a spec states: the data behind its summary, its picture, `archwright doc` and its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from archwright.dsl import nodes
from archwright.dsl.dimensions import natural_scale
from archwright.dsl.spec import Spec
from archwright.interpreter.answers import Shown
from archwright.interpreter.table_cells import unit_text

Details: TypeAlias = dict[str, Shown | dict[str, Shown] | list[str] | None]


@dataclass(frozen=True)
class Entry:
    """One line of a card; an empty text is left out where the card is shown.

    Attributes
    ----------
    name : str
        With its indices as written: `k[l in 1 .. 5]`.
    text : str
        The domain, condition or expression as written.
    details : dict
        What else there is, by name: `default`, `unit`, `because`, `members`, ...
    """

    name: str
    text: str = ""
    details: Details = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"name": self.name} | ({"text": self.text} if self.text else {}) | self.details


@dataclass
class Card:
    """Everything that a spec states, by kind, and how large it is.

    Attributes
    ----------
    raw_size : int or None
        Product of the sizes of all domains; None where inputs are missing.
    count : int or None
        How many solutions there are; None where that is not known.
    mode : str
        `single`, `lex` or `pareto`; empty without a goal.
    notes : list of str
        Why something is not known.
    """

    spec: str
    parameters: list[Entry]
    choices: list[Entry]
    constraints: list[Entry]
    preferences: list[Entry]
    mode: str
    goals: list[Entry]
    tables: list[Entry]
    hardware: list[Entry]
    networks: list[Entry]
    ops: list[Entry]
    functions: list[Entry]
    schemas: list[Entry]
    imports: list[Entry]
    raw_size: int | None = None
    count: int | None = None
    notes: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """The same as plain data: lists of entries by kind, details beside their names."""
        told: dict[str, Any] = {}
        for part in fields(self)[1:]:
            value = getattr(self, part.name)
            entries = isinstance(value, list) and part.name != "notes"
            told[part.name] = [entry.facts() for entry in value] if entries else value
        return told


def as_written(node: nodes.Node) -> str:
    """The text of a node in one line."""
    return " ".join(node.span.text.split())


def card(spec: Spec) -> Card:
    """What the text of a spec states, without asking anything."""
    items = spec.file.items
    optimize = spec.optimize
    return Card(
        spec.source.name,
        parameters=[_parameter(spec, i) for i in items if isinstance(i, nodes.Param)],
        choices=[
            _choice(space, choice)
            for space in items
            if isinstance(space, nodes.Space)
            for choice in space.choices
        ],
        constraints=[_condition(i) for i in items if isinstance(i, nodes.Require)],
        preferences=[_condition(i) for i in items if isinstance(i, nodes.Prefer)],
        mode="" if optimize is None else optimize.mode,
        goals=[] if optimize is None else [_goal(g) for g in optimize.goals],
        tables=[_table(i) for i in items if isinstance(i, nodes.Table)],
        hardware=[_record(i) for i in items if isinstance(i, nodes.Hardware)],
        networks=[_op(i) for i in items if isinstance(i, nodes.Op) and i.network],
        ops=[_op(i) for i in items if isinstance(i, nodes.Op) and not i.network],
        functions=[_function(i) for i in items if isinstance(i, nodes.Fn)],
        schemas=[_schema(i) for i in items if isinstance(i, nodes.Schema)],
        imports=[_import(i) for i in items if isinstance(i, nodes.Import)],
    )


def family(name: nodes.Ident, binders: Sequence[nodes.Binder]) -> str:
    """A name with its indices as written."""
    return name.text + ("[" + ", ".join(map(as_written, binders)) + "]" if binders else "")


def _parameter(spec: Spec, node: nodes.Param) -> Entry:
    details: Details = {"default": as_written(node.default) if node.default else None}
    return Entry(node.name.text, as_written(node.domain), details | _unit(spec, node))


def _unit(spec: Spec, node: nodes.Node) -> Details:
    try:
        dimension = spec.dimension(node)
    except TypeError:  # a truth value, or a name of an enum
        return {}
    return {} if dimension.plain else {"unit": natural_scale(dimension).name}


def _choice(space: nodes.Space, node: nodes.Choice) -> Entry:
    return Entry(
        family(node.name, node.binders),
        as_written(node.domain),
        {"space": space.name.text, "when": as_written(node.guard) if node.guard else None},
    )


def _condition(node: nodes.Require | nodes.Prefer) -> Entry:
    details: Details = {}
    if node.where is not None:
        details["where"] = as_written(node.where)
    if node.reason is not None:
        details["because"] = node.reason.value
    if isinstance(node, nodes.Prefer) and node.weight is not None:
        details["weight"] = as_written(node.weight)
    return Entry(family(node.name, node.binders), as_written(node.body), details)


def _goal(node: nodes.Goal) -> Entry:
    name = node.name.text if node.name else as_written(node.value)
    return Entry(name, as_written(node.value), {"sense": node.sense})


def _column(node: nodes.Column) -> str:
    unit = unit_text(node)
    return node.name.text if node.unit is None else f"{node.name.text}: {unit}"


def _table(node: nodes.Table) -> Entry:
    source = node.source
    origin = "inline" if isinstance(source, nodes.Rows) else "given"
    if isinstance(source, nodes.FromFile):
        origin = source.file.value
    keys, values = (", ".join(map(_column, part)) for part in (node.keys, node.values))
    details: Details = {"source": origin}
    if node.partial:
        details["partial"] = True
    if isinstance(source, nodes.Rows):
        details["rows"] = len(source.rows)
    return Entry(node.name.text, f"({keys}) -> ({values})", details)


def _record(node: nodes.Hardware) -> Entry:
    base = ".".join(part.text for part in node.base or ())
    return Entry(node.name.text, f"is {base}" if base else "", {"given": node.given is not None})


def _op(node: nodes.Op) -> Entry:
    formals = ", ".join(map(as_written, node.formals))
    result = f" -> {as_written(node.result)}" if node.result else ""
    costs = [i.name.text for i in node.body if isinstance(i, nodes.Let) and not i.binders]
    return Entry(node.name.text, f"({formals}){result}", {"costs": costs} if costs else {})


def _function(node: nodes.Fn) -> Entry:
    return Entry(
        node.name.text, f"({', '.join(p.text for p in node.parameters)}) = {as_written(node.body)}"
    )


def _schema(node: nodes.Schema) -> Entry:
    return Entry(node.name.text, "", {"fields": [as_written(part) for part in node.fields]})


def _import(node: nodes.Import) -> Entry:
    what = node.file.value if node.file else ".".join(part.text for part in node.path)
    bound = [as_written(b) for b in node.bindings]
    return Entry(node.alias.text, what, {"with": bound} if bound else {})
