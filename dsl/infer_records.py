"""Kinds and units of tables, schemas and records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import nodes
from .diagnostics import Edit, Fix, Label, did_you_mean
from .infer import Inference, Rule, rule
from .mismatch import wrong_kind
from .names import path_span, path_text
from .spec import EnumName, Target
from .suggest import nearest
from .types import (
    BOOL,
    NUMBER,
    UNKNOWN,
    Bool,
    DomainType,
    EnumType,
    KeyType,
    Num,
    RecordType,
    SchemaType,
    TableType,
    Type,
    Unknown,
)
from .unify import resolve
from .units import find_unit, unknown_unit
from .varying import constant
from .walk import walk


def of_unit(self: Inference, unit: nodes.Unit) -> Type:
    """What stands in the place of a unit: a unit, `bool`, or an enum."""
    text = unit.span.text.replace(" ", "")
    found = find_unit(text)
    if found is not None:
        return Num(found[1])
    if text == "bool":
        return BOOL
    if not isinstance(unit.numerator, str) and unit.denominator is None:
        declared = lookup(self, unit.numerator)
        type_ = self.declared(declared) if isinstance(declared, nodes.Enum) else None
        if isinstance(type_, DomainType):
            return type_.member
        first = unit.numerator[0].text
        if first in self.imports and self.imports[first] is None:
            return UNKNOWN  # the mistakes of the imported file are told already
    self.report.extend([unknown_unit(text, unit.span)])
    return UNKNOWN


def lookup(self: Inference, path: nodes.Path) -> nodes.Node | None:
    """The declaration at the end of a path, here or in an imported file."""
    found: nodes.Node | None = self.names.values.get(path[0].text)
    for step in path[1:]:
        owner = self.imports.get(path[0].text) if isinstance(found, nodes.Import) else None
        found = owner.names.get(step.text) if owner is not None else None
    return found


# ----------------------------------------------------------------------------------------- tables


@rule(nodes.Table)
def _table(self: Inference, node: nodes.Table) -> Rule:
    columns = (*node.keys, *node.values)
    types: list[Type | None] = [
        None if column.unit is None else of_unit(self, column.unit) for column in columns
    ]
    if isinstance(node.source, nodes.Rows):
        yield from _rows(self, node, columns, types)
    settled: list[Type] = []
    for i, type_ in enumerate(types):
        if type_ is None and not isinstance(node.source, nodes.Rows):
            type_ = KeyType() if i < len(node.keys) else NUMBER
        settled.append(UNKNOWN if type_ is None else type_)
    for column, type_ in zip(columns, settled, strict=True):
        self.types[column] = type_
    n = len(node.keys)
    names = [column.name.text for column in node.values]
    return TableType(node, tuple(settled[:n]), dict(zip(names, settled[n:], strict=True)))


def _rows(
    self: Inference,
    node: nodes.Table,
    columns: Sequence[nodes.Column],
    types: list[Type | None],
) -> Rule:
    """The cells of an inline table: as many as columns, one kind a column, no key twice."""
    assert isinstance(node.source, nodes.Rows)
    seen: dict[tuple[object, ...], nodes.Row] = {}
    first: list[nodes.Expr | None] = [None] * len(columns)
    for row in node.source.rows:
        if len(row.keys) != len(node.keys) or len(row.values) != len(node.values):
            self.report.add(
                "ragged-row",
                f"this row has {_counted(row.keys, row.values)}; "
                f"`{node.name.text}` has {_counted(node.keys, node.values)}",
                row.span,
                labels=(Label(node.name.span, "declared here"),),
            )
            continue
        for i, cell in enumerate((*row.keys, *row.values)):
            found = resolve((yield cell))
            known = types[i]
            if isinstance(found, Unknown) or isinstance(known, Unknown):
                continue
            named = isinstance(cell, nodes.Name | nodes.Field)
            if named and not isinstance(self.use(cell), EnumName):
                self.report.add(
                    "kind-mismatch",
                    "a cell is a number, a truth value or a name of an enum, "
                    f"and `{cell.span.text}` is none of these",
                    cell.span,
                    notes=("what is computed belongs into a `let` that reads the table",),
                )
                continue
            self.types[cell] = _cell(self, cell, found, columns[i], known, first[i])
            if known is None and not isinstance(self.types[cell], Unknown):
                types[i] = NUMBER if isinstance(found, Num) else found
                first[i] = cell
        _duplicate(self, node, row, types, seen)
    return UNKNOWN


def _cell(
    self: Inference,
    cell: nodes.Expr,
    found: Type,
    column: nodes.Column,
    known: Type | None,
    first: nodes.Expr | None,
) -> Type:
    name = column.name.text
    if isinstance(found, Num) and found.plain and isinstance(known, Num):
        return known  # a bare number is in the unit of its column
    if known is None and isinstance(found, Num) and not found.plain:
        self.report.add(
            "unit-mismatch",
            f"the column `{name}` has no unit, and this cell is in {found.dimension.words}",
            cell.span,
            str(found.dimension),
            labels=(Label(column.span, "no unit"),),
            fixes=(
                Fix(
                    f"give the column its unit: `{name}: {found.dimension}`",
                    edit=Edit(column.span, f"{name}: {found.dimension}"),
                ),
            ),
        )
        return UNKNOWN
    if known is None:
        if not isinstance(found, Num | Bool | EnumType):
            wrong_kind(self, cell, "a cell is a number, a truth value or a name of an enum", found)
            return UNKNOWN
        return found
    place = Label(column.span if first is None else first.span, "the column is declared here")
    if first is not None:
        place = Label(first.span, f"{known} here")
    self.fits(cell, found, known, f"the column `{name}`", place)
    return known


def _duplicate(
    self: Inference,
    node: nodes.Table,
    row: nodes.Row,
    types: Sequence[Type | None],
    seen: dict[tuple[object, ...], nodes.Row],
) -> None:
    key: list[object] = []
    for cell, column, type_ in zip(row.keys, node.keys, types, strict=False):
        value: object = self.constants.value(cell)
        if value is None:
            return
        if not any(isinstance(inner, nodes.Quantity) for inner in walk(cell)) and column.unit:
            found = find_unit(column.unit.span.text.replace(" ", ""))
            if found is not None and isinstance(type_, Num):
                value = value * found[0]  # type: ignore[operator]
        key.append(value)
    before = seen.setdefault(tuple(key), row)
    if before is not row:
        shown = ", ".join([cell.span.text for cell in row.keys])
        self.report.add(
            "duplicate-key",
            f"`{node.name.text}` has two rows for ({shown})",
            row.keys[0].span.to(row.keys[-1].span),
            "the second one",
            labels=(Label(before.keys[0].span.to(before.keys[-1].span), "the first one"),),
        )


# ---------------------------------------------------------------------------------------- records


@rule(nodes.Schema)
def _schema(self: Inference, node: nodes.Schema) -> Rule:
    fields: dict[str, Type] = {}
    for field in node.fields:
        fields.setdefault(field.name.text, of_unit(self, field.unit))
        self.types[field] = fields[field.name.text]
    for field in node.fields:
        if field.default is None:
            continue
        default = yield field.default
        place = Label(field.unit.span, "declared here")
        self.fits(field.default, default, self.types[field], f"`{field.name.text}`", place)
        constant(self, field.default, f"`{field.name.text}`")
        if _reads(self, field.default, field):
            self.report.add(
                "recursive-definition",
                f"`{field.name.text}` is derived from itself",
                field.name.span,
            )
    return SchemaType(node, fields)


@rule(nodes.SchemaField)
def _field(self: Inference, node: nodes.SchemaField) -> Type:
    return of_unit(self, node.unit)


def _reads(self: Inference, expression: nodes.Expr, field: nodes.SchemaField) -> bool:
    uses = (self.use(inner) for inner in walk(expression))
    return any(isinstance(use, Target) and use.node is field for use in uses)


@rule(nodes.Hardware)
def _hardware(self: Inference, node: nodes.Hardware) -> Rule:
    base = _base(self, node)
    types: dict[str, Type] = {}
    settings: dict[str, nodes.Setting] = {}
    for setting in node.settings:
        types[setting.name.text] = resolve((yield setting.value))
        settings.setdefault(setting.name.text, setting)
        constant(self, setting.value, f"`{setting.name.text}`")
    if isinstance(base, Unknown):
        return UNKNOWN
    if base is None:
        if node.given is not None:
            self.report.add(
                "given-without-schema",
                f"`{node.name.text}` does not say which fields are given",
                node.given.span,
                notes=(f"write `hardware {node.name.text} is S given` with a schema S",),
            )
            return UNKNOWN
        for setting in node.settings:
            self.types[setting] = _plain_zero(types[setting.name.text])
        return RecordType(node, None, {name: _plain_zero(t) for name, t in types.items()}, {})
    schema = base if isinstance(base, SchemaType) else base.schema
    fields = base.fields
    for name, setting in settings.items():
        if name not in fields:
            _unknown_setting(self, node, setting, fields)
            continue
        self.types[setting] = fields[name]
        self.fits(setting.value, types[name], fields[name], f"`{name}`")
    inherited = base.settings if isinstance(base, RecordType) else {}
    known = {**inherited, **settings}
    given = node.given is not None or (isinstance(base, RecordType) and base.given)
    missing = {} if given or schema is None else _missing(self, schema, known)
    return RecordType(node, schema, fields, missing, known, given)


def _plain_zero(type_: Type) -> Type:
    return NUMBER if isinstance(type_, Num) and type_.zero else type_


def _base(self: Inference, node: nodes.Hardware) -> SchemaType | RecordType | Unknown | None:
    """The schema or record after `is`."""
    if not node.base:
        return None
    first = self.names.values.get(node.base[0].text)
    if isinstance(first, nodes.Import) and self.imports.get(node.base[0].text) is None:
        return UNKNOWN  # the import has errors of its own
    found = lookup(self, node.base)
    type_ = UNKNOWN if found is None else self.declared(found)
    if isinstance(type_, SchemaType | RecordType):
        return type_
    if found is None:
        candidates = [
            *[
                n
                for n, v in self.names.values.items()
                if isinstance(v, nodes.Schema | nodes.Hardware)
            ],
            *[
                f"{alias}.{name}"
                for alias, owner in self.imports.items()
                if owner is not None
                for name, value in owner.names.items()
                if isinstance(value, nodes.Schema | nodes.Hardware)
            ],
        ]
        guess = nearest(path_text(node.base), candidates)
        self.report.add(
            "unknown-name",
            f"no schema or record called `{path_text(node.base)}` is known",
            path_span(node.base),
            fixes=did_you_mean(guess, path_span(node.base)),
        )
    elif not isinstance(type_, Unknown):
        self.report.add(
            "kind-mismatch",
            f"`is` needs a schema or a record; this is {type_}",
            path_span(node.base),
        )
    return UNKNOWN


def _unknown_setting(
    self: Inference, node: nodes.Hardware, setting: nodes.Setting, fields: Mapping[str, Type]
) -> None:
    guess = nearest(setting.name.text, fields)
    self.report.add(
        "unknown-field",
        f"`{path_text(node.base or ())}` has no field `{setting.name.text}`",
        setting.name.span,
        notes=(f"it has {', '.join(fields)}",) if guess is None else (),
        fixes=did_you_mean(guess, setting.name.span),
    )


def _missing(
    self: Inference, schema: SchemaType, known: Mapping[str, nodes.Setting]
) -> dict[str, str]:
    """Fields that are neither set nor derived from fields that are, each with what it lacks."""
    derived = {f.name.text: f.default for f in schema.declaration.fields if f.default is not None}
    needs = {
        name: {
            use.node.name.text
            for inner in walk(default)
            if isinstance(use := self.use(inner), Target)
            and isinstance(use.node, nodes.SchemaField)
        }
        for name, default in derived.items()
    }
    present = set(known)
    growing = True
    while growing:
        new = {name for name, needed in needs.items() if needed <= present} - present
        present |= new
        growing = bool(new)
    missing = {}
    for name in schema.fields:
        if name not in present:
            absent = sorted(needs.get(name, set()) - present)
            listed = ", ".join([f"`{field}`" for field in absent])
            missing[name] = f"`{name}` is derived from {listed}, which is not set" if absent else ""
    return missing


def _counted(keys: Sequence[object], values: Sequence[object]) -> str:
    """`1 key and 2 values`."""
    parts = ((len(keys), "key"), (len(values), "value"))
    return " and ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in parts)
