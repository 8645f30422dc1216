"""A conflict in the user's words: lines, reasons, what their terms can be, what would mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from archwright.dsl import nodes
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
        terms = (
            tuple(_terms(lowered, rest, node.body, origin.bindings, prefix))
            if isinstance(node, nodes.Require) and prefix is not None
            else ()
        )
        reason = getattr(node, "reason", None)
        words = "" if reason is None else _filled(reason.value, terms, origin.bindings)
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


def _terms(
    lowered: Lowered,
    rest: Instance,
    body: nodes.Expr,
    bindings: Mapping[str, Value],
    prefix: str,
) -> Iterator[Term]:
    """The sides of a comparison, and what stands in them, with the values that they can take."""
    seen: set[str] = set()
    for node in _parts(body):
        text = _substituted(" ".join(node.span.text.split()), bindings)
        if text in seen:
            continue
        seen.add(text)
        number = lowered.reader.number(node, bindings, prefix)
        if number is None:
            continue
        ends = _ends(rest, number)
        if ends is None:
            continue
        module = lowered.bound
        for alias in prefix.split(".")[:-1]:
            module = module.imports[alias]
        dimension = module.spec.dimension(node)
        yield Term(text, node.span, shown(ends[0], dimension), shown(ends[1], dimension))


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


def _substituted(text: str, bindings: Mapping[str, Value]) -> str:
    """A piece of the text with its loop variables replaced: `held[d]` as `held[2]`."""
    for name, value in bindings.items():
        text = re.sub(rf"\b{re.escape(name)}\b", index_text(value), text)
    return text


def _filled(reason: str, terms: tuple[Term, ...], bindings: Mapping[str, Value]) -> str:
    """The reason with `{x}` replaced by what is known of x; unknown holes keep their text."""
    known = {t.text: str(t).removeprefix(f"{t.text} is ") for t in terms}

    def fill(match: re.Match[str]) -> str:
        text = _substituted(" ".join(match.group(1).split()), bindings)
        return known.get(text, text)

    filled = re.sub(r"(?<!\{)\{([^{}]+)\}(?!\})", fill, reason)
    return filled.replace("{{", "{").replace("}}", "}")


def _repairs(lowered: Lowered, instance: Instance) -> Iterator[Repair]:
    """Single changes that help, each with the solution that proves it."""
    by_variable = {c.variable: c for c in lowered.choices}
    for change in solver.relaxations(instance):
        if change.group is not None:
            yield Repair(f"drop `{change.group}`", True)
        elif change.variable is not None:
            choice = by_variable[change.variable]
            values = [index_text(choice.decode(v)) for v in change.values]
            some = ", ".join(values[:8]) + (", ..." if len(values) > 8 else "")
            yield Repair(f"{choice.key} = {some}", True)
