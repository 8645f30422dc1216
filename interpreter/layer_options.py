"""Which forms the layers of a network can take, and the choices that each depends on.

What a layer is depends on few of the choices, so its forms are listed by trying these alone,
however large the whole space is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import TypeAlias

from archwright.dsl import nodes
from archwright.dsl.walk import walk
from archwright.solvers.evaluate import evaluate_points
from archwright.solvers.expressions import Expr
from archwright.solvers.problem import Problem
from archwright.solvers.rewriting import reachable

from .lowering import networks, tensors
from .lowering.calls import Call
from .lowering.definitions import Definition
from .lowering.numbers import Term
from .lowering.result import Lowered as LoweredSpec
from .lowering.result import LoweredChoice
from .lowering.scope import Module
from .lowering.values import Count, Lowered, OpRef, Slot, Symbol
from .values import Value

Form: TypeAlias = tuple[int, ...]  # what the solver's integers say of one leaf
Numbers: TypeAlias = tuple[int | None, ...]  # of some choices; None for one that is inactive
Domains: TypeAlias = Mapping[int, Sequence[int]]
MOST = 20_000  # combinations of choices that are tried at one place


class Site:
    """A leaf of a network under all choices.

    Attributes
    ----------
    label : str
        Of the layer it belongs to, `block[2, 1]`.
    choices : tuple of LoweredChoice
        Those that it reads.
    forms : mapping
        Every form that it can take, with values of its choices that lead to it; equal forms are
        one and the same layer. Empty where there are too many combinations to be tried, and
        `listed` is False.
    """

    def __init__(
        self, lowered: LoweredSpec, label: str, call: Call, domains: Domains | None
    ) -> None:
        self.problem, self.label = lowered.problem, label
        self.active = _node(self.problem, call.active)
        self.nodes = (self.active, *sorted(set(_nodes(self.problem, call)) - {self.active}))
        self.choices = _choices(lowered, self.nodes)
        possible = _possible(self.choices, domains)
        self.listed = _combinations(possible) <= MOST
        tried = _tried(lowered, self.choices, possible, self.nodes) if self.listed else {}
        self.forms: dict[Form, Numbers] = {}
        for numbers, form in tried.items():
            if form[0]:
                self.forms.setdefault(form, numbers)

    def condition(self, form: Form) -> tuple[Expr, ...]:
        """What must hold for the leaf to have this form."""
        pairs = zip(self.nodes, form, strict=True)
        return tuple(Expr(self.problem, node) == value for node, value in pairs)


@dataclass(frozen=True)
class Option:
    """One way in which the layers under a label can be chosen.

    Attributes
    ----------
    values : tuple
        Of the label's choices; None for one that is inactive.
    forms : tuple
        Of the label's leaves; None for one that is not there.
    """

    values: tuple[Value | None, ...]
    forms: tuple[Form | None, ...]


class Label:
    """What stands under one label of a network.

    Attributes
    ----------
    text, family : str
        `block[2, 1]` and `block`.
    indices, index_names : tuple of str
        `2`, `1` and what the text calls them; `index_1`, … where it writes no name.
    sites : tuple of Site
        Its leaves.
    """

    def __init__(
        self,
        lowered: LoweredSpec,
        text: str,
        sites: Sequence[Site],
        names: Sequence[str],
        domains: Domains | None,
    ) -> None:
        self._lowered = lowered
        self.text, self.family = text, text.partition("[")[0]
        inside = text.partition("[")[2].rstrip("]")
        self.indices = tuple(i.strip() for i in inside.split(",")) if inside else ()
        self.index_names = tuple(names) or tuple(
            f"index_{i}" for i in range(1, len(self.indices) + 1)
        )
        self.sites = tuple(sites)
        read = {c.key for site in sites for c in site.choices}
        self._read = tuple(c for c in lowered.choices if c.key in read)
        self._possible = _possible(self._read, domains)

    @property
    def listed(self) -> bool:
        """Whether the combinations of the choices that its leaves read can be tried."""
        return _combinations(self._possible) <= MOST

    @property
    def always(self) -> bool:
        """Whether something stands here under all choices."""
        bounds = self._lowered.problem.bounds
        return any(bounds[site.active][0] == 1 for site in self.sites)

    @property
    def choices(self) -> tuple[LoweredChoice, ...]:
        """Those that make a difference where something stands here; none if not `listed`."""
        return self._tried[0]

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Every combination of `choices` under which something stands here."""
        choices, rows = self._tried
        return tuple(
            Option(
                tuple(
                    None if number is None else choice.decode(number)
                    for choice, number in zip(choices, numbers, strict=True)
                ),
                self._apart(values),
            )
            for numbers, values in rows.items()
        )

    @cached_property
    def _tried(self) -> tuple[tuple[LoweredChoice, ...], dict[Numbers, Form]]:
        if not self.listed:
            return (), {}
        every = [node for site in self.sites for node in site.nodes]
        rows = _tried(self._lowered, self._read, self._possible, every)
        there = {numbers: row for numbers, row in rows.items() if any(self._apart(row))}
        return _needed(self._read, there)

    def _apart(self, values: Form) -> tuple[Form | None, ...]:
        """The forms of the leaves, from the values of all of their nodes."""
        found: list[Form | None] = []
        place = 0
        for site in self.sites:
            form = values[place : place + len(site.nodes)]
            found.append(form if form[0] else None)
            place += len(site.nodes)
        return tuple(found)


