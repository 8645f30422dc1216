"""What every name refers to: scopes, enumerators, imported names.

A name is looked up among the locals (binders, formals, dimensions, tensors), then the values of
the file, then the enumerators. The pass keeps a list of things to do instead of recursing; it works
through the text in order, because a tensor is known only after the statement that binds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from . import nodes
from .diagnostics import Edit, Fix, Label, did_you_mean
from .names import BUILTINS, Declarations, declared, duplicate, unique, words
from .reasons import pieces
from .report import Report
from .spec import Builtin, EnumName, Spec, Target, Use
from .suggest import nearest
from .walk import children


class Scope:
    """Local names, inside those of an outer scope."""

    def __init__(self, outer: Scope | None = None) -> None:
        self.outer = outer
        self.names: dict[str, nodes.Node] = {}

    def find(self, name: str) -> nodes.Node | None:
        """The local declaration of a name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def visible(self) -> Iterable[str]:
        """All local names."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.outer


Step: TypeAlias = Callable[[], None]

# Which declarations a name may mean in each position; a suggestion offers no others.
VALUES = (nodes.Param, nodes.Let, nodes.Choice, nodes.Table, nodes.Hardware, nodes.Op, nodes.Import)
ROOTS = ("sqrt", "cbrt", "root", "isqrt", "rsqrt")
WANTED: dict[str, tuple[type[nodes.Node], ...]] = {
    "value": VALUES,
    "function": (nodes.Fn, nodes.Op, nodes.Import),
    "domain": (nodes.Enum, nodes.Import),
    "enumerator": (nodes.Import,),
    "record": (nodes.Schema, nodes.Hardware, nodes.Import),
}


class Resolver:
    """The pass; `uses`, `reasons`, `shapes` and `counts` are its results."""

    def __init__(
        self, names: Declarations, imports: Mapping[str, Spec | None], report: Report
    ) -> None:
        self.names = names
        self.imports = imports
        self.report = report
        self.uses: dict[nodes.Node, Use] = {}
        self.reasons: dict[nodes.Text, tuple[str | nodes.Expr, ...]] = {}
        self.shapes: set[nodes.Node] = set()  # where a dimension gets its name
        self.counts: set[nodes.Node] = set()  # where the length of a family of tensors does
        self._todo: list[Step] = []

    def file(self, file: nodes.File) -> None:
        """Resolve all items."""
        for item in file.items:
            self.item(item)
            self.drain()

    def drain(self) -> None:
        """Work off what is left to do."""
        while self._todo:
            self._todo.pop()()

    def push(self, *steps: Step) -> None:
        """Do these next, in this order."""
        self._todo += reversed(steps)

    # ----------------------------------------------------------------------------------- items

    def item(self, item: nodes.Node) -> None:
        """Resolve the expressions of one item."""
        top = Scope()
        if isinstance(item, nodes.Param):
            self.push(self.domain(item.domain, top), self.maybe(item.default, top))
        elif isinstance(item, nodes.Fn):
            top.names.update(zip([p.text for p in item.parameters], item.parameters, strict=True))
            unique(item.parameters, self.report, f"the formals of `{item.name.text}`")
            self.push(self.expression(item.body, top))
        elif isinstance(item, nodes.Let):
            self.let(item, top)
        elif isinstance(item, nodes.Space):
            for choice in item.choices:
                scope = Scope()
                self.push(
                    *self.binders(choice.binders, scope),
                    self.domain(choice.domain, scope),
                    self.maybe(choice.guard, scope),
                )
                self.drain()
        elif isinstance(item, nodes.Table):
            self.table(item)
        elif isinstance(item, nodes.Schema):
            unique([field.name for field in item.fields], self.report, f"`{item.name.text}`")
            for field in item.fields:
                top.names.setdefault(field.name.text, field)
            self.push(*[self.maybe(field.default, top) for field in item.fields])
        elif isinstance(item, nodes.Hardware):
            unique([s.name for s in item.settings], self.report, f"`{item.name.text}`")
            self.push(*[self.expression(setting.value, top) for setting in item.settings])
        elif isinstance(item, nodes.Op):
            from .resolve_network import resolve_op

            resolve_op(self, item)
        elif isinstance(item, nodes.Require | nodes.Prefer):
            self.condition(item, top)
        elif isinstance(item, nodes.Optimize):
            for goal in item.goals:
                self.push(self.expression(goal.value, top, "goal"))
        elif isinstance(item, nodes.Import):
            self.push(*[self.expression(assign.value, top) for assign in item.bindings])
        elif isinstance(item, nodes.Expect):
            self.expect(item, top)

    def expect(self, item: nodes.Expect, top: Scope) -> None:
        """The expressions of a claim; what its paths mean is a matter of their place."""
        claim = item.claim
        if isinstance(claim, nodes.DomainIs):
            self.push(self.domain(claim.domain, top))
        for inner in (claim, *item.fixes):
            for part in (*getattr(inner, "indices", ()), getattr(inner, "value", None)):
                self.push(self.maybe(part, top))

    def let(self, item: nodes.Let, outer: Scope) -> None:
        """A named expression, at the top or inside an op."""
        scope = Scope(outer)
        self.push(
            *self.binders(item.binders, scope),
            self.expression(item.value, scope),
            self.maybe(item.guard, scope),
        )

    def condition(self, item: nodes.Require | nodes.Prefer, outer: Scope) -> None:
        """A `require` or `prefer`, and the holes of its reason."""
        scope = Scope(outer)
        weight = item.weight if isinstance(item, nodes.Prefer) else None
        holes: list[nodes.Expr] = []
        if item.reason is not None:
            cut = pieces(item.reason, self.report)
            self.reasons[item.reason] = cut
            holes = [piece for piece in cut if isinstance(piece, nodes.Expr)]
        self.push(
            *self.binders(item.binders, scope),
            self.maybe(item.where, scope),
            self.maybe(weight, scope),
            self.expression(item.body, scope),
            *[self.expression(hole, scope) for hole in holes],
        )

    def table(self, item: nodes.Table) -> None:
        """Cells name enumerators; a column that says of which enum decides between several."""
        columns = (*item.keys, *item.values)
        unique([column.name for column in columns], self.report, f"table `{item.name.text}`")
        if not isinstance(item.source, nodes.Rows):
            return
        for row in item.source.rows:
            cells = (*row.keys, *row.values)
            for i, cell in enumerate(cells):
                unit = columns[i].unit if i < len(columns) else None
                self.cell(cell, unit)

    def cell(self, cell: nodes.Expr, unit: nodes.Unit | None) -> None:
        """One cell of a table."""
        if isinstance(cell, nodes.Name):
            enum = self.column_enum(unit)
            if enum is not None:
                positions = [member.text for member in enum.enum.members]
                if cell.text in positions:
                    position = positions.index(cell.text)
                    self.uses[cell] = EnumName(enum.enum, position, enum.owner)
                    return
            self.name(cell, Scope(), "enumerator")
        elif isinstance(cell, nodes.Field):
            self.push(self.expression(cell, Scope(), "enumerator"))
            self.drain()

    def column_enum(self, unit: nodes.Unit | None) -> EnumName | None:
        """The enum that a column names in place of a unit (position -1)."""
        if unit is None or isinstance(unit.numerator, str) or unit.denominator is not None:
            return None
        first, *rest = unit.numerator
        found: nodes.Node | None = self.names.values.get(first.text)
        if isinstance(found, nodes.Enum) and not rest:
            return EnumName(found, -1)
        if isinstance(found, nodes.Import) and len(rest) == 1:
            owner = self.imports.get(first.text)
            inner = owner.names.get(rest[0].text) if owner is not None else None
            if isinstance(inner, nodes.Enum):
                return EnumName(inner, -1, owner)
        return None

    # ------------------------------------------------------------------------------- expressions

    def expression(self, node: nodes.Node, scope: Scope, wanted: str = "value") -> Step:
        """The step that resolves an expression."""
        return lambda: self.visit(node, scope, wanted)

    def maybe(self, node: nodes.Node | None, scope: Scope) -> Step:
        """The step that resolves an expression that may have been left out."""
        return self.expression(node, scope) if node is not None else lambda: None

    def domain(self, node: nodes.Domain, scope: Scope) -> Step:
        """The step that resolves a domain, where `bool` and enums stand as a whole."""
        return lambda: self.visit(node, scope, "domain")

    def binders(self, binders: Iterable[nodes.Binder], scope: Scope) -> list[Step]:
        """The steps that resolve the domains and then declare the binders, one after the other."""
        steps: list[Step] = []
        for binder in binders:
            steps.append(self.domain(binder.domain, scope))
            steps.append(lambda binder=binder: self.declare_binder(binder, scope))  # type: ignore[misc]
        return steps

    def declare_binder(self, binder: nodes.Binder, scope: Scope) -> None:
        """Make a binder known; warn if it hides something."""
        name = binder.name
        if name.text in scope.names and isinstance(scope.names[name.text], nodes.Binder):
            duplicate(name, declared(scope.names[name.text]), self.report)
        hidden = scope.find(name.text) or self.names.values.get(name.text)
        if isinstance(hidden, nodes.Choice | nodes.Param | nodes.Binder):
            self.report.add(
                "hidden-name",
                f"the binder `{name.text}` hides {words(hidden)} of the same name",
                name.span,
                level="warning",
                labels=(Label(declared(hidden).span, "this one is hidden"),),
                notes=("give the binder another name",),
            )
        scope.names[name.text] = binder

    def visit(self, node: nodes.Node, scope: Scope, wanted: str) -> None:
        """Resolve one node and put those below it on the list."""
        if isinstance(node, nodes.Name):
            self.name(node, scope, wanted)
        elif isinstance(node, nodes.Field):
            self.field(node, scope, wanted)
        elif isinstance(node, nodes.Call):
            arguments = [self.expression(a.value, scope) for a in node.arguments]
            self.push(self.expression(node.function, scope, "function"), *arguments)
        elif isinstance(node, nodes.Comprehension):
            inner = Scope(scope)
            self.push(
                self.expression(node.function, scope, "function"),
                *self.binders(node.binders, inner),
                self.maybe(node.where, inner),
                self.expression(node.body, inner),
                self.maybe(node.otherwise, scope),
            )
        elif isinstance(node, nodes.Member):
            self.push(self.expression(node.item, scope), self.domain(node.domain, scope))
        else:
            below = "goal" if wanted == "goal" else "value"
            self.push(*[self.expression(child, scope, below) for child in children(node)])

    def name(self, node: nodes.Name, scope: Scope, wanted: str) -> Use | None:
        """Resolve a bare name."""
        size = self.report.size
        use = self.find(node, scope, wanted)
        if use is not None:
            self.uses[node] = use
        elif self.report.size == size:
            self.unknown(node, scope, wanted)
        return use

    def find(self, node: nodes.Name, scope: Scope, wanted: str) -> Use | None:
        """What a bare name means; reports one that may mean two things."""
        name = node.text
        local = scope.find(name)
        value = self.names.values.get(name)
        if wanted == "function" and name in BUILTINS:
            return Builtin(name)
        if local is not None:
            return Target(local)
        enums = self.names.enumerators.get(name, ())
        if len(enums) + (value is not None) > 1 and wanted != "function":
            self.ambiguous(node, enums, value)
            return None
        if value is not None:
            return Target(value)
        if enums:
            positions = [member.text for member in enums[0].members]
            return EnumName(enums[0], positions.index(name))
        if wanted == "domain" and name == "bool":
            return Builtin("bool")
        if wanted == "goal" and name == "preferences":
            return Builtin("preferences")
        return None

    def ambiguous(
        self, node: nodes.Name, enums: tuple[nodes.Enum, ...], value: nodes.Node | None
    ) -> None:
        """Report a name that could be two things."""
        qualified = [f"{enum.name.text}.{node.text}" for enum in enums]
        labels = [Label(e.name.span, "one that has this name") for e in enums]
        if value is not None:
            labels.append(Label(declared(value).span, f"{words(value)} of this name"))
            said = [f"write `{qualified[0]}` for the enumerator, or rename the other one"]
        else:
            said = [f"write `{path}`" for path in qualified]
        self.report.add(
            "ambiguous-name",
            f"`{node.text}` could be one of several things",
            node.span,
            labels=labels,
            fixes=[
                Fix(text, edit=Edit(node.span, path))
                for text, path in zip(said, qualified, strict=False)
            ],
        )

    def field(self, node: nodes.Field, scope: Scope, wanted: str) -> None:
        """Resolve a path through imports and enums; fields of values wait for their types."""
        chain: list[nodes.Field] = []
        base: nodes.Expr = node
        while isinstance(base, nodes.Field):
            chain.append(base)
            base = base.base
        if not isinstance(base, nodes.Name):
            self.push(self.expression(base, scope))
            return
        local = scope.find(base.text)
        value = self.names.values.get(base.text)
        if local is None and isinstance(value, nodes.Import | nodes.Enum):
            use: Use | None = Target(value)
            self.uses[base] = Target(value)
        else:
            use = self.name(base, scope, "value")
        while chain and isinstance(use, Target):
            step = chain.pop()
            if isinstance(use.node, nodes.Import):
                use = self.imported(step, use.node, wanted if not chain else "value")
            elif isinstance(use.node, nodes.Enum):
                use = self.enumerator(step, use)
            else:
                return
            if use is not None:
                self.uses[step] = use

    def imported(self, step: nodes.Field, alias: nodes.Import, wanted: str) -> Use | None:
        """A name of an imported file."""
        owner = self.imports.get(alias.alias.text)
        if owner is None:
            return None
        name = step.name.text
        value = owner.names.get(name)
        enums = owner.enumerators.get(name, ())
        if isinstance(value, nodes.Import):
            self.report.add(
                "not-exported",
                f"`{alias.alias.text}.{name}` is an import of that file, and imports stay private",
                step.name.span,
                notes=("import that file here, under a name of its own",),
            )
            return None
        if len(enums) + (value is not None) > 1:
            self.ambiguous(nodes.Name(step.name.span, name), enums, value)
            return None
        if value is not None:
            return Target(value, owner)
        if enums:
            positions = [member.text for member in enums[0].members]
            return EnumName(enums[0], positions.index(name), owner)
        kinds = WANTED.get(wanted, VALUES)
        possible = [key for key, node in owner.names.items() if isinstance(node, kinds)]
        if wanted not in ("function", "domain", "record"):
            possible += owner.enumerators
        self.report.add(
            "unknown-name",
            f"`{alias.alias.text}` has nothing called `{name}`",
            step.name.span,
            fixes=_meant(step.name, possible),
        )
        return None

    def enumerator(self, step: nodes.Field, enum: Target) -> Use | None:
        """A name of an enum that is written out."""
        assert isinstance(enum.node, nodes.Enum)
        members = [member.text for member in enum.node.members]
        if step.name.text in members:
            return EnumName(enum.node, members.index(step.name.text), enum.owner)
        self.report.add(
            "unknown-name",
            f"the enum `{enum.node.name.text}` has no name `{step.name.text}`",
            step.name.span,
            notes=(f"it has {', '.join(members)}",),
            fixes=_meant(step.name, members),
        )
        return None

    def unknown(self, node: nodes.Name, scope: Scope, wanted: str) -> None:
        """Report a name that nothing declares."""
        kinds = WANTED.get(wanted, VALUES)
        possible = [key for key, value in self.names.values.items() if isinstance(value, kinds)]
        if wanted == "function":
            possible += BUILTINS
        elif wanted == "domain":
            possible.append("bool")
        else:
            possible += [*scope.visible(), *self.names.enumerators]
        what = {"function": "no function", "domain": "no set of values"}.get(wanted)
        message = (
            f"{what} called `{node.text}` is known"
            if what
            else f"nothing called `{node.text}` is in scope"
        )
        notes: tuple[str, ...] = ()
        other = self.names.values.get(node.text)
        if other is not None:
            notes = (f"`{node.text}` is {words(other)}",)
        elif wanted == "value" and node.text in BUILTINS:
            notes = (f"`{node.text}` is a built-in function only before `(`",)
        elif wanted == "function" and node.text in ROOTS:
            notes = ("values of roots belong into a table",)
        abroad = self._abroad(node.text, kinds, wanted)
        fixes = did_you_mean(abroad, node.span) if abroad else _meant(node, possible)
        self.report.add("unknown-name", message, node.span, notes=notes, fixes=fixes)

    def _abroad(self, name: str, kinds: tuple[type[nodes.Node], ...], wanted: str) -> str | None:
        """How a name of this spelling is written that an import declares."""
        for alias, owner in self.imports.items():
            if owner is None:
                continue
            enumerator = name in owner.enumerators and wanted not in ("function", "domain")
            found = owner.names.get(name)
            exported = isinstance(found, kinds) and not isinstance(found, nodes.Import)
            if exported or enumerator:
                return f"{alias}.{name}"
        return None


def _meant(node: nodes.Name | nodes.Ident, possible: Iterable[str]) -> tuple[Fix, ...]:
    return did_you_mean(nearest(node.text, possible), node.span)
