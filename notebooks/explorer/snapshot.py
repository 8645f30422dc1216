"""One moment of an explorer: everything that is shown, immutable, and as data for the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from archwright.interpreter.answers import shown_text
from archwright.solvers.answers import Status

from .controls import ChoiceControl, Layout, Numbers
from .inquiry import Inquiry
from .reasons import Why
from .state import State

SHOWN = 400  # values of which each has a mark; longer domains are told by intervals
OPEN, POSSIBLE, IMPOSSIBLE = "o", "p", "x"


@dataclass(frozen=True)
class ChoiceState:
    """What is known of one choice.

    Attributes
    ----------
    fixed, best : int or None
        Places in the domain: what it is fixed to, what the best completion takes.
    marks : str
        For each value of a short domain `o` open, `p` known to be possible, `x` proved impossible.
    spans : tuple of (int, int)
        Of a long one the first and last place of each interval that is not proved impossible.
    exact : bool
        Whether every value is decided.
    active : bool
        False where it is proved to be no choice here.
    """

    fixed: int | None
    best: int | None
    marks: str
    spans: tuple[tuple[int, int], ...]
    exact: bool
    active: bool


@dataclass(frozen=True)
class Best:
    """The best completion: goals with their values, and whether it is proved to be best."""

    goals: tuple[tuple[str, str], ...]
    proved: bool


@dataclass(frozen=True)
class Refused:
    """An input that was not taken, with the sentence that says why."""

    name: str
    text: str
    message: str


@dataclass(frozen=True)
class Snapshot:
    """One moment.

    Attributes
    ----------
    version : int
        Rises with every change of the state.
    busy : str
        What is being done; empty when nothing is.
    stale : bool
        The marks are still those of the state before: the spec is being bound anew.
    most : int
        There are at most that many solutions: the product of what is open.
    unwound : tuple of str
        Choices that stay fixed but do not exist, or lack that value, under these parameters.
    """

    version: int
    state: State
    layout: Layout
    choices: tuple[ChoiceState, ...]
    busy: str
    stale: bool
    infeasible: bool
    exact: bool
    count: int | None
    counting: float
    most: int
    best: Best | None
    why: Why | None
    refused: Refused | None
    unwound: tuple[str, ...]
    can_undo: bool
    can_redo: bool
    changed_on_disk: bool = False

    @property
    def number(self) -> str:
        """How many solutions, as far as that is known."""
        if self.count is not None:
            return f"{large(self.count)} solution{'' if self.count == 1 else 's'}"
        if not self.choices:
            return "counting…"
        if self.counting and not self.busy:
            return f"at most {large(self.most)} solutions; not counted in {self.counting:.0f} s"
        return f"counting… at most {large(self.most)}"

    @property
    def sentence(self) -> str:
        """The state in a few words."""
        fixed, off = len(self.state.fixed), len(self.state.off)
        said = f"{fixed} of {len(self.choices)} choices fixed" if fixed else "nothing fixed"
        if off:
            said += f", {off} constraint{'' if off == 1 else 's'} off"
        if self.infeasible:
            return f"{said}: nothing fits"
        if self.stale:
            return f"{said}; working it out"
        if self.exact:
            return f"{said}; every value decided"
        return f"{said}; {'deciding each value' if self.busy else 'not every value decided'}"


def large(number: int) -> str:
    """Grouped digits, or the first ones and the power of ten where there are many.

    >>> large(7440174), large(17195613241380626899)
    ('7 440 174', '1.720e19')
    """
    if number < 10**15:
        return f"{number:,}".replace(",", " ")
    power = len(str(number)) - 1
    return f"{number // 10 ** (power - 3) / 1000:.3f}e{power}"


def taken(
    inquiry: Inquiry,
    *,
    version: int,
    busy: str,
    refused: Refused | None,
    why: Why | None,
    can_undo: bool,
    can_redo: bool,
) -> Snapshot:
    """The moment of an inquiry."""
    choices = tuple(_choices(inquiry))
    best = inquiry.best
    return Snapshot(
        version,
        inquiry.state,
        inquiry.layout,
        choices,
        busy,
        False,
        inquiry.infeasible,
        all(c.exact for c in choices),
        inquiry.count,
        inquiry.count_seconds,
        prod(_most(inquiry)) if not inquiry.infeasible else 0,
        None
        if best is None
        else Best(
            tuple(
                (goal.name, shown_text(best.goals[goal.name]))
                for goal in inquiry.model.goals
                if goal.named and goal.name in best.goals
            ),
            best.status == Status.OPTIMAL,
        ),
        why,
        refused,
        tuple(inquiry.aside),
        can_undo,
        can_redo,
    )


def _most(inquiry: Inquiry) -> Iterator[int]:
    for place, control in enumerate(inquiry.layout.choices):
        if place not in inquiry.fixed:
            sometimes = control.choice.active.constant != 1
            yield max(1, len(inquiry.left[place]) + (1 if sometimes else 0))


def _choices(inquiry: Inquiry) -> Iterator[ChoiceState]:
    best = {} if inquiry.best is None else inquiry.best.choices
    for place, control in enumerate(inquiry.layout.choices):
        left, possible = inquiry.left[place], inquiry.possible[place]
        number = inquiry.fixed.get(place)
        if number is None and control.name in inquiry.families and len(left) == 1:
            number = left[0]
        proposed = best.get(control.key)
        marks = _marks(control, left, possible) if control.size <= SHOWN else ""
        yield ChoiceState(
            None if number is None else control.place_of(number),
            None if proposed is None else control.place(inquiry._value(control, proposed)),
            marks,
            () if control.size <= SHOWN else tuple(spans(control, left)),
            place in inquiry.exact,
            bool(len(left)) or not control.guard or inquiry.infeasible,
        )


def _marks(control: ChoiceControl, left: Numbers, possible: frozenset[int]) -> str:
    inside = left if isinstance(left, range) else frozenset(left)
    return "".join(
        POSSIBLE if n in possible else OPEN if n in inside else IMPOSSIBLE for n in control.numbers
    )


def spans(control: ChoiceControl, left: Numbers) -> Iterator[tuple[int, int]]:
    """The first and last place of each interval of values that are left."""
    if isinstance(left, range) and len(left):
        first, last = control.place_of(left[0]), control.place_of(left[-1])
        if first is not None and last is not None:
            yield first, last
            return
    begin = end = None
    for number in left:
        place = control.place_of(number)
        if place is None:
            continue
        if begin is None or end is None:
            begin = end = place
        elif place == end + 1:
            end = place
        else:
            yield begin, end
            begin = end = place
    if begin is not None and end is not None:
        yield begin, end


def spans_of(marks: str) -> Iterator[tuple[int, int]]:
    """The intervals of marks that are not proved impossible."""
    begin: int | None = None
    for place, mark in enumerate(f"{marks}{IMPOSSIBLE}"):
        if mark != IMPOSSIBLE and begin is None:
            begin = place
        elif mark == IMPOSSIBLE and begin is not None:
            yield begin, place - 1
            begin = None
