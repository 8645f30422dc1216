"""A spec with its inputs: what `bind` returns, and what evaluation and lowering start from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archwright.dsl import nodes

from .table_columns import BoundTable, Key
from .values import Value

if TYPE_CHECKING:
    from archwright.dsl.spec import Spec

__all__ = ["Bound", "BoundTable", "Deferred", "Key", "index_text", "key_text"]


@dataclass(frozen=True)
class Deferred:
    """A parameter of an import that stands for an expression of the importer.

    It is evaluated in `Bound.outer`, choices included, and its membership in the parameter's
    domain is structure.
    """

    expression: nodes.Expr


@dataclass(frozen=True, eq=False)
class Bound:
    """A checked spec, its parameters, tables and records, and the same for each of its imports.

    Parameters
    ----------
    spec : Spec
    parameters : mapping
        Every `param` of the file: a value, or the importer's expression that it stands for.
    tables : mapping
        Every table of the file with its rows.
    records : mapping
        Every `hardware` record: field to value in base units, derived fields filled. A field that
        is neither set nor derived is absent.
    imports : mapping
        Every import of the file, bound in turn, by its alias.
    outer : Bound or None
        The importer, for an import whose parameters or records it sets.
    memory : dict
        Room for what readers of this bound spec work out once, such as compiled expressions.
    """

    spec: Spec
    parameters: Mapping[str, Value | Deferred]
    tables: Mapping[str, BoundTable]
    records: Mapping[str, Mapping[str, Value]]
    imports: Mapping[str, Bound]
    outer: Bound | None = field(default=None, repr=False)
    memory: dict[str, Any] = field(default_factory=dict, repr=False)

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Bound]]:
        """This spec and all that it imports, each with the prefix of its names (`t.`)."""
        yield prefix, self
        for alias, bound in self.imports.items():
            yield from bound.walk(f"{prefix}{alias}.")


def key_text(name: str, indices: Key) -> str:
    """A name with its indices as the spec prints it: `x`, `k[1, 2]`, `tile[forward]`."""
    if not indices:
        return name
    return f"{name}[{', '.join(index_text(i) for i in indices)}]"


def index_text(value: Value) -> str:
    """One value as it stands in the index of a name."""
    return str(value).lower() if isinstance(value, bool) else str(value)
