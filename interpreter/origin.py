"""Where a constraint of the integer problem came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archwright.dsl import nodes
from archwright.dsl.source import Span

from .values import Value

if TYPE_CHECKING:
    from .lowering.scope import Scope


@dataclass(frozen=True)
class Origin:
    """The user's own record of a constraint.

    Parameters
    ----------
    group : str or None
        The name under which it may be dropped: `fits`, `t.registers`, `block[2, 1].whole_groups`;
        None for structure.
    key : str
        The instance: `fits[2]`; for structure a few words, such as `domain of row_loop[forward]`.
    node : nodes.Node
        The `require`, or what demands the structure: a choice, an `exact`, a look-up, a call.
    span : Span
    bindings : mapping of str to Value
        The loop variables that surround it, by name.
    scope : Scope or None
        For a `require` of an op's call, what the names of the op mean there.
    site : Span or None
        And where the network makes that call.
    """

    group: str | None
    key: str
    node: nodes.Node
    span: Span
    bindings: Mapping[str, Value] = field(default_factory=dict)
    scope: Scope | None = field(default=None, compare=False, repr=False)
    site: Span | None = field(default=None, compare=False, repr=False)
