"""Where a name is looked up: local names, the conditions around, the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archwright.dsl import nodes
from archwright.dsl.spec import Spec

from ..bound import Bound
from ..recurrence import Recurrence
from ..values import Enumerator, Value
from .logic import Truth
from .values import Bindings, Lowered

if TYPE_CHECKING:
    from .choices import Member
    from .definitions import Definition


class Module:
    """One bound file: the spec itself or an import, with what was worked out for it.

    Attributes
    ----------
    prefix : str
        What stands before its names: `t.`; empty for the spec itself.
    outer : Module or None
        The importer, in which deferred parameters are evaluated.
    """

    def __init__(self, bound: Bound, prefix: str = "", outer: Module | None = None) -> None:
        self.bound = bound
        self.prefix = prefix
        self.outer = outer
        self.imports = {
            alias: Module(inner, f"{prefix}{alias}.", self)
            for alias, inner in bound.imports.items()
        }
        self.parameters: dict[str, Lowered] = {}
        self.members: dict[tuple[nodes.Choice, tuple[Value, ...]], Member] = {}
        self.families: dict[nodes.Choice, list[tuple[Value, ...]]] = {}
        self.lets: dict[tuple[nodes.Let, tuple[Value, ...]], tuple[Definition, Truth]] = {}
        self.recurrences: dict[nodes.Let, Recurrence] = {}
        self.enums: dict[str, tuple[Enumerator, ...]] = {}
        self.memory: dict[object, Lowered] = {}
        self.scope = Scope(self, {}, True, ())

    @property
    def spec(self) -> Spec:
        """The checked file."""
        return self.bound.spec

    def enum(self, node: nodes.Enum) -> tuple[Enumerator, ...]:
        """The members of an enum of this file."""
        name = node.name.text
        if name not in self.enums:
            identity = self.spec.enum_id(name)
            self.enums[name] = tuple(
                Enumerator(identity, i, member.text) for i, member in enumerate(node.members)
            )
        return self.enums[name]


class Scope:
    """Local names and the path, in a file.

    Attributes
    ----------
    names : mapping
        Binders, formals, shape names, local `let`s.
    path : bool or Expr
        The conjunction of the conditions around.
    loops : tuple
        The loop variables around, outermost first, for messages and origins.
    """

    __slots__ = ("loops", "module", "names", "path")

    def __init__(
        self, module: Module, names: Mapping[str, Lowered], path: Truth, loops: Bindings
    ) -> None:
        self.module = module
        self.names = names
        self.path = path
        self.loops = loops

    def declares(self, name: str) -> bool:
        """Whether a name is that of something local or of the file."""
        return name in self.names or name in self.module.spec.names

    def under(self, path: Truth) -> Scope:
        """The same names under another path."""
        return self if path is self.path else Scope(self.module, self.names, path, self.loops)

    def binding(self, name: str, value: Lowered, shown: Value | None = None) -> Scope:
        """One more local name; with `shown` it is a loop variable."""
        loops = self.loops if shown is None else (*self.loops, (name, shown))
        return Scope(self.module, {**self.names, name: value}, self.path, loops)
