"""What every named limit is worth at the optimum: its slack, and the best goal without it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.source import Span
from archwright.dsl.units import Quantity
from archwright.solvers.answers import Status
from archwright.solvers.control import Control, Stopped
from archwright.solvers.planner import Slice

from .answers import Answer, Shown, shown
from .constraint_names import ConstraintNames
from .evaluate import names_match
from .tightness import limit_text

if TYPE_CHECKING:
    from .questions import Model

LOOKS = 0.1  # seconds between two looks at what fails


@dataclass(frozen=True)
class NamedLimit:
    """A named limit at the optimum.

    Attributes
    ----------
    limit : Shown or None
        None where members have different ones, or a choice changes it.
    written : str
        How the spec writes the limit; empty without one.
    slack : Shown or None
        Of the member that holds by least; None without an optimum, or where no member applies.
    members : int
        How many apply at the optimum.
    without : Shown or None
        The best first goal where this one is dropped; None where that is not known.
    binds : bool or None
        Whether dropping it makes the best first goal better; None where that is not known.
    failures : int or None
        How often it failed in the search for the optimum; None where the engine counted none.
    """

    name: str
    span: Span
    limit: Shown | None
    written: str
    upper: bool
    slack: Shown | None
    members: int
    without: Shown | None
    binds: bool | None
    failures: int | None

    @property
    def share(self) -> Fraction | None:
        """Slack as a share of the limit; None without one, or where that is 0."""
        if self.slack is None or self.limit is None or not _size(self.limit):
            return None
        return _size(self.slack) / abs(_size(self.limit))


@dataclass(frozen=True)
class Overview:
    """The answer to `tightness` without a name.

    Attributes
    ----------
    goal : str
        The first one.
    limits : tuple of NamedLimit
        In the order of the text.
    others : tuple of str
        Named constraints that are no limits, or that no choice can break.
    optimum : Answer
    counted : bool
        Whether the engine that found the optimum counts what fails.
    """

    goal: str
    limits: tuple[NamedLimit, ...]
    others: tuple[str, ...]
    optimum: Answer
    counted: bool
    seconds: float = field(compare=False)


def overview(
    model: Model,
    choices: Mapping[str, object] | None,
    without: Collection[str],
    control: Control,
) -> Overview:
    """As `Model.overview`; the optimum has half of the time limit."""
    limit = control.time_limit
    counting = _Counting(time_limit=None if limit is None else limit / 2, parent=control)
    optimum = model.solve(choices, without=without, control=counting)
    known = ConstraintNames.of(model.bound)
    dropped = known.meant(without)
    own = list(model.bound.spec.requires)
    names = [*own, *sorted(known.proper - set(own))]
    limits: list[NamedLimit] = []
    others: list[str] = []
    for name in names:
        if any(names_match(d, name) for d in dropped):
            continue
        try:
            model.excess(name)
        except ArchError:
            others.append(name)
            continue
        limits.append(_limit(model, name, optimum, counting, choices, without, control))
    goal = model.lowered.goals[0].name
    counted = bool(counting.failing)
    return Overview(goal, tuple(limits), tuple(others), optimum, counted, control.seconds)


def _limit(
    model: Model,
    name: str,
    optimum: Answer,
    counting: _Counting,
    choices: Mapping[str, object] | None,
    without: Collection[str],
    control: Control,
) -> NamedLimit:
    excess, meant = model.excess(name), ConstraintNames.of(model.bound).meant([name])
    found: Mapping[str, Fraction] = {}
    if optimum.architecture is not None:
        found = optimum.architecture.evaluation.excesses(meant)
    slack = shown(-max(found.values()), excess.dimension) if found else None
    goal = model.lowered.goals[0].name
    loose, binds = None, None
    try:
        freed = model.solve(choices, without=(*without, name), control=Slice(parent=control))
        if freed.status is Status.OPTIMAL and optimum.status in (
            Status.OPTIMAL,
            Status.INFEASIBLE,
        ):
            loose = freed.goals[goal]
            binds = loose != optimum.goals.get(goal)
        elif freed.status is Status.INFEASIBLE:
            binds = False
    except Stopped:
        pass  # then it is not known whether it binds
    failures = None
    if counting.failing:
        matched = [c for g, c in counting.failing.items() if any(names_match(m, g) for m in meant)]
        failures = sum(matched)
    limit = excess.limit
    return NamedLimit(
        name,
        excess.origin.span,
        None if limit is None else shown(limit.value, excess.dimension),
        "" if limit is None else limit_text(limit),
        limit is None or limit.upper,
        slack,
        len(found),
        loose,
        binds,
        failures,
    )


class _Counting(Slice):
    """Looks now and then at what fails, and passes on what it is told."""

    failing: Mapping[str, int] = MappingProxyType({})
    looked = 0.0

    def report(self, phase: str, nodes: int = 0, **rest: object) -> None:
        """Tell the whole question's listener."""
        look = rest.get("look")
        now = perf_counter()
        if callable(look) and now - self.looked >= LOOKS:
            self.failing, self.looked = look().failing or self.failing, now
        super().report(phase, nodes, **rest)


def _size(value: Shown) -> Fraction:
    if isinstance(value, Quantity):
        return value.value
    return Fraction(value) if isinstance(value, int | Fraction) else Fraction(0)
