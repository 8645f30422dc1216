"""Kinds and units of expressions.

Each kind of node has a rule: a generator that yields the nodes whose types it needs and returns the
type of its own. A mistake is reported once; what it leaves behind is `UNKNOWN`, which fits
everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import TypeAlias, TypeVar

from . import nodes
from .diagnostics import Label
from .mismatch import measure, wrong_kind, wrong_unit, wrong_units
from .names import Declarations
from .report import Report
from .spec import Spec, Use
from .static import Constants
from .types import (
    BOOL,
    NUMBER,
    UNKNOWN,
    Bool,
    DomainType,
    EnumType,
    Num,
    OpType,
    TensorType,
    Type,
    Unknown,
)
from .unify import as_number, joined, resolve, unify
from .walk import run

Rule: TypeAlias = Generator[nodes.Node, Type, Type]

# A rule that needs no other types returns its own at once.
RULES: dict[type[nodes.Node], Callable[..., Rule | Type]] = {}
Rules = TypeVar("Rules", bound=Callable[..., Rule | Type])


def rule(kind: type[nodes.Node]) -> Callable[[Rules], Rules]:
    """Register the rule for a kind of node."""

    def register(function: Rules) -> Rules:
        RULES[kind] = function
        return function

    return register


class Inference:
    """The state of the pass.

    Parameters
    ----------
    names : Declarations
    imports : mapping of str to Spec or None
        By alias; None for one with errors of its own.
    holes : mapping of nodes.Text to tuple
        The reasons, cut into strings and expressions.
    uses, foreign_uses : mapping of node to Use
        What the names of this file, and of all imported ones, refer to.
    foreign : mapping of node to Type
        The types of the nodes of imported files.
    shapes : set of nodes
        The places where a dimension of an op gets its name.
    identity : str
        What the identities of the enums of this file start with.
    """

    def __init__(
        self,
        names: Declarations,
        imports: Mapping[str, Spec | None],
        holes: Mapping[nodes.Text, tuple[str | nodes.Expr, ...]],
        uses: Mapping[nodes.Node, Use],
        foreign_uses: Mapping[nodes.Node, Use],
        foreign: Mapping[nodes.Node, Type],
        shapes: set[nodes.Node],
        identity: str,
        report: Report,
    ) -> None:
        self.names = names
        self.imports = imports
        self.holes = holes
        self.uses = uses
        self.foreign_uses = foreign_uses
        self.foreign = foreign
        self.shapes = shapes
        self.identity = identity
        self.report = report
        self.types: dict[nodes.Node, Type] = {}
        self.constants = Constants(self.use)
        self.order: list[nodes.Node] = []  # declarations, the used before the users
        self.varying: set[nodes.Node] = set()  # declarations that depend on a choice
        self.counts: set[nodes.Node] = set()  # names of the lengths of families of tensors
        # For each call of a function or op, which argument went to which formal.
        self.passed: dict[nodes.Node, list[tuple[nodes.Node, nodes.Expr]]] = {}
        # The function at hand: whether it reads fields of a formal.
        self.open = False
        # The op or network at hand: whether ops may be called here, what each tensor is now and
        # where it was bound last, which ops were called so far.
        self.statements = False
        self.tensors: dict[nodes.Node, Type] = {}
        self.bound: dict[nodes.Node, nodes.Node] = {}
        self.calls: list[OpType] = []

    def infer(self, node: nodes.Node) -> Type:
        """The type of a node."""
        return run(self.rule, node)

    def rule(self, node: nodes.Node) -> Rule:
        """The rule of a node, which also keeps its type."""
        result = RULES[type(node)](self, node)
        if isinstance(result, Generator):
            result = yield from result
        self.types[node] = result
        return result

    def use(self, node: nodes.Node) -> Use | None:
        """What a name refers to, here or in an imported file."""
        return self.uses.get(node) or self.foreign_uses.get(node)

    def declared(self, node: nodes.Node) -> Type:
        """The type of a declaration, here or in an imported file."""
        found = self.types.get(node)
        return found if found is not None else self.foreign.get(node, UNKNOWN)

    # ------------------------------------------------------------------------ demands on types

    def number(self, node: nodes.Node, type_: Type, needs: str) -> Num | None:
        """The type as a number; reports anything else and gives None."""
        found = as_number(type_)
        if found is None and not isinstance(resolve(type_), Unknown):
            wrong_kind(self, node, needs, type_)
        return found

    def truth(self, node: nodes.Node, type_: Type, needs: str) -> None:
        """Demand a truth value."""
        if not unify(BOOL, type_):
            wrong_kind(self, node, needs, type_)

    def plain(self, node: nodes.Node, type_: Type, who: str) -> None:
        """Demand a number without unit."""
        found = self.number(node, type_, f"{who} needs a plain number")
        if found is not None and not unify(NUMBER, found):
            wrong_unit(
                self, node, found, NUMBER, f"{who} needs a plain number; this is {measure(found)}"
            )

    def same(
        self,
        left: nodes.Node,
        a: Type,
        right: nodes.Node,
        b: Type,
        message: str,
        kinds: str = "",
    ) -> Type:
        """Demand equal types of two operands.

        `message` has holes for what they measure, `kinds`, if it has to differ, for their kinds.
        """
        if unify(a, b):
            return joined(a, b)
        a, b = resolve(a), resolve(b)
        if isinstance(a, Num) and isinstance(b, Num):
            wrong_units(self, left, a, right, b, message)
        else:
            for node, type_ in ((left, a), (right, b)):
                if not isinstance(type_, Num | Bool | EnumType):
                    wrong_kind(self, node, "a single value is needed here", type_)
                    return UNKNOWN
            self.report.add(
                "kind-mismatch",
                (kinds or message).format(a, b),
                left.span,
                str(a),
                labels=(Label(right.span, str(b)),),
            )
        return UNKNOWN

    def fits(
        self, node: nodes.Node, found: Type, wanted: Type, what: str, place: Label | None = None
    ) -> bool:
        """Demand that a value fits where it is put; `what` names the place."""
        if unify(wanted, found):
            return True
        found, wanted = resolve(found), resolve(wanted)
        labels = () if place is None else (place,)
        if isinstance(found, Num) and isinstance(wanted, Num):
            wants = f"is measured in {measure(wanted)}" if not wanted.plain else "has no unit"
            message = f"{what} {wants}; this is {measure(found)}"
            wrong_unit(self, node, found, wanted, message, *labels)
        elif isinstance(found, TensorType) and isinstance(wanted, TensorType):
            self.report.add(
                "rank-mismatch",
                f"{what} has rank {wanted.rank}; this has rank {found.rank}",
                node.span,
                f"rank {found.rank}",
                labels=labels,
            )
        else:
            wrong_kind(self, node, f"{what} is {wanted}", found)
        return False

    def member(self, node: nodes.Node, type_: Type) -> Type:
        """The type of the members of a domain."""
        type_ = resolve(type_)
        if isinstance(type_, DomainType):
            return type_.member
        if not isinstance(type_, Unknown):
            self.report.add(
                "not-a-domain",
                f"a set of values is needed here; this is {type_}",
                node.span,
                notes=("write `1 .. 8`, `{2, 4, 8}`, `bool`, the name of an enum, or divisors(n)",),
            )
        return UNKNOWN


def each(several: Iterable[nodes.Node]) -> Generator[nodes.Node, Type, list[Type]]:
    """The types of several nodes, in order."""
    found = []
    for node in several:
        found.append((yield node))
    return found
