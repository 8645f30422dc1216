"""Names inside ops and networks: formals, dimensions, tensors, loops."""

from __future__ import annotations

from functools import partial

from . import nodes
from .names import declared, duplicate, words
from .resolve import Resolver, Scope, Step
from .spec import Target
from .walk import children

NUMERIC = (nodes.Param, nodes.Let, nodes.Choice)


def resolve_op(self: Resolver, op: nodes.Op) -> None:
    """Resolve an op: first its formals and their dimensions, then the body in order of the text."""
    scope = Scope()
    for formal in op.formals:
        _declare(self, scope, formal)
    for let in op.body:
        if isinstance(let, nodes.Let):
            scope.names.setdefault(let.name.text, let)
    for formal in op.formals:
        _formal(self, op, formal, scope)
    _duplicates(self, op, scope)
    if op.result is not None:
        self.push(*[self.expression(d, scope) for d in op.result.dimensions])
    self.drain()
    self.push(*[partial(_statement, self, statement, scope, scope) for statement in op.body])


def _declare(self: Resolver, scope: Scope, node: nodes.Node) -> None:
    name = declared(node)
    first = scope.names.setdefault(name.text, node)
    if first is not node:
        duplicate(name, declared(first), self.report)


def _duplicates(self: Resolver, op: nodes.Op, scope: Scope) -> None:
    """A `let` may not share its name with a formal, a dimension or another `let`."""
    for let in op.body:
        if isinstance(let, nodes.Let):
            first = scope.names[let.name.text]
            if first is not let:
                duplicate(let.name, declared(first), self.report, f"op `{op.name.text}`")


def _formal(self: Resolver, op: nodes.Op, formal: nodes.Formal, scope: Scope) -> None:
    """The first use of a name in `tensor[...]`, or as the length of a family, declares it."""
    inner = Scope(scope)
    for binder in formal.binders:
        domain = binder.domain
        if isinstance(domain, nodes.Range) and isinstance(domain.hi, nodes.Name):
            _shape(self, domain.hi, scope)
            self.counts |= self.shapes & {domain.hi}
        self.push(self.domain(domain, inner), partial(self.declare_binder, binder, inner))
        self.drain()
    if isinstance(formal.kind, nodes.Tensor):
        for dimension in formal.kind.dimensions:
            if isinstance(dimension, nodes.Name):
                _shape(self, dimension, scope)
            elif isinstance(dimension, nodes.Index) and isinstance(dimension.base, nodes.Name):
                _shape(self, dimension.base, scope)
            self.push(self.expression(dimension, inner))
            self.drain()
    elif formal.kind is not None:
        self.push(self.domain(formal.kind, inner))
    if formal.default is not None:
        self.push(self.expression(formal.default, _before(op, formal, scope)))
    self.drain()


def _before(op: nodes.Op, formal: nodes.Formal, scope: Scope) -> Scope:
    """What a default sees of its op: dimensions, and the formals in front of its own.

    So `bits = bits` passes on what the file calls `bits`, and defaults cannot go round in circles.
    """
    hidden = {f for f in op.formals[op.formals.index(formal) :] if not f.binders}
    visible = Scope()
    visible.names = {
        name: node
        for name, node in scope.names.items()
        if node not in hidden and not isinstance(node, nodes.Let)
    }
    return visible


def _shape(self: Resolver, name: nodes.Name, scope: Scope) -> None:
    """Declare a dimension unless the name is a formal or a number of the file."""
    if name.text in scope.names and not isinstance(scope.names[name.text], nodes.Let):
        return
    if isinstance(self.names.values.get(name.text), NUMERIC):
        return
    scope.names[name.text] = name
    self.shapes.add(name)


def _statement(self: Resolver, node: nodes.Node, scope: Scope, op: Scope) -> None:
    """Resolve a statement; tensors are declared in the scope of the op, and only once bound."""
    if isinstance(node, nodes.Let):
        self.let(node, scope)
    elif isinstance(node, nodes.Require):
        self.condition(node, scope)
    elif isinstance(node, nodes.Return):
        self.push(self.expression(node.value, scope))
    elif isinstance(node, nodes.Bind):
        inside = (*node.indices, node.value, *node.label_indices)
        self.push(
            *[self.expression(part, scope) for part in inside],
            partial(_bind, self, node, scope, op),
        )
    elif isinstance(node, nodes.Branch):
        self.push(
            self.expression(node.condition, scope),
            *_block(self, node.then, Scope(scope), op),
            *_block(self, node.otherwise, Scope(scope), op),
        )
    elif isinstance(node, nodes.Loop):
        inner = Scope(scope)
        steps: list[Step] = self.binders(node.binders, inner)
        self.push(
            *steps,
            self.maybe(node.guard, inner),
            *_block(self, node.body, inner, op),
        )
    else:
        self.push(*[self.expression(child, scope) for child in children(node)])


def _block(
    self: Resolver, body: tuple[nodes.Statement, ...], scope: Scope, op: Scope
) -> list[Step]:
    """The steps through a block; its `let`s are known in all of it, and nowhere else."""
    lets = [statement for statement in body if isinstance(statement, nodes.Let)]
    return [
        *[partial(_local_let, self, let, scope) for let in lets],
        *[partial(_statement, self, statement, scope, op) for statement in body],
    ]


def _local_let(self: Resolver, let: nodes.Let, scope: Scope) -> None:
    known = scope.find(let.name.text)
    if known is not None:
        duplicate(let.name, declared(known), self.report)
    scope.names[let.name.text] = let


def _bind(self: Resolver, node: nodes.Bind, scope: Scope, op: Scope) -> None:
    """Make a tensor known, or find the one that is bound again."""
    known = scope.find(node.name.text)
    if known is None:
        op.names[node.name.text] = node
        known = node
    elif not isinstance(known, nodes.Bind | nodes.Formal):
        self.report.add(
            "duplicate-name",
            f"`{node.name.text}` is {words(known)} here and cannot be bound to a tensor",
            node.name.span,
        )
    self.uses[node] = Target(known)
