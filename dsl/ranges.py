"""Ranges of binders and loops are static: they depend on no choice and on no dimension.

A formal that stands in a range must be given something static by every caller, and a parameter
that does must not be bound to a choice by an importer. Such formals and parameters are *demanded*.
"""

from __future__ import annotations

from . import nodes
from .diagnostics import Label
from .infer import Inference
from .names import declared, words
from .spec import Target
from .types import DomainType, FamilyType, LayerType, TensorType, Unknown
from .unify import resolve
from .walk import walk

# What is constant unless something in it varies.
CONSTANT = (
    nodes.Let,
    nodes.Fn,
    nodes.Table,
    nodes.Schema,
    nodes.SchemaField,
    nodes.Hardware,
    nodes.Enum,
    nodes.Import,
)


class Ranges:
    """The pass; `demands` is its result."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.use = inference.use
        self.report = inference.report
        self.demands: set[nodes.Node] = set()
        self._declarations: dict[nodes.Node, nodes.Node | None] = {}

    def item(self, item: nodes.Node) -> None:
        """Check all ranges below an item; the functions and ops it calls come before it."""
        for node in walk(item):
            for binder in getattr(node, "binders", ()):
                self._binder(node, binder)
            if isinstance(node, nodes.Bind):
                for index in (*node.indices, *node.label_indices):
                    self._index(index)
            elif isinstance(node, nodes.Index) and self._of_tensors(node.base):
                for index in node.indices:
                    self._index(index)
            for formal, value in self.inference.passed.get(node, ()):
                if self.demanded(formal):
                    self._given(formal, value)

    def demanded(self, node: nodes.Node) -> bool:
        """Whether a formal or parameter, here or in an imported file, stands in a range."""
        return node in self.demands or any(
            spec is not None and node in spec.demands for spec in self.inference.imports.values()
        )

    def _of_tensors(self, base: nodes.Expr) -> bool:
        type_ = resolve(self.inference.declared(base))
        return isinstance(type_, FamilyType) and isinstance(resolve(type_.member), TensorType)

    def _binder(self, owner: nodes.Node, binder: nodes.Binder) -> None:
        type_ = resolve(self.inference.declared(binder.domain))
        if isinstance(type_, DomainType) and isinstance(type_.member, LayerType):
            if not isinstance(owner, nodes.Comprehension | nodes.Require | nodes.Prefer):
                self.report.add(
                    "not-static",
                    "the layers of a network depend on choices and index nothing",
                    binder.domain.span,
                    notes=("layers are for sums and conditions: `sum(… for l in net.layers)`",),
                )
            return
        if isinstance(type_, Unknown) and not isinstance(binder.domain, nodes.Range | nodes.Set):
            return  # told already
        if isinstance(owner, nodes.Formal):
            return  # the length of the family
        culprit = self.culprit(binder.domain)
        if culprit is not None:
            word = "when" if isinstance(owner, nodes.Choice | nodes.Let | nodes.Loop) else "where"
            self._not_static(
                culprit,
                f"the range of `{binder.name.text}`",
                f"go over the widest range and add `{word} …` for the members that count",
            )

    def _index(self, index: nodes.Expr) -> None:
        culprit = self.culprit(index)
        if culprit is not None:
            self._not_static(culprit, "which tensor this is", "")

    def _given(self, formal: nodes.Node, value: nodes.Expr) -> None:
        culprit = self.culprit(value)
        if culprit is not None:
            name = declared(formal)
            self._not_static(
                culprit, f"`{name.text}`, which stands in a range,", "", Label(name.span, "")
            )

    def _not_static(self, culprit: nodes.Node, what: str, fix: str, *labels: Label) -> None:
        use = self.use(culprit)
        kind = f", {words(use.node)}" if isinstance(use, Target) else ""
        notes = ("a range may not depend on choices or on dimensions of tensors",)
        self.report.add(
            "not-static",
            f"{what} depends on `{culprit.span.text}`{kind}",
            culprit.span,
            labels=labels,
            notes=(*notes, fix) if fix else notes,
        )

    def culprit(self, expression: nodes.Node) -> nodes.Node | None:
        """The first name that is not static; formals and parameters met on the way are demanded."""
        for node in walk(expression):
            use = self.use(node)
            if not isinstance(use, Target):
                continue
            target = use.node
            if isinstance(target, nodes.Param | nodes.Ident | nodes.Formal):
                if target in self.inference.varying:
                    return node
                self.demands.add(target)
            elif isinstance(target, CONSTANT):
                if target in self.inference.varying or self._inside(target) is not None:
                    return node
            elif isinstance(target, nodes.Binder):
                type_ = resolve(self.inference.declared(target))
                if isinstance(type_, LayerType):
                    return node
            elif target not in self.inference.counts:
                return node
        return None

    def _inside(self, declaration: nodes.Node) -> nodes.Node | None:
        """What makes a named expression, function or record vary, formals apart."""
        if declaration not in self._declarations:
            self._declarations[declaration] = None
            self._declarations[declaration] = self.culprit(declaration)
        return self._declarations[declaration]
