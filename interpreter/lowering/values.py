"""What an expression of the text can stand for while a spec is lowered.

Numbers are `Fraction` or `Term`, truth values `bool` or an expression, enumerators `Enumerator`
or `Symbol`; the rest of this file are things that are not values by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from archwright.dsl import nodes
from archwright.solvers.expressions import Expr

from ..bound import BoundTable
from ..values import Enumerator, Value
from .logic import Truth

if TYPE_CHECKING:
    from .scope import Module, Scope

Lowered: TypeAlias = Any  # a number, a truth value, an enumerator, or one of the classes below


@dataclass(frozen=True, eq=False, slots=True)
class Symbol:
    """An enumerator that depends on choices, by its position."""

    members: tuple[Enumerator, ...]
    position: Expr


@dataclass(frozen=True, eq=False, slots=True)
class EnumRef:
    """An enum: a domain, or the left side of `Op.skip`."""

    members: tuple[Enumerator, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Family:
    """A family of choices or `let`s before its index."""

    module: Module
    node: nodes.Choice | nodes.Let


@dataclass(frozen=True, eq=False, slots=True)
class TableRef:
    """A table before its keys."""

    module: Module
    table: BoundTable


@dataclass(frozen=True, eq=False, slots=True)
class RowRef:
    """A table with its keys, before a column is named."""

    table: TableRef
    keys: tuple[Lowered, ...]
    path: Truth


@dataclass(frozen=True, eq=False, slots=True)
class Record:
    """A hardware record."""

    name: str
    fields: Mapping[str, Value]
    given: bool


@dataclass(frozen=True, eq=False, slots=True)
class FnRef:
    """A function with the file that declares it."""

    module: Module
    node: nodes.Fn


@dataclass(frozen=True, eq=False, slots=True)
class OpRef:
    """An op or a network with the file that declares it."""

    module: Module
    node: nodes.Op


@dataclass(frozen=True, eq=False, slots=True)
class Count:
    """How many tensors a family formal was given, some of them under conditions."""

    present: tuple[Truth, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Slot:
    """A place in such a family; as a number, its rank among those that are present."""

    count: Count
    place: int


@dataclass(frozen=True, eq=False, slots=True)
class Indexed:
    """A family of local values, such as the widths `C[i]` of the tensors of a formal."""

    name: str
    members: tuple[Lowered, ...]


@dataclass(frozen=True, eq=False, slots=True)
class BuiltIn:
    """A built-in function, meant before `(` only."""

    name: str


class Missing:
    """The type of `MISSING`."""


MISSING = Missing()
Bindings: TypeAlias = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One turn of a loop: the scope with its binders, and the condition that it is there."""

    scope: Scope
    condition: Truth
