"""Bind a spec to its inputs: parameters, tables, hardware records, and those of its imports.

Everything is worked out when first needed, so the order of declarations never matters: a domain or
default may use other parameters, records, tables and plain `let`s.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from archwright.dsl import nodes
from archwright.dsl.depth import depth
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.order import recurs
from archwright.dsl.spec import Spec

from .binder import Binder, Inputs
from .bound import Bound
from .evaluation.frames import Frame, World, outward
from .recurrence import LEVELS
from .values import Value

# A mistake that follows from another one, and that one.
MISNAMED = {
    "missing-parameter": "unknown-parameter",
    "missing-table": "unknown-table",
    "missing-hardware": "unknown-record",
}


def bind(
    spec: Spec,
    parameters: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    *,
    tables: Mapping[str, object] | None = None,
    hardware: Mapping[str, object] | None = None,
    trust_paths: bool = False,
) -> Bound:
    """Give a spec its inputs and check them.

    Parameters
    ----------
    spec : Spec
    parameters : mapping
        Values of parameters: numbers, truth values, texts with units (`"250 ms"`), names of
        enumerators; `"t.batch"` is the parameter of an import. A record may be replaced by the name
        of another one of the same schema: `card="std.gpu.h200"`.
    tables : mapping
        Rows of `given` tables, or other rows for any table; see `given_table`.
    hardware : mapping
        Fields of `given` records, or other fields for any record: numbers in base units,
        quantities, or texts with units. `"card.memory"` is one field of it; a text in place of a
        mapping names a record to stand for it, `"cards.arch:mine"` one of another file.
    trust_paths : bool
        Whether the spec may name files outside its folder.

    Raises
    ------
    ArchError
        With everything that does not fit.
    """
    return bind_inputs(spec, Inputs(dict(parameters), tables, hardware, trust_paths))


def bind_inputs(spec: Spec, inputs: Inputs) -> Bound:
    """As `bind`."""
    root = Binder.root(spec, inputs)
    _make_room(root.walk())
    for binder in root.walk():
        binder.finish()
    if root.diagnostics:
        raise ArchError(_once(root.diagnostics))
    return root.bound


def _make_room(binders: Iterable[Binder]) -> None:
    """Let Python recurse as deep as the longest chain of definitions may need.

    Evaluation and lowering follow a chain of `let`s by recursion, with some twenty calls for each
    link; the checker bounds the depth of a single expression. Members of a family that read one
    another are followed for a few levels.
    """
    specs = [binder.spec for binder in binders]
    wanted = 2_000 + 20 * sum(len(spec.names) for spec in specs)
    for spec in specs:
        for item in spec.names.values():
            if isinstance(item, nodes.Let) and recurs(item, spec.uses):
                wanted += LEVELS * (20 + 8 * depth(item.value))
    if sys.getrecursionlimit() < wanted:
        sys.setrecursionlimit(wanted)


def static_value(spec: Spec, node: nodes.Expr, inputs: Inputs) -> Value:
    """The value of an expression that reads no choice; binds only what it needs."""
    run = Binder.root(spec, inputs).instance.expression(node)
    return outward(run(Frame(World({}), {})))


def _once(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Each once; what is missing because it was given under a wrong name is no second mistake."""
    told = {diagnostic.slug for diagnostic in diagnostics}
    seen: dict[tuple[str, object, str], Diagnostic] = {}
    for diagnostic in diagnostics:
        if MISNAMED.get(diagnostic.slug) in told:
            continue
        seen.setdefault((diagnostic.slug, diagnostic.span, diagnostic.message), diagnostic)
    return list(seen.values())
