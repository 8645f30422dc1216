"""What a file declares: the four namespaces, and names that are declared twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from . import nodes
from .diagnostics import Label
from .report import Report
from .source import Span

BUILTINS = (
    "sum",
    "product",
    "max",
    "min",
    "count",
    "all",
    "any",
    "abs",
    "floor",
    "ceil",
    "exact",
    "divisors",
    "ln",
    "log2",
    "alldifferent",
)

Value: TypeAlias = (
    nodes.Import
    | nodes.Param
    | nodes.Let
    | nodes.Fn
    | nodes.Enum
    | nodes.Table
    | nodes.Schema
    | nodes.Hardware
    | nodes.Choice
    | nodes.Op
)

WORDS: dict[type[nodes.Node], str] = {
    nodes.Import: "an import",
    nodes.Param: "a parameter",
    nodes.Let: "a `let`",
    nodes.Fn: "a function",
    nodes.Enum: "an enum",
    nodes.Table: "a table",
    nodes.Schema: "a schema",
    nodes.Hardware: "a record",
    nodes.Choice: "a choice",
    nodes.Op: "an op",
    nodes.Binder: "a binder",
    nodes.Formal: "a formal",
    nodes.Bind: "a tensor",
    nodes.Name: "a dimension",
    nodes.Ident: "a formal",
    nodes.SchemaField: "a field",
}


def declared(node: nodes.Node) -> nodes.Ident:
    """The name that a declaration introduces, where it stands."""
    if isinstance(node, nodes.Import):
        return node.alias
    if isinstance(node, nodes.Ident):
        return node
    if isinstance(node, nodes.Name):
        return nodes.Ident(node.span, node.text)
    name = getattr(node, "name", None)
    if not isinstance(name, nodes.Ident):
        raise TypeError(f"{type(node).__name__} declares nothing")
    return name


def words(node: nodes.Node) -> str:
    """What kind of thing a declaration is."""
    if isinstance(node, nodes.Op) and node.network:
        return "a network"
    return WORDS[type(node)]


def path_text(path: Iterable[nodes.Ident]) -> str:
    """A dotted path as it is written."""
    return ".".join([name.text for name in path])


def path_span(path: nodes.Path) -> Span:
    """The range of a dotted path."""
    return path[0].span.to(path[-1].span)


def goal_name(goal: nodes.Goal) -> str:
    """The name after `as`, or else the text of the goal itself."""
    return goal.name.text if goal.name is not None else " ".join(goal.value.span.text.split())


def best_name(claim: nodes.BestIs, goals: Iterable[str]) -> str:
    """The goal that `best` speaks of: by its name, or by its text whatever the spaces in it."""
    indices = ", ".join([" ".join(index.span.text.split()) for index in claim.indices])
    written = path_text(claim.path) + (f"[{indices}]" if indices else "")
    bare = "".join(written.split())
    return next((name for name in goals if "".join(name.split()) == bare), written)


class Declarations:
    """The file-level names of a file, by namespace; reports duplicates while it collects."""

    def __init__(self, file: nodes.File, report: Report) -> None:
        self.file = file
        self.report = report
        self.values: dict[str, Value] = {}
        self.enumerators: dict[str, tuple[nodes.Enum, ...]] = {}
        self.requires: dict[str, nodes.Require] = {}
        self.prefers: dict[str, nodes.Prefer] = {}
        self.goals: dict[str, nodes.Goal] = {}
        self.optimize: nodes.Optimize | None = None
        self.choices: list[nodes.Choice] = []
        self._taken: dict[str, dict[str, nodes.Ident]] = {"value": {}, "constraint": {}, "goal": {}}
        for item in file.items:
            self._item(item)

    def _item(self, item: nodes.Item) -> None:
        if isinstance(item, nodes.Space):
            for choice in item.choices:
                if self._free("value", choice.name):
                    self.values[choice.name.text] = choice
                    self.choices.append(choice)
        elif isinstance(item, nodes.Require):
            if self._free("constraint", item.name):
                self.requires[item.name.text] = item
        elif isinstance(item, nodes.Prefer):
            if self._free("constraint", item.name):
                self.prefers[item.name.text] = item
        elif isinstance(item, nodes.Optimize):
            self._optimize(item)
        elif not isinstance(item, nodes.Expect):
            self._value(item)

    def _value(self, item: nodes.Item) -> None:
        assert isinstance(item, Value)
        name = declared(item)
        if isinstance(item, nodes.Fn | nodes.Op) and name.text in BUILTINS:
            self.report.add(
                "built-in-name",
                f"`{name.text}(…)` always means the built-in function of that name",
                name.span,
                notes=("give this one another name",),
            )
        if self._free("value", name):
            self.values[name.text] = item
        if isinstance(item, nodes.Enum):
            unique(item.members, self.report, f"enum `{name.text}`")
            for member in {member.text: None for member in item.members}:
                enums = self.enumerators.get(member, ())
                self.enumerators[member] = (*enums, item)

    def _optimize(self, item: nodes.Optimize) -> None:
        if self.optimize is not None:
            self.report.add(
                "two-goals",
                "a spec has one goal, or one list of goals",
                item.span,
                labels=(Label(self.optimize.span, "the first one"),),
                notes=("put all goals into one `optimize lex { … }` or `optimize pareto { … }`",),
            )
            return
        self.optimize = item
        for goal in item.goals:
            name = goal_name(goal)
            span = goal.name.span if goal.name is not None else goal.value.span
            if self._free("goal", nodes.Ident(span, name)):
                self.goals[name] = goal

    def _free(self, space: str, name: nodes.Ident) -> bool:
        """Whether a name is new in a namespace; reports it otherwise."""
        taken = self._taken[space]
        first = taken.setdefault(name.text, name)
        if first is not name:
            duplicate(name, first, self.report)
        return first is name


def duplicate(name: nodes.Ident, first: nodes.Ident, report: Report, where: str = "") -> None:
    """Report a name that stands for something else already."""
    report.add(
        "duplicate-name",
        f"`{name.text}` is declared twice{f' in {where}' if where else ''}",
        name.span,
        "the second one",
        labels=(Label(first.span, "the first one"),),
    )


def unique(names: Iterable[nodes.Ident], report: Report, where: str) -> dict[str, nodes.Ident]:
    """The names by text; reports those that come twice."""
    found: dict[str, nodes.Ident] = {}
    for name in names:
        first = found.setdefault(name.text, name)
        if first is not name:
            duplicate(name, first, report, where)
    return found
