"""Names, members of families, fields: everything that is looked up."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeGuard

from archwright.dsl import nodes
from archwright.dsl.diagnostics import Label
from archwright.dsl.names import BUILTINS
from archwright.dsl.walk import walk

from ..bound import Deferred, key_text
from ..mistakes import missing_field
from ..recurrence import Cycle, Recurrence, TooDeepHere
from ..values import Enumerator, Value
from . import choices, domains, tables
from .calls import Call
from .definitions import Definition
from .domains import Layers
from .local_lets import LocalLet, member_scope
from .logic import Truth
from .scope import Module, Scope
from .values import (
    MISSING,
    BuiltIn,
    Count,
    EnumRef,
    Family,
    FnRef,
    Indexed,
    Lowered,
    OpRef,
    Record,
    RowRef,
    Slot,
    TableRef,
)

if TYPE_CHECKING:
    from .core import Lowering


def name(low: Lowering, node: nodes.Name, scope: Scope) -> Lowered:
    """A bare name: local, then of the file, then an enumerator."""
    local = scope.names.get(node.text, MISSING)
    if local is not MISSING:
        if isinstance(local, LocalLet) and not local.node.binders:
            return local.read((), node, scope)
        return local.read(scope.path) if isinstance(local, Definition) else local
    found = _global(low, scope.module, node.text, node, scope)
    if found is not MISSING:
        return found
    if node.text == "preferences":
        from .goals import penalty

        return penalty(low)
    return BuiltIn(node.text)


def function(low: Lowering, node: nodes.Expr, scope: Scope) -> Lowered:
    """What stands before `(`: a built-in function, whatever else has its name, or a value."""
    if isinstance(node, nodes.Name) and node.text in BUILTINS:
        return BuiltIn(node.text)
    return low.value(node, scope)


def _global(low: Lowering, module: Module, text: str, node: nodes.Node, scope: Scope) -> Lowered:
    item = module.spec.names.get(text)
    match item:
        case nodes.Param():
            return parameter(low, module, item)
        case nodes.Let():
            return Family(module, item) if item.binders else let(low, module, item, (), node, scope)
        case nodes.Choice():
            if item.binders:
                return Family(module, item)
            return choices.read(low, module, item, (), node, scope)
        case nodes.Fn():
            return FnRef(module, item)
        case nodes.Op():
            return OpRef(module, item)
        case nodes.Table():
            return TableRef(module, module.bound.tables[text])
        case nodes.Hardware():
            return Record(text, module.bound.records[text], item.given is not None)
        case nodes.Import():
            return module.imports[text]
        case nodes.Enum():
            return EnumRef(module.enum(item))
    enums = module.spec.enumerators.get(text, ())
    if enums:
        return next(m for m in module.enum(enums[0]) if m.name == text)
    return MISSING


def parameter(low: Lowering, module: Module, item: nodes.Param) -> Lowered:
    """A parameter: its value, or the importer's expression, which must be in its domain."""
    text = item.name.text
    if text not in module.parameters:
        value = module.bound.parameters[text]
        if isinstance(value, Deferred) and module.outer is not None:
            lowered = low.value(value.expression, module.outer.scope)
            where = domains.domain(low, item.domain, module.scope)
            inside = domains.contains(low, where, lowered, item)
            if inside is False:
                low.fail(
                    "out-of-domain",
                    f"`{value.expression.span.text}` can never be in the domain of `{text}`",
                    value.expression,
                    module.scope,
                    notes=(f"the domain is {item.domain.span.text}",),
                )
            low.structure(inside, True, f"domain of {module.prefix}{text}", item, module.scope)
            module.parameters[text] = lowered
        else:
            module.parameters[text] = value
    return module.parameters[text]


def let(
    low: Lowering,
    module: Module,
    item: nodes.Let,
    indices: tuple[Value, ...],
    node: nodes.Node,
    scope: Scope,
) -> Lowered:
    """A `let` of a file, or one member of a family of them, for a reader."""
    definition, guard = _let(low, module, item, indices, node, scope)
    if guard is not True and not low.proves(guard, scope.path):
        choices.unguarded(low, module, item, indices, node, scope)
    if indices and not definition.known(scope.path):
        return _work_out(low, module, item, indices, definition, node, scope)
    return definition.read(scope.path)


def _work_out(
    low: Lowering,
    module: Module,
    item: nodes.Let,
    indices: tuple[Value, ...],
    definition: Definition,
    node: nodes.Node,
    scope: Scope,
) -> Lowered:
    """A member of a family, which may read others of it."""
    turns = low.turns

    def work() -> Lowered:
        try:
            return definition.read(scope.path)
        except TooDeepHere:
            low.turns = turns  # it starts again
            raise

    try:
        return module.recurrences.setdefault(item, Recurrence()).work_out(indices, work)
    except Cycle as cycle:
        low.fail(
            "recursive-definition",
            f"`{key_text(item.name.text, cycle.keys[0])}` is defined by way of itself: "
            f"{cycle.text(item.name.text)}",
            node,
            scope,
            label="it is read here",
            labels=(Label(item.name.span, "the family"),),
        )


