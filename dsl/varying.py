"""Which declarations depend on a choice, directly or by way of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from . import nodes
from .order import components, dependencies
from .spec import Spec, Target, Use
from .walk import walk

if TYPE_CHECKING:
    from .infer import Inference


def varying(
    uses: Mapping[nodes.Node, Use],
    order: Iterable[nodes.Node],
    imports: Mapping[str, Spec | None],
    seeds: Iterable[nodes.Node] = (),
) -> set[nodes.Node]:
    """The declarations of a file, and of those it imports, that depend on a choice.

    Parameters
    ----------
    order : iterable of nodes
        All declarations of the file, the used before the users.
    seeds : iterable of nodes
        Parameters that an importer binds to something that varies.
    """
    result = set(seeds)
    for node in order:
        if isinstance(node, nodes.Choice):
            result.add(node)
        elif isinstance(node, nodes.Import):
            owner = imports.get(node.alias.text)
            if owner is not None:
                bound = [b for b in node.bindings if _reads(b.value, uses, result)]
                result |= _inside(owner, [b.path[0].text for b in bound])
        elif _reads(node, uses, result):
            result.add(node)
    return result


def _reads(node: nodes.Node, uses: Mapping[nodes.Node, Use], among: set[nodes.Node]) -> bool:
    for inner in walk(node):
        use = uses.get(inner)
        if isinstance(use, Target) and use.node in among:
            return True
    return False


def _inside(owner: Spec, bound: list[str]) -> frozenset[nodes.Node] | set[nodes.Node]:
    """What varies in an imported file once some of its parameters do."""
    seeds = [owner.names[name] for name in bound if name in owner.names]
    if not seeds:
        return owner.varying
    graph = dependencies(owner.names, owner.uses)
    order = [node for component in components(graph) for node in component]
    return varying(owner.uses, order, owner.imports, seeds)


def choice_in(self: Inference, value: nodes.Node) -> nodes.Node | None:
    """The first name in an expression that depends on a choice."""
    for inner in walk(value):
        use = self.use(inner)
        if isinstance(use, Target) and use.node in self.varying:
            return inner
    return None


def constant(self: Inference, value: nodes.Node, what: str) -> None:
    """Demand that no choice stands in an expression, directly or by way of a `let`."""
    culprit = choice_in(self, value)
    if culprit is not None:
        self.report.add(
            "not-constant",
            f"{what} is known before anything is chosen; `{culprit.span.text}` depends on a choice",
            culprit.span,
            "depends on a choice",
        )
