"""Whether a comprehension may range over nothing, as far as the text shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from . import nodes
from .spec import Builtin, Target
from .static import MOST_COMBINATIONS, Bounds, Constant, Constants, bounds, constant_set
from .types import DomainType, LayerType, NetworkType, OpType
from .unify import resolve

if TYPE_CHECKING:
    from .infer import Inference


def may_be_empty(self: Inference, node: nodes.Comprehension) -> bool:
    """Whether no proof is at hand that the comprehension has a member."""
    known: dict[nodes.Node, Bounds] = {}
    if node.where is not None:
        return not _has_member(self, node)
    return any(_may_be_empty(self, binder, known) for binder in node.binders)


def _may_be_empty(self: Inference, binder: nodes.Binder, known: dict[nodes.Node, Bounds]) -> bool:
    domain = binder.domain
    type_ = resolve(self.declared(domain))
    if isinstance(type_, DomainType) and isinstance(type_.member, LayerType):
        return not _surely_runs(self, domain)
    if isinstance(domain, nodes.Range):
        lo, hi = (
            bounds(end, self.constants, known_bounds(self, known)) for end in (domain.lo, domain.hi)
        )
        known[binder] = (lo[0], hi[1])
        return lo[1] is None or hi[0] is None or lo[1] > hi[0]
    known[binder] = _hull(self, domain)
    use = self.use(domain.function) if isinstance(domain, nodes.Call) else None
    if isinstance(domain, nodes.Call) and isinstance(use, Builtin) and domain.arguments:
        least = bounds(domain.arguments[0].value, self.constants, known_bounds(self, known))[0]
        return least is None or least < 1
    return False


def known_bounds(
    self: Inference, known: dict[nodes.Node, Bounds]
) -> Callable[[nodes.Node], Bounds]:
    """What is known of the least and greatest value of declarations; `known` keeps it."""

    def of(node: nodes.Node) -> Bounds:
        if node in known:
            return known[node]
        if isinstance(node, nodes.Param | nodes.Binder):
            known[node] = (None, None)
            known[node] = _hull_of(self, node.domain, known)
        elif isinstance(node, nodes.Let) and not node.binders:
            known[node] = (None, None)
            known[node] = bounds(node.value, self.constants, of)
        elif node in self.shapes:
            return (Fraction(1), None)
        return known.get(node, (None, None))

    return of


def _hull_of(self: Inference, domain: nodes.Domain, known: dict[nodes.Node, Bounds]) -> Bounds:
    if isinstance(domain, nodes.Range):
        of = known_bounds(self, known)
        lo = bounds(domain.lo, self.constants, of)[0]
        return (lo, bounds(domain.hi, self.constants, of)[1])
    return _hull(self, domain)


def _hull(self: Inference, domain: nodes.Domain) -> Bounds:
    found = constant_set(domain, self.constants)
    listed = found.listed if found is not None else ()
    numbers = [value for value in listed if isinstance(value, Fraction)]
    if not numbers or len(numbers) < len(listed):
        return (None, None)
    return (min(numbers), max(numbers))


def _has_member(self: Inference, node: nodes.Comprehension) -> bool:
    """Try the condition on all values of the binders, if they and it are constant."""
    rows: list[dict[nodes.Node, Constant]] = [{}]
    for binder in node.binders:
        longer: list[dict[nodes.Node, Constant]] = []
        for row in rows:
            found = constant_set(binder.domain, replace(self.constants, binders=row))
            values = None if found is None else found.values(MOST_COMBINATIONS)
            if values is None or len(longer) + len(values) > MOST_COMBINATIONS:
                return False
            longer += [{**row, binder: value} for value in values]
        rows = longer
    assert node.where is not None
    return any(Constants(self.use, row).value(node.where) is True for row in rows)


def _surely_runs(self: Inference, domain: nodes.Domain) -> bool:
    """Whether a network has a layer (or leaf) whatever is chosen."""
    if not isinstance(domain, nodes.Field):
        return False
    network = resolve(self.declared(domain.base))
    return isinstance(network, NetworkType) and surely_runs(
        self, network.declaration, leaves=domain.name.text == "leaves"
    )


def surely_runs(self: Inference, op: nodes.Op, *, leaves: bool) -> bool:
    """Whether some call of an op or network stands under no condition and over no empty range."""
    todo: list[nodes.Node] = list(op.body)
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.Bind | nodes.Return):
            if _calls(self, node.value, leaves=leaves):
                return True
        elif isinstance(node, nodes.Loop) and node.guard is None:
            known: dict[nodes.Node, Bounds] = {}
            if not any(_may_be_empty(self, binder, known) for binder in node.binders):
                todo += node.body
    return False


def _calls(self: Inference, value: nodes.Expr, *, leaves: bool) -> bool:
    if isinstance(value, nodes.Group):
        return _calls(self, value.inner, leaves=leaves)
    if not isinstance(value, nodes.Call | nodes.Comprehension):
        return False
    use = self.use(value.function)
    if isinstance(use, Builtin):
        return True  # the sum of tensors
    called = self.declared(use.node) if isinstance(use, Target) else None
    if not isinstance(called, OpType):
        return False
    if not leaves or called.declaration.leaf:
        return True
    return surely_runs(self, called.declaration, leaves=True)
