"""What questions return: the interpreter's answers with faces, and the list of all solutions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from archwright.interpreter import answers
from archwright.interpreter.answers import Shown, shown
from archwright.interpreter.questions import Model

from . import text

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


def _html(body: str) -> str:
    from archwright.notebooks.html import plain

    return plain(body)


def _as(kind: type[Any], value: Any) -> Any:
    """The same data as a handle with faces."""
    return kind(**{f.name: getattr(value, f.name) for f in fields(value)})


@dataclass(frozen=True, repr=False)
class Answer(answers.Answer):
    """The answer to `solve`."""

    def __repr__(self) -> str:
        return text.answer(self)

    def _repr_html_(self) -> str:
        from archwright.notebooks.html import answer

        return answer(self)


@dataclass(frozen=True, repr=False)
class Conflict(answers.ConflictReport):
    """The answer to `explain`: a minimal set of named constraints that cannot hold together."""

    def __repr__(self) -> str:
        return text.conflict(self)

    def _repr_html_(self) -> str:
        return _html(repr(self))


class Solutions(Sequence[dict[str, Shown]]):
    """All solutions, in the order of their choices; listed when first looked into.

    `len` and `count` come before anything is listed.
    """

    def __init__(self, model: Model, ask: Any) -> None:
        self._model, self._ask = model, ask

    @cached_property
    def total(self) -> int:
        """How many there are, however many."""
        return int(self._ask("count"))

    def count(self, item: object = None) -> int:
        """How many there are; with an item, how often it occurs."""
        return self.total if item is None else sum(row == item for row in self)

    @cached_property
    def _rows(self) -> np.ndarray[Any, Any]:
        rows: np.ndarray[Any, Any] = self._ask("list")
        return rows

    def __len__(self) -> int:
        return self.total

    @overload
    def __getitem__(self, i: int) -> dict[str, Shown]: ...
    @overload
    def __getitem__(self, i: slice) -> list[dict[str, Shown]]: ...
    def __getitem__(self, i: int | slice) -> dict[str, Shown] | list[dict[str, Shown]]:
        if isinstance(i, slice):
            return [self._row(r) for r in self._rows[i]]
        return self._row(self._rows[i])

    def __iter__(self) -> Iterator[dict[str, Shown]]:
        return (self._row(r) for r in self._rows)

    def _row(self, row: Any) -> dict[str, Shown]:
        lowered = self._model.lowered
        values = lowered.decode([int(v) for v in row])
        return {
            c.key: shown(values[c.key], c.dimension) for c in lowered.choices if c.key in values
        }

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """One row per solution, one column per choice in order of declaration.

        Numbers stand in the choice's base unit divided by its quantum where it has one; enumerators
        and truth values as their positions; an inactive choice as its first value.
        """
        return self._rows

    def to_xarray(self) -> xr.Dataset:
        """One variable per choice along `solution`; inactive ones hold their first value."""
        import xarray as xr

        return xr.Dataset(
            {
                c.key: ("solution", [str(c.decode(int(v))) for v in self._rows[:, c.variable]])
                if c.words
                else ("solution", self._rows[:, c.variable])
                for c in self._model.lowered.choices
            }
        )

    def __repr__(self) -> str:
        names = [c.key for c in self._model.lowered.choices]
        some = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        return f"{text.grouped(self.total)} solutions over {len(names)} choices ({some})"


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
        return self._inner[i]

    def goal_vectors(self) -> list[tuple[Shown, ...]]:
        """Goal values of every point, without its choices."""
        vectors: list[tuple[Shown, ...]] = self._inner.goal_vectors()
        return vectors

    def to_xarray(self) -> xr.Dataset:
        """Goals as coordinates along `point`, in their shown units where they have one."""
        import xarray as xr

        vectors = self.goal_vectors()
        names = self._inner.goal_names
        return xr.Dataset(
            coords={
                n: ("point", [getattr(v[i], "value", v[i]) for v in vectors])
                for i, n in enumerate(names)
            },
            attrs={"complete": int(self.complete)},
        )

    def __repr__(self) -> str:
        state = "complete" if self.complete else "not complete"
        rows = [[text.value(v) for v in vector] for vector in self.goal_vectors()]
        return f"front of {len(self)} points, {state}\n" + text.table(self._inner.goal_names, rows)

    def _repr_html_(self) -> str:
        return _html(repr(self))
