"""A conflict in the user's words: lines, reasons, what their terms can be, what would mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from archwright.dsl import nodes
from archwright.dsl.types import Num
from archwright.solvers import questions as solver
from archwright.solvers.answers import Conflict
from archwright.solvers.control import Control, Stopped
from archwright.solvers.extent import extent
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Constraint

from .answers import ConflictMember, ConflictReport, Repair, Term, shown
from .bound import index_text
from .lower import Lowered
from .lowering.numbers import Number
from .mistakes import value_text
from .origin import Origin
from .values import Value

SECONDS = 2.0  # for the values of all terms together; after that ranges may be wider than needed
LITERALS = (nodes.Number, nodes.Quantity, nodes.Bool, nodes.Text)


def report(
    lowered: Lowered,
    instance: Instance,
    conflict: Conflict,
    control: Control,
    repairs: bool = True,
) -> ConflictReport:
    """The report of a minimal conflict, its repairs verified by solving again."""
    members = tuple(_members(lowered, instance, conflict))
    mended = tuple(_repairs(lowered, instance)) if repairs else ()
    return ConflictReport(members, mended, conflict.proof, control.seconds)


def _members(lowered: Lowered, instance: Instance, conflict: Conflict) -> Iterator[ConflictMember]:
    constraints = lowered.problem.constraints
    structure = [i for i in instance.active if constraints[i].group is None]
    limited = Control(time_limit=SECONDS)
    seen: set[str] = set()
    for i in conflict.constraints:
        origin = _origin(constraints[i])
        if origin.key in seen:  # a conjunction is posted part by part
            continue
        seen.add(origin.key)
        others = [j for j in conflict.constraints if _origin(constraints[j]).key != origin.key]
        rest = replace(instance, active=tuple(sorted({*structure, *others})), control=limited)
        node = origin.node
        prefix = _prefix(lowered, origin)
        if isinstance(node, nodes.Require) and prefix is not None:
            view = _View(lowered, rest, origin.bindings, prefix)
            terms = tuple(view.terms(node.body))
            words = "" if node.reason is None else view.filled(node.reason)
        else:
            terms, words = (), ""
        yield ConflictMember(origin.group or "", origin.key, origin.span, words, terms)


def _origin(constraint: Constraint) -> Origin:
    origin = constraint.origin
    if not isinstance(origin, Origin):
        raise TypeError("a constraint of a lowered problem has an origin")
    return origin


def _prefix(lowered: Lowered, origin: Origin) -> str | None:
    """`t.` for a require of an import, "" for one of the file; None for one of an op's call."""
    for prefix, bound in lowered.bound.walk():
        if any(origin.node is r for r in bound.spec.requires.values()):
            return prefix
    return None


class _View:
    """What expressions of one require can be, over what the rest of a conflict allows."""

    def __init__(
        self, lowered: Lowered, rest: Instance, bindings: Mapping[str, Value], prefix: str
    ) -> None:
        self.lowered, self.rest, self.bindings, self.prefix = lowered, rest, bindings, prefix
        self.spec = dict(lowered.bound.walk())[prefix].spec
        self.known: dict[str, Term | None] = {}

    def terms(self, body: nodes.Expr) -> Iterator[Term]:
        """The sides of a comparison, and what stands in them."""
        for node in _parts(body):
            text = self.text(node)
            again = text in self.known
            term = self.term(node)
            if term is not None and not again:
                yield term

    def term(self, node: nodes.Expr) -> Term | None:
        """An expression with its ends; None if it is no number."""
        text = self.text(node)
        if text not in self.known:
            self.known[text] = None
            if not isinstance(self.spec.types[node], Num):
                return None
            dimension = self.spec.dimension(node)
            number = self.lowered.reader.number(node, self.bindings, self.prefix)
            ends = None if number is None else _ends(self.rest, number)
            if ends is not None:
                lo, hi = (shown(end, dimension) for end in ends)
                self.known[text] = Term(text, node.span, lo, hi)
        return self.known[text]

    def text(self, node: nodes.Expr) -> str:
        """The text of an expression, loop variables replaced: `held[d]` as `held[2]`."""
        text = " ".join(node.span.text.split())
        for name, value in self.bindings.items():
            text = re.sub(rf"\b{re.escape(name)}\b", index_text(value), text)
        return text

    def filled(self, reason: nodes.Text) -> str:
        """The reason with its holes filled; what is no number keeps its text."""
        pieces = []
        for piece in self.spec.reasons.get(reason, (reason.value,)):
            if isinstance(piece, str):
                pieces.append(piece)
            else:
                term = self.term(piece)
                pieces.append(self.text(piece) if term is None else term.range)
        return "".join(pieces)


def _parts(body: nodes.Expr) -> Iterator[nodes.Expr]:
    """The operands worth showing: sides of comparisons, also inside `and`, `implies` and so on."""
    match body:
        case nodes.Group():
            yield from _parts(body.inner)
        case nodes.Compare():
            for operand in body.operands:
                if not isinstance(operand, LITERALS):
                    yield operand
        case nodes.Binary(op="and" | "or" | "implies" | "iff"):
            yield from _parts(body.left)
            yield from _parts(body.right)
        case nodes.Binary(op="divides"):
            yield body.left
            yield body.right
        case nodes.Unary(op="not"):
            yield from _parts(body.operand)
        case nodes.Member():
            yield body.item


def _ends(rest: Instance, number: Number) -> tuple[Fraction, Fraction] | None:
    """The least and the largest value of a number over what the rest of the conflict allows."""
    if isinstance(number, Fraction):
        return number, number
    try:
        above = extent(rest, number.numerator)
        below = (1, 1) if number.denominator is None else extent(rest, number.denominator)
    except Stopped:
        return None
    if above is None or below is None:
        return None
    values = [number.scale * a / b for a in above for b in below]
    return min(values), max(values)


def _repairs(lowered: Lowered, instance: Instance) -> Iterator[Repair]:
    """Single changes that help, each with the solution that proves it."""
    by_variable = {c.variable: c for c in lowered.choices}
    for change in solver.relaxations(instance):
        if change.group is not None:
            yield Repair(f"drop `{change.group}`", True)
        elif change.variable is not None:
            choice = by_variable[change.variable]
            values = [value_text(choice.decode(v), choice.dimension) for v in change.values]
            some = ", ".join(values[:8]) + (", ..." if len(values) > 8 else "")
            yield Repair(f"{choice.key} = {some}", True)
