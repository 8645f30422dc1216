"""The syntax tree of `.arch`: immutable nodes, each with its source range.

Nodes compare by identity, so they can key the tables that later passes keep beside the tree.
A *path* is a tuple of `Ident`: `nn.relu` is two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal, TypeAlias

from .limits import Limits
from .source import Source, Span


@dataclass(frozen=True, eq=False)
class Node:
    """Anything that stands in the text."""

    span: Span

    @property
    def limits(self) -> Limits:
        """How much the text that it stands in may ask for."""
        return self.span.source.limits


@dataclass(frozen=True, eq=False)
class Ident(Node):
    """A name where it is written, declared or used."""

    text: str

    def __str__(self) -> str:
        return self.text


Path: TypeAlias = tuple[Ident, ...]

# ------------------------------------------------------------------------------------ expressions


@dataclass(frozen=True, eq=False)
class Expr(Node):
    """Root of the expressions."""


@dataclass(frozen=True, eq=False)
class Name(Expr):
    """A bare name: choice, parameter, `let`, binder, enumerator, import, ..."""

    text: str


@dataclass(frozen=True, eq=False)
class Number(Expr):
    """A literal without unit."""

    value: Fraction


@dataclass(frozen=True, eq=False)
class Quantity(Expr):
    """A literal with unit, as written: `320 KiB` has value 320 and unit `KiB`."""

    value: Fraction
    unit: str


@dataclass(frozen=True, eq=False)
class Text(Expr):
    """A string with its escapes resolved."""

    value: str


@dataclass(frozen=True, eq=False)
class Bool(Expr):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, eq=False)
class Group(Expr):
    """An expression in brackets; kept for the formatter and for the `%` rule."""

    inner: Expr


@dataclass(frozen=True, eq=False)
class Unary(Expr):
    """`-x` or `not x`."""

    op: Literal["-", "not"]
    operand: Expr


BinaryOp: TypeAlias = Literal[
    "+", "-", "*", "/", "%", "^", "and", "or", "implies", "iff", "divides"
]


@dataclass(frozen=True, eq=False)
class Binary(Expr):
    """Two operands and an operator."""

    op: BinaryOp
    left: Expr
    right: Expr


CompareOp: TypeAlias = Literal["==", "!=", "<=", ">=", "<", ">"]


@dataclass(frozen=True, eq=False)
class Compare(Expr):
    """A chain of comparisons: `a <= b < c` holds when each neighbouring pair does."""

    operands: tuple[Expr, ...]
    ops: tuple[CompareOp, ...]


@dataclass(frozen=True, eq=False)
class Member(Expr):
    """`x in domain`."""

    item: Expr
    domain: Domain


@dataclass(frozen=True, eq=False)
class Choose(Expr):
    """`if c then a else b`."""

    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, eq=False)
class Index(Expr):
    """`base[i, j]`: a family member, a table row, a tensor of a family."""

    base: Expr
    indices: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Field(Expr):
    """`base.name`: a record field, a table column, an imported name, a cost of a layer."""

    base: Expr
    name: Ident


@dataclass(frozen=True, eq=False)
class Argument(Node):
    """One argument of a call, with a name or without."""

    name: Ident | None
    value: Expr


@dataclass(frozen=True, eq=False)
class Call(Expr):
    """`f(a, k = b)`: a function, an op, a built-in."""

    function: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, eq=False)
class Comprehension(Expr):
    """`sum(e for i in S where c else d)`: a call over the members of static sets."""

    function: Expr
    body: Expr
    binders: tuple[Binder, ...]
    where: Expr | None
    otherwise: Expr | None


@dataclass(frozen=True, eq=False)
class Range(Node):
    """`lo .. hi step s`, both ends included."""

    lo: Expr
    hi: Expr
    step: Expr | None


@dataclass(frozen=True, eq=False)
class Set(Node):
    """`{a, b, c}`."""

    items: tuple[Expr, ...]


Domain: TypeAlias = (
    Range | Set | Expr
)  # an expression: `bool`, an enum, `divisors(n)`, `net.layers`


@dataclass(frozen=True, eq=False)
class Binder(Node):
    """`i in domain`."""

    name: Ident
    domain: Domain


# ------------------------------------------------------------------------------------------ items


@dataclass(frozen=True, eq=False)
class Item(Node):
    """Root of what stands at the top level of a file."""


@dataclass(frozen=True, eq=False)
class Open(Node):
    """`_` in the place of a value: this member is not fixed."""


@dataclass(frozen=True, eq=False)
class Values(Node):
    """`[a, _, b]`: what the members of a family are, one list inside another for each index."""

    items: tuple[Expr | Open | Values, ...]


@dataclass(frozen=True, eq=False)
class Assign(Node):
    """`path[index] = value` in `with { ... }`."""

    path: Path
    indices: tuple[Expr, ...]
    value: Expr | Values


@dataclass(frozen=True, eq=False)
class Import(Item):
    """`import std.nn as nn` (path) or `import "x.arch" as t with { ... }` (file)."""

    path: Path
    file: Text | None
    alias: Ident
    bindings: tuple[Assign, ...]


@dataclass(frozen=True, eq=False)
class Param(Item):
    """An input with a domain and perhaps a default."""

    name: Ident
    domain: Domain
    default: Expr | None


@dataclass(frozen=True, eq=False)
class Let(Item):
    """A named expression, or a family of them; `guard` says where it is defined."""

    name: Ident
    binders: tuple[Binder, ...]
    value: Expr
    guard: Expr | None


@dataclass(frozen=True, eq=False)
class Fn(Item):
    """A pure function, expanded in place."""

    name: Ident
    parameters: tuple[Ident, ...]
    body: Expr


@dataclass(frozen=True, eq=False)
class Enum(Item):
    """A closed list of names."""

    name: Ident
    members: tuple[Ident, ...]


@dataclass(frozen=True, eq=False)
class Unit(Node):
    """A unit as written: `KiB`, `MAC/cycle`, `1/s`, `1`, or the name of an enum."""

    numerator: Path | str
    denominator: Path | None


@dataclass(frozen=True, eq=False)
class Column(Node):
    """A key or value column of a table; a unit position may name an enum instead."""

    name: Ident
    unit: Unit | None


@dataclass(frozen=True, eq=False)
class Row(Node):
    """A row of an inline table; cells are literals or paths (enumerators)."""

    keys: tuple[Expr, ...]
    values: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Rows(Node):
    """The inline source of a table."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, eq=False)
