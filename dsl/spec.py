"""The checked spec: what a file declares, what every name means, and what type everything has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from . import nodes
from .diagnostics import Diagnostic
from .limits import Limits
from .source import Source, Span
from .types import DomainType, FamilyType, Num, Type
from .units import Dimension

_HEADER = re.compile(r"(?:\s|#[^\n]*)*(arch(?:\s|#[^\n]*)+[0-9._]+)")


@dataclass(frozen=True)
class Target:
    """A declaration that a name refers to; `owner` is the imported spec it stands in, if any."""

    node: nodes.Node
    owner: Spec | None = None


@dataclass(frozen=True)
class EnumName:
    """An enumerator that a name refers to."""

    enum: nodes.Enum
    position: int
    owner: Spec | None = None


@dataclass(frozen=True)
class Builtin:
    """A built-in function, the domain `bool`, or the goal term `preferences`."""

    name: str


Use: TypeAlias = Target | EnumName | Builtin


@dataclass(frozen=True, eq=False)
class Spec:
    """A file that has passed the checker; immutable.

    Parameters
    ----------
    file : nodes.File
        The syntax tree.
    path : Path or None
        The file, resolved; None for the standard library and for text without a file.
    module : str
        `std.nn`, or the file's name as shown.
    folder : Path or None
        Where the relative paths in it start.
    imports : mapping of str to Spec
        By alias.
    names : mapping of str to node
        The file-level values: parameters, choices, lets, functions, enums, tables, schemas,
        records, ops and imports.
    enumerators : mapping of str to tuple of nodes.Enum
        The enums in which a name stands; more than one if it must be qualified.
    types : mapping of node to Type
        Of declarations and expressions.
    uses : mapping of node to Use
        What each `Name` (and each `Field` that is a path) refers to.
    reasons : mapping of nodes.Text to tuple
        The texts after `because`, cut into strings and the expressions of their holes.
    shapes : frozenset of nodes
        The places where a dimension of an op gets its name.
    varying : frozenset of nodes
        Declarations that depend on a choice, those of imported files included.
    demands : frozenset of nodes
        Parameters and formals that stand in the range of a binder or loop, and so may not be
        given a choice.
    """

    file: nodes.File = field(repr=False)
    path: Path | None
    module: str
    folder: Path | None
    imports: Mapping[str, Spec]
    names: Mapping[str, nodes.Node]
    enumerators: Mapping[str, tuple[nodes.Enum, ...]]
    requires: Mapping[str, nodes.Require]
    prefers: Mapping[str, nodes.Prefer]
    goals: Mapping[str, nodes.Goal]
    optimize: nodes.Optimize | None
    choices: tuple[nodes.Choice, ...]
    types: Mapping[nodes.Node, Type] = field(repr=False)
    uses: Mapping[nodes.Node, Use] = field(repr=False)
    reasons: Mapping[nodes.Text, tuple[str | nodes.Expr, ...]] = field(repr=False)
    shapes: frozenset[nodes.Node] = field(repr=False)
    varying: frozenset[nodes.Node] = field(repr=False)
    demands: frozenset[nodes.Node] = field(repr=False)
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def source(self) -> Source:
        """The text."""
        return self.file.source

    @property
    def limits(self) -> Limits:
        """How much it may ask for."""
        return self.source.limits

    @property
    def header(self) -> Span:
        """The range of `arch 1`: where to point for what the spec as a whole lacks."""
        match = _HEADER.match(self.source.text)
        assert match is not None, "a checked file has a header"
        return Span(self.source, *match.span(1))

    def type(self, node: nodes.Node) -> Type:
        """The type of a declaration or expression of this file."""
        return self.types[node]

    def dimension(self, node: nodes.Node) -> Dimension:
        """The dimension of a numeric declaration or expression, or of the members of a family.

        Raises
        ------
        TypeError
            If the node is not numeric.
        """
        type_ = self.types[node]
        if isinstance(type_, FamilyType | DomainType):
            type_ = type_.member
        if not isinstance(type_, Num):
            raise TypeError(f"{node.span} is {type_}, which has no dimension")
        return type_.dimension

    def enum_id(self, name: str) -> str:
        """The identity of an enum of this file, the same in all imports of it."""
        return f"{identity(self.module, self.path)}:{name}"


def identity(module: str, path: Path | None) -> str:
    """What tells a file apart from all others: its resolved path, or the name of its text."""
    return module if path is None else str(path)
