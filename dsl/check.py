"""The checker: its passes in their order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from . import infer_calls, infer_expressions, infer_items, infer_network, infer_records, nodes
from .claims import Claims
from .diagnostics import ArchError
from .infer import Inference
from .names import Declarations
from .order import ordered
from .ranges import Ranges
from .report import Report
from .resolve import Resolver
from .spec import Spec, Target, Use, identity
from .syntax_warnings import warnings
from .types import UNKNOWN, ImportType, Type
from .varying import varying

# The rules of inference live in these; naming them here says that they are loaded.
RULE_FILES = (infer_expressions, infer_items, infer_records, infer_calls, infer_network)


def check(
    file: nodes.File,
    imports: Mapping[str, Spec | None],
    report: Report,
    *,
    path: Path | None,
    module: str,
    folder: Path | None,
) -> Spec:
    """Check a file whose imports are checked; None stands for an import with errors of its own.

    Raises
    ------
    ArchError
        With everything that was found, warnings included, if there is an error among it.
    """
    names = Declarations(file, report)
    resolver = Resolver(names, imports, report)
    resolver.file(file)
    order, broken = ordered(names.values, resolver.uses, report)
    inference = _inference(names, imports, resolver, identity(module, path), report)
    inference.order = order
    inference.varying = varying(resolver.uses, order, imports)
    _declarations(inference, order, broken)
    _conditions(inference, file)
    ranges = Ranges(inference)
    for node in order:
        if not isinstance(node, nodes.Let) or names.values.get(node.name.text) is node:
            ranges.item(node)
    claims = Claims(inference, ranges)
    for item in file.items:
        if isinstance(item, nodes.Require | nodes.Prefer | nodes.Optimize):
            ranges.item(item)
        elif isinstance(item, nodes.Import):
            claims.bindings(item)
        elif isinstance(item, nodes.Expect):
            claims.expect(item)
    report.extend(warnings(file))
    if not report.errors:  # a name that is misspelt where it is read is no unused one
        _unused(names, resolver.uses, report)
    diagnostics = report.finish()
    if report.errors:
        raise ArchError(diagnostics)
    return Spec(
        file,
        path,
        module,
        folder,
        {alias: spec for alias, spec in imports.items() if spec is not None},
        dict(names.values),
        dict(names.enumerators),
        dict(names.requires),
        dict(names.prefers),
        dict(names.goals),
        names.optimize,
        tuple(names.choices),
        inference.types,
        resolver.uses,
        resolver.reasons,
        frozenset(resolver.shapes),
        frozenset(inference.varying),
        frozenset(ranges.demands),
        diagnostics,
    )


def _inference(
    names: Declarations,
    imports: Mapping[str, Spec | None],
    resolver: Resolver,
    identity: str,
    report: Report,
) -> Inference:
    foreign: dict[nodes.Node, Type] = {}
    foreign_uses: dict[nodes.Node, Use] = {}
    specs = _all_imported(imports)
    for spec in specs:
        foreign.update(spec.types)
        foreign_uses.update(spec.uses)
    inference = Inference(
        names,
        imports,
        resolver.reasons,
        resolver.uses,
        foreign_uses,
        foreign,
        resolver.shapes | set().union(*[spec.shapes for spec in specs]),
        identity,
        report,
    )
    inference.counts = resolver.counts
    return inference


def _all_imported(imports: Mapping[str, Spec | None]) -> list[Spec]:
    """The imported files, and those they import."""
    result: list[Spec] = []
    todo = [spec for spec in imports.values() if spec is not None]
    while todo:
        spec = todo.pop()
        if spec not in result:
            result.append(spec)
            todo += spec.imports.values()
    return result


def _declarations(inference: Inference, order: list[nodes.Node], broken: set[nodes.Node]) -> None:
    """Infer all declarations, enums first; what is defined by itself stays unknown."""
    names = inference.names
    for alias, value in names.values.items():
        if isinstance(value, nodes.Enum):
            inference.infer(value)
        elif isinstance(value, nodes.Import):
            spec = inference.imports.get(alias)
            inference.types[value] = UNKNOWN if spec is None else ImportType(spec)
    for node in broken:
        inference.types[node] = UNKNOWN
    top = set(names.values.values())
    for node in order:
        if node in top and node not in broken and not isinstance(node, nodes.Import | nodes.Enum):
            inference.infer(node)


def _conditions(inference: Inference, file: nodes.File) -> None:
    for item in file.items:
        if isinstance(item, nodes.Require | nodes.Prefer):
            inference.infer(item)
        elif isinstance(item, nodes.Optimize):
            for goal in item.goals:
                inference.infer(goal)


def _unused(names: Declarations, uses: Mapping[nodes.Node, Use], report: Report) -> None:
    used = {use.node for use in uses.values() if isinstance(use, Target)}
    for value in names.values.values():
        if isinstance(value, nodes.Param) and value not in used:
            report.add(
                "unused-parameter",
                f"the parameter `{value.name.text}` is used nowhere",
                value.name.span,
                level="warning",
            )
