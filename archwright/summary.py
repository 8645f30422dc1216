"""The text face of a card: a spec in a few lines, or all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.spec import Spec
from archwright.interpreter.answers import Shown, shown
from archwright.interpreter.bound import Bound, Deferred
from archwright.interpreter.card.measured import measured, missing
from archwright.interpreter.card.written import Card, Entry, card

from . import text

if TYPE_CHECKING:
    from archwright.interpreter.questions import Model
    from archwright.notebooks.faces import Face

    from .specs import Spec as SpecHandle


def summary(spec: Spec) -> str:
    """Parameters, choices, constraints and goals of a spec, as written."""
    return shown_card(card(spec))


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


COUNTED = 2.0  # seconds that a card waits for its count in a notebook


def spec_face(handle: SpecHandle) -> Face:
    """The card of a spec in a notebook, with sizes where its inputs all have a value."""
    from archwright.notebooks.card.shown import face

    checked = handle.checked
    try:
        found = documented(handle, COUNTED)
    except ArchError as error:
        found = card(checked)
        found.notes += [d.message for d in error.diagnostics]
    return face(found, shown_card(found), checked.source, checked.warnings)


def bound_face(model: Model) -> Face:
    """The card of a bound spec in a notebook, with the values that it was bound to."""
    from archwright.notebooks.card.shown import face

    checked = model.bound.spec
    found = measured(card(checked), model, COUNTED)
    text_face = "\n".join(
        [*text.block("bound to", text.pairs(_values(model.bound))), shown_card(found)]
    )
    return face(found, text_face, checked.source, checked.warnings, _values(model.bound))


def bound_summary(bound: Bound) -> str:
    """The values that a spec was bound to, above its summary."""
    return "\n".join([*text.block("bound to", text.pairs(_values(bound))), summary(bound.spec)])


def _values(bound: Bound) -> dict[str, Shown]:
    return {
        name: shown(value, bound.spec.dimension(bound.spec.names[name]))
        for name, value in bound.parameters.items()
        if not isinstance(value, Deferred)
    }


def shown_card(found: Card) -> str:
    """A card as text; what is not known is left out."""
    mode = f" ({found.mode})" if found.mode in ("lex", "pareto") else ""
    lines = [
        f"spec {found.spec}",
        *text.block("imports", [f"{e.name} = {e.text}{_with(e)}" for e in found.imports]),
        *text.block("parameters", map(_parameter, found.parameters)),
        *text.block("choices", map(_choice, found.choices)),
        *_size(found),
        *text.block("constraints", _conditions(found.constraints)),
        *text.block("preferences", _conditions(found.preferences)),
        *text.block(f"goals{mode}", map(_goal, found.goals)),
        *text.block("tables", map(_table, found.tables)),
        *text.block("hardware", _records(found.hardware)),
        *text.block("networks", _networks(found.networks)),
        *text.block("ops", _ops(found.ops)),
        *text.block("functions", [f"{e.name}{e.text}" for e in found.functions]),
        *text.block("schemas", _schemas(found.schemas)),
        *text.block("notes", found.notes),
    ]
    return "\n".join(lines)


def _parameter(entry: Entry) -> str:
    default = entry.details.get("default")
    return f"{entry.name}: {entry.text}" + ("" if default is None else f" = {default}")


def _choice(entry: Entry) -> str:
    when = entry.details.get("when")
    line = f"{entry.name}: {entry.text}" + (f" when {when}" if when else "")
    if "values" not in entry.details:
        return line
    members, values = entry.details["members"], entry.details["values"]
    many = f"{text.grouped(members)} x " if isinstance(members, int) and members != 1 else ""
    each = text.grouped(values) if isinstance(values, int) else values
    return f"{line}   # {many}{each} values"


def _size(found: Card) -> list[str]:
    if found.raw_size is None or not found.choices:
        return []
    lines = [f"{_large(found.raw_size)} combinations of values"]
    if found.count is not None:
        lines.append(f"{_large(found.count)} solutions")
    return text.block("size", lines)


def _large(number: int) -> str:
    """All digits of up to 25, else the first ones and the power of ten."""
    digits = str(number)
    if len(digits) <= 25:
        return text.grouped(number)
    return f"about {digits[0]}.{digits[1:4]}e{len(digits) - 1}"


def _conditions(entries: list[Entry]) -> list[str]:
    lines = []
    for entry in entries:
        where, weight = entry.details.get("where"), entry.details.get("weight")
        head = entry.name + (f" where {where}" if where else "")
        head += f" weight {weight}" if weight else ""
        lines.append(f"{head}: {entry.text}")
        if entry.details.get("because"):
            lines.append(f"    because {entry.details['because']}")
    return lines


def _goal(entry: Entry) -> str:
    name = "" if entry.name == entry.text else f" as {entry.name}"
    return f"{entry.details['sense']} {entry.text}{name}"


def _table(entry: Entry) -> str:
    source, rows = entry.details["source"], entry.details.get("rows")
    said = [str(source)] + ([text.counted(rows, "row")] if isinstance(rows, int) else [])
    said += ["partial"] if entry.details.get("partial") else []
    return f"{entry.name}{entry.text}   # {', '.join(said)}"


def _records(entries: list[Entry]) -> list[str]:
    lines = []
    for entry in entries:
        given = "given" if entry.details["given"] else ""
        lines.append(" ".join(filter(None, (entry.name, entry.text, given))))
        fields = entry.details.get("fields")
        if isinstance(fields, dict):
            lines += [f"    {name} = {text.value(value)}" for name, value in fields.items()]
    return lines


def _networks(entries: list[Entry]) -> list[str]:
    lines = []
    for entry in entries:
        layers, totals = entry.details.get("layers"), entry.details.get("totals")
        lines.append(f"{entry.name}{entry.text}")
        if isinstance(layers, int) and isinstance(totals, dict):
            at = f" at {entry.details['at']}" if "at" in entry.details else ""
            lines.append(f"    {text.counted(layers, 'layer')}{at}")
            lines += [f"    {name} = {text.value(value)}" for name, value in totals.items()]
    return lines


def _ops(entries: list[Entry]) -> list[str]:
    lines = []
    for entry in entries:
        lines.append(f"{entry.name}{entry.text}")
        costs = entry.details.get("costs")
        if isinstance(costs, list):
            lines.append(f"    costs {' '.join(costs)}")
    return lines


def _schemas(entries: list[Entry]) -> list[str]:
    lines = []
    for entry in entries:
        lines.append(entry.name)
        fields = entry.details["fields"]
        lines += [f"    {part}" for part in fields] if isinstance(fields, list) else []
    return lines


def _with(entry: Entry) -> str:
    bound = entry.details.get("with")
    return f" with {{ {', '.join(bound)} }}" if isinstance(bound, list) else ""
