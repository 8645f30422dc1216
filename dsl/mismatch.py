"""How mistakes of kind and unit are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import nodes
from .diagnostics import Edit, Fix, Label
from .names import declared
from .spec import Target
from .suggest import distance, nearest
from .types import (
    DomainType,
    FamilyType,
    FunctionType,
    NetworkType,
    Num,
    OpType,
    RowType,
    TableType,
    TensorType,
    Type,
)
from .unify import resolve

if TYPE_CHECKING:
    from .infer import Inference


def bare(node: nodes.Node) -> nodes.Node:
    """The expression without brackets, signs and indices around it."""
    while True:
        if isinstance(node, nodes.Group):
            node = node.inner
        elif isinstance(node, nodes.Unary) and node.op == "-":
            node = node.operand
        elif isinstance(node, nodes.Index):
            node = node.base
        else:
            return node


def measure(type_: Num) -> str:
    """What a number measures, in words: `bytes`, `a plain number`."""
    return "a number of another unit" if type_.variables else type_.dimension.words


def unit_label(type_: Num) -> str:
    """The unit that is painted under an operand."""
    if type_.variables:
        return "a number of open unit"
    return "a plain number" if type_.plain else str(type_.dimension)


def wrong_kind(self: Inference, node: nodes.Node, needs: str, found: Type) -> None:
    """Report an expression of another kind than is needed: `needs` says who needs what."""
    found = resolve(found)
    notes: list[str] = []
    name = node.span.text if len(node.span.text) <= 40 else "it"
    if isinstance(found, FamilyType):
        indices = ", ".join("…" for _ in found.indices)
        self.report.add(
            "missing-index",
            f"`{name}` is a family, and {needs}",
            node.span,
            "which member?",
            notes=(f"write `{name}[{indices}]` for one member",),
        )
        return
    if isinstance(found, RowType):
        notes.append(f"a column of the row is read as `{name}.{next(iter(found.table.columns))}`")
    elif isinstance(found, TableType):
        notes.append(f"a table is looked up as `{name}[…].{next(iter(found.columns))}`")
    elif isinstance(found, NetworkType):
        notes.append(f"its layers are `{name}.layers`, for instance in a sum")
    elif isinstance(found, FunctionType | OpType):
        notes.append(f"call it: `{name}(…)`")
    elif isinstance(found, TensorType):
        notes.append("tensors are read by ops only")
    elif isinstance(found, DomainType):
        notes.append("sets of values stand after `:` and `in`")
    self.report.add(
        "kind-mismatch", f"{needs}; this is {found}", node.span, str(found), notes=notes
    )


def wrong_units(
    self: Inference, left: nodes.Node, a: Num, right: nodes.Node, b: Num, message: str
) -> None:
    """Report two numbers of different dimension; `message` has holes for both of them."""
    self.report.add(
        "unit-mismatch",
        message.format(measure(a), measure(b)),
        left.span,
        unit_label(a),
        labels=(Label(right.span, unit_label(b)),),
        notes=[*_declared(self, left, a), *_declared(self, right, b)],
        late=_meant(self, left, a, right, b),
    )


def wrong_unit(
    self: Inference, node: nodes.Node, found: Num, wanted: Num, message: str, *labels: Label
) -> None:
    """Report a number of another dimension than its place demands."""
    self.report.add(
        "unit-mismatch",
        message,
        node.span,
        unit_label(found),
        labels=labels,
        notes=_declared(self, node, found),
        late=lambda: _instead(self, node, wanted),
    )


def _declared(self: Inference, node: nodes.Node, type_: Num) -> list[str]:
    """Where the name that an operand consists of is declared."""
    node = bare(node)
    use = self.use(node)
    if not isinstance(use, Target) or not isinstance(node, nodes.Name | nodes.Field):
        return []
    if isinstance(use.node, nodes.Binder):
        return []
    span = declared(use.node).span
    same = span.source is node.span.source
    place = f"{span.line}:{span.column}" if same else str(span)
    return [f"`{node.span.text}` ({unit_label(type_)}) is declared at {place}"]


def _meant(
    self: Inference, left: nodes.Node, a: Num, right: nodes.Node, b: Num
) -> Callable[[], Fix | None]:
    def late() -> Fix | None:
        return _instead(self, left, b) or _instead(self, right, a)

    return late


def _instead(self: Inference, node: nodes.Node, wanted: Num) -> Fix | None:
    """A name of the wanted unit that may have been meant, or a unit for a literal."""
    if wanted.variables:
        return None
    if isinstance(node, nodes.Number) and not wanted.plain:
        literal = f"{node.span.text} {wanted.dimension}"
        return Fix(f"give it a unit: `{literal}`", edit=Edit(node.span, literal))
    indexed = isinstance(node, nodes.Index)
    name = bare(node)
    use = self.use(name)
    if not isinstance(name, nodes.Name) or not isinstance(use, Target):
        return None
    kind = type(use.node)
    candidates = _measured(self, kind, wanted, indexed)
    candidates.pop(name.text, None)
    if wanted.plain:
        guess = nearest(name.text, candidates)
    else:
        guess = min(candidates, key=lambda other: distance(name.text, other), default=None)
    if guess is None:
        return None
    edit = Edit(name.span, guess)
    return Fix(f"did you mean `{guess}` ({unit_label(wanted)})?", edit=edit)


def _measured(
    self: Inference, kind: type[nodes.Node], wanted: Num, indexed: bool
) -> dict[str, None]:
    """The names of the file declared like the given one whose values have the wanted unit."""
    result: dict[str, None] = {}
    for name, value in self.names.values.items():
        if not isinstance(value, kind):
            continue
        type_ = self.types.get(value)
        if isinstance(type_, FamilyType) != indexed:
            continue
        member = type_.member if isinstance(type_, FamilyType) else type_
        if isinstance(member, Num) and member.dimension == wanted.dimension:
            result[name] = None
    return result
