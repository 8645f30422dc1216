"""One line of the table: a figure, its goal, its noise and what the machine allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = (
    "| measured | goal | figure | noise | limit | of the limit | |",
    "|---|---|---|---|---|---|---|",
)
NO_CARD = "no card here"


@dataclass(frozen=True)
class Row:
    """A figure beside its goal.

    Parameters
    ----------
    what : str
    goal, figure, limit : float or None
        In one unit. The limit is what no kernel on this machine can pass.
    unit : str
        How numbers are shown: "x", "ms", "%", "" for exponents, "rank".
    least : bool
        Whether the goal is reached from above, as that of a ratio is; else from below.
    noise : float or None
        How far the same kernel timed twice is apart, as a share.
    reached : float or None
        Which share of the physical limit our time reaches.
    predicted : bool
        Whether the figure is a model's, and nothing was measured.
    """

    what: str
    goal: float | None
    figure: float | None
    unit: str
    least: bool = True
    noise: float | None = None
    limit: float | None = None
    reached: float | None = None
    predicted: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure is at its goal or beyond."""
        if self.goal is None or self.figure is None:
            return False
        return self.figure >= self.goal if self.least else self.figure <= self.goal

    @property
    def verdict(self) -> str:
        """`met`; `short` with how far; what it is where nothing was measured or asked for."""
        if self.predicted:
            return f"{NO_CARD}: predicted, not measured"
        if self.figure is None:
            return "not measured"
        if self.goal is None:
            return ""
        if self.met:
            return "met"
        if self.unit in ("x", "ms"):
            far = abs(self.figure / self.goal - 1)
            within = self.noise is not None and far <= self.noise
            return f"short by {far:.0%}" + (", within the noise" if within else "")
        return "short"

    def __str__(self) -> str:
        goal = self._shown(self.goal)
        if self.goal is not None:
            goal = ("≥ " if self.least else "≤ ") + goal
        cells = (
            self.what, goal, self._shown(self.figure), _percent(self.noise, 1),
            self._shown(self.limit), _percent(self.reached, 0), self.verdict,
        )  # fmt: skip
        return f"| {' | '.join(cells)} |"

    def _shown(self, value: float | None) -> str:
        if value is None:
            return ""
        match self.unit:
            case "%":
                return f"{value:.1%}"
            case "":
                return f"{value:.1e}"
            case "rank":
                return f"{value:.2f}"
            case unit:
                digits = 2 if value < 10 else 1
                return f"{value:.{digits}f}" + ("x" if unit == "x" else f" {unit}")


def _percent(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}%}"


def table(rows: Iterable[Row]) -> str:
    """Rows as markdown."""
    return "\n".join([*HEAD, *map(str, rows)])


def summary(rows: Iterable[Row]) -> str:
    """How many goals were met, and which were not."""
    asked = [row for row in rows if row.goal is not None and not row.predicted]
    short = [row.what for row in asked if row.figure is not None and not row.met]
    missing = sum(row.figure is None for row in asked)
    told = f"{sum(row.met for row in asked)} of {len(asked)} goals met"
    told += f", {missing} not measured" if missing else ""
    return told + (f". Short: {'; '.join(short)}." if short else ".")
