"""What questions return: the interpreter's answers with faces; fronts are in `front.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from archwright.interpreter import answers, overview, tightness
from archwright.interpreter.answers import Shown

from . import arrays, text

if TYPE_CHECKING:
    import xarray as xr

    from archwright.kernels.networks.build import BuiltNetwork
    from archwright.notebooks.conflict.widget import ConflictPanel
    from archwright.notebooks.drawing.amounts import Scale, Times
    from archwright.notebooks.drawing.opening import Look
    from archwright.notebooks.drawing.widget import DrawingView
    from archwright.notebooks.faces import Face
    from archwright.notebooks.tightness.overview_widget import OverviewView
    from archwright.notebooks.tightness.widget import TightnessView

    from .bound import Bound


def _html(body: str) -> str:
    from archwright.notebooks.faces import plain

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
    """What an answer chose: it can be drawn, built and run."""

    def draw(
        self,
        scale: Scale = "macs",
        *,
        beside: answers.Architecture | None = None,
        times: Times | None = None,
        net: BuiltNetwork | None = None,
        image: Any = None,
        look: Look | None = None,
    ) -> DrawingView | Face:
        """Its networks as pictures: blocks that fold, what memory holds, and its peak.

        Without the packages of the `notebook` extra this is the still face.

        Parameters
        ----------
        scale : "macs", "bytes", "params" or "time"
            What the height of a block stands for.
        beside : Architecture, optional
            Another one of the same spec, to be compared with layer by layer.
        times : mapping of str to float, optional
            Measured seconds by the label of a leaf (`block[2, 1].project`), for `scale="time"`;
            else `net` is timed here, leaf by leaf, or that is an op's own cost `time`.
        net : BuiltNetwork, optional
            What `build` made of it. A layer that is clicked then opens down to its feature maps,
            and a pixel of one of them down to the multiplications it is made of.
        image : Tensor or array, optional
            What `net` is run on, of the shape of its input; else a test picture, or random numbers
            where it reads no image of one or three channels.
        look : str or tuple, optional
            What is open at first: a leaf's label, with a channel, with a row and column of it:
            `("stem", 3, (10, 12))`; of a sequence `("mlp.widen", None, (token, unit))`.

        Raises
        ------
        ValueError
            For an unknown scale, times of which nothing is known, an image of another shape.
        KeyError, IndexError
            If there is nothing to `look` at.
        """
        from archwright.notebooks.drawing.opening import drawing

        return drawing(self, scale, beside=beside, times=times, net=net, image=image, look=look)

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
        from archwright.notebooks.answer.shown import face

        return face(self, repr(self)).html


@dataclass(frozen=True, repr=False)
class Conflict(answers.ConflictReport):
    """The answer to `explain`: a minimal set of named constraints that cannot hold together."""

    _asked: Bound | None = field(default=None, repr=False, compare=False)

    def others(self) -> Iterator[Conflict]:
        """Every other minimal conflict, each found when it is asked for, within the time limit.

        Raises
        ------
        Stopped
            If the time limit came before it was known whether there is another one.
        """
        found = (_as(Conflict, report) for report in super().others())
        return (replace(conflict, _asked=self._asked) for conflict in found)

    def panel(self) -> ConflictPanel | Face:
        """The live panel: the text painted, other conflicts, and repairs as buttons.

        A repair that was clicked is `panel.bound`, the spec with that change. Without the packages
        of the `notebook` extra this is the still face.
        """
        from archwright.notebooks.conflict.shown import face
        from archwright.notebooks.live.present import present

        return present(face(self, repr(self)), self._live)

    def _live(self) -> ConflictPanel:
        from archwright.notebooks.conflict.panel import Panel
        from archwright.notebooks.conflict.widget import ConflictPanel

        from .mending import mend

        if self._asked is None:
            raise ValueError("the panel belongs to a conflict that `explain` found")
        return ConflictPanel(Panel(self, repr, partial(mend, self._asked)))

    def to_xarray(self) -> xr.Dataset:
        """Constraints along `member`, and single changes that help along `repair`."""
        return arrays.conflict(self)

    def __repr__(self) -> str:
        return text.conflict(self)

    def _repr_html_(self) -> str:
        from archwright.notebooks.conflict.shown import face

        return face(self, repr(self)).html


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


@dataclass(frozen=True, repr=False)
class Tightness(tightness.Tightness):
    """The answer to `tightness`: slack at the optimum, and the best goal against one limit."""

    _asked: Bound | None = field(default=None, repr=False, compare=False)

    def chart(self) -> TightnessView | Face:
        """The step curve with its limit to drag: the best under it, and what differs.

        Arrow keys go from step to step; the step that is shown is `.step`. Without the packages
        of the `notebook` extra this is the still face.
        """
        from archwright.notebooks.live.present import present

        return present(self._face(), self._live)

    def _live(self) -> TightnessView:
        from archwright.notebooks.tightness.code import code
        from archwright.notebooks.tightness.curve import StepCurve
        from archwright.notebooks.tightness.widget import TightnessView

        curve = StepCurve(self)
        model = None if self._asked is None else self._asked.model
        told = None if model is None else partial(code, curve, model=model)
        optimum = self.optimum.architecture
        draws = optimum is None or bool(optimum.networks)
        return TightnessView(
            curve, self._face(), told, Architecture.draw if draws and model is not None else None
        )

    def _face(self) -> Face:
        from archwright.notebooks.tightness.shown import face

        return face(self, repr(self))

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
        return self._face().html


@dataclass(frozen=True, repr=False)
class Overview(overview.Overview):
    """The answer to `tightness` without a name: every named limit at the optimum."""

    _asked: Bound | None = field(default=None, repr=False, compare=False)

    def chart(self) -> OverviewView | Face:
        """The limits as bars; one that is clicked opens its curve.

        Without the packages of the `notebook` extra this is the still face.
        """
        from archwright.notebooks.live.present import present

        return present(self._face(), self._live)

    def _live(self) -> OverviewView:
        from archwright.notebooks.tightness.overview_widget import OverviewView

        if self._asked is None:
            raise ValueError("the view belongs to an overview that `tightness` found")
        return OverviewView(self, self._face(), partial(self._asked.tightness, progress=False))

    def _face(self) -> Face:
        from archwright.notebooks.tightness.overview import face

        return face(self, repr(self))

    def __repr__(self) -> str:
        return text.overview(self)

    def _repr_html_(self) -> str:
        return self._face().html
