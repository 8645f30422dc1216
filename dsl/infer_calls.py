"""Kinds and units of calls: built-in functions, functions of the spec, ops."""

from __future__ import annotations

from collections.abc import Sequence

from . import nodes
from .arguments import Place, match
from .diagnostics import Edit, Fix, Label
from .emptiness import may_be_empty
from .infer import Inference, Rule, each, rule
from .mismatch import measure, unit_label, wrong_kind
from .names import words
from .report import Report
from .source import Span
from .spec import Builtin, Target
from .types import (
    BOOL,
    NUMBER,
    UNKNOWN,
    Bool,
    DomainType,
    EnumType,
    FunctionType,
    Num,
    OpType,
    TensorType,
    Type,
    TypeVariable,
    Unknown,
)
from .unify import Substitution, instance, resolve

FOLDS = ("sum", "product", "max", "min", "count", "all", "any", "alldifferent")
LOGARITHMS = ("ln", "log2")


@rule(nodes.Call)
def _call(self: Inference, node: nodes.Call) -> Rule:
    use = self.use(node.function)
    if isinstance(use, Builtin):
        return (yield from _builtin(self, node, use.name))
    function = resolve((yield node.function))
    if isinstance(function, FunctionType):
        return (yield from _function(self, node, function))
    if isinstance(function, OpType):
        from .infer_network import call_op

        return (yield from call_op(self, node, function))
    yield from each([argument.value for argument in node.arguments])
    if not isinstance(function, Unknown):
        _not_a_function(self, node.function, function)
    return UNKNOWN


def _not_a_function(self: Inference, node: nodes.Expr, found: Type) -> None:
    use = self.use(node)
    what = words(use.node) if isinstance(use, Target) else str(found)
    self.report.add(
        "not-a-function",
        f"`{node.span.text}` is {what} and cannot be called",
        node.span,
        notes=("members of families and tables are written `name[index]`",),
    )


# ----------------------------------------------------------------------------- built-in functions


def _builtin(self: Inference, node: nodes.Call, name: str) -> Rule:
    if name in FOLDS:
        values = [argument.value for argument in node.arguments]
        found = yield from each(values)
        if any(argument.name is not None for argument in node.arguments):
            match(node, (), self.report)
            return UNKNOWN
        if not values:
            self.report.add("missing-argument", f"`{name}` of what?", node.span)
            return UNKNOWN
        return fold(self, name, values, found)
    places = [Place("e")]
    if name in LOGARITHMS:
        places.append(Place("resolution", optional=True))
    pairs = match(node, places, self.report)
    result: Type = DomainType(NUMBER) if name == "divisors" else NUMBER
    for index, value in pairs:
        type_ = yield value
        if name == "abs":
            number = self.number(value, type_, "`abs` needs a number")
            return UNKNOWN if number is None else number
        size = self.report.size
        self.plain(value, type_, f"`{name}`" if index == 0 else "a resolution")
        if self.report.size > size:
            return UNKNOWN
    return result


def fold(self: Inference, name: str, values: Sequence[nodes.Expr], found: Sequence[Type]) -> Type:
    """The type of a fold over listed arguments, or over the one body of a comprehension."""
    if name in ("count", "all", "any"):
        for value, type_ in zip(values, found, strict=True):
            self.truth(value, type_, f"`{name}` needs truth values")
        return NUMBER if name == "count" else BOOL
    if name == "sum" and any(isinstance(resolve(t), TensorType) for t in found):
        from .infer_network import sum_of_tensors

        return sum_of_tensors(self, values, found)
    if name == "alldifferent":
        first = found[0]
        for value, type_ in zip(values, found, strict=True):
            if not isinstance(resolve(type_), Num | Bool | EnumType | Unknown | TypeVariable):
                wrong_kind(self, value, "`alldifferent` needs single values", type_)
                return BOOL
            self.same(values[0], first, value, type_, "this mixes {0} and {1}")
        return BOOL
    numbers = [
        self.number(value, type_, f"`{name}` needs numbers")
        for value, type_ in zip(values, found, strict=True)
    ]
    if any(number is None for number in numbers):
        return UNKNOWN
    if name == "product":
        for value, type_ in zip(values, found, strict=True):
            self.plain(value, type_, "`product`")
        return NUMBER
    verb = {"max": "this takes the larger of", "min": "this takes the smaller of"}.get(name)
    message = "this adds {1} to {0}" if verb is None else verb + " {0} and {1}"
    result: Type = found[0]
    for value, type_ in zip(values[1:], found[1:], strict=True):
        result = self.same(values[0], result, value, type_, message)
    return resolve(result)