def demand(low: Lowering, module: Module, item: nodes.Let, indices: tuple[Value, ...]) -> None:
    """Demand what a `let` needs, whether or not anything reads it."""
    definition, guard = _let(low, module, item, indices, item, module.scope)
    scope = module.scope.under(guard)
    definition.demand(
        (lambda: _work_out(low, module, item, indices, definition, item, scope))
        if indices
        else None,
        everywhere=_says_exact(item.value),
    )


def _says_exact(value: nodes.Expr) -> bool:
    """Whether an expression demands by itself that something is whole."""
    return any(
        isinstance(node, nodes.Call)
        and isinstance(node.function, nodes.Name)
        and node.function.text == "exact"
        for node in walk(value)
    )


def _let(
    low: Lowering,
    module: Module,
    item: nodes.Let,
    indices: tuple[Value, ...],
    node: nodes.Node,
    scope: Scope,
) -> tuple[Definition, Truth]:
    """A `let` and its guard."""
    key = (item, indices)
    if key not in module.lets:
        inner = member_scope(low, module.scope, item, indices, node, scope)
        guard = True if item.guard is None else low.truth(item.guard, inner)

        def compute(path: Truth) -> Lowered:
            return low.value(item.value, inner.under(low.logic.both(guard, path)))

        module.lets[key] = Definition(low, compute, guard, demanded=True), guard
    return module.lets[key]


# ------------------------------------------------------------------------------------------ members


def index(low: Lowering, node: nodes.Index, scope: Scope) -> Lowered:
    """`base[i, j]`."""
    base = low.value(node.base, scope)
    if isinstance(base, Indexed):
        (place,) = (low.value(i, scope) for i in node.indices)
        number = (
            place.place
            if isinstance(place, Slot)
            else int(low.static(node.indices[0], scope, "an index"))
        )
        return base.members[number - 1]
    indices = tuple(low.value(i, scope) for i in node.indices)
    if isinstance(base, TableRef):
        return RowRef(base, indices, scope.path)
    if isinstance(base, Family | LocalLet):
        static = tuple(
            low.as_number(i, node) if isinstance(i, Slot | Count) else i for i in indices
        )
        if is_static(static):
            return member(low, base, static, node, scope)
        return _select(low, base, static, node, scope)
    raise low.confused(node, "a family or a table")


def is_static(values: tuple[Lowered, ...]) -> TypeGuard[tuple[Value, ...]]:
    """Whether values are the same under all choices."""
    return all(isinstance(v, Fraction | bool | Enumerator) for v in values)


def member(
    low: Lowering,
    family: Family | LocalLet,
    indices: tuple[Value, ...],
    node: nodes.Node,
    scope: Scope,
) -> Lowered:
    """One member of a family of choices or `let`s."""
    if isinstance(family, LocalLet):
        return family.read(indices, node, scope)
    if isinstance(family.node, nodes.Choice):
        return choices.read(low, family.module, family.node, indices, node, scope)
    return let(low, family.module, family.node, indices, node, scope)


def _select(
    low: Lowering,
    family: Family | LocalLet,
    indices: tuple[Lowered, ...],
    node: nodes.Node,
    scope: Scope,
) -> Lowered:
    """A member whose index depends on choices: one of those that the index can reach."""
    from .expressions import choose, compare

    result: Lowered = MISSING
    reached: list[Truth] = []
    keys = (
        family.keys()
        if isinstance(family, LocalLet)
        else choices.members(low, family.module, family.node)
    )
    for key in keys:
        here = low.logic.both(
            *(compare(low, "==", i, k, node) for i, k in zip(indices, key, strict=True))
        )
        here = low.logic.known(here, scope.path)
        if here is False:
            continue
        inner = scope.under(low.logic.both(scope.path, here))
        value = member(low, family, key, node, inner)
        result = value if result is MISSING else choose(low, here, value, result, node)
        reached.append(here)
    if not low.proves(low.logic.either(*reached), scope.path):
        choices.no_member(low, family.node, None, None, node, scope)
    return result


# ------------------------------------------------------------------------------------------- fields


def field(low: Lowering, node: nodes.Field, scope: Scope) -> Lowered:
    """`base.name`."""
    from .networks import calls_of

    base = low.value(node.base, scope)
    text = node.name.text
    match base:
        case Module():
            found = _global(low, base, text, node, scope)
            if found is MISSING:
                raise low.confused(node, f"something called {text}")
            return found
        case EnumRef():
            return next(m for m in base.members if m.name == text)
        case Record():
            if text not in base.fields:
                raise missing_field(base.name, text, node.name, base.given)
            return base.fields[text]
        case RowRef():
            return tables.look_up(low, base, text, node, scope)
        case OpRef():
            return Layers(calls_of(low, base, text))
        case Call():
            return base.cost(text, node, scope)
    raise low.confused(node, "something with fields")
