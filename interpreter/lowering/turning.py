"""From one set of inputs to another: what reads an input that changed is forgotten.

What a declaration reads is known by name. A lowering that outlives a change of inputs keeps
everything else: nodes of the problem, networks, definitions.
"""

from __future__ import annotations

from collections.abc import Iterator

from archwright.dsl import nodes
from archwright.dsl.spec import Spec, Target
from archwright.dsl.walk import walk

from ..bound import Bound
from .core import Lowering
from .goals import PREFERENCES
from .scope import Module

FORGETTABLE = (
    nodes.Param,
    nodes.Hardware,
    nodes.Let,
    nodes.Require,
    nodes.Prefer,
    nodes.Optimize,
    nodes.Expect,
)


def turn_to(low: Lowering, bound: Bound) -> bool:
    """Make a lowering that of other inputs; False, and unusable for them, if it cannot be.

    Values that no statement read yet are forgotten as well.
    """
    if bound.spec is not low.root.spec:
        return False
    pairs = list(_pairs(low.root, bound))
    changed: set[nodes.Node] = set()
    for module, other in pairs:
        found = _changed(module.bound, other)
        if found is None:
            return False
        changed |= found
    changed = _readers(low, [m.spec for m, _ in pairs], changed)
    if not all(isinstance(node, FORGETTABLE) for node in changed):
        return False
    if any(isinstance(n, nodes.Let) and m.recurrences.get(n) for n in changed for m, _ in pairs):
        return False
    popped = {(m.prefix, node) for m, _ in pairs for node in changed}
    if any(low.steps[key].networks for key in popped & low.steps.keys()):
        return False  # a network is executed once, and what it demands stands where it was
    dropped = set()
    for module, other in pairs:
        module.bound = other
        module.parameters.clear()
        module.memory.pop(PREFERENCES, None)
        for item, indices in [key for key in module.lets if key[0] in changed]:
            dropped.add(module.lets.pop((item, indices))[0])
        for node in changed:
            module.memory.pop(("members", node), None)
    for key in popped:
        low.steps.pop(key, None)
    low.demanded = [(owner, post) for owner, post in low.demanded if owner not in dropped]
    return True


def _pairs(module: Module, bound: Bound) -> Iterator[tuple[Module, Bound]]:
    """Each file of a lowering with its new inputs."""
    yield module, bound
    for alias, inner in module.imports.items():
        yield from _pairs(inner, bound.imports[alias])


def _changed(old: Bound, new: Bound) -> set[nodes.Node] | None:
    """The inputs of one file that differ; None if that needs everything to be lowered again."""
    if old is new:
        return set()
    names = old.spec.names
    if any(old.tables[n] is not new.tables[n] for n in old.tables):
        return None
    found = {names[n] for n, value in old.parameters.items() if new.parameters[n] != value}
    return found | {names[n] for n, fields in old.records.items() if new.records[n] != fields}


def _readers(low: Lowering, specs: list[Spec], changed: set[nodes.Node]) -> set[nodes.Node]:
    """What reads one of some declarations, by way of others too, and these themselves."""
    readers = low.readers
    if not readers:
        for spec in dict.fromkeys(specs):
            for item in spec.file.items:
                for node in walk(item):
                    use = spec.uses.get(node)
                    if isinstance(use, Target):
                        readers.setdefault(use.node, set()).add(item)
    found = set(changed)
    waiting = list(changed)
    while waiting:
        for reader in readers.get(waiting.pop(), ()):
            if reader not in found:
                found.add(reader)
                waiting.append(reader)
    return found