@rule(nodes.Comprehension)
def _comprehension(self: Inference, node: nodes.Comprehension) -> Rule:
    use = self.use(node.function)
    function: Type = UNKNOWN
    if not isinstance(use, Builtin):
        function = resolve((yield node.function))
    yield from each(node.binders)
    if node.where is not None:
        where = yield node.where
        self.truth(node.where, where, "`where` needs a truth value")
    body = yield node.body
    otherwise: Type | None = None
    if node.otherwise is not None:
        otherwise = yield node.otherwise
    if isinstance(use, Builtin) and use.name in FOLDS:
        result = fold(self, use.name, (node.body,), (body,))
        return _with_else(self, node, use.name, result, otherwise)
    if isinstance(function, OpType):
        from .infer_network import call_op_with_family

        return call_op_with_family(self, node, function, body)
    if isinstance(use, Builtin) or isinstance(function, FunctionType):
        name = node.function.span.text
        self.report.add(
            "not-a-fold",
            f"`{name}` takes no `for`",
            node.span,
            notes=("sum, product, max, min, count, all, any and alldifferent do",),
        )
    elif not isinstance(function, Unknown):
        _not_a_function(self, node.function, function)
    return UNKNOWN


def _with_else(
    self: Inference, node: nodes.Comprehension, name: str, result: Type, otherwise: Type | None
) -> Type:
    extremum = name in ("max", "min")
    if node.otherwise is None or otherwise is None:
        if extremum and not isinstance(result, Unknown) and may_be_empty(self, node):
            bracket = Span(node.span.source, node.span.end - 1, node.span.end)
            self.report.add(
                "empty-extremum",
                f"this `{name}` may be over nothing, and then it has no value",
                node.span,
                "what is it over nothing?",
                fixes=[
                    Fix(
                        f"say what it is then: `{name}(… for … else 0)`",
                        edit=Edit(bracket, " else 0)"),
                    )
                ],
            )
        return result
    if not extremum:
        inside = node.span.text[: node.otherwise.span.start - node.span.start]
        start = node.span.start + inside.rindex("else")
        where = Span(node.span.source, start, node.otherwise.span.end)
        self.report.add(
            "unexpected-else",
            f"`{name}` over nothing has a value of its own; only `max` and `min` take `else`",
            where,
            fixes=[Fix("remove the `else`", edit=Edit(where, ""))],
        )
        return result
    message = "one way this is {0}, the other way {1}"
    return self.same(node.body, result, node.otherwise, otherwise, message)


# --------------------------------------------------------------------------- functions of the spec


def _function(self: Inference, node: nodes.Call, function: FunctionType) -> Rule:
    declaration = function.declaration
    places = [Place(name.text) for name in declaration.parameters]
    fresh: Substitution = {}
    formals = [instance(formal, fresh) for formal in function.formals]
    found: dict[int, Type] = {}
    sound = True
    size = self.report.size
    pairs = match(node, places, self.report, declaration)
    self.passed[node] = [(declaration.parameters[index], value) for index, value in pairs]
    for index, value in pairs:
        found[index] = resolve((yield value))
        label = Label(declaration.parameters[index].span, f"here it is {_wanted(formals[index])}")
        what = f"`{places[index].name}` of `{node.function.span.text}`"
        sound &= self.fits(value, found[index], formals[index], what, label)
    if self.report.size > size or not sound or len(found) < len(places):
        return UNKNOWN
    if function.open:
        return (yield from _expanded(self, node, declaration, found))
    return resolve(instance(function.result, fresh))


def _wanted(type_: Type) -> str:
    type_ = resolve(type_)
    if isinstance(type_, Num):
        return unit_label(type_) if not type_.variables else measure(type_)
    return str(type_)


def _expanded(
    self: Inference, node: nodes.Call, declaration: nodes.Fn, found: dict[int, Type]
) -> Rule:
    """Infer the body once more with the types of this call: it reads fields of its formals."""
    report, self.report = self.report, Report()
    for i, parameter in enumerate(declaration.parameters):
        self.types[parameter] = found[i]
    result = yield declaration.body
    inner, self.report = self.report, report
    if inner.size:
        first = inner.first()
        labels = () if first.span is None else (Label(first.span, "here, with these arguments"),)
        self.report.add(
            first.slug,
            f"`{node.function.span.text}` does not take these arguments: {first.message}",
            node.span,
            labels=(*labels, *first.labels),
            notes=first.notes,
        )
        return UNKNOWN
    return resolve(result)
