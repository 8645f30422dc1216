"""What `expect` lines and the bindings of imports say, and whether their names exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import nodes
from .diagnostics import Label, did_you_mean
from .infer import Inference
from .infer_items import in_domain
from .labels import statements
from .membership import check_indices
from .mismatch import wrong_kind
from .names import best_name, declared, path_span, path_text, words
from .ranges import Ranges
from .spec import Spec, Target
from .suggest import nearest
from .types import UNKNOWN, FamilyType, RecordType, Type, Unknown
from .unify import resolve
from .varying import constant
from .walk import walk


@dataclass(frozen=True)
class _View:
    """What paths look into: this file, or an imported one."""

    values: Mapping[str, nodes.Node]
    requires: Mapping[str, nodes.Require]
    prefers: Mapping[str, nodes.Prefer]
    imports: Mapping[str, Spec | None]


def _entries(value: nodes.Values) -> Iterator[nodes.Expr]:
    """The values in a list and in those inside it, open ones left out."""
    for item in value.items:
        if isinstance(item, nodes.Values):
            yield from _entries(item)
        elif not isinstance(item, nodes.Open):
            yield item


def _inside(spec: Spec) -> _View:
    return _View(spec.names, spec.requires, spec.prefers, spec.imports)


class Claims:
    """The pass over imports and expects; runs after all types are known."""

    def __init__(self, inference: Inference, ranges: Ranges) -> None:
        self.inference = inference
        self.ranges = ranges
        self.report = inference.report
        names = inference.names
        self.here = _View(names.values, names.requires, names.prefers, inference.imports)

    # --------------------------------------------------------------------------------- imports

    def bindings(self, item: nodes.Import) -> None:
        """`with { hidden = width, card = gpu.h200 }` of an import."""
        owner = self.inference.imports.get(item.alias.text)
        seen: dict[str, nodes.Assign] = {}
        for assign in item.bindings:
            found = self._value(assign.value)
            self._twice(assign, seen)
            if owner is None:
                continue
            name = path_text(assign.path)
            target = owner.names.get(name)
            if not isinstance(target, nodes.Param | nodes.Hardware) or assign.indices:
                self._unknown_parameter(assign, item.alias.text, owner, target)
            elif isinstance(assign.value, nodes.Values):
                self._no_family(assign.value, f"`{item.alias.text}.{name}` is none", target)
            elif isinstance(target, nodes.Param):
                self._bind_parameter(assign, item.alias.text, owner, target, found)
            else:
                self._bind_record(assign, owner, target, found)

    def _bind_parameter(
        self, assign: nodes.Assign, alias: str, owner: Spec, target: nodes.Param, found: Type
    ) -> None:
        what = f"the parameter `{alias}.{target.name.text}`"
        place = Label(target.name.span, "declared here")
        assert isinstance(assign.value, nodes.Expr)
        if not self.inference.fits(assign.value, found, owner.types[target], what, place):
            return
        in_domain(self.inference, assign.value, target.domain, what, place)
        if target in owner.demands:
            culprit = self.ranges.culprit(assign.value)
            if culprit is not None:
                self.report.add(
                    "not-static",
                    f"{what} stands in a range there and cannot depend on `{culprit.span.text}`",
                    culprit.span,
                    labels=(place,),
                    notes=("a range may not depend on choices or on dimensions of tensors",),
                )

    def _bind_record(
        self, assign: nodes.Assign, owner: Spec, target: nodes.Hardware, found: Type
    ) -> None:
        found, wanted = resolve(found), owner.types[target]
        if isinstance(found, Unknown) or not isinstance(wanted, RecordType):
            return
        if not isinstance(found, RecordType):
            wrong_kind(self.inference, assign.value, f"`{target.name.text}` is a record", found)
        elif wanted.schema is None or found.schema is not wanted.schema:
            name = (
                "of its own"
                if wanted.schema is None
                else (f"of the schema `{wanted.schema.declaration.name.text}`")
            )
            self.report.add(
                "kind-mismatch",
                f"`{target.name.text}` is a record {name}, and this one is not",
                assign.value.span,
                labels=(Label(target.name.span, "declared here"),),
            )

    def _unknown_parameter(
        self, assign: nodes.Assign, alias: str, owner: Spec, target: nodes.Node | None
    ) -> None:
        possible = [
            name
            for name, node in owner.names.items()
            if isinstance(node, nodes.Param | nodes.Hardware)
        ]
        guess = nearest(path_text(assign.path), possible)
        notes = [f"its parameters and records are {', '.join(possible)}"] if possible else []
        if target is not None:
            notes.insert(0, f"`{path_text(assign.path)}` is {words(target)} there")
        self.report.add(
            "unknown-parameter",
            f"`{alias}` has no parameter `{path_text(assign.path)}`",
            path_span(assign.path),
            notes=notes,
            fixes=did_you_mean(guess, path_span(assign.path)),
        )

    def _value(self, value: nodes.Expr | nodes.Values) -> Type:
        """The type of what is assigned; that of a list follows from its members."""
        if not isinstance(value, nodes.Values):
            return self.inference.infer(value)
        for inner in _entries(value):
            self.inference.infer(inner)
        return UNKNOWN

    def _no_family(self, value: nodes.Values, what: str, target: nodes.Node) -> None:
        self.report.add(
            "kind-mismatch",
            f"a list has a value for each member of a family, and {what}",
            value.span,
            labels=(Label(declared(target).span, "declared here"),),
        )

    def _twice(self, assign: nodes.Assign, seen: dict[str, nodes.Assign]) -> None:
        known = [self.inference.constants.value(index) for index in assign.indices]
        indices = [
            " ".join(index.span.text.split()) if value is None else str(value)
            for index, value in zip(assign.indices, known, strict=True)
        ]
        key = ",".join([path_text(assign.path), *indices])
        first = seen.setdefault(key, assign)
        if first is not assign:
            self.report.add(
                "duplicate-argument",
                f"`{path_text(assign.path)}` is given twice",
                assign.span,
                "the second one",
                labels=(Label(first.span, "the first one"),),
            )

    # --------------------------------------------------------------------------------- expects

    def expect(self, item: nodes.Expect) -> None:
        """One test that the spec carries."""
        claim = item.claim
        if isinstance(claim, nodes.Unsat):
            for path in claim.names:
                self._constraint(path)
        elif isinstance(claim, nodes.CountIs | nodes.FrontIs):
            word = "count" if isinstance(claim, nodes.CountIs) else "front"
            found = self.inference.infer(claim.value)
            self.inference.plain(claim.value, found, f"`{word}`")
            constant(self.inference, claim.value, "the right side of a claim")
            if isinstance(claim, nodes.FrontIs) and not self.inference.names.goals:
                self._no_goal(claim, "a front", "")
        elif isinstance(claim, nodes.BestIs):
            self._best(claim)
        elif isinstance(claim, nodes.ValueIs):
            found = self.inference.infer(claim.value)
            self.inference.truth(claim.value, found, "`value` needs a truth value")
        elif isinstance(claim, nodes.DomainIs):
            self._domain(claim)
        seen: dict[str, nodes.Assign] = {}
        for assign in item.fixes:
            self._fix(assign)
            self._twice(assign, seen)
        for path in item.without:
            self._constraint(path)

    def _best(self, claim: nodes.BestIs) -> None:
        found = self.inference.infer(claim.value)
        for index in claim.indices:
            self.inference.infer(index)
        constant(self.inference, claim.value, "the right side of a claim")
        goals = self.inference.names.goals
        name = best_name(claim, goals)
        goal = goals.get(name)
        if goal is None:
            self._no_goal(claim, f"a goal called `{name}`", name)
            return
        what = f"the goal `{name}`"
        place = Label(goal.value.span, "this goal")
        self.inference.fits(claim.value, found, self.inference.types[goal], what, place)

    def _no_goal(self, claim: nodes.Claim, what: str, name: str) -> None:
        goals = self.inference.names.goals
        guess = nearest(name, goals) if name else None
        span = path_span(claim.path) if isinstance(claim, nodes.BestIs) else claim.span
        note = f"the goals are {', '.join(goals)}" if goals else "the spec has no goal"
        self.report.add(
            "unknown-goal",
            f"there is no {what[2:]}",
            span,
            notes=(note,),
            fixes=did_you_mean(guess, span if name else None),
        )

    def _domain(self, claim: nodes.DomainIs) -> None:
        found = self.inference.member(claim.domain, self.inference.infer(claim.domain))
        target = self._settable(claim.path, choices_only=True)
        if target is None:
            for index in claim.indices:
                self.inference.infer(index)
            return
        type_ = self._indexed(claim.path, claim.indices, target, whole=False)
        if type_ is not None:
            place = Label(declared(target).span, "declared here")
            what = f"the choice `{path_text(claim.path)}`"
            self.inference.fits(claim.domain, found, type_, what, place)

    def _fix(self, assign: nodes.Assign) -> None:
        """`x = 3` or `k[1, 2] = 7`; the bare name of a family means all active members."""
        found = self._value(assign.value)
        constant(self.inference, assign.value, "what `with` fixes")
        target = self._settable(assign.path)
        if target is None:
            for index in assign.indices:
                self.inference.infer(index)
            return
        type_ = self._indexed(assign.path, assign.indices, target, whole=True)
        what = f"`{path_text(assign.path)}`"
        if type_ is None:
            return
        assert isinstance(target, nodes.Param | nodes.Choice)
        if isinstance(assign.value, nodes.Values):
            if assign.indices:
                self._no_family(assign.value, f"{what} has an index already", target)
            elif not isinstance(target, nodes.Choice) or not target.binders:
                self._no_family(assign.value, f"{what} is none", target)
            else:
                for value in _entries(assign.value):
                    self._given(value, self.inference.types[value], type_, what, target)
        else:
            self._given(assign.value, found, type_, what, target)

    def _given(
        self,
        value: nodes.Expr,
        found: Type,
        wanted: Type,
        what: str,
        target: nodes.Param | nodes.Choice,
    ) -> None:
        """What one choice or parameter is fixed to."""
        place = Label(declared(target).span, "declared here")
        if self.inference.fits(value, found, wanted, what, place):
            in_domain(self.inference, value, target.domain, what)

    def _indexed(
        self, path: nodes.Path, indices: tuple[nodes.Expr, ...], target: nodes.Node, *, whole: bool
    ) -> Type | None:
        """The type of the member that is meant; `whole` allows a family without indices."""
        found = [self.inference.infer(index) for index in indices]
        type_ = resolve(self.inference.declared(target))
        wanted = type_.indices if isinstance(type_, FamilyType) else ()
        if isinstance(type_, Unknown):
            return None
        if len(found) != len(wanted) and (indices or not whole):
            self.report.add(
                "wrong-index-count",
                f"`{path_text(path)}` takes {len(wanted)} "
                f"{'index' if len(wanted) == 1 else 'indices'}, and {len(found)} "
                f"{'is' if len(found) == 1 else 'are'} given",
                path_span(path),
                labels=(Label(declared(target).span, "declared here"),),
            )
            return None
        for index, a, b in zip(indices, found, wanted, strict=False):
            if not self.inference.fits(index, a, b, "this index"):
                return None
        if isinstance(target, nodes.Choice) and path_text(path) in self.here.values:
            check_indices(self.inference, target, indices)
        return type_.member if isinstance(type_, FamilyType) else type_

    def _settable(self, path: nodes.Path, *, choices_only: bool = False) -> nodes.Node | None:
        """The choice or parameter at the end of a path."""
        view = self.here
        for step in path[:-1]:
            owner = view.imports.get(step.text)
            if owner is None:
                if not isinstance(view.values.get(step.text), nodes.Import):
                    self._not_settable(path, view, None, choices_only)
                return None
            view = _inside(owner)
        target = view.values.get(path[-1].text)
        kinds = (nodes.Choice,) if choices_only else (nodes.Choice, nodes.Param)
        if not isinstance(target, kinds):
            self._not_settable(path, view, target, choices_only)
            return None
        if isinstance(target, nodes.Param) and len(path) == 2:
            alias = self.inference.names.values[path[0].text]
            assert isinstance(alias, nodes.Import)
            for binding in alias.bindings:
                if path_text(binding.path) == path[1].text:
                    self.report.add(
                        "bound-parameter",
                        f"`{path_text(path)}` is bound already, to `{binding.value.span.text}`",
                        path_span(path),
                        labels=(Label(binding.span, "here"),),
                    )
        return target

    def _not_settable(
        self, path: nodes.Path, view: _View, found: nodes.Node | None, choices_only: bool
    ) -> None:
        kinds = (nodes.Choice,) if choices_only else (nodes.Choice, nodes.Param)
        what = "choice" if choices_only else "choice or parameter"
        possible = [name for name, node in view.values.items() if isinstance(node, kinds)]
        guess = nearest(path[-1].text, possible)
        prefix = "".join([f"{step.text}." for step in path[:-1]])
        self.report.add(
            "unknown-choice",
            f"there is no {what} `{path_text(path)}`",
            path_span(path),
            notes=(f"`{path_text(path)}` is {words(found)}",) if found is not None else (),
            fixes=did_you_mean(guess, path[-1].span, f"{prefix}{guess}"),
        )

    # ----------------------------------------------------------------------------- constraints

    def _constraint(self, path: nodes.Path) -> None:
        """A name after `by` or `without`: a `require` of the file, of an import, or of an op."""
        names = [step.text for step in path]
        view = self.here
        while len(names) > 1 and isinstance(view.values.get(names[0]), nodes.Import):
            owner = view.imports.get(names.pop(0))
            if owner is None:
                return
            view = _inside(owner)
        if (len(names) == 1 and names[0] in view.requires) or self._in_networks(view, names):
            return
        prefix = ".".join([step.text for step in path[: len(path) - len(names)]])
        possible = [f"{prefix}.{name}" if prefix else name for name in view.requires]
        guess = nearest(path_text(path), possible)
        soft = len(names) == 1 and names[0] in view.prefers
        self.report.add(
            "unknown-constraint",
            f"there is no `require` called `{path_text(path)}`",
            path_span(path),
            notes=(f"`{names[0]}` is a `prefer`; it can be broken anyway",) if soft else (),
            fixes=did_you_mean(guess, path_span(path)),
        )

    def _in_networks(self, view: _View, names: list[str]) -> bool:
        networks = [op for op in view.values.values() if isinstance(op, nodes.Op) and op.network]
        return any(
            self._in_op(op, names) or (names[0] == op.name.text and self._in_op(op, names[1:]))
            for op in networks
        )

    def _in_op(self, op: nodes.Op, names: list[str]) -> bool:
        """Whether an op has the constraint `label.label.name`, going down through its calls."""
        if not names:
            return False
        if len(names) == 1:
            return any(isinstance(s, nodes.Require) and s.name.text == names[0] for s in op.body)
        return any(
            label == names[0] and self._in_op(called, names[1:])
            for label, called in self._calls(op)
        )

    def _calls(self, op: nodes.Op) -> Iterator[tuple[str, nodes.Op]]:
        """The ops that an op calls, each under its label or name."""
        values = [(bind.label, bind.value) for bind, *_ in statements(op)]
        values += [(None, s.value) for s in op.body if isinstance(s, nodes.Return)]
        for label, value in values:
            for i, node in enumerate(walk(value)):
                if isinstance(node, nodes.Call | nodes.Comprehension):
                    use = self.inference.use(node.function)
                    if isinstance(use, Target) and isinstance(use.node, nodes.Op):
                        named = label is not None and i == 0
                        name = label.text if named and label else use.node.name.text
                        yield name, use.node
