"""Kinds and units of everything a spec names: numbers with a dimension, enums, tables, tensors.

A type says what an expression *is*, never which value it has. While functions and ops are inferred
their formals may still be open: a `Num` may hold dimension variables and a whole type may be a
`TypeVariable`; `archwright.dsl.unify` solves them. What `Spec.types` holds of declarations outside
functions and ops is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import nodes
from .units import PLAIN, Dimension

if TYPE_CHECKING:
    from .spec import Spec


class Type:
    """Root of all types."""

    def __str__(self) -> str:
        return "something"


class DimensionVariable:
    """A dimension not known yet; `solution` is set once it is."""

    __slots__ = ("solution",)

    def __init__(self) -> None:
        self.solution: Num | None = None


@dataclass(frozen=True)
class Num(Type):
    """A number measured in a dimension.

    Parameters
    ----------
    dimension : Dimension
        What is known of it.
    variables : tuple of (DimensionVariable, int)
        Open factors with their exponents; empty outside functions and ops.
    zero : bool
        Whether it is a bare `0`, which fits any dimension.
    """

    dimension: Dimension = PLAIN
    variables: tuple[tuple[DimensionVariable, int], ...] = ()
    zero: bool = False

    @property
    def plain(self) -> bool:
        """Whether it surely has no dimension."""
        return self.dimension.plain and not self.variables

    def __str__(self) -> str:
        if self.plain:
            return "a plain number"
        return "a number" if self.variables else f"a number in {self.dimension}"


NUMBER = Num()


@dataclass(frozen=True)
class Bool(Type):
    """`true` or `false`."""

    def __str__(self) -> str:
        return "a truth value"


BOOL = Bool()


@dataclass(frozen=True)
class EnumType(Type):
    """One name of an enum.

    Parameters
    ----------
    id : str
        The identity of the enum, equal in all imports of its file.
    declaration : nodes.Enum
    """

    id: str
    declaration: nodes.Enum = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"a name of the enum `{self.declaration.name}`"


@dataclass(frozen=True)
class Unknown(Type):
    """What a mistake leaves behind; fits everywhere, so that one mistake is told once."""


UNKNOWN = Unknown()


class TypeVariable(Type):
    """A type not known yet: that of a formal without domain."""

    __slots__ = ("solution",)

    def __init__(self) -> None:
        self.solution: Type | None = None


@dataclass(frozen=True)
class KeyType(Type):
    """A key column without unit whose rows come from outside: a plain number or a truth value."""

    def __str__(self) -> str:
        return "a plain number or a truth value"


@dataclass(frozen=True)
class FamilyType(Type):
    """An indexed family: of choices, named expressions, dimensions or tensors."""

    indices: tuple[Type, ...]
    member: Type

    def __str__(self) -> str:
        return "a family"


@dataclass(frozen=True, eq=False)
class TableType(Type):
    """A finite function from keys to rows of columns."""

    declaration: nodes.Table
    keys: tuple[Type, ...]
    columns: Mapping[str, Type]

    def __str__(self) -> str:
        return "a table"


@dataclass(frozen=True)
class RowType(Type):
    """One row of a table."""

    table: TableType

    def __str__(self) -> str:
        return f"a row of `{self.table.declaration.name}`"


@dataclass(frozen=True, eq=False)
class SchemaType(Type):
    """The fields a kind of record has; `root` is what decides whether two records are alike."""

    declaration: nodes.Schema
    fields: Mapping[str, Type]

    def __str__(self) -> str:
        return "a schema"


@dataclass(frozen=True, eq=False)
class RecordType(Type):
    """A record of constants.

    Parameters
    ----------
    declaration : nodes.Hardware
    schema : SchemaType or None
        None for a record that lists its fields itself.
    fields : mapping of str to Type
    missing : mapping of str to str
        Fields that are neither set nor derived, each with what it lacks.
    """

    declaration: nodes.Hardware
    schema: SchemaType | None
    fields: Mapping[str, Type]
    missing: Mapping[str, str]
    settings: Mapping[str, nodes.Setting] = field(default_factory=dict)
    given: bool = False

    def __str__(self) -> str:
        return "a record"


@dataclass(frozen=True)
class TensorType(Type):
    """A tensor; its dimensions are values, only their number is a matter of type.

    A negative rank stands for one that is not known where the tensor may not be read anyway.
    """

    rank: int

    def __str__(self) -> str:
        return f"a tensor of rank {self.rank}" if self.rank >= 0 else "a tensor"


@dataclass(frozen=True)
class Cost:
    """A named cost of an op and the `let` that states it."""

    type: Type
    let: nodes.Let


@dataclass(frozen=True, eq=False)
class OpType(Type):
    """An op or network as its callers see it.

    Parameters
    ----------
    declaration : nodes.Op
    formals : tuple of Type
        One for each formal, in order; a `FamilyType` of tensors for a formal that takes any number.
    result : Type
        A tensor, or unknown if nothing is returned.
    layer_costs, leaf_costs : mapping of str to tuple of Cost
        What its layers (calls written in it) and its leaves can be asked for; several entries
        where ops disagree about the unit.
    """

    declaration: nodes.Op
    formals: tuple[Type, ...]
    result: Type
    own_costs: Mapping[str, tuple[Cost, ...]]
    layer_costs: Mapping[str, tuple[Cost, ...]]
    leaf_costs: Mapping[str, tuple[Cost, ...]]

    def __str__(self) -> str:
        return "an op"


@dataclass(frozen=True, eq=False)
class NetworkType(OpType):
    """A network; may be called like an op.

    `left_open` says what only a caller knows; without that a network stands alone.
    """

    left_open: str = ""

    def __str__(self) -> str:
        return "a network"


@dataclass(frozen=True, eq=False)
class LayerType(Type):
    """One of the layers or leaves of a network."""

    network: nodes.Op
    costs: Mapping[str, tuple[Cost, ...]]

    def __str__(self) -> str:
        return "a layer"


@dataclass(frozen=True, eq=False)
class FunctionType(Type):
    """A function of the spec.

    Parameters
    ----------
    declaration : nodes.Fn
    formals : tuple of Type
    result : Type
    open : bool
        Whether it reads fields or members of a formal, so that its result is known per call only.
    """

    declaration: nodes.Fn
    formals: tuple[Type, ...]
    result: Type
    open: bool = False

    def __str__(self) -> str:
        return "a function"


@dataclass(frozen=True, eq=False)
class ImportType(Type):
    """An imported file."""

    spec: Spec

    def __str__(self) -> str:
        return "an imported file"


@dataclass(frozen=True)
class DomainType(Type):
    """An enum or `bool` where it is named as a whole; its members have the type `member`."""

    member: Type

    def __str__(self) -> str:
        return "a set of values"
