"""All that is known of one state, and the order in which the rest of it is asked.

Propagation comes first and answers a click; then what is exact, the most recently touched choices
first; then the best completion and the number of solutions. Whatever is known is true at any time:
a value counts as open until it is proved impossible.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from typing import Any, Protocol

from archwright.dsl.types import Num
from archwright.dsl.units import PLAIN, Quantity
from archwright.interpreter.answers import Answer, ConflictReport, Shown
from archwright.interpreter.python_values import read_value
from archwright.interpreter.questions import Model
from archwright.interpreter.values import Value
from archwright.solvers.answers import Status
from archwright.solvers.control import Cancellable, Stopped
from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.standing import common

from .controls import ChoiceControl, Layout, Numbers
from .reasons import Why, why
from .state import State

LISTED = 4096  # values; of a longer domain only propagation is asked
LIMITS = (2.0, 20.0)  # seconds for each question, in the first and in the second round
APART = 0.06  # seconds between two looks at results that stream in
INLINE = 0.04  # seconds of a click that may go to the other values of what is fixed


class Asked(Protocol):
    """What the explorer needs of a bound spec; see `archwright.Bound`."""

    model: Model

    def changed(self, *, tables: Mapping[str, object] | None = None, **parameters: Any) -> Any:
        """The same with other values of parameters, or other rows of given tables."""

    def count(
        self,
        choices: Mapping[str, object],
        /,
        *,
        without: Collection[str],
        time_limit: float,
        progress: bool,
        cancel: threading.Event,
    ) -> int:
        """How many solutions."""

    def solve(
        self,
        choices: Mapping[str, object],
        /,
        *,
        without: Collection[str],
        time_limit: float | None,
        progress: bool,
        cancel: threading.Event,
    ) -> Answer:
        """The best solution."""

    def explain(
        self,
        choices: Mapping[str, object],
        /,
        *,
        without: Collection[str],
        time_limit: float,
        progress: bool,
        cancel: threading.Event,
    ) -> ConflictReport | None:
        """Why nothing fits."""


class Inquiry:
    """What is known of a state; each fact is replaced as a whole, so any thread may read.

    Parameters
    ----------
    before : Inquiry, optional
        Of an earlier state; what was impossible in a wider one is so here.

    Attributes
    ----------
    left : list of range or tuple of int
        For each choice the solver's integers that are not proved impossible; of a fixed choice
        those that it could have if it alone were changed.
    possible : list of frozenset of int
        Those that a solution has.
    exact : set of int
        Choices of which every value is decided.
    """

    def __init__(
        self, asked: Asked, layout: Layout, state: State, before: Inquiry | None = None
    ) -> None:
        self.asked, self.layout, self.state = asked, layout, state
        self.model = asked.model
        self.fixed: dict[int, int] = {}
        self.families: dict[str, Shown] = {}
        self.aside: list[str] = []
        for name, value in state.fixed.items():
            self._fix(name, value)
        whole: list[Numbers] = [control.numbers for control in layout.choices]
        self.left: list[Numbers] = list(whole)
        self.possible: list[frozenset[int]] = [frozenset()] * len(whole)
        if before is not None and before.layout is layout and state.narrows(before.state):
            for place in range(len(whole)):
                if place not in self.fixed:
                    self.left[place] = before.left[place]
        self.exact: set[int] = set()
        self.propagated = False
        self.released: set[int] = set()  # fixed choices whose other values were propagated
        self.infeasible = False
        self.why: Why | None = None  # of a state in which nothing fits
        self.count: int | None = None
        self.count_seconds = 0.0
        self.best: Answer | None = None
        self.round = 0

    # ------------------------------------------------------------------------------ the question

    @property
    def choices(self) -> dict[str, Shown]:
        """What is fixed and can be, by name."""
        placed = {
            control.key: control.value(where)
            for place, number in self.fixed.items()
            if (where := (control := self.layout.choices[place]).place_of(number)) is not None
        }
        return {**self.families, **placed}

    def _fix(self, name: str, value: Shown) -> None:
        place = self.layout.places.get(name)
        if place is None:
            if any(control.name == name for control in self.layout.choices):
                self.families[name] = value
            else:
                self.aside.append(name)
            return
        control = self.layout.choices[place]
        number = control.choice.encode(self._value(control, value))
        if number is None:
            self.aside.append(name)
        else:
            self.fixed[place] = number

    def _value(self, control: ChoiceControl, value: Shown) -> Value:
        if isinstance(value, bool):
            return value
        if isinstance(value, Quantity):
            return value.value
        if isinstance(value, int | Fraction):
            return Fraction(value)
        dimension = control.choice.dimension
        if dimension is None:
            named = control.choice.coding.names or {}
            return next((v for v in named.values() if str(v) == value), Fraction(-1))
        spec = self.model.bound.spec
        return read_value(spec, control.choice.node, value, Num(dimension or PLAIN), control.key)

    def instance(self, control: Cancellable, released: int | None = None) -> Instance:
        """The solver's view of the state, with one fixed choice released."""
        lowered = self.model.lowered
        fixed: dict[int, int] = {}
        assumed: list[Expr] = []
        for place, number in self.fixed.items():
            if place == released:
                continue
            choice = self.layout.choices[place].choice
            fixed[choice.variable] = number
            if choice.active.constant != 1:
                assumed.append(choice.active)
        for name, value in self.families.items():
            member = next(c for c in self.layout.choices if c.name == name)
            with lowered.reader.lowering.lock:
                fixing = lowered.fix(name, (), self._value(member, value))
            for variable, number in fixing.fixed.items():
                fixed.setdefault(variable, number)
            assumed.extend(fixing.assumptions)
        dropped = self.model.groups(sorted(self.state.off))
        return Instance.ask(lowered.problem, fixed, dropped, assumed, control)

    def order(self) -> list[int]:
        """Choices, the most recently touched first."""
        places = self.layout.places
        first = [places[name] for name in self.state.touched if name in places]
        return list(dict.fromkeys((*first, *range(len(self.layout.choices)))))

    # -------------------------------------------------------------------------------- what is asked

    def propagate(self, control: Cancellable) -> None:
        """What propagation excludes, for every choice that is not fixed."""
        left = self.model.warm.left(self.instance(control))
        for place, here in enumerate(self.layout.choices):
            values = left[here.choice.variable]
            if here.choice.active.constant == 1 and not len(values):
                self.infeasible = True
            if place not in self.fixed:
                self.left[place] = _both(self.left[place], values)
        if self.infeasible:
            self._nothing_fits()
        self.propagated = True

    def release(self, control: Cancellable, seconds: float | None = None) -> None:
        """What propagation excludes of each fixed choice if it alone were changed."""
        began = time.perf_counter()
        for place in self.order():
            if place not in self.fixed or place in self.released:
                continue
            if seconds is not None and time.perf_counter() - began > seconds:
                return
            variable = self.layout.choices[place].choice.variable
            (left,) = self.model.warm.left(self.instance(control, place), variable)
            self.left[place] = _both(self.left[place], left)
            self.released.add(place)

    def at_once(self) -> None:
        """What a click waits for."""
        if not self.propagated:
            try:
                self.propagate(Cancellable(time_limit=2 * INLINE))
                self.release(Cancellable(time_limit=2 * INLINE), INLINE)
            except Stopped:
                return

    @property
    def done(self) -> bool:
        """Whether there is nothing left to ask."""
        return self.round >= len(LIMITS)

    def run(self, stop: threading.Event, tell: Callable[[str], None]) -> None:
        """Ask everything else; `tell` is called with what is being done when there is news."""
        if not self.propagated:
            self.propagate(Cancellable(event=stop))
            tell("finding what is possible")
        self.release(Cancellable(event=stop))
        for limit in LIMITS[self.round :]:
            for question in (self._exactly, self._best, self._count):
                if stop.is_set():
                    return
                question(stop, limit, tell)
                if self.infeasible and (self.why is None or self.why.repairs is None):
                    self._explain(stop, limit, tell)
            if stop.is_set():
                return
            self.round += 1
        tell("")

    def _exactly(self, stop: threading.Event, limit: float, tell: Callable[[str], None]) -> None:
        end, told, size = time.perf_counter() + limit, time.perf_counter(), 1
        waiting = list(self._undecided())
        free = [p for p in waiting if p not in self.fixed]
        groups: list[tuple[int | None, list[int]]] = [(None, free)] if free else []
        groups += [(p, [p]) for p in waiting if p in self.fixed]
        for released, places in groups:
            while places and not stop.is_set() and (released is not None or not self.infeasible):
                now, places = places[:size], places[size:]
                began = time.perf_counter()
                if began >= end:
                    return
                self._decide(now, released, Cancellable(end - began, event=stop))
                took = time.perf_counter() - began
                size = min(2 * size, 64) if took < APART else max(1, size // 2)
                if time.perf_counter() - told > APART:
                    told = time.perf_counter()
                    tell("finding what is possible")
        if waiting:
            tell("looking for the best")

    def _undecided(self) -> Iterator[int]:
        for place in self.order():
            if place not in self.exact and self.layout.choices[place].size <= LISTED:
                yield place

    def _decide(self, places: list[int], released: int | None, control: Cancellable) -> None:
        chosen = [self.layout.choices[p].choice for p in places]
        try:
            question = self.instance(control, released)
            found = self.model.warm.domains(question, True, [c.variable for c in chosen])
        except Stopped as stopped:
            if isinstance(stopped.partial, list):
                for place, choice in zip(places, chosen, strict=True):
                    self.possible[place] |= frozenset(stopped.partial[choice.variable])
            return
        for place, choice in zip(places, chosen, strict=True):
            values = found[choice.variable]
            self.left[place], self.possible[place] = values, frozenset(values)
            self.exact.add(place)
            if not values and choice.active.constant == 1 and released is None:
                self.infeasible = True
        if self.infeasible:
            self._nothing_fits()

    def _nothing_fits(self) -> None:
        """Every value of what is not fixed is impossible, and so is what is fixed."""
        self.count = 0
        for place in range(len(self.layout.choices)):
            number = self.fixed.get(place)
            if number is None:
                self.left[place] = ()
                self.exact.add(place)
            elif self.layout.choices[place].size <= LISTED:
                self.left[place] = tuple(v for v in self.left[place] if v != number)

    def find_best(self, stop: threading.Event, limit: float | None = None) -> None:
        """The best completion, or the best so far where it is stopped."""
        if self.infeasible or (self.best is not None and self.best.status == Status.OPTIMAL):
            return
        answer = self.asked.solve(
            self.choices,
            without=sorted(self.state.off),
            time_limit=limit,
            cancel=stop,
            progress=False,
        )
        if answer.status == Status.INFEASIBLE:
            self.infeasible = True
            self._nothing_fits()
        elif answer.architecture is not None:
            self.best = answer

    def _best(self, stop: threading.Event, limit: float, tell: Callable[[str], None]) -> None:
        self.find_best(stop, limit)
        if self.count is None:
            tell("counting")

    def _count(self, stop: threading.Event, limit: float, tell: Callable[[str], None]) -> None:
        if self.count is not None:
            return
        try:
            self.count = self.asked.count(
                self.choices,
                without=sorted(self.state.off),
                time_limit=limit,
                cancel=stop,
                progress=False,
            )
        except Stopped:
            self.count_seconds += limit
            tell("finding what is possible")

    def _explain(self, stop: threading.Event, limit: float, tell: Callable[[str], None]) -> None:
        tell("finding the conflict")
        try:
            report = self.asked.explain(
                self.choices,
                without=sorted(self.state.off),
                time_limit=limit,
                cancel=stop,
                progress=False,
            )
            for repairs in (False, True):
                if not stop.is_set():
                    self.why = why(report, "", self.layout, self.state.fixed, repairs)
                    tell("finding repairs")
        except Stopped:
            return


def _both(mine: Numbers, others: Numbers) -> Numbers:
    """The values in both, rising."""
    if len(mine) == 0 or len(others) == 0:
        return ()
    even = isinstance(mine, range) and mine.step > 1
    if even and isinstance(others, range) and others.step == 1:  # an interval of even steps
        assert isinstance(mine, range)
        first = mine.start + max(0, -((mine.start - others.start) // mine.step)) * mine.step
        return range(first, min(mine.stop, others.stop), mine.step)
    both = common(mine, others)
    return both if isinstance(both, range) else tuple(both)