class FromFile(Node):
    """`from "file.csv"`, relative to the spec."""

    file: Text


@dataclass(frozen=True, eq=False)
class Given(Node):
    """`given`: filled from Python when the spec is bound."""


@dataclass(frozen=True, eq=False)
class Table(Item):
    """A finite function from keys to values."""

    name: Ident
    keys: tuple[Column, ...]
    values: tuple[Column, ...]
    source: Rows | FromFile | Given
    partial: bool


@dataclass(frozen=True, eq=False)
class SchemaField(Node):
    """`name: unit = default`."""

    name: Ident
    unit: Unit
    default: Expr | None


@dataclass(frozen=True, eq=False)
class Schema(Item):
    """The fields of a kind of record."""

    name: Ident
    fields: tuple[SchemaField, ...]


@dataclass(frozen=True, eq=False)
class Setting(Node):
    """`name = value` in a record."""

    name: Ident
    value: Expr


@dataclass(frozen=True, eq=False)
class Hardware(Item):
    """A record of constants; `given` is set where the fields come from Python."""

    name: Ident
    base: Path | None
    given: Given | None
    settings: tuple[Setting, ...]


@dataclass(frozen=True, eq=False)
class Choice(Node):
    """A decision, or a family of them, inside a `space`."""

    name: Ident
    binders: tuple[Binder, ...]
    domain: Domain
    guard: Expr | None


@dataclass(frozen=True, eq=False)
class Space(Item):
    """A group of decisions; the names are file-level."""

    name: Ident
    choices: tuple[Choice, ...]


@dataclass(frozen=True, eq=False)
class Tensor(Node):
    """`tensor[C, H, W]`."""

    dimensions: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Formal(Node):
    """A formal of an op or network: a tensor (or a family of them), or a value with a domain."""

    name: Ident
    binders: tuple[Binder, ...]
    kind: Tensor | Domain | None
    default: Expr | None


