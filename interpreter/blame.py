"""A conflict in the user's words: lines, reasons, what their terms can be, what would mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import TypeAlias

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Label
from archwright.dsl.diagnostics import Value as Shown
from archwright.dsl.types import Num
from archwright.dsl.walk import walk
from archwright.solvers.answers import Conflict, Proof
from archwright.solvers.control import Control, Stopped
from archwright.solvers.expressions import Expr
from archwright.solvers.extent import extent
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Constraint

from .answers import ConflictMember, ConflictReport, Repair, Term, shown
from .bound import index_text
from .goal_limits import GoalLimit
from .lower import Lowered
from .lowering.numbers import Number
from .origin import Origin
from .repairs import repairs

SECONDS = 2.0  # for the values of all terms together; after that ranges may be wider than needed
Again: TypeAlias = Callable[[], AbstractContextManager[Control]]
Told: TypeAlias = tuple[str, tuple[Term, ...]]
Given: TypeAlias = tuple[nodes.Expr, ...]  # conditions that enclose an expression
LITERALS = (nodes.Number, nodes.Quantity, nodes.Bool, nodes.Text)


class _Limited(Control):
    """A little time within that of a question."""

    outer: Control

    @classmethod
    def within(cls, outer: Control) -> _Limited:
        limited = cls(time_limit=SECONDS)
        limited.outer = outer
        return limited

    @property
    def stopped(self) -> bool:
        """Whether either is over."""
        return super().stopped or self.outer.stopped


def report(
    lowered: Lowered,
    instance: Instance,
    conflict: Conflict,
    control: Control,
    again: Again | None = None,
    limits: Sequence[GoalLimit] = (),
) -> ConflictReport:
    """The report of a minimal conflict; what explains and mends it is found when it is read.

    Once the conflict is there nothing loses it: when these later questions are stopped or
    interrupted, what terms can be and what would mend it may be missing.

    Parameters
    ----------
    again : callable, optional
        The control of a later question; otherwise one with the limit of this one.
    limits : sequence of GoalLimit
        What the question states on goals; they are among the constraints of the problem.
    """
    again = again or (lambda: nullcontext(renewed(control)))

    @cache
    def told() -> list[Told]:
        with again() as later:
            return list(_told(lowered, instance, conflict, _Limited.within(later)))

    def mended() -> tuple[tuple[Repair, ...], bool]:
        found: list[Repair] = []
        with again() as later, _uninterrupted(later):
            for repair in repairs(lowered, replace(instance, control=later), conflict, limits):
                found.append(repair)
            return tuple(found), True
        return tuple(found), False

    def member(place: int, origin: Origin) -> ConflictMember:
        node, group = origin.node, origin.group or ""
        goal = next((g.name for g in lowered.goals if g.node is node), None)
        return ConflictMember(group, origin.key, origin.span, lambda: told()[place], goal)

    stated = _stated(lowered, conflict)
    members = tuple(member(place, origin) for place, (origin, _) in enumerate(stated))
    return ConflictReport(members, conflict.proof, control.seconds, mended)


def renewed(control: Control) -> Control:
    """The same limit from now on; what is cancelled stays cancelled."""
    later = Control(control.time_limit, control.progress)
    later.cancelled = control.cancelled
    return later


def always_false(lowered: Lowered) -> tuple[Diagnostic, ...]:
    """Warnings for the named constraints that hold under no choices at all, as bounds show."""
    problem = lowered.problem
    found: dict[str, Diagnostic] = {}
    for i, constraint in enumerate(problem.constraints):
        if problem.bounds[constraint.node][1] == 0 and constraint.group is not None:
            origin = _origin(constraint)
            conflict = Conflict((constraint.group,), (i,), Proof("planner"))
            (member,) = report(lowered, Instance.ask(problem), conflict, Control()).members
            found.setdefault(origin.key, _never(origin, member))
    return tuple(found.values())


def _never(origin: Origin, member: ConflictMember) -> Diagnostic:
    why = f": {member.reason}" if member.reason else ""
    stated = () if origin.site is None else (Label(origin.span, "the constraint"),)
    return Diagnostic(
        "always-false",
        f"`{member.instance}` holds under no choices, so nothing fits{why}",
        origin.site or origin.span,
        level="warning",
        labels=stated,
        values=tuple(Shown(term.text, term.range) for term in member.terms),
    )


@contextmanager
def _uninterrupted(control: Control) -> Iterator[None]:
    """Leave out the rest of the block when it is stopped; a second interrupt is meant."""
    try:
        yield
    except Stopped:
        pass
    except KeyboardInterrupt:
        if control.cancelled:
            raise
        control.cancel()


def _stated(lowered: Lowered, conflict: Conflict) -> list[tuple[Origin, list[int]]]:
    """What is stated by the constraints of a conflict, and which these are.

    A conjunction is posted part by part. Ops in two ways of an `if` may have one label, so that
    their keys are alike.
    """
    found: dict[tuple[str, nodes.Node], tuple[Origin, list[int]]] = {}
    for i in conflict.constraints:
        origin = _origin(lowered.problem.constraints[i])
        found.setdefault((origin.key, origin.node), (origin, []))[1].append(i)
    return list(found.values())


def _told(
    lowered: Lowered, instance: Instance, conflict: Conflict, limited: _Limited
) -> Iterator[Told]:
    """For each member of the conflict its reason and its terms."""
    constraints = lowered.problem.constraints
    structure = [i for i in instance.active if constraints[i].group is None]
    for origin, own in _stated(lowered, conflict):
        others = [i for i in conflict.constraints if i not in own]
        rest = replace(instance, active=tuple(sorted({*structure, *others})), control=limited)
        node = origin.node
        terms: list[Term] = []
        words = ""
        if isinstance(node, nodes.Require):
            words = "" if node.reason is None else node.reason.value
            with _uninterrupted(limited.outer):
                view = _View(lowered, rest, node, origin)
                terms.extend(view.terms())
                words = "" if node.reason is None else view.filled(node.reason)
        if isinstance(node, nodes.Goal):
            with _uninterrupted(limited.outer):
                terms.extend(_reach(lowered, rest, node))
        yield words, tuple(terms)


def _reach(lowered: Lowered, rest: Instance, node: nodes.Goal) -> Iterator[Term]:
    """What a goal can be over what the rest of a conflict allows."""
    goal = next(goal for goal in lowered.goals if goal.node is node)
    try:
        ends = extent(rest, Expr(rest.problem, goal.expression.node))
    except Stopped:
        return
    if ends is not None:
        lo, hi = (shown(goal.decode(end), goal.dimension) for end in ends)
        yield Term(goal.name, node.span, lo, hi)


def _origin(constraint: Constraint) -> Origin:
    origin = constraint.origin
    if not isinstance(origin, Origin):
        raise TypeError("a constraint of a lowered problem has an origin")
    return origin


def _prefix(lowered: Lowered, origin: Origin) -> str:
    """`t.` for a require of an import, "" for one of the file or of an op's call."""
    for prefix, bound in lowered.bound.walk():
        if any(origin.node is r for r in bound.spec.requires.values()):
            return prefix
    return ""


