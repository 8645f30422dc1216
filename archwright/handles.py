"""The public handles: a spec, and a spec bound to its parameters that can be asked questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from archwright.dsl import load as loading
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.limits import Limits
from archwright.dsl.spec import Spec as CheckedSpec
from archwright.interpreter import expect
from archwright.interpreter.bind import bind_inputs
from archwright.interpreter.binder import Inputs
from archwright.interpreter.bound import Bound as BoundSpec
from archwright.interpreter.fronts import Front as FoundFront
from archwright.interpreter.model_asker import ModelAsker
from archwright.interpreter.questions import Model
from archwright.solvers.control import Control, Progress, Stopped

from .asking import asking
from .front import Front
from .given import fill
from .results import Answer, Conflict, ExpectFailure, Overview, TestReport, Tightness, _as
from .solutions import Solutions

if TYPE_CHECKING:
    import xarray as xr

# Other values of some parameters, what is bound to the same tables, and other tables: bound.
Binding: TypeAlias = Callable[
    [Mapping[str, object], BoundSpec | None, Mapping[str, object]], BoundSpec
]


def load(
    path: str | Path, *, trust_paths: bool = False, limits: Limits | Mapping[str, int] | None = None
) -> Spec:
    """Read and check a spec.

    Parameters
    ----------
    path : str or Path
    trust_paths : bool
        Allow imports and tables outside the spec's folder.
    limits : mapping of str to int
        Limits by name that are not as usual: `{"rows": 5_000_000}`; `docs/language.md` lists them.

    Raises
    ------
    ArchError
        With every diagnostic; renders as text and as HTML.
    """
    return Spec(loading.load(path, trust_paths=trust_paths, limits=limits), trust_paths)


def loads(
    text: str,
    name: str = "<text>",
    folder: str | Path | None = None,
    *,
    limits: Limits | Mapping[str, int] | None = None,
) -> Spec:
    """Check a spec given as text; imports and tables are looked up in `folder`.

    `limits` are those that are not as usual, as in `load`.

    Raises
    ------
    ArchError
        With every diagnostic; renders as text and as HTML.
    """
    where = None if folder is None else Path(folder)
    return Spec(loading.loads(text, name=name, folder=where, limits=limits))


class Spec:
    """A checked spec: what is true, before anything is chosen."""

    def __init__(self, checked: CheckedSpec, trust_paths: bool = False) -> None:
        self._checked = checked
        self._trust_paths = trust_paths

    @property
    def checked(self) -> CheckedSpec:
        """The syntax tree with names, kinds and units."""
        return self._checked

    @property
    def warnings(self) -> tuple[Any, ...]:
        """Diagnostics that are no errors."""
        return self._checked.warnings

    def bind(
        self,
        *,
        tables: Mapping[str, object] | None = None,
        hardware: Mapping[str, object] | None = None,
        trust_paths: bool | None = None,
        **parameters: object,
    ) -> Bound:
        """Fill parameters, `given` tables and `given` hardware.

        A `given` record of a kind that this machine can describe (`std.cpu.Cpu`) and that is not
        passed is filled by probing the machine. A hardware record may be replaced by name,
        `bind(card="std.gpu.h200")` or `bind(card="cards.arch:mine")`, and single fields of one be
        set: `bind(hardware={"card.memory": "40 GB"})`.

        Raises
        ------
        ArchError
            For an unknown or missing parameter, a value outside its domain, or broken table data.
        """
        given = dict(hardware or {})

        def bound(
            more: Mapping[str, object], like: BoundSpec | None, data: Mapping[str, object]
        ) -> BoundSpec:
            every = {**(tables or {}), **data} if data else tables
            return self._bind(every, given, trust_paths, {**parameters, **more}, like)

        return Bound(bound({}, None, {}), bound)

    def _bind(
        self,
        tables: Mapping[str, object] | None = None,
        hardware: Mapping[str, object] | None = None,
        trust_paths: bool | None = None,
        parameters: Mapping[str, object] | None = None,
        like: BoundSpec | None = None,
    ) -> BoundSpec:
        inputs = Inputs(
            dict(parameters or {}),
            tables or {},
            fill(self._checked, dict(hardware or {}), parameters or ()),
            self._trust_paths if trust_paths is None else trust_paths,
            like,
        )
        return bind_inputs(self._checked, inputs)

    def sweep(
        self,
        *,
        tables: Mapping[str, object] | None = None,
        hardware: Mapping[str, object] | None = None,
        choices: Mapping[str, object] | None = None,
        without: Collection[str] | str = (),
        time_limit: float | None = None,
        **inputs: object,
    ) -> xr.Dataset:
        """Solve for every combination of some inputs: `sweep(batch=[1, 16], card=[...], heads=4)`.

        Parameters, and records by name, are given as in `bind`, and a list, range or array of them
        is swept over. The dataset has a dimension for each, and goals, choices, `status` and
        `nodes` as variables, not-a-number or empty where there is no solution.

        Raises
        ------
        ValueError
            If nothing is swept over.
        ArchError
            As `bind`, for any of the combinations.
        """
        from .sweep import sweep

        asked = {"choices": choices, "without": without, "time_limit": time_limit}
        return sweep(self, inputs, {"tables": tables, "hardware": hardware}, asked)

    def test(
        self,
        *,
        tables: Mapping[str, object] | None = None,
        hardware: Mapping[str, object] | None = None,
        time_limit: float | None = None,
        progress: bool | Callable[[Progress], None] | None = None,
    ) -> TestReport:
        """Run every `expect` of the spec."""
        started = perf_counter()
        with asking(time_limit, progress) as control:
            results = expect.run(
                self._checked,
                lambda bound: ModelAsker(Model(bound), control),
                tables=tables,
                hardware=fill(self._checked, dict(hardware or {})),
                trust_paths=self._trust_paths,
            )
        failed = tuple(
            ExpectFailure(
                r.expect.span.source.name,
                r.expect.span.line,
                r.expected,
                f"no answer: {r.skipped}" if r.skipped else r.found,
            )
            for r in results
            if not r.ok
        )
        return TestReport(len(results) - len(failed), failed, perf_counter() - started)

    def __repr__(self) -> str:
        from .summary import summary

        return summary(self._checked)

    def _repr_html_(self) -> str:
        from .summary import spec_face

        return spec_face(self).html


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
