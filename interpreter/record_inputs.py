"""Hardware records as they are bound: set in the text, replaced by name, given by Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.types import RecordType

from .evaluation.instance import Instance
from .mistakes import unknown
from .python_values import read_value
from .records import named, recipe, work_out
from .values import Value

if TYPE_CHECKING:
    from .binder import Binder


def record(binder: Binder, name: str) -> Mapping[str, Value]:
    """The fields of a record, derived ones included, in order of the schema.

    Raises
    ------
    ArchError
        `missing-hardware`, or what is wrong with what was given.
    """
    node = binder.spec.names[name]
    assert isinstance(node, nodes.Hardware)
    root = binder
    while root.outer is not None:
        root = root.outer
    replaced: dict[tuple[Instance, str], tuple[Instance, nodes.Hardware]] = {}
    given: dict[tuple[Instance, str], Mapping[str, Value]] = {}
    for each in root.walk():
        _replacements(each, replaced, given)
    how = recipe(binder.instance, node, replaced, given)
    if how.given and (binder.instance, name) not in given:
        raise ArchError(
            Diagnostic(
                "missing-hardware",
                f"the record `{name}` is `given` by Python, and nothing was given",
                node.name.span,
                notes=(f'bind it: hardware={{"{name}": ...}}',),
            )
        )
    return work_out(how)


def _replacements(
    binder: Binder,
    replaced: dict[tuple[Instance, str], tuple[Instance, nodes.Hardware]],
    given: dict[tuple[Instance, str], Mapping[str, Value]],
) -> None:
    for name, value in binder.given.items():
        node = binder.spec.names[name]
        assert isinstance(node, nodes.Hardware)
        if isinstance(value, str):
            replaced[binder.instance, name] = _find_record(binder, node, value)
        else:
            given[binder.instance, name] = _given_fields(binder, node, value)
    for name, expression in binder.assigns.items():
        if isinstance(binder.spec.names.get(name), nodes.Hardware) and name not in binder.given:
            assert binder.outer is not None
            path = _path(expression)
            found = named(binder.outer.instance, path) if path else None
            if found is not None and isinstance(found[1], nodes.Hardware):
                replaced[binder.instance, name] = (found[0], found[1])


def _find_record(
    binder: Binder, node: nodes.Hardware, name: str
) -> tuple[Instance, nodes.Hardware]:
    """A record by the name Python calls it: `h200`, `gpu.h200` or `std.gpu.h200`."""
    wanted = binder.spec.types[node]
    assert isinstance(wanted, RecordType)
    legal: dict[str, tuple[Instance, nodes.Hardware]] = {}
    for instance in _related(binder):
        for other_name, other in instance.spec.names.items():
            if not isinstance(other, nodes.Hardware) or other is node:
                continue
            type_ = instance.spec.types[other]
            if isinstance(type_, RecordType) and _alike(type_, wanted):
                prefix = "" if instance is binder.instance else f"{instance.spec.module}."
                legal.setdefault(prefix + other_name, (instance, other))
    for text, found in legal.items():
        alias = found[0].prefix.removeprefix(binder.instance.prefix) + found[1].name.text
        if name in (text, alias):
            return found
    raise ArchError(unknown("unknown-record", "record of that kind", name, legal, None))


def _related(binder: Binder) -> Iterator[Instance]:
    yield from binder.instance.walk()
    outer = binder.outer
    while outer is not None:
        yield from outer.instance.walk()
        outer = outer.outer


def _given_fields(binder: Binder, node: nodes.Hardware, value: object) -> dict[str, Value]:
    type_ = binder.spec.types[node]
    assert isinstance(type_, RecordType)
    name = node.name.text
    if not isinstance(value, Mapping):
        raise ArchError(
            Diagnostic(
                "bad-value",
                f"the record `{name}` needs a mapping from fields to values, "
                f"not {type(value).__name__}",
                node.name.span,
            )
        )
    fields: dict[str, Value] = {}
    problems = []
    for field, raw in value.items():
        if field not in type_.fields:
            problems.append(
                unknown("unknown-field", "field", str(field), type_.fields, node.name.span)
            )
            continue
        try:
            fields[field] = read_value(
                binder.spec, node, raw, type_.fields[field], f"{name}.{field}", base_units=True
            )
        except ArchError as error:
            problems.extend(error.diagnostics)
    if problems:
        raise ArchError(problems)
    return fields


def _alike(left: RecordType, right: RecordType) -> bool:
    if left.schema is None or right.schema is None:
        return set(left.fields) == set(right.fields)
    return left.schema.declaration.span == right.schema.declaration.span


def _path(expression: nodes.Expr) -> nodes.Path | None:
    if isinstance(expression, nodes.Name):
        return (nodes.Ident(expression.span, expression.text),)
    if isinstance(expression, nodes.Field) and isinstance(expression.base, nodes.Name):
        base = expression.base
        return nodes.Ident(base.span, base.text), expression.name
    return None
