"""Hardware records as they are bound: set in the text, replaced by name, given by Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, did_you_mean
from archwright.dsl.load import load, standard, standard_modules
from archwright.dsl.spec import Spec
from archwright.dsl.suggest import nearest
from archwright.dsl.types import RecordType

from .evaluation.instance import Instance
from .mistakes import SHOWN, unknown
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
                f"the record `{name}` is `given` from outside, and nothing was given",
                node.name.span,
                notes=(f'bind it: `--hardware {name}=…`, in Python hardware={{"{name}": …}}',),
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
    for name, fields in binder.given_fields.items():
        node = binder.spec.names[name]
        assert isinstance(node, nodes.Hardware)
        there = given.get((binder.instance, name), {})
        given[binder.instance, name] = {**there, **_given_fields(binder, node, fields)}
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
    """A record by the name it is called from outside.

    That is `h200`, `gpu.h200`, `std.gpu.h200`, or `cards.arch:mine` for one of another file.
    """
    wanted = binder.spec.types[node]
    assert isinstance(wanted, RecordType)
    file, colon, last = name.rpartition(":")
    if colon:
        return _record_of_file(node, wanted, Path(file.strip()), last.strip())
    legal: dict[str, tuple[Instance, nodes.Hardware]] = {}
    others: dict[str, RecordType] = {}
    for instance in _related(binder):
        prefix = "" if instance is binder.instance else f"{instance.spec.module}."
        for other_name, (other, type_) in _records(instance.spec).items():
            if other is node:
                continue
            if _alike(type_, wanted):
                legal.setdefault(prefix + other_name, (instance, other))
            else:
                others.setdefault(prefix + other_name, type_)
    for text, found in legal.items():
        alias = found[0].prefix.removeprefix(binder.instance.prefix) + found[1].name.text
        if name in (text, alias):
            return found
    module, _, last = name.rpartition(".")
    if module in standard_modules():
        others |= {f"{module}.{n}": type_ for n, (_, type_) in _records(standard(module)).items()}
    if name in others and name not in legal:
        raise ArchError(_of_another_kind(node, wanted, name, others[name]))
    if module in standard_modules():
        there = [text for text in legal if text.startswith(f"{module}.")]
        raise ArchError(_not_in_module(node, module, last, there))
    raise ArchError(unknown("unknown-record", "record of that kind", name, legal, node.name.span))


def _record_of_file(
    node: nodes.Hardware, wanted: RecordType, path: Path, name: str
) -> tuple[Instance, nodes.Hardware]:
    from .bind import bind

    spec = load(path)
    found = _records(spec)
    if name not in found:
        told = unknown("unknown-record", "record", name, found, spec.header)
        raise ArchError(replace(told, message=f"`{path}` has no record called `{name}`"))
    record, type_ = found[name]
    if not _alike(type_, wanted):
        raise ArchError(_of_another_kind(node, wanted, f"{path}:{name}", type_))
    return Instance.of(bind(spec)), record


def _records(spec: Spec) -> dict[str, tuple[nodes.Hardware, RecordType]]:
    found = {}
    for name, node in spec.names.items():
        type_ = spec.types[node] if isinstance(node, nodes.Hardware) else None
        if isinstance(node, nodes.Hardware) and isinstance(type_, RecordType):
            found[name] = node, type_
    return found


def _of_another_kind(
    node: nodes.Hardware, wanted: RecordType, name: str, found: RecordType
) -> Diagnostic:
    return Diagnostic(
        "unknown-record",
        f"`{name}` is {_kind(found)} and cannot stand for `{node.name.text}`, which is "
        f"{_kind(wanted)}",
        node.name.span,
        notes=("a record is replaced by another one of its schema",),
    )


def _not_in_module(node: nodes.Hardware, module: str, name: str, there: list[str]) -> Diagnostic:
    guess = nearest(f"{module}.{name}", there)
    return Diagnostic(
        "unknown-record",
        f"{module} has no record called `{name}` that can stand for `{node.name.text}`",
        node.name.span,
        notes=(f"it has {', '.join(t.rpartition('.')[2] for t in there)}",) if there else (),
        fixes=did_you_mean(guess),
    )


def _kind(type_: RecordType) -> str:
    if type_.schema is None:
        return f"a record of {', '.join(list(type_.fields)[:SHOWN])}"
    declaration = type_.schema.declaration
    return f"a `{declaration.name.text}` of {declaration.span.source.name}"


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
    one, two = left.schema.declaration.span, right.schema.declaration.span
    return one == two or (  # a file that was loaded twice
        (one.start, one.end) == (two.start, two.end) and one.source.text == two.source.text
    )


def _path(expression: nodes.Expr) -> nodes.Path | None:
    if isinstance(expression, nodes.Name):
        return (nodes.Ident(expression.span, expression.text),)
    if isinstance(expression, nodes.Field) and isinstance(expression.base, nodes.Name):
        base = expression.base
        return nodes.Ident(base.span, base.text), expression.name
    return None
