"""Ranks of tensors, calls of ops, and the costs that layers have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from . import nodes
from .arguments import Place, match
from .diagnostics import Label
from .infer import Inference, Rule, each, rule
from .labels import check_labels
from .mismatch import wrong_kind
from .spec import Target
from .types import (
    BOOL,
    NUMBER,
    UNKNOWN,
    Cost,
    FamilyType,
    NetworkType,
    Num,
    OpType,
    TensorType,
    Type,
    TypeVariable,
    Unknown,
)
from .unify import Substitution, cost_instances, instance, joined, resolve, unify
from .walk import walk

# What the schedule reads of a leaf, and what it must be.
SCHEDULE: dict[str, Type] = {"scratch": NUMBER, "reuse": BOOL}


@rule(nodes.Op)
def _op(self: Inference, node: nodes.Op) -> Rule:
    self.tensors, self.bound, self.calls = {}, {}, []
    formals = yield from each(node.formals)
    lets = {let for let in node.body if isinstance(let, nodes.Let)}
    yield from each([let for let in self.order if let in lets])
    yield from each([s for s in node.body if isinstance(s, nodes.Require)])
    result = yield from _result(self, node)
    own = _own_costs(self, node)
    check_labels(self, node)
    leaf_costs: dict[str, tuple[Cost, ...]] = {}
    layer_costs: dict[str, tuple[Cost, ...]] = {}
    for called in self.calls:
        _merge(layer_costs, called.own_costs)
        _merge(leaf_costs, called.own_costs if called.declaration.leaf else called.leaf_costs)
    if not node.leaf:
        own = {**leaf_costs, **own}
    self.tensors = {}
    costs = (own, layer_costs, leaf_costs)
    if node.network:
        return NetworkType(node, tuple(formals), result, *costs, _left_open(self, node))
    return OpType(node, tuple(formals), result, *costs)


def _left_open(self: Inference, node: nodes.Op) -> str:
    """What a network leaves to its caller."""
    for formal in node.formals:
        name = formal.name.text
        if isinstance(formal.kind, nodes.Tensor):
            if formal.binders:
                return f"how many tensors `{name}` is, its caller says"
            for part in walk(formal.kind):
                if part in self.shapes:
                    return f"the dimension `{part.span.text}` of `{name}` is left to a caller"
        elif formal.default is None:
            return f"its formal `{name}` has no default"
    return ""


def _merge(into: dict[str, tuple[Cost, ...]], costs: Mapping[str, tuple[Cost, ...]]) -> None:
    for name, several in costs.items():
        known = into.get(name, ())
        into[name] = (*known, *[cost for cost in several if not _has(known, cost)])


def _has(known: Iterable[Cost], cost: Cost) -> bool:
    """Whether a cost of that unit is known; one with an open unit counts as new."""
    type_ = resolve(cost.type)
    return any(resolve(other.type) == type_ for other in known)


def _own_costs(self: Inference, node: nodes.Op) -> dict[str, tuple[Cost, ...]]:
    """The numeric `let`s of an op, and what the schedule demands of three of them."""
    costs: dict[str, tuple[Cost, ...]] = {}
    for let in node.body:
        if not isinstance(let, nodes.Let):
            continue
        name = let.name.text
        type_ = resolve(self.types[let])
        if name == "live":
            self.report.add(
                "reserved-cost",
                "`live` follows from the schedule and cannot be stated",
                let.name.span,
                notes=("room needed while the op runs is called `scratch`",),
            )
        elif node.leaf and name in SCHEDULE:
            self.fits(let.value, type_, SCHEDULE[name], f"`{name}`")
        if isinstance(type_, Num) and name != "live":
            costs[name] = (Cost(type_, let),)
    return costs


# ---------------------------------------------------------------------------------------- formals


@rule(nodes.Formal)
def _formal(self: Inference, node: nodes.Formal) -> Rule:
    indices = []
    for binder in node.binders:
        if isinstance(binder.domain, nodes.Range) and binder.domain.hi in self.shapes:
            self.types[binder.domain.hi] = NUMBER
        indices.append((yield binder))
    type_: Type
    if isinstance(node.kind, nodes.Tensor):
        type_ = yield node.kind
        if indices:
            type_ = FamilyType(tuple(indices), type_)
    elif node.binders:
        self.report.add(
            "kind-mismatch",
            "only tensors may come in any number",
            node.span,
            notes=(f"write `{node.span.text}: tensor[…]`",) if node.kind is None else (),
        )
        return UNKNOWN
    elif node.kind is not None:
        domain = yield node.kind
        type_ = self.member(node.kind, domain)
        type_ = NUMBER if isinstance(type_, Num) and type_.zero else type_
    else:
        type_ = TypeVariable()
    if node.default is not None:
        default = yield node.default
        self.fits(node.default, default, type_, f"`{node.name.text}`")
    return type_


@rule(nodes.Tensor)
def _tensor(self: Inference, node: nodes.Tensor) -> Rule:
    for dimension in node.dimensions:
        if dimension in self.shapes:
            self.types[dimension] = NUMBER
        elif isinstance(dimension, nodes.Index) and dimension.base in self.shapes:
            indices = tuple([NUMBER] * len(dimension.indices))
            self.types[dimension.base] = FamilyType(indices, NUMBER)
        found = yield dimension
        self.plain(dimension, found, "a dimension")
    return TensorType(len(node.dimensions))


def _result(self: Inference, node: nodes.Op) -> Rule:
    """The statements in order, and the tensor that comes out."""
    declared: Type = UNKNOWN
    if node.result is not None:
        declared = yield node.result
    returned: Type | None = None
    for i, statement in enumerate(node.body):
        if isinstance(statement, nodes.Let | nodes.Require):
            continue
        if isinstance(statement, nodes.Return):
            returned = yield statement
            if node.result is not None and not unify(declared, returned):
                self.fits(statement.value, returned, declared, f"the result of `{node.name.text}`")
            later = [s for s in node.body[i + 1 :] if not isinstance(s, nodes.Let | nodes.Require)]
            if later:
                self.report.add(
                    "misplaced-return",
                    "`return` is the last statement; what follows never runs",
                    statement.span,
                    labels=(Label(later[0].span, "this follows"),),
                )
                break
        else:
            yield statement
    if returned is None and (node.network or not node.leaf) and not node.builtin:
        kind = "network" if node.network else "op"
        self.report.add(
            "missing-return",
            f"the {kind} `{node.name.text}` does not say which tensor comes out",
            node.name.span,
            notes=("its last statement is `return` with that tensor",),
        )
    elif node.result is None and returned is None:
        self.report.add(
            "missing-result",
            f"the op `{node.name.text}` does not say what comes out",
            node.name.span,
            notes=("a leaf says so with `-> tensor[…]`",),
        )
    if node.builtin and not node.leaf:
        self.report.add(
            "built-in-body",
            "a `builtin` op states its shape and costs only; it has no statements",
            node.name.span,
        )
    return declared if node.result is not None else (returned or UNKNOWN)


# ------------------------------------------------------------------------------------- statements


@rule(nodes.Return)
def _return(self: Inference, node: nodes.Return) -> Rule:
    return (yield from _value(self, node.value, "`return` needs a tensor"))


def _value(self: Inference, node: nodes.Expr, needs: str) -> Rule:
    """The tensor that a statement binds or returns; only here may ops be called."""
    outer, self.statements = self.statements, True
    found = resolve((yield node))
    self.statements = outer
    if not isinstance(found, TensorType | Unknown):
        wrong_kind(self, node, needs, found)
        return UNKNOWN
    return found


@rule(nodes.Bind)
def _bind(self: Inference, node: nodes.Bind) -> Rule:
    indices = yield from each(node.indices)
    for index, type_ in zip(node.indices, indices, strict=True):
        self.plain(index, type_, "the index of a tensor")
    found = yield from _value(self, node.value, "a statement binds a tensor")
    yield from each(node.label_indices)
    use = self.use(node)
    if not isinstance(use, Target):
        return UNKNOWN
    type_ = FamilyType(tuple([NUMBER] * len(indices)), found) if indices else found
    before = self.tensors.get(use.node, self.types.get(use.node))
    if isinstance(before, FamilyType) != bool(indices) and before is not None:
        if not isinstance(before, Unknown) and not isinstance(found, Unknown):
            self.report.add(
                "kind-mismatch",
                f"`{node.name.text}` is {'a family of tensors' if not indices else 'one tensor'} "
                f"before and {'one tensor' if not indices else 'a family'} here",
                node.name.span,
                labels=_before(self, use.node),
            )
    elif isinstance(before, FamilyType):
        # All members of a family have one rank.
        if not unify(before, type_):
            _ranks(self, node, before, type_, _before(self, use.node))
        type_ = before if isinstance(found, Unknown) else type_
    self.tensors[use.node] = type_
    self.bound[use.node] = node
    return type_


def _before(self: Inference, tensor: nodes.Node) -> tuple[Label, ...]:
    return (Label(self.bound.get(tensor, tensor).span, "as here"),)


def _ranks(
    self: Inference, node: nodes.Node, before: Type, after: Type, labels: Sequence[Label]
) -> None:
    a, b = _tensor_of(before), _tensor_of(after)
    if _tensor_of(self.types.get(node, UNKNOWN)) == a:
        a, b = b, a  # the statement says which one is new
    if isinstance(a, TensorType) and isinstance(b, TensorType) and a.rank != b.rank:
        self.report.add(
            "rank-mismatch",
            f"this tensor has rank {a.rank} before and {b.rank} from here on",
            node.span,
            f"rank {b.rank}",
            labels=labels,
            notes=("what is bound under a condition or in a loop keeps its rank",),
        )


def _tensor_of(type_: Type) -> Type:
    type_ = resolve(type_)
    return resolve(type_.member) if isinstance(type_, FamilyType) else type_


@rule(nodes.Branch)
def _branch(self: Inference, node: nodes.Branch) -> Rule:
    condition = yield node.condition
    self.truth(node.condition, condition, "`if` needs a truth value")
    before = dict(self.tensors)
    yield from _block(self, node.then)
    then, self.tensors = self.tensors, before
    yield from _block(self, node.otherwise)
    _merged(self, then, node)
    return UNKNOWN


@rule(nodes.Loop)
def _loop(self: Inference, node: nodes.Loop) -> Rule:
    yield from each(node.binders)
    if node.guard is not None:
        guard = yield node.guard
        self.truth(node.guard, guard, "`when` needs a truth value")
    before = dict(self.tensors)
    yield from _block(self, node.body)
    _merged(self, before, node)
    return UNKNOWN


def _block(self: Inference, statements: Iterable[nodes.Node]) -> Rule:
    lets = {statement for statement in statements if isinstance(statement, nodes.Let)}
    if lets:
        yield from each([let for let in self.order if let in lets])
    for statement in statements:
        if isinstance(statement, nodes.Let):
            continue
        if isinstance(statement, nodes.Return):
            self.report.add(
                "misplaced-return",
                "`return` stands at the end of an op, outside of conditions and loops",
                statement.span,
            )
        yield statement
    return UNKNOWN


def _merged(self: Inference, other: Mapping[nodes.Node, Type], node: nodes.Node) -> None:
    """After a condition or loop a tensor may be what it was or what it became."""
    for tensor, type_ in other.items():
        now = self.tensors.get(tensor, self.types.get(tensor))
        if now is not None and not unify(type_, now):
            bound = self.bound.get(tensor, node)
            _ranks(self, bound, type_, now, ())
        self.tensors.setdefault(tensor, type_)
    for tensor, type_ in list(self.tensors.items()):
        formal = self.types.get(tensor)
        if tensor in other or not isinstance(tensor, nodes.Formal) or formal is None:
            continue
        if not unify(formal, type_):
            _ranks(self, self.bound.get(tensor, node), formal, type_, ())


# ------------------------------------------------------------------------------------------ calls


def call_op(self: Inference, node: nodes.Call, op: OpType) -> Rule:
    """A call of an op, with tensors and values."""
    if not _allowed(self, node, op):
        yield from each([argument.value for argument in node.arguments])
        return UNKNOWN
    declaration = op.declaration
    places = [
        Place(f.name.text, f.default is not None, isinstance(t, FamilyType))
        for f, t in zip(declaration.formals, op.formals, strict=True)
    ]
    fresh: Substitution = {}
    pairs = match(node, places, self.report, declaration)
    self.passed[node] = [(declaration.formals[index], value) for index, value in pairs]
    for index, value in pairs:
        found = yield value
        formal = declaration.formals[index]
        wanted = resolve(instance(op.formals[index], fresh))
        if isinstance(wanted, FamilyType):
            wanted = wanted.member
        _argument(self, node, formal, value, resolve(found), wanted)
    return _called(self, op, fresh)


def call_op_with_family(self: Inference, node: nodes.Comprehension, op: OpType, body: Type) -> Type:
    """`nn.concat(h[j] for j in S)`: an op of a family of tensors."""
    if not _allowed(self, node, op):
        return UNKNOWN
    if node.otherwise is not None:
        self.report.add(
            "unexpected-else",
            "an op of no tensors has no value; only `max` and `min` take `else`",
            node.otherwise.span,
        )
    families = [t for t in op.formals if isinstance(t, FamilyType)]
    needed = [
        f.name.text
        for f, t in zip(op.declaration.formals, op.formals, strict=True)
        if f.default is None and not isinstance(t, FamilyType)
    ]
    if not families or needed:
        self.report.add(
            "not-a-fold",
            f"`{node.function.span.text}` takes no `for`",
            node.span,
            labels=(Label(op.declaration.name.span, "declared here"),),
            notes=("only an op of any number of tensors, and of nothing else, does",),
        )
        return UNKNOWN
    formal = next(
        f for f, t in zip(op.declaration.formals, op.formals, strict=True) if t is families[0]
    )
    _argument(self, node, formal, node.body, resolve(body), families[0].member)
    return _called(self, op, {})


def _allowed(self: Inference, node: nodes.Call | nodes.Comprehension, op: OpType) -> bool:
    if not self.statements:
        self.report.add(
            "op-outside-network",
            f"`{op.declaration.name.text}` is an op; ops are called in the statements of a network",
            node.span,
        )
    return self.statements


def _argument(
    self: Inference,
    node: nodes.Expr,
    formal: nodes.Formal,
    value: nodes.Expr,
    found: Type,
    wanted: Type,
) -> None:
    """An argument fits its formal: tensors by rank, values by kind and unit."""
    function = node.function.span.text if isinstance(node, nodes.Call | nodes.Comprehension) else ""
    label = Label(formal.name.span, "declared here")
    if isinstance(wanted, TensorType) and isinstance(found, TensorType):
        if wanted.rank != found.rank:
            self.report.add(
                "rank-mismatch",
                f"`{function}` reads a tensor of rank {wanted.rank}; this has rank {found.rank}",
                value.span,
                f"rank {found.rank}",
                labels=(Label(formal.span, f"rank {wanted.rank}"),),
            )
        return
    self.fits(value, found, wanted, f"`{formal.name.text}` of `{function}`", label)


def _called(self: Inference, op: OpType, fresh: Substitution) -> Type:
    self.calls.append(
        OpType(
            op.declaration,
            (),
            op.result,
            cost_instances(op.own_costs, fresh),
            {},
            cost_instances(op.leaf_costs, fresh),
        )
    )
    return op.result


def sum_of_tensors(self: Inference, values: Sequence[nodes.Expr], found: Sequence[Type]) -> Type:
    """A sum of tensors of equal shape: the primitive `add`, of sequences `add_tokens`."""
    if not self.statements:
        wrong_kind(self, values[0], "`sum` needs numbers", found[0])
        return UNKNOWN
    result = resolve(found[0])
    for value, type_ in zip(values, found, strict=True):
        type_ = resolve(type_)
        if not isinstance(type_, TensorType | Unknown):
            wrong_kind(self, value, "a sum of tensors has tensors only", type_)
            return UNKNOWN
        if not unify(result, type_):
            _ranks(self, value, result, type_, ())
        result = joined(result, type_)
    if isinstance(result, TensorType) and result.rank >= 0 and result.rank not in (2, 3):
        self.report.add(
            "rank-mismatch",
            f"`sum` adds images and sequences, of rank 3 and 2; this has rank {result.rank}",
            values[0].span,
            f"rank {result.rank}",
        )
    elif isinstance(result, TensorType):
        _add(self, result.rank)
    return result


def _add(self: Inference, rank: int) -> None:
    """Count the op that adds tensors of a rank among the layers, for its costs."""
    for spec in self.imports.values():
        if spec is not None and spec.module == "std.nn":
            op = spec.types[spec.names["add" if rank == 3 else "add_tokens"]]
            if isinstance(op, OpType):
                _called(self, op, {})
            return