class _View:
    """What expressions of one require can be, over what the rest of a conflict allows."""

    def __init__(
        self,
        lowered: Lowered,
        rest: Instance,
        node: nodes.Require,
        origin: Origin,
    ) -> None:
        self.lowered, self.rest = lowered, rest
        self.bindings, self.inside = origin.bindings, origin.scope
        self.prefix = _prefix(lowered, origin)
        self.spec = dict(lowered.bound.walk())[self.prefix].spec
        if self.inside is not None:
            self.spec = self.inside.module.spec
        where = () if node.where is None else (node.where,)
        self.parts = list(_parts(node.body, where))
        self.known: dict[str, Term | None] = {}
        # What stands inside a part may be read under the same conditions, as holes of reasons do.
        self.given: dict[str, Given] = {}
        for part, given in self.parts:
            for inner in walk(part):
                if isinstance(inner, nodes.Expr):
                    self.given.setdefault(self.text(inner), given)
        self.where = where

    def terms(self) -> Iterator[Term]:
        """The sides of a comparison, and what stands in them."""
        for node, _ in self.parts:
            text = self.text(node)
            again = text in self.known
            term = self.term(node)
            if term is not None and not again and term.text != term.range:
                yield term

    def term(self, node: nodes.Expr) -> Term | None:
        """An expression with its ends where it is read; None if it is no number there."""
        text = self.text(node)
        if text not in self.known:
            self.known[text] = None
            if not isinstance(self.spec.types[node], Num):
                return None
            ends = self._ends(node, self.given.get(text, self.where))
            if ends is not None:
                dimension = self.spec.dimension(node)
                lo, hi = (shown(end, dimension) for end in ends)
                self.known[text] = Term(text, node.span, lo, hi)
        return self.known[text]

    def _ends(self, node: nodes.Expr, given: Given) -> tuple[Fraction, Fraction] | None:
        reader = self.lowered.reader
        try:
            path = reader.path(self.bindings, self.prefix, given, self.inside)
            number = reader.number(node, self.bindings, self.prefix, given, self.inside)
        except ArchError:  # a hole that is read where its guards do not stand around it
            return None
        if isinstance(number, Fraction):
            return number, number
        if number is None or path.constant == 0:
            return None
        assumed = self.rest.assumptions + (() if path.constant == 1 else (path.node,))
        return _ends(replace(self.rest, assumptions=assumed), number)

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


def _parts(body: nodes.Expr, given: Given) -> Iterator[tuple[nodes.Expr, Given]]:
    """The operands worth showing, each with the conditions that enclose it.

    They are the sides of comparisons, also inside `and`, `implies` and so on.
    """
    match body:
        case nodes.Group():
            yield from _parts(body.inner, given)
        case nodes.Compare():
            for operand in body.operands:
                if not isinstance(operand, LITERALS):
                    yield operand, given
        case nodes.Binary(op="and" | "implies"):
            yield from _parts(body.left, given)
            yield from _parts(body.right, (*given, body.left))
        case nodes.Binary(op="or" | "iff"):
            yield from _parts(body.left, given)
            yield from _parts(body.right, given)
        case nodes.Binary(op="divides"):
            yield body.left, given
            yield body.right, given
        case nodes.Unary(op="not"):
            yield from _parts(body.operand, given)
        case nodes.Member():
            yield body.item, given


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
