"""What names of constraints stand for, as `by` and `without` say them.

A `require` of a file is called by its name, one of an op by the labels above its call, without
their indices: `body.first.whole_groups`. A network's own is `net.small`; the network's name may
also stand before labels, and be left out before its own. Where two networks of a file share labels,
answers put the network's name before them. A name stands for the same constraints whether or not
they hold by themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from archwright.dsl import nodes
from archwright.dsl.spec import Spec, Target
from archwright.dsl.walk import walk

from .bound import Bound

_INDICES = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class ConstraintNames:
    """All names that constraints of a bound spec can be called by.

    Attributes
    ----------
    proper : frozenset of str
        Those that answers use, without indices.
    others : mapping
        What further names stand for.
    """

    proper: frozenset[str]
    others: Mapping[str, frozenset[str]] = field(repr=False)

    @classmethod
    def of(cls, bound: Bound) -> ConstraintNames:
        """Those of a bound spec; worked out once."""
        if "constraint names" not in bound.memory:
            bound.memory["constraint names"] = cls._collect(bound)
        found: ConstraintNames = bound.memory["constraint names"]
        return found

    @classmethod
    def _collect(cls, bound: Bound) -> ConstraintNames:
        proper: set[str] = set()
        others: dict[str, set[str]] = {}
        for prefix, inner in bound.walk():
            spec = inner.spec
            proper.update(prefix + name for name in spec.requires)
            for op in spec.names.values():
                if not isinstance(op, nodes.Op) or not op.network:
                    continue
                for labels, name in _required(spec, op):
                    own = f"{prefix}{'.'.join((*labels, name))}"
                    whole = f"{prefix}{'.'.join((op.name.text, *labels, name))}"
                    apart = not labels or ".".join((*labels, name)) in _shared(spec)
                    called, other = (whole, own) if apart else (own, whole)
                    proper.add(called)
                    others.setdefault(other, set()).add(called)
        return cls(frozenset(proper), {n: frozenset(meant) for n, meant in others.items()})

    def meant(self, names: Collection[str]) -> tuple[str, ...]:
        """The names that answers use for these; one that is unknown stays what it is."""
        found: dict[str, None] = {}
        for name in names:
            meant = {name} if name in self.proper else self.others.get(name, {name})
            found.update(dict.fromkeys(sorted(meant)))
        return tuple(found)

    def __contains__(self, name: str) -> bool:
        return name in self.proper or name in self.others

    def __iter__(self) -> Iterator[str]:
        yield from sorted(self.proper)


def constraint_name(spec: Spec, network: str, place: str, name: str) -> str:
    """What a `require` of a call is called; `place` are the labels above it, with indices."""
    own = f"{place}.{name}"
    if not place or _INDICES.sub("", own) in _shared(spec):
        return f"{network}.{own}" if place else f"{network}.{name}"
    return own


@lru_cache(maxsize=256)
def _shared(spec: Spec) -> frozenset[str]:
    """The names behind labels that more than one network of a file has."""
    found: Counter[str] = Counter()
    for op in spec.names.values():
        if isinstance(op, nodes.Op) and op.network:
            found.update({".".join((*labels, name)) for labels, name in _required(spec, op)})
    return frozenset(name for name, times in found.items() if times > 1)


def _required(spec: Spec, op: nodes.Op) -> Iterator[tuple[tuple[str, ...], str]]:
    """The `require`s of an op and of all that it calls, each with the labels on the way."""
    for statement in op.body:
        if isinstance(statement, nodes.Require):
            yield (), statement.name.text
    for label, owner, called in _calls(spec, op.body):
        for labels, name in _required(owner, called):
            yield (label, *labels), name


def _calls(spec: Spec, body: Collection[nodes.Statement]) -> Iterator[tuple[str, Spec, nodes.Op]]:
    """The ops that statements call, each under its label or name."""
    for statement in body:
        match statement:
            case nodes.Bind() | nodes.Return():
                label = statement.label if isinstance(statement, nodes.Bind) else None
                outermost = _outermost(statement.value)
                for node in walk(statement.value):
                    if isinstance(node, nodes.Call | nodes.Comprehension):
                        use = spec.uses.get(node.function)
                        if isinstance(use, Target) and isinstance(use.node, nodes.Op):
                            named = label if node in outermost else None
                            text = (named or use.node.name).text
                            yield text, use.owner or spec, use.node
            case nodes.Loop():
                yield from _calls(spec, statement.body)
            case nodes.Branch():
                yield from _calls(spec, (*statement.then, *statement.otherwise))


def _outermost(node: nodes.Expr) -> tuple[nodes.Expr, ...]:
    """The calls that the label of a statement names: behind brackets, in both ways of an `if`."""
    match node:
        case nodes.Group():
            return _outermost(node.inner)
        case nodes.Choose():
            return (*_outermost(node.then), *_outermost(node.otherwise))
    return (node,)
