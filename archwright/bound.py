"""The public handle of a spec that is bound to its inputs and can be asked questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.interpreter.bound import Bound as BoundSpec
from archwright.interpreter.fronts import Front as FoundFront
from archwright.interpreter.questions import Model
from archwright.solvers.control import Control, Progress, Stopped

from .asking import asking
from .front import Front
from .results import Answer, Conflict, Overview, Tightness, _as
from .solutions import Solutions

if TYPE_CHECKING:
    pass

# Other values of some parameters, what is bound to the same tables, and other tables: bound.
Binding: TypeAlias = Callable[
    [Mapping[str, object], BoundSpec | None, Mapping[str, object]], BoundSpec
]


class Bound:
    """A spec with every input filled, ready to be asked.

    Every question takes `choices` (names to values, fixed for this question only), `without` (names
    of constraints to drop, or one name), `time_limit` in seconds, `progress` (True, False, or a
    function) and `cancel`, a `threading.Event`: a question that runs in another thread ends within
    milliseconds once it is set, as one whose time is over. Several threads may ask at once.
    """

    def __init__(self, bound: BoundSpec, binding: Binding | None = None) -> None:
        self.model = Model(bound)
        self._binding = binding
        self._changes: dict[str, object] = {}  # of parameters, since it was bound
        self._tables: dict[str, object] = {}  # the same
        self._choices: dict[str, object] = {}
        self._left_out: tuple[str, ...] = ()

    def fixed(self, choices: Mapping[str, object] | None = None, /, **more: object) -> Bound:
        """The same with some choices fixed in every question; nothing is bound or lowered again.

        What was found out before is shared: after one more click an answer costs what is new.
        Names that are no Python names, like `k[1, 2]`, are passed in a mapping.
        """
        other = copy(self)
        other._choices = {**self._choices, **(choices or {}), **more}
        return other

    def without(self, *names: str) -> Bound:
        """The same with some named constraints left out of every question."""
        other = copy(self)
        other._left_out = (*self._left_out, *names)
        return other

    def changed(self, *, tables: Mapping[str, object] | None = None, **parameters: object) -> Bound:
        """The same with other values of some parameters, as `bind` would give it.

        Tables stay as they were read, unless one is given: then everything is read and lowered
        again. Else only what reads a parameter that changed is lowered again,
        unless a choice, an op or a function does; solutions that still fit are taken over. This
        one can be asked as before.

        Raises
        ------
        ArchError
            As `bind`.
        """
        if self._binding is None:
            raise ValueError("this spec was not bound by `Spec.bind`")
        other = copy(self)
        other._changes = {**self._changes, **parameters}
        other._tables = {**self._tables, **(tables or {})}
        like = None if tables else self.model.bound
        bound = self._binding(other._changes, like, other._tables)
        other.model = Model(bound, None if tables else self.model)
        return other

    def _fixed(self, choices: Mapping[str, object] | None) -> Mapping[str, object] | None:
        """The choices of a question with those that are fixed in every one."""
        if choices is None or not self._choices:
            return choices or self._choices
        if not isinstance(choices, Mapping):
            return choices  # the question tells the mistake
        return {**self._choices, **choices}

    def _names(self, without: Collection[str] | str) -> Collection[str]:
        """Constraints left out of a question; a text is one name, not its letters."""
        names = (without,) if isinstance(without, str) else without
        return (*self._left_out, *names) if self._left_out else names

    def solve(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] | str = (),
        hints: Mapping[str, object] | None = None,
        workers: int = 1,
        any_solution: bool = False,
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> Answer:
        """The best solution with proof, or the best so far where the time limit came first.

        `hints` maps names of choices to a value, or to a mapping of values to weights, that search
        tries first. Good ones save nodes, which `proof.nodes` counts; none changes the best
        solution. Without a goal every solution is an answer, and a hint may lead to another one.
        `workers` is a number of threads; the answer does not depend on it. Without a goal
        `any_solution` takes the solution that is found first, the same one each time, and saves
        bringing it to the first in order.
        """
        with asking(time_limit, progress, self.model, cancel) as control:
            answer: Answer = _as(
                Answer,
                self.model.solve(
                    self._fixed(choices),
                    without=self._names(without),
                    hints=hints,
                    workers=workers,
                    any_solution=any_solution,
                    control=control,
                ),
            )
        return answer

    def count(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> int:
        """How many distinct assignments of active choices there are, however many.

        Raises
        ------
        Stopped
            If the time limit came first, or it was cancelled.
        """
        with asking(time_limit, progress, cancel=cancel) as control:
            return self.model.count(
                self._fixed(choices), without=self._names(without), control=control
            )

    def all(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> Solutions:
        """Every solution, as a sequence: counted and looked up by number before it is listed.

        The time limit holds for each look into it; once cancelled, every look ends at once.
        """

        def ask(question: Callable[[Control], Any]) -> Any:
            with asking(time_limit, progress, cancel=cancel) as control:
                return question(control)

        return Solutions(self.model, ask, self._fixed(choices), self._names(without))

    def pareto(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> Front:
        """Every non-dominated point of the goals.

        Raises
        ------
        Stopped
            If the time limit came first, or it was cancelled; `.partial` is the front so far, or
            None.
        ArchError
            `no-goal`.
        """
        self._need_goal("the spec has no goal, so there is no front")

        asked = choices or {}

        def why(
            goals: Mapping[str, object],
            choices: Mapping[str, object],
            *,
            time_limit: float | None = None,
            cancel: Event | None = None,
        ) -> Conflict | None:
            return self.explain(
                {**asked, **choices},
                goals=goals,
                without=without,
                time_limit=time_limit,
                progress=False,
                cancel=cancel,
            )

        try:
            with asking(time_limit, progress, self.model, cancel) as control:
                found = self.model.front(
                    self._fixed(choices), without=self._names(without), control=control
                )
                return Front(found, why)
        except Stopped as stopped:
            found_so_far = stopped.partial
            so_far = Front(found_so_far, why) if isinstance(found_so_far, FoundFront) else None
            raise Stopped(str(stopped), so_far) from None

    def sample(
        self,
        n: int = 1,
        seed: int = 0,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> list[dict[str, Any]]:
        """`n` solutions drawn uniformly, with replacement; the same for the same seed.

        Raises
        ------
        ValueError
            If `n` is negative.
        EmptySpace
            If there is no solution.
        """
        if n < 0:
            raise ValueError(f"{n} samples: it must not be a negative number")
        with asking(time_limit, progress, cancel=cancel) as control:
            return self.model.sample(
                n, seed, self._fixed(choices), without=self._names(without), control=control
            )

    def domains(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        exact: bool = True,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> dict[str, list[Any]]:
        """The values that each choice can still take; `exact=False` gives propagation alone.

        Raises
        ------
        Stopped
            If the time limit came first, or it was cancelled; `.partial` has the values that are
            known to be possible so far, or is None.
        """
        with asking(time_limit, progress, cancel=cancel) as control:
            return dict(
                self.model.domains(
                    self._fixed(choices), exact=exact, without=self._names(without), control=control
                )
            )

    def explain(
        self,
        choices: Mapping[str, object] | None = None,
        *,
        goals: Mapping[str, object] | None = None,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> Conflict | None:
        """A minimal set of named constraints that cannot hold together; None where all fits.

        `goals` asks why nothing is that good: `{"time": "30 ms"}` limits a goal to minimize from
        above and one to maximize from below, `(least, most)` from both sides, None leaves an end
        open. These limits count as named constraints (`time <= 30 ms`), and among the repairs is
        the best that each of the goals can be.

        What its terms can be, and its repairs, are solved for when they are read or printed, each
        within the time limit.
        """
        again = partial(asking, time_limit, progress, cancel=cancel)
        with again() as control:
            report = self.model.explain(
                self._fixed(choices),
                goals=goals,
                without=self._names(without),
                control=control,
                again=again,
            )
        if report is None:
            return None
        asked = self.fixed(choices).without(*self._names(without)) if choices or without else self
        conflict: Conflict = replace(_as(Conflict, report), _asked=asked)
        return conflict

    @overload
    def tightness(
        self,
        name: str,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> Tightness: ...

    @overload
    def tightness(
        self,
        name: None = None,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> Overview: ...

    def tightness(
        self,
        name: str | None = None,
        choices: Mapping[str, object] | None = None,
        *,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
        cancel: Event | None = None,
    ) -> Tightness | Overview:
        """Slack of a named limit at the optimum, and the best first goal against that limit.

        Without a name the slack of every named limit, and the best first goal without it; what
        was not found out when the time was over is left out there. A curve
        that has more steps than can be listed has all of them near the limit as it is, and some
        elsewhere; then it is not `complete`.

        Raises
        ------
        Stopped
            If the time limit came first, or it was cancelled; `.partial` has the steps so far, or
            is None.
        ArchError
            `unknown-constraint`, `no-goal`; `no-slack` for a constraint that is no limit.
        """
        self._need_goal("tightness is that of a limit against a goal, and the spec has no goal")
        asked = self.fixed(choices).without(*self._names(without)) if choices or without else self
        fixed, left_out = self._fixed(choices), self._names(without)
        kind: Any = Overview if name is None else Tightness
        try:
            with asking(time_limit, progress, self.model, cancel) as control:
                if name is None:
                    found: Any = self.model.overview(fixed, without=left_out, control=control)
                else:
                    found = self.model.tightness(name, fixed, without=left_out, control=control)
        except Stopped as stopped:
            so_far = None if stopped.partial is None else _as(kind, stopped.partial)
            raise Stopped(str(stopped), so_far) from None
        answer: Tightness | Overview = replace(_as(kind, found), _asked=asked)
        return answer

    def _need_goal(self, message: str) -> None:
        """Tell that the spec has no goal."""
        if not any(goal.named for goal in self.model.goals):
            raise ArchError(
                Diagnostic(
                    "no-goal",
                    message,
                    self.model.bound.spec.header,
                    "no goal in this spec",
                    notes=("goals are stated as `optimize pareto { minimize a  maximize b }`",),
                )
            )

    def explore(self, *, without: Collection[str] | str = ()) -> Any:
        """The explorer: a control for every parameter, choice and named constraint.

        Fixing a value greys out at once what became impossible, exactly so after a moment, with the
        reason beside it. What is fixed here is fixed at first, and can be released there; `without`
        are constraints that are switched off at first. In Python its state is `.session`:
        `.session.fix("k[1, 2]", 3)`, `.session.snapshot`, `.session.bound`, `.session.code`.

        Without the packages of the `notebook` extra it is the still face of that state.
        """
        from archwright.notebooks.explorer.opening import explorer

        plain = copy(self)
        plain._choices, plain._left_out = {}, ()
        return explorer(plain, self._choices, self._names(without))

    def __repr__(self) -> str:
        from .summary import bound_summary

        return bound_summary(self.model.bound)

    def _repr_html_(self) -> str:
        from .summary import bound_face

        return bound_face(self.model).html
