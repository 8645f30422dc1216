"""What follows from a spec's inputs: sizes, the count, rows, fields, totals of networks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.types import Num, RecordType
from archwright.interpreter.answers import Shown, shown
from archwright.interpreter.architecture import Network
from archwright.interpreter.blame import always_false
from archwright.interpreter.bound import Bound
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.lowering.result import Lowered
from archwright.interpreter.questions import Model
from archwright.solvers.control import Control, Stopped

from .written import Card

# Inputs that only a question brings.
LEFT_OPEN = {"missing-parameter", "missing-table", "missing-hardware"}
# Costs that add up over layers.
TOTALS = ("params", "active_params", "macs", "pair_macs", "weight_bytes", "cache_bytes")


def missing(error: ArchError) -> list[Diagnostic]:
    """The inputs that a spec lacks; nothing where it has other mistakes, too."""
    open_ones = [d for d in error.diagnostics if d.slug in LEFT_OPEN]
    return open_ones if len(open_ones) == len(error.diagnostics) else []


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
