"""What a limit of the spec is worth: slack at the optimum, and the best goal against the limit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

from archwright.dsl.source import Span
from archwright.solvers import questions as solver
from archwright.solvers.answers import Front as SolverFront
from archwright.solvers.answers import Proof
from archwright.solvers.control import Control, Stopped
from archwright.solvers.instance import Instance
from archwright.solvers.near import Curve
from archwright.solvers.planner import Slice
from archwright.solvers.tightness import Step as SolverStep
from archwright.solvers.tightness import steps_of

from .answers import Answer, Architecture, Shown, shown
from .constraint_names import ConstraintNames
from .limits import Limit, spelled
from .lowering.excess import Excess

if TYPE_CHECKING:
    from .questions import Model


@dataclass(frozen=True)
class Step:
    """A limit at which the best goal changes.

    Attributes
    ----------
    limit : Shown
        The tightest limit under which the goal is reached; where the spec has no one number for
        the limit, by how much it has to be looser than it is.
    goal : Shown
        The best value of the goal under that limit, up to the next step.
    """

    limit: Shown
    goal: Shown
    choices: Mapping[str, Shown]
    architecture: Architecture = field(repr=False, compare=False)


class Steps(Sequence[Step]):
    """The steps, from the tightest limit to the loosest; each is certified when looked at."""

    def __init__(
        self,
        model: Model,
        instance: Instance | None,
        steps: Sequence[SolverStep],
        excess: Excess,
        names: Collection[str],
        without: Collection[str],
    ) -> None:
        self._model, self._instance, self._steps = model, instance, steps
        self._excess, self._names, self._without = excess, names, without
        self._known: dict[int, Step] = {}

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, i: int) -> Step: ...
    @overload
    def __getitem__(self, i: slice) -> list[Step]: ...
    def __getitem__(self, i: int | slice) -> Step | list[Step]:
        if isinstance(i, slice):
            return [self[j] for j in range(len(self))[i]]
        i = range(len(self))[i]
        if i not in self._known:
            self._known[i] = self._certified(i)
        return self._known[i]

    def __iter__(self) -> Iterator[Step]:
        return (self[i] for i in range(len(self)))

    def _certified(self, i: int) -> Step:
        """A step whose goal and excess the evaluator finds in the text, too."""
        from .questions import CertificateError

        step, (limit, goal) = self._steps[i], self.curve()[i]
        dropped = (*self._without, *self._names)
        evaluation = self._model.certify(step.values, dropped)
        name = self._model.lowered.goals[0].name
        architecture = self._model.architecture(evaluation, {name: goal})
        exact = evaluation.excesses(self._names)
        said = self._excess.decode(step.excess)
        found = max(exact.values(), default=said)
        if found != said:
            raise CertificateError(f"{self._names} is exceeded by {found}, not by {said}")
        return Step(limit, goal, architecture.choices, architecture)

    def curve(self) -> list[tuple[Shown, Shown]]:
        """Limit and goal of every step, without its choices."""
        goal = self._model.lowered.goals[0]
        return [
            (self._limit(step.excess), shown(goal.decode(step.goal or 0), goal.dimension))
            for step in self._steps
        ]

    def _limit(self, excess: int) -> Shown:
        amount, limit = self._excess.decode(excess), self._excess.limit
        return shown(amount if limit is None else limit.moved(amount), self._excess.dimension)

    def holding(self) -> int | None:
        """The last step that the limit allows as it is; None where it allows none."""
        allowed = [i for i, s in enumerate(self._steps) if s.excess < (not self._excess.strict)]
        return allowed[-1] if allowed else None


@dataclass(frozen=True)
class Tightness:
    """The answer to `tightness`.

    Attributes
    ----------
    constraint : str
    limit : Shown or None
        The limit as it is; None where members have different ones, or a choice changes it.
    written : str
        How the spec writes the limit: `part.sram`; empty without one.
    upper : bool
        Whether a limit is looser that is larger.
    goal : str
        The goal of the curve: the first one.
    optimum : Answer
        Of the question as it is.
    slack : mapping of str to Shown
        For each instance (`fits[2]`) that applies, by how much it holds at the optimum.
    steps : Steps
    complete : bool
        Whether every step is here.
    every : range
        Steps, by number, between which none is missing. All of them where the curve is complete;
        else those around the limit as it is, and none where the question was stopped before.
    error : Fraction
        How far limits may be from the true numbers, where logarithms went in.
    """

    constraint: str
    span: Span
    limit: Shown | None
    written: str
    upper: bool
    goal: str
    optimum: Answer
    slack: Mapping[str, Shown]
    steps: Steps
    complete: bool
    every: range
    error: Shown
    proof: Proof
    seconds: float

    @property
    def curve(self) -> list[tuple[Shown, Shown]]:
        """Limit and best goal of every step, from the tightest limit to the loosest."""
        return self.steps.curve()


def tightness(
    model: Model,
    name: str,
    choices: Mapping[str, object] | None,
    without: Collection[str],
    control: Control,
) -> Tightness:
    """As `Model.tightness`."""
    groups = model.groups([name])
    names = ConstraintNames.of(model.bound).meant([name])
    excess = model.excess(name)
    optimum = model.solve(choices, without=without, control=control)
    slack: dict[str, Shown] = {}
    if optimum.architecture is not None:
        found = optimum.architecture.evaluation.excesses(names)
        slack = {key: shown(-value, excess.dimension) for key, value in found.items()}
    instance = model.instance(choices, (*without, *groups), _Steps(parent=control))

    def answer(points: SolverFront) -> Tightness:
        steps = Steps(model, instance, steps_of(points.points), excess, names, without)
        limit = excess.limit
        return Tightness(
            name,
            excess.origin.span,
            None if limit is None else shown(limit.value, excess.dimension),
            "" if limit is None else limit_text(limit),
            limit is None or limit.upper,
            model.lowered.goals[0].name,
            optimum,
            slack,
            steps,
            points.complete,
            _every(points),
            shown(excess.error, excess.dimension),
            points.proof,
            control.seconds,
        )

    if instance is None:
        return answer(SolverFront((), True, Proof("fixing")))
    try:
        return answer(solver.curve(instance, None, excess.expression))
    except Stopped as stopped:
        found_so_far = stopped.partial
        if not isinstance(found_so_far, SolverFront):
            raise
        raise Stopped(str(stopped), answer(found_so_far)) from None


def _every(points: SolverFront) -> range:
    """Numbers of the steps between which none is missing."""
    if points.complete:
        return range(len(points.points))
    ends = points.every if isinstance(points, Curve) else None
    if ends is None:
        return range(0)
    excesses = sorted(point.goals[-1] for point in points.points)
    return range(excesses.index(ends[0]), excesses.index(ends[1]) + 1)


class _Steps(Slice):
    """The control of a curve: its numbers are no values of the spec's goals, so it tells none."""

    def report(self, phase: str, nodes: int = 0, **rest: object) -> None:
        """Tell the whole question's listener."""
        super().report("finding the curve", nodes)


def limit_text(limit: Limit) -> str:
    """The limit as the text writes it, on one line."""
    return " ".join(spelled(limit.node).span.text.split())
