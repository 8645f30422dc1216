"""What questions return: the interpreter's answers with faces, and the list of all solutions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from archwright.interpreter import answers, tightness
from archwright.interpreter.answers import Shown

from . import arrays, text

if TYPE_CHECKING:
    import xarray as xr


def _html(body: str) -> str:
    from archwright.notebooks.html import plain

    return plain(body)


def _as(kind: type[Any], value: Any) -> Any:
    """The same data as a handle with faces, and so is an architecture that it holds."""
    data = {f.name: getattr(value, f.name) for f in fields(value)}
    if data.get("architecture") is not None:
        data["architecture"] = _as(Architecture, data["architecture"])
    if data.get("optimum") is not None:
        data["optimum"] = _as(Answer, data["optimum"])
    return kind(**data)


@dataclass(frozen=True, repr=False)
class Architecture(answers.Architecture):
    """What an answer chose: it can be built and run."""

    def __repr__(self) -> str:
        return text.architecture(self)

    def _repr_html_(self) -> str:
        return _html(repr(self))


@dataclass(frozen=True, repr=False)
class Answer(answers.Answer):
    """The answer to `solve`."""

    @property
    def errors(self) -> dict[str, Shown]:
        """How far goals and values with logarithms may be from the true numbers."""
        found = {} if self.architecture is None else self.architecture.errors
        return answers.shown_errors(found, {**self.values, **self.goals})

    def to_xarray(self) -> xr.Dataset:
        """Goals as coordinates, choices and values as variables, all without a dimension."""
        return arrays.answer(self)

    def __repr__(self) -> str:
        return text.answer(self)

    def _repr_html_(self) -> str:
        from archwright.notebooks.html import answer

        return answer(self)


@dataclass(frozen=True, repr=False)
class Conflict(answers.ConflictReport):
    """The answer to `explain`: a minimal set of named constraints that cannot hold together."""

    def others(self) -> Iterator[Conflict]:
        """Every other minimal conflict, each found when it is asked for, within the time limit.

        Raises
        ------
        Stopped
            If the time limit came before it was known whether there is another one.
        """
        return (_as(Conflict, report) for report in super().others())

    def to_xarray(self) -> xr.Dataset:
        """Constraints along `member`, and single changes that help along `repair`."""
        return arrays.conflict(self)

    def __repr__(self) -> str:
        return text.conflict(self)

    def _repr_html_(self) -> str:
        return _html(repr(self))


@dataclass(frozen=True)
class ExpectFailure:
    """An `expect` line that does not hold."""

    file: str
    line: int
    expected: str
    found: str


@dataclass(frozen=True, repr=False)
class TestReport:
    """What became of the `expect` lines of a spec."""

    passed: int
    failed: tuple[ExpectFailure, ...]
    seconds: float

    def __bool__(self) -> bool:
        return not self.failed

    def __repr__(self) -> str:
        lines = [f"{self.passed} passed, {len(self.failed)} failed"]
        for f in self.failed:
            lines.append(f"  {f.file}:{f.line}: expected {f.expected}; found {f.found}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return _html(repr(self))


class Front(Sequence[answers.FrontPoint]):
    """All non-dominated points; a point's architecture is certified when it is looked at."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
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
    def errors(self) -> dict[str, Shown]:
        """For goals that a logarithm went into, how far any point may be from the true number."""
        if not len(self):
            return {}
        first = dict(zip(self._inner.goal_names, self.goal_vectors()[0], strict=True))
        return answers.shown_errors(self._inner.errors, first)

    def goal_vectors(self) -> list[tuple[Shown, ...]]:
        """Goal values of every point, without its choices."""
        vectors: list[tuple[Shown, ...]] = self._inner.goal_vectors()
        return vectors

    def to_xarray(self) -> xr.Dataset:
        """Goals as coordinates along `point`, choices as variables.

        Numbers are in their natural units, which `attrs` names; a choice that is inactive is
        not-a-number or an empty text. Shapes: (points,).
        """
        import xarray as xr

        names = self._inner.goal_names
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
        columns = [text.column(c) for c in zip(*self.goal_vectors(), strict=True)]
        head = f"front of {text.counted(len(self), 'point')}, {state}"
        if not columns:
            return head
        first = dict(zip(self._inner.goal_names, self.goal_vectors()[0], strict=True))
        for name, error in self._inner.errors.items():
            head += f"; {name} ± {answers.deviation(error, first[name])}"
        rows = list(zip(*columns, strict=True))
        return f"{head}\n{text.table(self._inner.goal_names, rows)}"

    def _repr_html_(self) -> str:
        return _html(repr(self))


@dataclass(frozen=True, repr=False)
class Tightness(tightness.Tightness):
    """The answer to `tightness`: slack at the optimum, and the best goal against one limit."""

    def to_xarray(self) -> xr.Dataset:
        """The limits as coordinate `limit` along `step`, and the best goal under its own name.

        Both are in their natural units, which `attrs` names.
        """
        import xarray as xr

        curve = self.curve
        limits, goals = ([row[i] for row in curve] for i in (0, 1))
        return xr.Dataset(
            {self.goal: ("step", *arrays.column(goals))} if curve else {},
            coords={"limit": ("step", *arrays.column(limits))} if curve else {},
            attrs={"constraint": self.constraint, "complete": int(self.complete)},
        )

    def __repr__(self) -> str:
        return text.tightness(self)

    def _repr_html_(self) -> str:
        return _html(repr(self))
