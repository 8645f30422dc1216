"""Bind a spec to its inputs: parameters, tables, hardware records, and those of its imports.

Everything is worked out when first needed, so the order of declarations never matters: a domain or
default may use other parameters, records, tables and plain `let`s.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.spec import Spec, Target
from archwright.dsl.types import Num, RecordType
from archwright.dsl.walk import walk

from .bound import Bound, BoundTable, Deferred
from .evaluation.failures import Broken, Undefined, Unread
from .evaluation.frames import Frame, World, inward, outward
from .evaluation.instance import Instance
from .mistakes import constant_mistake, missing_field, out_of_domain, unknown
from .nearby import nearby
from .python_values import read_value
from .records import named, recipe, work_out
from .table_files import file_table, given_table
from .tables import inline_table
from .values import Value

T = TypeVar("T")


def bind(
    spec: Spec,
    parameters: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    *,
    tables: Mapping[str, object] | None = None,
    hardware: Mapping[str, object] | None = None,
    trust_paths: bool = False,
) -> Bound:
    """Give a spec its inputs and check them.

    Parameters
    ----------
    spec : Spec
    parameters : mapping
        Values of parameters: numbers, truth values, texts with units (`"250 ms"`), names of
        enumerators; `"t.batch"` is the parameter of an import. A record may be replaced by the name
        of another one of the same schema: `card="std.gpu.h200"`.
    tables : mapping
        Rows of `given` tables, or other rows for any table; see `given_table`.
    hardware : mapping
        Fields of `given` records, or other fields for any record: numbers in base units,
        quantities, or texts with units.
    trust_paths : bool
        Whether the spec may name files outside its folder.

    Raises
    ------
    ArchError
        With everything that does not fit.
    """
    return bind_inputs(spec, Inputs(dict(parameters), tables, hardware, trust_paths))


@dataclass(frozen=True)
class Inputs:
    """Everything that `bind` takes besides the spec."""

    parameters: Mapping[str, object]
    tables: Mapping[str, object] | None = None
    hardware: Mapping[str, object] | None = None
    trust_paths: bool = False

    def changed(self, parameters: Mapping[str, object]) -> Inputs:
        """The same with other values of some parameters."""
        return replace(self, parameters={**self.parameters, **parameters})


def bind_inputs(spec: Spec, inputs: Inputs) -> Bound:
    """As `bind`."""
    root = _Binder.root(spec, inputs)
    _make_room(root.walk())
    for binder in root.walk():
        binder.finish()
    if root.diagnostics:
        raise ArchError(_once(root.diagnostics))
    return root.bound


def _make_room(binders: Iterable[_Binder]) -> None:
    """Let Python recurse as deep as the longest chain of definitions may need.

    Evaluation and lowering follow a chain of `let`s by recursion, with some twenty calls for each
    link; the checker bounds the depth of a single expression.
    """
    wanted = 2_000 + 20 * sum(len(binder.spec.names) for binder in binders)
    if sys.getrecursionlimit() < wanted:
        sys.setrecursionlimit(wanted)


def static_value(spec: Spec, node: nodes.Expr, inputs: Inputs) -> Value:
    """The value of an expression that reads no choice; binds only what it needs."""
    run = _Binder.root(spec, inputs).instance.expression(node)
    return outward(run(Frame(World({}), {})))


def _once(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    seen: dict[tuple[str, object, str], Diagnostic] = {}
    for diagnostic in diagnostics:
        seen.setdefault((diagnostic.slug, diagnostic.span, diagnostic.message), diagnostic)
    return list(seen.values())


class _Reported(Exception):
    """Something was needed that has a diagnostic already."""


class _Lazy(dict[str, T], Generic[T]):
    """A mapping whose values are worked out when first read; `finish` puts them in order."""

    def __init__(self, names: list[str], compute: Callable[[str], T]) -> None:
        super().__init__()
        self._names, self._compute = names, compute
        self._failed: set[str] = set()

    def __missing__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        if name in self._failed:
            raise _Reported
        self._failed.add(name)  # until it succeeds; also ends a circle
        value = self[name] = self._compute(name)
        self._failed.discard(name)
        return value

    def finish(self) -> Iterator[Callable[[], object]]:
        """One step for each name."""
        for name in self._names:
            yield lambda name=name: self[name]  # type: ignore[misc]

    def order(self) -> None:
        """Put what there is in order of the text."""
        found = {name: self[name] for name in self._names if name in self}
        self.clear()
        self.update(found)


class _Binder:
    """Binds one spec; imports are binders of their own.

    Parameters
    ----------
    outer : _Binder or None
    assigns : mapping
        What the importer sets, by name.
    top : Path or None
        The folder that its files must lie in; None where any place is allowed.
    """

    def __init__(
        self,
        spec: Spec,
        outer: _Binder | None,
        assigns: Mapping[str, nodes.Expr],
        top: Path | None,
    ) -> None:
        self.spec, self.outer, self.assigns, self.top = spec, outer, assigns, top
        self.diagnostics: list[Diagnostic] = [] if outer is None else outer.diagnostics
        self.values: dict[str, object] = {}  # from Python, by name
        self.table_data: dict[str, object] = {}
        self.given: dict[str, object] = {}
        self._parameters = _Lazy(self._declared(nodes.Param), self._parameter)
        self._tables = _Lazy(self._declared(nodes.Table), self._table)
        self._records = _Lazy(self._declared(nodes.Hardware), self._record)
        imports: dict[str, Bound] = {}
        self.bound: Bound = Bound(
            spec,
            self._parameters,
            self._tables,
            self._records,
            imports,
            None if outer is None else outer.bound,
        )
        self.imports: dict[str, _Binder] = {}
        for alias, imported in spec.imports.items():
            node = spec.names[alias]
            assert isinstance(node, nodes.Import)
            set_here = {a.path[0].text: a.value for a in node.bindings}
            binder = _Binder(imported, self, set_here, top)
            self.imports[alias], imports[alias] = binder, binder.bound

    @classmethod
    def root(cls, spec: Spec, inputs: Inputs) -> _Binder:
        """The binder of a spec that nobody imports."""
        root = cls(spec, None, {}, None if inputs.trust_paths else spec.folder)
        root.give("parameters", inputs.parameters)
        root.give("tables", inputs.tables or {})
        root.give("hardware", inputs.hardware or {})
        return root

    @property
    def instance(self) -> Instance:
        """The evaluator of this spec."""
        if self.outer is None:
            return Instance.of(self.bound)
        alias = next(a for a, b in self.outer.imports.items() if b is self)
        return self.outer.instance.imported(alias)

    def walk(self) -> Iterator[_Binder]:
        """This binder and those of its imports."""
        yield self
        for binder in self.imports.values():
            yield from binder.walk()

    def _declared(self, kind: type[nodes.Node]) -> list[str]:
        return [name for name, node in self.spec.names.items() if isinstance(node, kind)]

    # ----------------------------------------------------------------------- from Python

    def give(self, what: str, inputs: Mapping[str, object]) -> None:
        """Take inputs from Python; a dotted name goes to the import."""
        for name, value in inputs.items():
            alias, dot, rest = name.partition(".")
            if dot and alias in self.imports:
                self.imports[alias].give(what, {rest: value})
            else:
                getattr(self, f"_give_{what}")(name, value)

    def _give_parameters(self, name: str, value: object) -> None:
        node = self.spec.names.get(name)
        if isinstance(node, nodes.Param):
            self.values[name] = value
        elif isinstance(node, nodes.Hardware):
            self.given[name] = value
        else:
            known = self._declared(nodes.Param)
            self.diagnostics.append(unknown("unknown-parameter", "parameter", name, known, None))

    def _give_tables(self, name: str, value: object) -> None:
        known = self._declared(nodes.Table)
        if name in known:
            self.table_data[name] = value
        else:
            self.diagnostics.append(unknown("unknown-table", "table", name, known, None))

    def _give_hardware(self, name: str, value: object) -> None:
        known = self._declared(nodes.Hardware)
        if name in known:
            self.given[name] = value
        else:
            self.diagnostics.append(unknown("unknown-record", "record", name, known, None))

    # --------------------------------------------------------------------------- finishing

    def finish(self) -> None:
        """Work out everything and keep the diagnostics."""
        for mapping in (self._parameters, self._tables, self._records):
            for step in mapping.finish():
                self._attempt(step)
            mapping.order()
        for field in self._fields_read():
            self._attempt(field)
        for name in self._declared(nodes.Let):
            node = self.spec.names[name]
            assert isinstance(node, nodes.Let)
            if not node.binders and node.guard is None and node not in self.spec.varying:
                self._attempt(lambda node=node: self._constant(node))  # type: ignore[misc]

    def _attempt(self, step: Callable[[], object]) -> None:
        try:
            step()
        except ArchError as error:
            self.diagnostics.extend(error.diagnostics)
        except (Broken, Undefined) as wrong:
            self.diagnostics.append(constant_mistake(wrong))
        except _Reported:
            pass

    def _constant(self, node: nodes.Let) -> None:
        """A `let` that depends on inputs only shows its mistakes now."""
        with suppress(Unread):  # an importer made it depend on choices: structure
            self.instance.reader(node)(Frame(World({}), {}))

    def _fields_read(self) -> Iterator[Callable[[], object]]:
        """One step for each place that reads a field of a record; it fails if there is none."""
        for node in walk(self.spec.file):
            use = self.spec.uses.get(node.base) if isinstance(node, nodes.Field) else None
            if isinstance(use, Target) and isinstance(use.node, nodes.Hardware):
                binder = self
                base = node.base if isinstance(node, nodes.Field) else None
                if use.owner is not None and isinstance(base, nodes.Field):
                    assert isinstance(base.base, nodes.Name)
                    binder = self.imports[base.base.text]
                yield lambda b=binder, u=use.node, n=node: b._require_field(u, n)  # type: ignore[misc]

    def _require_field(self, record: nodes.Hardware, node: nodes.Field) -> None:
        name = record.name.text
        if name not in self._records._names or name in self._records._failed:
            return
        if node.name.text not in self._records[name]:
            raise missing_field(name, node.name.text, node, record.given is not None)

    # -------------------------------------------------------------------------- parameters

    def _parameter(self, name: str) -> Value | Deferred:
        node = self.spec.names[name]
        assert isinstance(node, nodes.Param)
        frame = Frame(World({}), {})
        declared = node.name.span
        if name in self.values:
            value = read_value(self.spec, node, self.values[name])
            span = declared
        elif name in self.assigns:
            assert self.outer is not None
            expression = self.assigns[name]
            try:
                value = outward(self.outer.instance.expression(expression)(frame))
            except Unread:
                return Deferred(expression)
            span = expression.span
        elif node.default is not None:
            value = outward(self.instance.expression(node.default)(frame))
            span = node.default.span
        else:
            raise ArchError(self._missing_parameter(node))
        domain = self.instance.domain(node.domain)
        if not domain.contains(frame, inward(value)):
            type_ = self.spec.types[node]
            raise ArchError(
                out_of_domain(
                    name,
                    value,
                    node.domain,
                    type_.dimension if isinstance(type_, Num) else None,
                    nearby(self.instance, node.domain, value),
                    span,
                    declared=declared,
                )
            )
        return value

    def _missing_parameter(self, node: nodes.Param) -> Diagnostic:
        name = node.name.text
        text = " ".join(node.domain.span.text.split())
        if self.outer is None:
            how = f"bind it, for instance bind({name}=...), or give it a default"
            span = node.name.span
        else:
            alias = next(a for a, b in self.outer.imports.items() if b is self)
            how = f"write `with {{ {name} = ... }}` after the import"
            span = self.outer.spec.names[alias].span
        return Diagnostic(
            "missing-parameter",
            f"the parameter `{name}` has no default and is not bound",
            span,
            notes=(how, f"its domain is {text}"),
        )

    # ------------------------------------------------------------------------------ tables

    def _table(self, name: str) -> BoundTable:
        node = self.spec.names[name]
        assert isinstance(node, nodes.Table)
        if name in self.table_data:
            return given_table(self.spec, node, self.table_data[name])
        if isinstance(node.source, nodes.Rows):
            return inline_table(self.spec, node)
        if isinstance(node.source, nodes.FromFile):
            return file_table(self.spec, node, self.top)
        raise ArchError(
            Diagnostic(
                "missing-table",
                f"the table `{name}` is `given` by Python, and nothing was given",
                node.source.span,
                notes=(f'bind it: tables={{"{name}": ...}}',),
            )
        )

    # ----------------------------------------------------------------------------- records

    def _record(self, name: str) -> Mapping[str, Value]:
        node = self.spec.names[name]
        assert isinstance(node, nodes.Hardware)
        root = self
        while root.outer is not None:
            root = root.outer
        replaced: dict[tuple[Instance, str], tuple[Instance, nodes.Hardware]] = {}
        given: dict[tuple[Instance, str], Mapping[str, Value]] = {}
        for binder in root.walk():
            binder._replacements(replaced, given)
        how = recipe(self.instance, node, replaced, given)
        if how.given and (self.instance, name) not in given:
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
        self,
        replaced: dict[tuple[Instance, str], tuple[Instance, nodes.Hardware]],
        given: dict[tuple[Instance, str], Mapping[str, Value]],
    ) -> None:
        for name, value in self.given.items():
            node = self.spec.names[name]
            assert isinstance(node, nodes.Hardware)
            if isinstance(value, str):
                replaced[self.instance, name] = self._find_record(node, value)
            else:
                given[self.instance, name] = self._given_fields(node, value)
        for name, expression in self.assigns.items():
            if isinstance(self.spec.names.get(name), nodes.Hardware) and name not in self.given:
                assert self.outer is not None
                path = _path(expression)
                found = named(self.outer.instance, path) if path else None
                if found is not None and isinstance(found[1], nodes.Hardware):
                    replaced[self.instance, name] = (found[0], found[1])

    def _find_record(self, node: nodes.Hardware, name: str) -> tuple[Instance, nodes.Hardware]:
        """A record by the name Python calls it: `h200`, `gpu.h200` or `std.gpu.h200`."""
        wanted = self.spec.types[node]
        assert isinstance(wanted, RecordType)
        legal: dict[str, tuple[Instance, nodes.Hardware]] = {}
        for instance in self._related():
            for other_name, other in instance.spec.names.items():
                if not isinstance(other, nodes.Hardware) or other is node:
                    continue
                type_ = instance.spec.types[other]
                if isinstance(type_, RecordType) and _alike(type_, wanted):
                    prefix = "" if instance is self.instance else f"{instance.spec.module}."
                    legal.setdefault(prefix + other_name, (instance, other))
        for text, found in legal.items():
            alias = found[0].prefix.removeprefix(self.instance.prefix) + found[1].name.text
            if name in (text, alias):
                return found
        raise ArchError(unknown("unknown-record", "record of that kind", name, legal, None))

    def _related(self) -> Iterator[Instance]:
        yield from self.instance.walk()
        outer = self.outer
        while outer is not None:
            yield from outer.instance.walk()
            outer = outer.outer

    def _given_fields(self, node: nodes.Hardware, value: object) -> dict[str, Value]:
        type_ = self.spec.types[node]
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
                    self.spec, node, raw, type_.fields[field], f"{name}.{field}", base_units=True
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