@dataclass(frozen=True, eq=False)
class Bind(Node):
    """`x[i] = expr as label[j]`."""

    name: Ident
    indices: tuple[Expr, ...]
    value: Expr
    label: Ident | None
    label_indices: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Loop(Node):
    """`for i in S when c { ... }`."""

    binders: tuple[Binder, ...]
    guard: Expr | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, eq=False)
class Branch(Node):
    """`if c { ... } else { ... }`; `else if` is a branch inside `otherwise`."""

    condition: Expr
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True, eq=False)
class Return(Node):
    """`return expr`."""

    value: Expr


@dataclass(frozen=True, eq=False)
class Require(Item):
    """A hard, named condition with a reason; `reason` keeps its `{...}` holes unexpanded."""

    name: Ident
    binders: tuple[Binder, ...]
    where: Expr | None
    body: Expr
    reason: Text | None


Statement: TypeAlias = Bind | Loop | Branch | Return | Let | Require


@dataclass(frozen=True, eq=False)
class Op(Item):
    """An op (leaf, builtin leaf or composite) or, with `network` set, a network."""

    name: Ident
    formals: tuple[Formal, ...]
    result: Tensor | None
    builtin: bool
    network: bool
    body: tuple[Statement, ...]

    @cached_property
    def tensor_formals(self) -> tuple[Formal, ...]:
        """The formals that take tensors."""
        return tuple([f for f in self.formals if isinstance(f.kind, Tensor)])

    @cached_property
    def value_formals(self) -> tuple[Formal, ...]:
        """The formals that take values."""
        return tuple([f for f in self.formals if not isinstance(f.kind, Tensor)])

    @cached_property
    def leaf(self) -> bool:
        """Whether it holds only `let`s and `require`s: a shape rule and costs."""
        return not self.network and all(isinstance(s, Let | Require) for s in self.body)


@dataclass(frozen=True, eq=False)
class Prefer(Item):
    """A soft, named condition with a weight."""

    name: Ident
    binders: tuple[Binder, ...]
    where: Expr | None
    weight: Expr | None
    body: Expr
    reason: Text | None


@dataclass(frozen=True, eq=False)
class Goal(Node):
    """`minimize e as name`."""

    sense: Literal["minimize", "maximize"]
    value: Expr
    name: Ident | None


@dataclass(frozen=True, eq=False)
class Optimize(Item):
    """One goal (`single`), goals in order (`lex`), or all non-dominated points (`pareto`)."""

    mode: Literal["single", "lex", "pareto"]
    goals: tuple[Goal, ...]


@dataclass(frozen=True, eq=False)
class Sat(Node):
    """`expect sat`."""


@dataclass(frozen=True, eq=False)
class Unsat(Node):
    """`expect unsat by a, b`."""

    names: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class CountIs(Node):
    """`expect count == e`."""

    op: CompareOp
    value: Expr


@dataclass(frozen=True, eq=False)
class FrontIs(Node):
    """`expect front == e`: the number of distinct goal vectors on the front."""

    op: CompareOp
    value: Expr


@dataclass(frozen=True, eq=False)
class BestIs(Node):
    """`expect best goal == e`."""

    path: Path
    indices: tuple[Expr, ...]
    op: CompareOp
    value: Expr


@dataclass(frozen=True, eq=False)
class ValueIs(Node):
    """`expect value e`: a condition true in every solution, of which there is one."""

    value: Expr


@dataclass(frozen=True, eq=False)
class DomainIs(Node):
    """`expect domain x is {...}`."""

    path: Path
    indices: tuple[Expr, ...]
    domain: Domain


Claim: TypeAlias = Sat | Unsat | CountIs | FrontIs | BestIs | ValueIs | DomainIs


@dataclass(frozen=True, eq=False)
class Expect(Item):
    """A test that the spec carries."""

    claim: Claim
    fixes: tuple[Assign, ...]
    without: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class File(Node):
    """A whole spec."""

    source: Source
    version: Fraction
    items: tuple[Item, ...]
