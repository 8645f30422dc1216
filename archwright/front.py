"""The answer to `pareto`: a front as a sequence, what a user picked of it, and its chart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

from archwright.dsl.units import Quantity, parse_quantity
from archwright.interpreter import answers
from archwright.interpreter.answers import Shown
from archwright.interpreter.fronts import Front as FoundFront
from archwright.solvers.control import Stopped

from . import arrays, text
from .results import Architecture, Conflict, _as

if TYPE_CHECKING:
    import xarray as xr

    from archwright.notebooks.faces import Face
    from archwright.notebooks.front.chart import Chart, Table
    from archwright.notebooks.front.corner import Explain
    from archwright.notebooks.front.picked import Picked, Range
    from archwright.notebooks.front.widget import FrontChart

MOMENT = 10.0  # seconds for the conflict that an empty front shows


class Why(Protocol):
    """Asks why nothing is as good as limits on goals, under more choices of the same question."""

    def __call__(
        self,
        goals: Mapping[str, object],
        choices: Mapping[str, object],
        *,
        time_limit: float | None = None,
        cancel: Event | None = None,
    ) -> Conflict | None: ...


class Points(Sequence[answers.FrontPoint]):
    """Some points of a front; each is certified when looked at.

    Attributes
    ----------
    indices : tuple of int
        Their numbers in the front.
    """

    def __init__(self, front: Front, indices: Collection[int]) -> None:
        self._front, self.indices = front, tuple(indices)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, i: Any) -> Any:
        found = self.indices[i]
        if isinstance(found, tuple):
            return Points(self._front, found)
        return self._front[found]

    def goal_vectors(self) -> list[tuple[Shown, ...]]:
        """Goal values of every point, without its choices."""
        vectors = self._front.goal_vectors()
        return [vectors[i] for i in self.indices]

    def __repr__(self) -> str:
        return f"{text.counted(len(self), 'point')} of {len(self._front)}" + self._front._rows(
            self.indices
        )


class Front(Sequence[answers.FrontPoint]):
    """All non-dominated points; a point's architecture is certified when it is looked at.

    Attributes
    ----------
    complete : bool
        Whether every non-dominated point is here.
    proof : Proof
    """

    def __init__(self, inner: FoundFront, why: Why | None = None) -> None:
        self._inner, self._why = inner, why
        self.complete: bool = inner.complete
        self.proof = inner.proof

    def __len__(self) -> int:
        return len(self._inner)

    def __getitem__(self, i: Any) -> Any:
        found = self._inner[i]
        if isinstance(found, list):
            return [_as(answers.FrontPoint, point) for point in found]
        return _as(answers.FrontPoint, found)

    @property
    def goal_names(self) -> list[str]:
        """Names of the goals, in order."""
        return self._inner.goal_names

    @property
    def errors(self) -> dict[str, Shown]:
        """For goals that a logarithm went into, how far any point may be from the true number."""
        if not len(self):
            return {}
        first = dict(zip(self.goal_names, self.goal_vectors()[0], strict=True))
        return answers.shown_errors(self._inner.errors, first)

    def goal_vectors(self) -> list[tuple[Shown, ...]]:
        """Goal values of every point, without its choices."""
        return list(self._vectors)

    @cached_property
    def _vectors(self) -> list[tuple[Shown, ...]]:
        return self._inner.goal_vectors()

    # --------------------------------------------------------------------------------- picking

    @property
    def selected(self) -> answers.FrontPoint | None:
        """The point that is selected, in a chart or by `select`; certified when looked at."""
        index = self._picked.selected
        return None if index is None else self[index]

    @property
    def selected_index(self) -> int | None:
        """The number of the selected point."""
        return self._picked.selected

    def select(self, index: int | None) -> None:
        """Select a point by its number, or none; every chart of this front shows it.

        Raises
        ------
        IndexError
            If there is no such point.
        """
        self._picked.select(index)

    @property
    def brushed(self) -> Points:
        """The points within the ranges that are brushed; all of them where none is."""
        return Points(self, self._picked.brushed())

    def brush(self, ranges: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Brush ranges of goals, and no others: `front.brush(time=("30 ms", "40 ms"))`.

        None leaves an end open; without ranges nothing is brushed.

        Raises
        ------
        KeyError
            If the front has no goal of a name.
        TypeError
            If a range is no pair.
        ValueError
            If an end is of another kind than the goal.
        """
        self._picked.brush(
            {name: self._range(name, ends) for name, ends in {**(ranges or {}), **more}.items()}
        )

    def observe(self, listener: Callable[[Front], None]) -> Callable[[], None]:
        """Call `listener(front)` after each change of what is picked; the result ends that."""
        return self._picked.listen(lambda: listener(self))

    @cached_property
    def _table(self) -> Table:
        from archwright.notebooks.front.chart import Table

        return Table(self._inner)

    @cached_property
    def _picked(self) -> Picked:
        from archwright.notebooks.front.picked import Picked

        return Picked(len(self), self._table.axis)

    def _range(self, name: str, ends: object) -> Range:
        axis = self._table.axis(name)
        if isinstance(ends, str) or not isinstance(ends, Sequence) or len(ends) != 2:
            raise TypeError(f"the range of {name} is a pair (least, most); found {ends!r}")
        low, high = (None if end is None else _number(name, end) for end in ends)
        wanted = axis.exact(1.0)
        dimension = wanted.dimension if isinstance(wanted, Quantity) else None
        for end in (low, high):
            if end is not None and (None if end.dimension.plain else end.dimension) != dimension:
                raise ValueError(f"{name} is measured as {axis.texts[0]}; found {end}")
        least = min(axis.numbers) if low is None else float(low.value / axis.factor)
        most = max(axis.numbers) if high is None else float(high.value / axis.factor)
        return least, most

    # ----------------------------------------------------------------------------------- faces

    def chart(
        self,
        x: str | None = None,
        y: str | None = None,
        *,
        log: Collection[str] | str | bool | None = None,
        choices: Sequence[str] = (),
    ) -> FrontChart | Face:
        """The chart: hover, click a point, brush ranges; charts of one front are linked.

        What is clicked is `selected`, what is brushed `brushed`. Without the packages of the
        `notebook` extra this is the still face.

        Parameters
        ----------
        x, y : str, optional
            Goals by name; the first two otherwise.
        log : collection of str or bool, optional
            Goals on logarithmic axes; without it those that span more than three decades.
        choices : sequence of str
            Choices on parallel axes beside the goals.

        Raises
        ------
        KeyError
            If there is no goal or choice of a name.
        ValueError
            For a logarithmic axis of values that are not positive, or one goal on both axes.
        """
        from archwright.notebooks.front.chart import Chart
        from archwright.notebooks.live.present import present

        shown = Chart(self._table, x, y, log=log, choices=choices)
        return present(self._face(shown), lambda: self._live(shown))

    def _live(self, shown: Chart) -> FrontChart:
        from archwright.notebooks.front.widget import Actions, FrontChart

        from .running import run

        why = None if self._why is None else self._asking
        builds = bool(len(self)) and self._inner.has_networks
        draws = getattr(Architecture, "draw", None) if builds else None
        return FrontChart(
            shown, self._picked, _Doing(self), Actions(why, run if builds else None, draws)
        )

    def _asking(self, cancel: Event) -> Explain:
        assert self._why is not None
        why = self._why
        return lambda goals, choices: why(goals, choices, cancel=cancel)

    @cached_property
    def _conflict(self) -> Conflict | None:
        """Why an empty front is empty, if that is known in a moment."""
        if len(self) or not self.complete or self._why is None:
            return None
        try:
            return self._why({}, {}, time_limit=MOMENT)
        except Stopped:
            return None

    def _face(self, shown: Chart) -> Face:
        from archwright.notebooks.faces import Face
        from archwright.notebooks.front.chart import STYLES

        body = shown.still(self._picked.selected, self._why_nothing)
        return Face(repr(self), body, STYLES)

    @property
    def _why_nothing(self) -> str:
        return "" if self._conflict is None else self._conflict._repr_html_()

    def to_xarray(self) -> xr.Dataset:
        """Goals as coordinates along `point`, choices as variables.

        Numbers are in their natural units, which `attrs` names; a choice that is inactive is
        not-a-number or an empty text. Shapes: (points,).
        """
        import xarray as xr

        names = self.goal_names
        goals = [dict(zip(names, vector, strict=True)) for vector in self.goal_vectors()]
        coordinates = arrays.table("point", goals, names)
        choices, keys = self._inner.choices(), self._inner.choice_names
        return xr.Dataset(
            arrays.table("point", choices, keys, coordinates),
            coords=coordinates,
            attrs={"complete": int(self.complete)},
        )

    def __repr__(self) -> str:
        state = "complete" if self.complete else "not complete"
        head = f"front of {text.counted(len(self), 'point')}, {state}"
        if not len(self):
            return head if self._conflict is None else f"{head}\n{self._conflict!r}"
        first = dict(zip(self.goal_names, self.goal_vectors()[0], strict=True))
        for name, error in self._inner.errors.items():
            head += f"; {name} ± {answers.deviation(error, first[name])}"
        return head + self._rows(range(len(self)))

    def _rows(self, indices: Sequence[int]) -> str:
        """The goals of some points as a table below a headline."""
        texts = [axis.texts for axis in self._table.goals.values()]
        rows = [[column[i] for column in texts] for i in indices]
        return f"\n{text.table(self.goal_names, rows)}" if rows else ""

    def _repr_html_(self) -> str:
        from archwright.notebooks.front.chart import Chart

        return self._face(Chart(self._table)).html


@dataclass(frozen=True)
class _Doing:
    """What a chart asks of its front."""

    front: Front

    def point(self, index: int) -> Any:
        return self.front[index]

    def words(self, choices: Mapping[str, Shown]) -> list[str]:
        return text.pairs(choices)

    def face(self, shown: Chart) -> Face:
        return self.front._face(shown)

    def nothing(self) -> str:
        return self.front._why_nothing


def _number(name: str, end: object) -> Quantity:
    if isinstance(end, Quantity):
        return end
    if isinstance(end, str):
        return parse_quantity(end)
    if isinstance(end, int | float | Fraction) and not isinstance(end, bool):
        return Quantity(Fraction(str(end)))
    raise ValueError(f"{name} is a number; found {end!r}")
