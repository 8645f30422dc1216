"""Kinds and units of declarations and conditions; tables and records stand apart."""

from __future__ import annotations

from fractions import Fraction

from . import nodes
from .diagnostics import Edit, Fix, Label
from .infer import Inference, Rule, each, rule
from .infer_expressions import needs_step
from .mismatch import wrong_kind
from .order import recurs
from .static import constant_set
from .types import (
    NUMBER,
    UNKNOWN,
    DomainType,
    EnumType,
    FamilyType,
    FunctionType,
    LayerType,
    Num,
    Type,
    TypeVariable,
)
from .unify import closed, resolve
from .varying import constant


def settled(type_: Type) -> Type:
    """The type of a declaration: a bare 0 is a plain number from here on."""
    type_ = closed(type_)
    return NUMBER if isinstance(type_, Num) and type_.zero else type_


@rule(nodes.Enum)
def _enum(self: Inference, node: nodes.Enum) -> Type:
    return DomainType(EnumType(f"{self.identity}:{node.name.text}", node))


@rule(nodes.Param)
def _param(self: Inference, node: nodes.Param) -> Rule:
    domain = yield node.domain
    type_ = _single(self, node.domain, settled(self.member(node.domain, domain)))
    _values(self, node.domain)
    for part in (node.domain, node.default):
        if part is not None:
            constant(self, part, f"the parameter `{node.name.text}`")
    if node.default is not None:
        default = yield node.default
        name = node.name.text
        if self.fits(node.default, default, type_, f"`{name}`"):
            in_domain(self, node.default, node.domain, f"the default of `{name}`")
    return type_


@rule(nodes.Choice)
def _choice(self: Inference, node: nodes.Choice) -> Rule:
    indices = yield from each(node.binders)
    domain = yield node.domain
    type_ = _single(self, node.domain, settled(self.member(node.domain, domain)))
    _values(self, node.domain)
    if isinstance(node.domain, nodes.Range):
        needs_step(self, node.domain, type_)
    if node.guard is not None:
        guard = yield node.guard
        self.truth(node.guard, guard, "`when` needs a truth value")
    return FamilyType(tuple(indices), type_) if indices else type_


def _single(self: Inference, domain: nodes.Domain, type_: Type) -> Type:
    if isinstance(type_, LayerType):
        wrong_kind(self, domain, "a parameter or choice has single values", type_)
        return UNKNOWN
    return type_


def _values(self: Inference, domain: nodes.Domain) -> None:
    """A range that the text states has members."""
    if not isinstance(domain, nodes.Range):
        return
    lo, hi = self.constants.value(domain.lo), self.constants.value(domain.hi)
    if domain.step is not None:
        step = self.constants.value(domain.step)
        if isinstance(step, Fraction) and step <= 0:
            self.report.add("bad-step", "a step is greater than 0", domain.step.span)
            return
    if isinstance(lo, Fraction) and isinstance(hi, Fraction) and lo > hi:
        whole = domain.lo.span.to(domain.hi.span)
        turned = f"{domain.hi.span.text} .. {domain.lo.span.text}"
        self.report.add(
            "empty-domain",
            f"nothing lies between {domain.lo.span.text} and {domain.hi.span.text}",
            domain.span,
            "this set is empty",
            notes=("a range is written from the least to the greatest value",),
            fixes=[Fix(f"write `{turned}`", edit=Edit(whole, turned))],
        )


def in_domain(
    self: Inference, value: nodes.Expr, domain: nodes.Domain, what: str, *labels: Label
) -> None:
    """Report a constant that is not a member of a constant domain."""
    constant = self.constants.value(value)
    type_ = resolve(self.member(domain, self.declared(domain)))
    dense = isinstance(type_, Num) and not type_.plain
    allowed = constant_set(domain, self.constants, dense=dense)
    if constant is not None and allowed is not None and constant not in allowed:
        self.report.add(
            "out-of-domain",
            f"{what} is {value.span.text}, which is not in {domain.span.text}",
            value.span,
            labels=labels or (Label(domain.span, "the values it may have"),),
        )


@rule(nodes.Let)
def _let(self: Inference, node: nodes.Let) -> Rule:
    indices = yield from each(node.binders)
    own = TypeVariable()
    if indices:  # what its members read of one another
        self.types[node] = FamilyType(tuple(indices), own)
    value = resolve((yield node.value))
    if indices and not self.fits(node.value, value, own, f"a member of `{node.name.text}`"):
        value = UNKNOWN
    if recurs(node, self.uses):
        value = closed(value)
    if node.guard is not None:
        guard = yield node.guard
        self.truth(node.guard, guard, "`when` needs a truth value")
    if not isinstance(value, TypeVariable) and not _nameable(value):
        wrong_kind(self, node.value, "a `let` names a single value", value)
        value = UNKNOWN
    if isinstance(value, Num) and value.zero:
        value = NUMBER
    return FamilyType(tuple(indices), value) if indices else value


def _nameable(type_: Type) -> bool:
    from .types import Bool, Unknown

    return isinstance(type_, Num | Bool | EnumType | Unknown)


@rule(nodes.Fn)
def _fn(self: Inference, node: nodes.Fn) -> Rule:
    formals: list[Type] = []
    for parameter in node.parameters:
        formals.append(TypeVariable())
        self.types[parameter] = formals[-1]
    self.open = False
    result = yield node.body
    resolved = tuple([resolve(formal) for formal in formals])
    if isinstance(resolve(result), DomainType):
        wrong_kind(self, node.body, "a function gives a single value", result)
        result = UNKNOWN
    return FunctionType(node, resolved, resolve(result), self.open)


@rule(nodes.Require)
def _require(self: Inference, node: nodes.Require) -> Rule:
    return (yield from _condition(self, node, "a `require`"))


@rule(nodes.Prefer)
def _prefer(self: Inference, node: nodes.Prefer) -> Rule:
    result = yield from _condition(self, node, "a `prefer`")
    if node.weight is not None:
        weight = yield node.weight
        self.plain(node.weight, weight, "a weight")
        value = self.constants.value(node.weight)
        if isinstance(value, Fraction) and value <= 0:
            self.report.add("bad-weight", "a weight is greater than 0", node.weight.span)
    return result


def _condition(self: Inference, node: nodes.Require | nodes.Prefer, who: str) -> Rule:
    yield from each(node.binders)
    if node.where is not None:
        where = yield node.where
        self.truth(node.where, where, "`where` needs a truth value")
    body = yield node.body
    self.truth(node.body, body, f"{who} needs a truth value")
    for hole in self.holes.get(node.reason, ()) if node.reason is not None else ():
        if isinstance(hole, nodes.Expr):
            found = resolve((yield hole))
            if not isinstance(found, TypeVariable) and not _nameable(found):
                wrong_kind(self, hole, "a hole shows a single value", found)
    return UNKNOWN


@rule(nodes.Goal)
def _goal(self: Inference, node: nodes.Goal) -> Rule:
    value = yield node.value
    found = self.number(node.value, value, f"`{node.sense}` needs a number")
    return UNKNOWN if found is None else settled(found)
