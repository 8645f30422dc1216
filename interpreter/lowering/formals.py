"""Formals of ops: arguments bound, shapes named at their first use, domains checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from archwright.dsl import nodes
from archwright.dsl.diagnostics import Fix
from archwright.dsl.walk import walk

from . import domains
from .definitions import Definition
from .logic import Truth
from .numbers import Number
from .scope import Module, Scope
from .tensors import UNBOUND, Either, Reference, Shape, Tensor, Unbound, merge, same, shape
from .values import Count, Indexed, Lowered

if TYPE_CHECKING:
    from .calls import Call
    from .core import Lowering

Family: TypeAlias = list[tuple[Truth, Reference]]


def closed(module: Module, op: nodes.Op) -> bool:
    """Whether a network can stand alone: its shapes and values are known without arguments."""
    return (
        not fresh_names(module, op)
        and not any(f.binders for f in op.tensor_formals)
        and all(f.default is not None for f in op.value_formals)
    )


def fresh_names(module: Module, op: nodes.Op) -> frozenset[str]:
    """The shape names and counts that the tensors of an op bind."""
    key = ("fresh", op)
    if key not in module.memory:
        values = (nodes.Param, nodes.Let, nodes.Choice)
        known = {n for n, item in module.spec.names.items() if isinstance(item, values)}
        known |= {f.name.text for f in op.value_formals}
        found = set()
        for formal in op.tensor_formals:
            known |= {b.name.text for b in formal.binders}
            found |= {b.domain.hi.text for b in formal.binders if _counts(b)} - known  # type: ignore[union-attr]
        for formal in op.tensor_formals:
            for dimension in _dimensions(formal):
                base = dimension.base if isinstance(dimension, nodes.Index) else dimension
                if isinstance(base, nodes.Name) and base.text not in known:
                    found.add(base.text)
        module.memory[key] = frozenset(found)
    fresh: frozenset[str] = module.memory[key]
    return fresh


def _counts(binder: nodes.Binder) -> bool:
    return isinstance(binder.domain, nodes.Range) and isinstance(binder.domain.hi, nodes.Name)


def _dimensions(formal: nodes.Formal) -> tuple[nodes.Expr, ...]:
    return formal.kind.dimensions if isinstance(formal.kind, nodes.Tensor) else ()


# ----------------------------------------------------------------------------------------- entering


def defaults(low: Lowering, call: Call, names: dict[str, Lowered]) -> None:
    """Give value formals without argument their defaults, which may read other formals."""
    for formal in call.op.node.value_formals:
        if formal.name.text in names or formal.default is None:
            continue
        default = formal.default
        if isinstance(default, nodes.Number | nodes.Quantity | nodes.Bool):
            names[formal.name.text] = low.value(default, call.scope)
        else:
            names[formal.name.text] = Definition(low, _default(low, call, formal), call.active)


def _default(low: Lowering, call: Call, formal: nodes.Formal) -> Callable[[Truth], Lowered]:
    node = formal.default
    assert node is not None
    hidden = _hidden(call.op.module, call.op.node, formal)

    def compute(path: Truth) -> Lowered:
        scope = call.scope
        if hidden:
            names = {name: value for name, value in scope.names.items() if name not in hidden}
            scope = Scope(scope.module, names, scope.path, scope.loops)
        return low.value(node, scope.under(path))

    return compute


def _hidden(module: Module, op: nodes.Op, formal: nodes.Formal) -> frozenset[str]:
    """The names in a default that mean what the file says: `let`s, its own and later formals."""
    key = ("hidden", formal)
    if key not in module.memory:
        later = op.formals[op.formals.index(formal) :]
        names = {f.name.text for f in later if not isinstance(f.kind, nodes.Tensor)}
        names |= {item.name.text for item in op.body if isinstance(item, nodes.Let)}
        default = () if formal.default is None else walk(formal.default)
        read = {node.text for node in default if isinstance(node, nodes.Name)}
        module.memory[key] = frozenset(names & read)
    hidden: frozenset[str] = module.memory[key]
    return hidden


def enter(
    low: Lowering,
    call: Call,
    given: dict[str, Family],
    names: dict[str, Lowered],
    node: nodes.Node,
) -> dict[tuple[str, tuple[Lowered, ...]], Reference]:
    """Bind the tensors of a call and the names of their dimensions; check what is used twice."""
    op = call.op.node
    fresh = fresh_names(call.op.module, op)
    tensors: dict[tuple[str, tuple[Lowered, ...]], Reference] = {}
    uses: list[tuple[nodes.Formal, nodes.Expr, Truth, Number]] = []
    for formal in op.tensor_formals:
        family = given[formal.name.text]
        present = [condition for condition, _ in family]
        shapes = [shape(low, _bound(reference)) for _, reference in family]
        call.inputs.extend(family)
        if formal.binders:
            for i, (condition, reference) in enumerate(family):
                place = merge(condition, reference, UNBOUND)
                tensors[formal.name.text, (Fraction(i + 1),)] = place
            _bind_count(formal, present, names, fresh)
        else:
            tensors[formal.name.text, ()] = family[0][1]
        for axis, dimension in enumerate(_dimensions(formal)):
            sizes = [s[axis] for s in shapes]
            uses += _bind_dimension(low, formal, dimension, present, sizes, names, fresh)
    for formal, dimension, condition, have in uses:
        want = low.number(dimension, call.scope)
        if not same(want, have):
            _demand_equal(low, call, formal, dimension, condition, want, have, node)
    return tensors


def _bound(reference: Reference) -> Tensor | Either:
    if isinstance(reference, Unbound):
        raise TypeError("an unbound tensor reached a call")
    return reference


def _bind_count(
    formal: nodes.Formal, present: list[Truth], names: dict[str, Lowered], fresh: frozenset[str]
) -> None:
    for binder in formal.binders:
        count = binder.domain.hi if isinstance(binder.domain, nodes.Range) else None
        if isinstance(count, nodes.Name) and count.text in fresh:
            everything = all(c is True for c in present)
            names[count.text] = Fraction(len(present)) if everything else Count(tuple(present))


def _bind_dimension(
    low: Lowering,
    formal: nodes.Formal,
    dimension: nodes.Expr,
    present: list[Truth],
    sizes: list[Number],
    names: dict[str, Lowered],
    fresh: frozenset[str],
) -> list[tuple[nodes.Formal, nodes.Expr, Truth, Number]]:
    """Bind a shape name at its first use; gives what has to be compared instead."""
    base = dimension.base if isinstance(dimension, nodes.Index) else dimension
    pairs = list(zip(present, sizes, strict=True))
    if isinstance(base, nodes.Name) and base.text in fresh and base.text not in names:
        if isinstance(dimension, nodes.Index):
            names[base.text] = Indexed(base.text, tuple(sizes))
            return []
        value = sizes[-1]
        for condition, number in reversed(pairs[:-1]):
            value = value if same(number, value) else low.numbers.choose(condition, number, value)
        names[base.text] = value
        pairs = [(c, n) for c, n in pairs if not same(n, value)]
    return [(formal, dimension, condition, number) for condition, number in pairs]


def _demand_equal(
    low: Lowering,
    call: Call,
    formal: nodes.Formal,
    dimension: nodes.Expr,
    condition: Truth,
    want: Number,
    have: Number,
    node: nodes.Node,
) -> None:
    path = low.logic.both(call.active, condition)
    fits = low.numbers.compare("==", want, have)
    if low.follows(fits, path):
        return
    if fits is False and path is True:
        low.fail(
            "shape-mismatch",
            f"`{formal.name}` of `{call.op.node.name}` has {_text(low, have)} "
            f"where {dimension.span.text} is {_text(low, want)}",
            node,
            call.scope,
            label=f"the call {call.place}",
        )
    low.structure(fits, path, f"shape of {call.place}", node, call.scope)


def _text(low: Lowering, number: Number) -> str:
    lo, hi = low.numbers.bounds(number)
    return str(lo) if lo == hi else f"{lo} .. {hi}"


# ----------------------------------------------------------------------------------------- checking


def declared_shape(low: Lowering, kind: object, scope: Scope) -> Shape:
    """The shape that an op or formal declares; every size is whole and at least 1."""
    if not isinstance(kind, nodes.Tensor):
        raise TypeError("a tensor is needed here")
    return tuple(_size(low, dimension, scope) for dimension in kind.dimensions)


def _size(low: Lowering, node: nodes.Expr, scope: Scope) -> Number:
    number = low.number(node, scope)
    value, whole = low.numbers.exact(number)
    if whole is True or (not isinstance(whole, bool) and low.proves(whole, scope.path)):
        _demand_some(low, value, node, scope)
        return value
    low.fail(
        "uneven-division",
        f"`{node.span.text}` is a size and may not be a whole number",
        node,
        scope,
        fixes=(Fix("write exact(...) to demand it, or floor(...) / ceil(...) to round"),),
    )


def _demand_some(low: Lowering, size: Number, node: nodes.Expr, scope: Scope) -> None:
    """Demand that a size is at least 1."""
    if low.numbers.bounds(size)[0] >= 1:
        return
    some = low.numbers.compare(">=", size, Fraction(1))
    if low.follows(some, scope.path):
        return
    if some is False and scope.path is True:
        low.fail(
            "shape-mismatch",
            f"`{node.span.text}` is a size and may not be {_text(low, size)}, only 1 or more",
            node,
            scope,
        )
    low.structure(some, scope.path, f"size {node.span.text}", node, scope)


def check_domains(low: Lowering, call: Call) -> None:
    """Demand that each value is in the domain of its formal."""
    for formal in call.op.node.value_formals:
        if formal.kind is None or _all_of_a_kind(call, formal.kind):
            continue
        value = call.scope.names[formal.name.text]
        if isinstance(value, Definition):
            value = value.read(call.active)
        where = _domain(low, call, formal)
        inside = domains.contains(low, where, value, formal)
        if inside is True or low.follows(inside, call.active):
            continue
        if inside is False and call.active is True:
            low.fail(
                "out-of-domain",
                f"`{formal.name}` of `{call.op.node.name}` is not in "
                f"{formal.kind.span.text} for the call {call.place}",
                formal,
                call.scope,
            )
        low.structure(
            inside, call.active, f"domain of {call.place}.{formal.name}", formal, call.scope
        )


def _all_of_a_kind(call: Call, kind: nodes.Domain | nodes.Tensor) -> bool:
    """Whether the checker alone sees that a value fits: `bool`, or an enum of the op's file."""
    if not isinstance(kind, nodes.Name):
        return False
    return kind.text == "bool" or isinstance(call.op.module.spec.names.get(kind.text), nodes.Enum)


def _domain(low: Lowering, call: Call, formal: nodes.Formal) -> domains.Domain:
    """A formal's domain; kept where it is written in plain numbers."""
    kind = formal.kind
    assert kind is not None and not isinstance(kind, nodes.Tensor)
    memory = call.op.module.memory
    if formal in memory:
        found: domains.Domain = memory[formal]
        return found
    where = domains.domain(low, kind, call.scope)
    parts: Sequence[nodes.Expr | None] = ()
    if isinstance(kind, nodes.Range):
        parts = (kind.lo, kind.hi, kind.step)
    elif isinstance(kind, nodes.Set):
        parts = kind.items
    if parts and all(p is None or isinstance(p, nodes.Number | nodes.Quantity) for p in parts):
        memory[formal] = where
    return where
