"""The public handle of a spec: read, checked, and to be bound to its inputs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from archwright.dsl import load as loading
from archwright.dsl.limits import Limits
from archwright.dsl.spec import Spec as CheckedSpec
from archwright.interpreter import expect
from archwright.interpreter.bind import bind_inputs
from archwright.interpreter.binder import Inputs
from archwright.interpreter.bound import Bound as BoundSpec
from archwright.interpreter.model_asker import ModelAsker
from archwright.interpreter.questions import Model
from archwright.solvers.control import Progress

from .asking import asking
from .bound import Bound
from .given import fill
from .results import ExpectFailure, TestReport

if TYPE_CHECKING:
    import xarray as xr


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
