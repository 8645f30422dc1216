"""What there is to know of a spec: the data behind its summary, `archwright doc` and its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.dimensions import natural_scale
from archwright.dsl.spec import Spec
from archwright.dsl.types import Num, RecordType
from archwright.interpreter.answers import Shown, shown
from archwright.interpreter.architecture import Network
from archwright.interpreter.blame import always_false
from archwright.interpreter.bound import Bound
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.lowering.result import Lowered
from archwright.interpreter.questions import Model
from archwright.interpreter.table_cells import unit_text
from archwright.solvers.control import Control, Stopped

if TYPE_CHECKING:
    from .handles import Spec as SpecHandle

Details: TypeAlias = dict[str, Shown | dict[str, Shown] | list[str] | None]
# Inputs that only a question brings.
LEFT_OPEN = {"missing-parameter", "missing-table", "missing-hardware"}
# Costs that add up over layers.
TOTALS = ("params", "active_params", "macs", "pair_macs", "weight_bytes", "cache_bytes")


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


# ----------------------------------------------------------------------------------- from the text


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


# ------------------------------------------------------------------------------ from a bound spec


def missing(error: ArchError) -> list[Diagnostic]:
    """The inputs that a spec lacks; nothing where it has other mistakes, too."""
    open_ones = [d for d in error.diagnostics if d.slug in LEFT_OPEN]
    return open_ones if len(open_ones) == len(error.diagnostics) else []


def documented(handle: SpecHandle, time_limit: float | None) -> Card:
    """The card of a spec, with sizes and totals where its inputs all have a value.

    Raises
    ------
    ArchError
        For mistakes that only compiling finds.
    """
    found = card(handle.checked)
    try:
        return measured(found, handle.bind().model, time_limit)
    except ArchError as error:
        lacking = missing(error)
        if not lacking:
            raise
        found.notes += [f"sizes are not known: {d.message}" for d in lacking]
        return found


def measured(found: Card, model: Model, time_limit: float | None) -> Card:
    """A card with what follows from the inputs: sizes, rows, fields, totals of networks.

    Parameters
    ----------
    time_limit : float or None
        In seconds, for the count and for the solution that networks are shown at, each.
    """
    lowered, bound = model.lowered, model.bound
    _sizes(found, lowered)
    for entry in found.tables:
        entry.details["rows"] = len(bound.tables[entry.name])
    for entry in found.hardware:
        entry.details["fields"] = dict(_fields(bound, entry.name))
    try:
        found.count = model.count(control=Control(time_limit=time_limit))
    except Stopped:
        found.notes.append(f"the number of solutions was not known after {time_limit:g} s")
    if found.count == 0:
        found.notes += [d.message for d in always_false(lowered)]
    if found.networks and found.count == 0:
        found.notes.append("no solution, so networks are shown without totals")
    elif found.networks:
        _totals(found, model, time_limit)
    return found


def _sizes(found: Card, lowered: Lowered) -> None:
    sizes: dict[nodes.Choice, list[int]] = {}
    for choice in lowered.choices:
        values = lowered.problem.variables[choice.variable].values
        sizes.setdefault(choice.node, []).append(len(values))
    spaces = [s for s in lowered.bound.spec.file.items if isinstance(s, nodes.Space)]
    own = [choice for space in spaces for choice in space.choices]
    for entry, node in zip(found.choices, own, strict=True):
        each = sizes.get(node, [])
        entry.details["members"] = len(each)
        low, high = (min(each), max(each)) if each else (0, 0)
        entry.details["values"] = low if low == high else f"{low} to {high}"
    found.raw_size = prod(size for each in sizes.values() for size in each)
    imported = sum(len(each) for node, each in sizes.items() if node not in own)
    if imported:
        found.notes.append(f"the raw size counts {imported} choices of imported files, too")


def _fields(bound: Bound, name: str) -> Iterator[tuple[str, Shown]]:
    type_ = bound.spec.types[bound.spec.names[name]]
    assert isinstance(type_, RecordType)
    for key, value in bound.records[name].items():
        kind = type_.fields[key]
        yield key, shown(value, kind.dimension if isinstance(kind, Num) else None)


def _totals(found: Card, model: Model, time_limit: float | None) -> None:
    """Parameters, work and bytes of each network, at the best solution where it has choices."""
    if model.lowered.choices:
        answer = model.solve(control=Control(time_limit=time_limit))
        if answer.architecture is None:
            found.notes.append(f"no solution was found in {time_limit:g} s to show networks at")
            return
        evaluation = answer.architecture.evaluation
        at = "the best solution" if str(answer.status) == "optimal" else "a solution"
    else:
        evaluation, at = Evaluation(model.bound, {}), ""
    for entry in found.networks:
        if entry.name not in evaluation.network_names:
            continue
        network = evaluation.network(entry.name)
        entry.details["layers"] = len(network.leaves)
        entry.details["totals"] = totals(model.bound, network)
        if at:
            entry.details["at"] = at


def totals(bound: Bound, network: Network) -> dict[str, Shown]:
    """The costs of a network that add up over its layers."""
    modules = {b.spec.module: b.spec for _, b in bound.walk()}
    sums: dict[str, Fraction] = {}
    dimensions = {}
    for leaf in network.leaves:
        spec = modules.get(leaf.module, bound.spec)
        op = spec.names.get(leaf.op)
        for part in op.body if isinstance(op, nodes.Op) else ():
            name = part.name.text if isinstance(part, nodes.Let) else ""
            if name in TOTALS and name in leaf.costs:
                sums[name] = sums.get(name, Fraction(0)) + leaf.costs[name]
                dimensions[name] = spec.dimension(part)
    if sums.get("active_params") == sums.get("params"):  # no mixture of experts
        sums.pop("active_params", None)
    return {name: shown(sums[name], dimensions[name]) for name in TOTALS if name in sums}
