"""One bound spec, compiled on demand, and how its names are found."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from archwright.dsl import nodes
from archwright.dsl.order import recurs
from archwright.dsl.units import unit

from ..bound import Bound, Deferred, key_text
from ..mistakes import missing_field
from ..recurrence import Cycle, Recurrence
from ..values import Enumerator
from .failures import Broken, EvaluationError, Undefined, Unread
from .frames import MISSING, Frame, Run, World, inward, outward, remember, remembered
from .scope import Scope

if TYPE_CHECKING:
    from .domains import Domain
    from .networks import Operation

STD_NN = "std.nn"
Entity: TypeAlias = "tuple[Instance, nodes.Node | None]"  # None: the imported file itself


class Instance:
    """A bound spec ready to be evaluated.

    Parameters
    ----------
    bound : Bound
    prefix : str
        What its choices and requires are called from outside: empty, or `t.`.
    outer : Instance or None
        The importer.
    """

    def __init__(self, bound: Bound, prefix: str = "", outer: Instance | None = None) -> None:
        self.bound, self.spec, self.prefix, self.outer = bound, bound.spec, prefix, outer
        self.known: dict[Hashable, Any] = {}  # values that read no choice, good in every world
        self.compiled: dict[Hashable, Any] = {}
        self._imports: dict[str, Instance] = {}

    @classmethod
    def of(cls, bound: Bound) -> Instance:
        """The compiled form of a spec nobody imports; made once."""
        if "instance" not in bound.memory:
            bound.memory["instance"] = cls(bound)
        instance: Instance = bound.memory["instance"]
        return instance

    @cached_property
    def scope(self) -> Scope:
        """The scope of the file level."""
        return Scope(self, {})

    def imported(self, alias: str) -> Instance:
        """The import of that alias."""
        if alias not in self._imports:
            self._imports[alias] = Instance(
                self.bound.imports[alias], f"{self.prefix}{alias}.", self
            )
        return self._imports[alias]

    def walk(self) -> Iterator[Instance]:
        """This spec and all that it imports."""
        yield self
        for alias in self.bound.imports:
            yield from self.imported(alias).walk()

    # --------------------------------------------------------------------------------- names

    def entity(self, node: nodes.Expr, scope: Scope) -> Entity | None:
        """What a dotted name declares, with the instance it belongs to; None for anything else."""
        match node:
            case nodes.Group():
                return self.entity(node.inner, scope)
            case nodes.Name() if node.text not in scope.locals:
                declared = self.spec.names.get(node.text)
                if isinstance(declared, nodes.Import):
                    return self.imported(node.text), None
                return None if declared is None else (self, declared)
            case nodes.Field():
                base = self.entity(node.base, scope)
                if base is not None and base[1] is None:
                    declared = base[0].spec.names.get(node.name.text)
                    return None if declared is None else (base[0], declared)
        return None

    def enumerator(self, node: nodes.Expr, scope: Scope) -> Enumerator | None:
        """The enumerator that a dotted name stands for."""
        match node:
            case nodes.Name() if node.text not in scope.locals and node.text not in self.spec.names:
                return self._enumerator_named(node.text)
            case nodes.Field():
                base = self.entity(node.base, scope)
                if base is None:
                    return None
                instance, item = base
                if item is None and node.name.text not in instance.spec.names:
                    return instance._enumerator_named(node.name.text)
                if isinstance(item, nodes.Enum):
                    return instance.member_of(item, node.name.text)
        return None

    def _enumerator_named(self, name: str) -> Enumerator | None:
        enums = self.spec.enumerators.get(name, ())
        return self.member_of(enums[0], name) if len(enums) == 1 else None

    def member_of(self, enum: nodes.Enum, name: str) -> Enumerator | None:
        """One name of an enum of this file."""
        return next((e for e in self.enumerators(enum) if e.name == name), None)

    def enumerators(self, enum: nodes.Enum) -> tuple[Enumerator, ...]:
        """All names of an enum of this file, in order."""
        found = self.compiled.get(enum)
        if found is None:
            identity = self.spec.enum_id(enum.name.text)
            found = tuple(Enumerator(identity, i, m.text) for i, m in enumerate(enum.members))
            self.compiled[enum] = found
        members: tuple[Enumerator, ...] = found
        return members

    # -------------------------------------------------------------------------------- values

    def reader(self, item: nodes.Node) -> Run:
        """What reads a `param`, `let`, choice or record of this file, without indices."""
        match item:
            case nodes.Param():
                return self._param(item)
            case nodes.Let() | nodes.Choice():
                member = self.member(item)
                return lambda frame: member(frame, ())
            case nodes.Hardware():
                return lambda frame: self.bound.records[item.name.text]
        raise EvaluationError(f"{item.span}: this is no value")

    def _param(self, item: nodes.Param) -> Run:
        name, known = item.name.text, self.known

        def run(frame: Frame) -> Any:
            value = known.get(name, MISSING)
            if value is not MISSING:
                return value
            value = self.bound.parameters[name]
            if isinstance(value, Deferred):
                return remember(known, frame.world, name, lambda: outside(frame.world, value))
            known[name] = inward(value)
            return known[name]

        def outside(world: World, value: Deferred) -> Any:
            if self.outer is None:
                raise EvaluationError(f"{item.span}: nobody imports this")
            return self.outer.expression(value.expression)(Frame(world, {}))

        return run

    def member(self, item: nodes.Let | nodes.Choice) -> Any:
        """A function of a frame and indices that reads one member of a family."""
        found = self.compiled.get(item)
        if found is None:
            found = self._let(item) if isinstance(item, nodes.Let) else self._choice(item)
            self.compiled[item] = found
        return found

    def _choice(self, item: nodes.Choice) -> Any:
        keys: dict[tuple[Any, ...], str] = {}
        name = self.prefix + item.name.text

        def read(frame: Frame, indices: tuple[Any, ...]) -> Any:
            key = keys.get(indices)
            if key is None:
                key = keys[indices] = key_text(name, tuple(outward(i) for i in indices))
            frame.world.reads += 1
            value = frame.world.choices.get(key, MISSING)
            if value is MISSING:
                raise Unread(key)
            return value

        return read

    def _let(self, item: nodes.Let) -> Any:
        scope = self.scope
        for binder in item.binders:
            scope = scope.binder(binder.name)
        slots = [b.name for b in item.binders]
        said, parts = (item.guard, item.value), list[Run | None]()

        def read(frame: Frame, indices: tuple[Any, ...]) -> Any:
            def compute() -> Any:
                if slots and indices not in self.members(item, frame.world):
                    shown = key_text(item.name.text, tuple(outward(i) for i in indices))
                    raise Undefined("out-of-family", f"there is no `{shown}`", item.name.span)
                inner = Frame(frame.world, dict(zip(slots, indices, strict=True)))
                if not parts:  # compiled when first read, since the value may read other members
                    parts[:] = [None if e is None else scope.expression(e) for e in said]
                guard, body = parts
                if guard is not None and not guard(inner):
                    why = f"`{item.name}` is read where its guard does not hold"
                    raise Undefined("unguarded-read", why, item.name.span)
                assert body is not None
                return body(inner)

            return remember(self.known, frame.world, (item, indices), compute)

        return self._recurring(item, read) if recurs(item, self.spec.uses) else read

    def _recurring(self, item: nodes.Let, read: Any) -> Any:
        """What reads a member of a family whose members read one another."""

        def read_in_turn(frame: Frame, indices: tuple[Any, ...]) -> Any:
            world = frame.world
            if remembered(self.known, world, (item, indices)):
                return read(frame, indices)
            here = (id(self.known), item, "recurrence")
            recurrence: Recurrence = world.memory.setdefault(here, Recurrence())
            try:
                return recurrence.work_out(indices, lambda: read(frame, indices))
            except Cycle as cycle:
                shown = Cycle(tuple(tuple(map(outward, key)) for key in cycle.keys))
                why = (
                    f"`{key_text(item.name.text, shown.keys[0])}` is defined by way of itself: "
                    f"{shown.text(item.name.text)}"
                )
                raise Undefined("recursive-definition", why, item.name.span) from None

        return read_in_turn

    def members(
        self, item: nodes.Let | nodes.Choice, world: World | None = None
    ) -> dict[tuple[Any, ...], None]:
        """The indices of a family, in order of the text; one empty tuple for a plain name."""
        from .domains import compile_binders

        world = world or World({})

        def compute() -> dict[tuple[Any, ...], None]:
            each, _ = compile_binders(item.binders, None, self.scope)
            frame = Frame(world, {})
            slots = [b.name for b in item.binders]
            return {tuple(frame.values[s] for s in slots): None for _ in each(frame)}

        found: dict[tuple[Any, ...], None] = remember(self.known, world, (item, "members"), compute)
        return found

    def record_field(self, name: str, field_name: nodes.Ident) -> Any:
        """A field of a record, from its name and the place that reads it."""
        record = self.bound.records[name]
        if field_name.text not in record:
            given = (
                isinstance(node := self.spec.names[name], nodes.Hardware) and node.given is not None
            )
            raise missing_field(name, field_name.text, field_name, given)
        return inward(record[field_name.text])

    def row(self, name: str, key: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The row of a table with a key, or None."""
        place = ("row", name, key)
        if place not in self.known:
            found = self.bound.tables[name].rows.get(tuple(map(outward, key)))
            self.known[place] = None if found is None else tuple(map(inward, found))
        row: tuple[Any, ...] | None = self.known[place]
        return row

    # ----------------------------------------------------------------------------- compiling

    def expression(self, node: nodes.Expr) -> Run:
        """A file-level expression, compiled once."""
        key = (node, "expression")
        if key not in self.compiled:
            self.compiled[key] = self.scope.expression(node)
        run: Run = self.compiled[key]
        return run

    def domain(self, node: nodes.Domain) -> Domain:
        """A file-level domain, compiled once."""
        key = (node, "domain")
        if key not in self.compiled:
            self.compiled[key] = self.scope.domain(node)
        domain: Domain = self.compiled[key]
        return domain

    def operation(self, op: nodes.Op) -> Operation:
        """An op or network of this file, compiled once."""
        from .networks import Operation

        if op not in self.compiled:
            self.compiled[op] = Operation(self, op)
        operation: Operation = self.compiled[op]
        return operation

    def tensor_sum(self, rank: int) -> Operation:
        """The op that adds tensors of a rank, of the first import of std.nn."""
        owner = self if self.spec.module == STD_NN else None
        for alias, spec in self.spec.imports.items():
            if owner is None and spec.module == STD_NN:
                owner = self.imported(alias)
        op = None if owner is None else owner.spec.names.get("add" if rank == 3 else "add_tokens")
        if owner is None or not isinstance(op, nodes.Op):
            raise EvaluationError(f"a sum of tensors needs `import {STD_NN}`")
        return owner.operation(op)


def literal(value: Fraction, unit_name: str | None = None) -> Any:
    """A number as written, in base units."""
    return inward(value if unit_name is None else value * unit(unit_name)[0])


def missing_row(table: str, key: tuple[Any, ...], node: nodes.Node) -> Broken:
    """A table has no row for a key."""
    shown = ", ".join(str(k) for k in key)
    return Broken(f"`{table}` has no row for ({shown})", node.span, slug="missing-row")
