"""What binds one spec: parameters, tables and records, each worked out when first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.spec import Spec, Target
from archwright.dsl.types import Num
from archwright.dsl.walk import walk

from .bound import Bound, BoundTable, Deferred
from .evaluation.failures import Broken, Undefined, Unread
from .evaluation.frames import Frame, World, inward, outward
from .evaluation.instance import Instance
from .mistakes import constant_mistake, missing_field, out_of_domain, unknown
from .nearby import nearby
from .python_values import read_value
from .record_inputs import record
from .table_files import file_table
from .table_given import given_table
from .tables import inline_table
from .values import Value

T = TypeVar("T")


@dataclass(frozen=True)
class Inputs:
    """Everything that `bind` takes besides the spec."""

    parameters: Mapping[str, object]
    tables: Mapping[str, object] | None = None
    hardware: Mapping[str, object] | None = None
    trust_paths: bool = False
    like: Bound | None = None  # has the same tables

    def __post_init__(self) -> None:
        """Refuse rows or fields without the name of what they are for."""
        for what, example in (("tables", "cost"), ("hardware", "card")):
            raw = getattr(self, what)
            if not isinstance(raw, Mapping | None):
                raise TypeError(
                    f"{what} map names to data, as in {{{example!r}: …}}; found "
                    f"a {type(raw).__name__}"
                )

    def changed(self, parameters: Mapping[str, object], like: Bound | None = None) -> Inputs:
        """The same with other values of some parameters; `like` was bound to these inputs."""
        return replace(self, parameters={**self.parameters, **parameters}, like=like)


class Reported(Exception):
    """Something was needed that has a diagnostic already."""


class Lazy(dict[str, T], Generic[T]):
    """A mapping whose values are worked out when first read; `finish` puts them in order."""

    def __init__(self, names: list[str], compute: Callable[[str], T]) -> None:
        super().__init__()
        self._names, self._compute = names, compute
        self._failed: set[str] = set()

    def __missing__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        if name in self._failed:
            raise Reported
        self._failed.add(name)  # until it succeeds; also ends a circle
        value = self[name] = self._compute(name)
        self._failed.discard(name)
        return value

    def finish(self) -> Iterator[Callable[[], object]]:
        """One step for each name."""
        for name in self._names:
            yield lambda name=name: self[name]  # type: ignore[misc]

    def sound(self, name: str) -> bool:
        """Whether it is one of the names, and nothing went wrong with it."""
        return name in self._names and name not in self._failed

    def order(self) -> None:
        """Put what there is in order of the text."""
        found = {name: self[name] for name in self._names if name in self}
        self.clear()
        self.update(found)


class Binder:
    """Binds one spec; imports are binders of their own.

    Parameters
    ----------
    outer : Binder or None
    assigns : mapping
        What the importer sets, by name.
    top : Path or None
        The folder that its files must lie in; None where any place is allowed.
    """

    def __init__(
        self,
        spec: Spec,
        outer: Binder | None,
        assigns: Mapping[str, nodes.Expr],
        top: Path | None,
        like: Bound | None = None,
    ) -> None:
        self.like = like
        self.spec, self.outer, self.assigns, self.top = spec, outer, assigns, top
        self.diagnostics: list[Diagnostic] = [] if outer is None else outer.diagnostics
        self.values: dict[str, object] = {}  # from Python, by name
        self.table_data: dict[str, object] = {}
        self.given: dict[str, object] = {}
        self.given_fields: dict[str, dict[str, object]] = {}
        self._parameters = Lazy(self.declared(nodes.Param), self._parameter)
        self._tables = Lazy(self.declared(nodes.Table), self._table)
        self._records = Lazy(self.declared(nodes.Hardware), lambda name: record(self, name))
        imports: dict[str, Bound] = {}
        self.bound: Bound = Bound(
            spec,
            self._parameters,
            self._tables,
            self._records,
            imports,
            None if outer is None else outer.bound,
        )
        self.imports: dict[str, Binder] = {}
        for alias, imported in spec.imports.items():
            node = spec.names[alias]
            assert isinstance(node, nodes.Import)
            set_here = {
                a.path[0].text: a.value
                for a in node.bindings
                if isinstance(a.value, nodes.Expr)  # the checker tells of lists
            }
            inner = None if like is None else like.imports[alias]
            binder = Binder(imported, self, set_here, top, inner)
            self.imports[alias], imports[alias] = binder, binder.bound

    @classmethod
    def root(cls, spec: Spec, inputs: Inputs) -> Binder:
        """The binder of a spec that nobody imports."""
        top = None if inputs.trust_paths else spec.folder
        root = cls(spec, None, {}, top, inputs.like)
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

    def walk(self) -> Iterator[Binder]:
        """This binder and those of its imports."""
        yield self
        for binder in self.imports.values():
            yield from binder.walk()

    def declared(self, kind: type[nodes.Node]) -> list[str]:
        """The names of a kind of declaration, in order of the text."""
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
            known = self.declared(nodes.Param)
            self._unknown("unknown-parameter", "parameter", name, known)

    def _give_tables(self, name: str, value: object) -> None:
        known = self.declared(nodes.Table)
        if name in known:
            self.table_data[name] = value
        else:
            self._unknown("unknown-table", "table", name, known)

    def _give_hardware(self, name: str, value: object) -> None:
        known = self.declared(nodes.Hardware)
        record, dot, field = name.partition(".")
        if name in known:
            self.given[name] = value
        elif dot and record in known:
            self.given_fields.setdefault(record, {})[field] = value
        else:
            self._unknown("unknown-record", "record", name, known)

    def _unknown(self, slug: str, kind: str, name: str, known: Iterable[str]) -> None:
        self.diagnostics.append(unknown(slug, kind, name, known, self.spec.header))

    # --------------------------------------------------------------------------- finishing

    def finish(self) -> None:
        """Work out everything and keep the diagnostics."""
        for mapping in (self._parameters, self._tables, self._records):
            for step in mapping.finish():
                self._attempt(step)
            mapping.order()
        for field in self._fields_read():
            self._attempt(field)
        for name in self.declared(nodes.Let):
            node = self.spec.names[name]
            assert isinstance(node, nodes.Let)
            if not node.binders and node.guard is None and node not in self.spec.varying:
                self._attempt(lambda node=node: self._constant(node))  # type: ignore[misc]
        self.like = None  # which would keep those before it

    def _attempt(self, step: Callable[[], object]) -> None:
        try:
            step()
        except ArchError as error:
            self.diagnostics.extend(error.diagnostics)
        except (Broken, Undefined) as wrong:
            self.diagnostics.append(constant_mistake(wrong))
        except Reported:
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
        if not self._records.sound(name):
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
        if self.like is not None:  # no table reads a parameter
            return self.like.tables[name]
        if name in self.table_data:
            return given_table(self.spec, node, self.table_data[name])
        if isinstance(node.source, nodes.Rows):
            return inline_table(self.spec, node)
        if isinstance(node.source, nodes.FromFile):
            return file_table(self.spec, node, self.top)
        raise ArchError(
            Diagnostic(
                "missing-table",
                f"the table `{name}` is `given` from outside, and nothing was given",
                node.source.span,
                notes=(f'bind it: tables={{"{name}": ...}}',),
            )
        )