class Places:
    """The leaves of a network and its labels.

    Parameters
    ----------
    name : str
        Of a network that stands alone; `t.net` is that of an import.
    domains : mapping, optional
        The integers that choices can take, by variable, where they are fewer than all.
    """

    def __init__(self, lowered: LoweredSpec, name: str, domains: Domains | None = None) -> None:
        self.lowered = lowered
        with lowered.reader.looking() as low:
            module = low.root
            *aliases, last = name.split(".")
            for alias in aliases:
                module = module.imports[alias]
            op = module.spec.names[last]
            assert isinstance(op, nodes.Op)
            found = networks.network(low, OpRef(module, op))
            above = {leaf: layer.label for layer in found.call.parts for leaf in layer.walk()}
            self.sites = tuple(Site(lowered, above[leaf], leaf, domains) for leaf in found.leaves)
            names = _index_names(module, op)
        self.labels = tuple(
            Label(
                lowered,
                text,
                [site for site in self.sites if site.label == text],
                names.get(text.partition("[")[0], ()),
                domains,
            )
            for text in dict.fromkeys(site.label for site in self.sites)
        )

    def forms(self, values: Sequence[int]) -> tuple[Form | None, ...]:
        """The form of each leaf under values of all variables; None for one that is not there."""
        nodes = [node for site in self.sites for node in site.nodes]
        columns = iter(evaluate_points(self.lowered.problem, [values], nodes))
        found: list[Form | None] = []
        for site in self.sites:
            form = tuple(next(columns)[0] for _ in site.nodes)
            found.append(form if form[0] else None)
        return tuple(found)


def _tried(
    lowered: LoweredSpec,
    choices: Sequence[LoweredChoice],
    possible: Sequence[Sequence[int]],
    of: Sequence[int],
) -> dict[Numbers, Form]:
    """The values of nodes for every combination of some choices, legal or not."""
    rest = [v.values[0] for v in lowered.problem.variables]
    points = []
    for numbers in product(*possible):
        point = list(rest)
        for choice, number in zip(choices, numbers, strict=True):
            point[choice.variable] = number
        points.append(point)
    columns = evaluate_points(lowered.problem, points, [*of, *(c.active.node for c in choices)])
    rows: dict[Numbers, Form] = {}
    for i, point in enumerate(points):
        values = tuple(column[i] for column in columns)
        active = values[len(of) :]
        pairs = zip(choices, active, strict=True)
        rows[tuple(point[c.variable] if there else None for c, there in pairs)] = values[: len(of)]
    return rows


def _needed(
    choices: tuple[LoweredChoice, ...], rows: dict[Numbers, Form]
) -> tuple[tuple[LoweredChoice, ...], dict[Numbers, Form]]:
    """Only the choices without which different forms would be taken for one another."""
    for choice in reversed(choices):
        place = choices.index(choice)
        fewer: dict[Numbers, Form] = {}
        for numbers, form in rows.items():
            if fewer.setdefault(numbers[:place] + numbers[place + 1 :], form) != form:
                break
        else:
            choices, rows = choices[:place] + choices[place + 1 :], fewer
    return choices, rows


def _possible(
    choices: Sequence[LoweredChoice], domains: Domains | None
) -> tuple[Sequence[int], ...]:
    return tuple(c.coding.numbers if domains is None else domains[c.variable] for c in choices)


def _combinations(possible: Sequence[Sequence[int]]) -> int:
    return prod(map(len, possible))


def _choices(lowered: LoweredSpec, of: Sequence[int]) -> tuple[LoweredChoice, ...]:
    """The choices that nodes read."""
    variables = lowered.problem.variables
    read = set(reachable(lowered.problem, of))
    return tuple(c for c in lowered.choices if variables[c.variable].node in read)


def _index_names(module: Module, op: nodes.Op) -> Mapping[str, tuple[str, ...]]:
    """For each label with indices what the text calls them."""
    found: dict[str, tuple[str, ...]] = {}
    for node in walk(op):
        if isinstance(node, nodes.Bind) and node.label is not None and node.label_indices:
            names = tuple(
                index.text if isinstance(index, nodes.Name) else f"index_{i}"
                for i, index in enumerate(node.label_indices, 1)
            )
            found.setdefault(node.label.text, names)
    return found


def _nodes(problem: Problem, leaf: Call) -> Iterator[int]:
    """All that a leaf depends on: arguments, shapes of what it reads and writes."""
    low = leaf.low
    for formal in leaf.op.node.value_formals:
        value = leaf.scope.names[formal.name.text]
        if isinstance(value, Definition):
            value = value.read(leaf.active)
        yield from _value(problem, value)
    for present, reference in leaf.inputs:
        yield _node(problem, present)
        if isinstance(reference, tensors.Tensor | tensors.Either):
            for size in tensors.shape(low, reference):
                yield from _value(problem, size)
    assert leaf.output is not None
    for size in leaf.output.shape:
        yield from _value(problem, size)


def _value(problem: Problem, value: Lowered) -> Iterator[int]:
    """The nodes of a lowered value; none for a constant."""
    match value:
        case Term():
            yield value.numerator.node
            if value.denominator is not None:
                yield value.denominator.node
        case Expr():
            yield value.node
        case Symbol():
            yield value.position.node
        case Count():
            yield from (_node(problem, p) for p in value.present)
        case Slot():
            yield from _value(problem, value.count)


def _node(problem: Problem, truth: bool | Expr) -> int:
    return truth.node if isinstance(truth, Expr) else problem.constant(int(truth)).node
