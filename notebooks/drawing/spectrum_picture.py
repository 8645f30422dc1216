"""The spectrum of a layer's activations: singular values and energies of units, and zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archwright.notebooks.svg import axes
from archwright.notebooks.svg.element import line, picture, words
from archwright.notebooks.svg.scale import Scale

if TYPE_CHECKING:
    from archwright.kernels.opened.spectrum import Spectrum

WIDTH, HEIGHT = 400.0, 210.0
FLOOR = 1e-6


def sentence(found: Spectrum) -> str:
    """What it says in words."""
    zero, near = (f"{share:.1%}".replace("%", "\u00a0%") for share in (found.zero, found.near_zero))
    return (
        f"{found.tokens:,} tokens × {found.units:,} units: as many as {found.rank:.1f} directions "
        f"in use; {zero} are zero, {near} below a hundredth of the largest"
    )


def draw(found: Spectrum) -> str:
    """Two lines over their ranks, on one logarithmic scale."""
    count = max(len(found.singular), len(found.energies), 2)
    x = Scale(1, count, 52, WIDTH - 20)
    values = [v for v in (*found.singular, *found.energies) if v > FLOOR]
    y = Scale.over(values or [0.1, 1.0], HEIGHT - 42, 40, log=True)
    parts = [
        axes.bottom(x, HEIGHT - 42, "rank", ticks=5),
        axes.left(y, 52, "share", right=WIDTH - 20, ticks=4),
    ]
    ends = []
    for series, values_of, name in (
        (1, found.singular, "singular value"),
        (2, found.energies, "energy of a unit"),
    ):
        points = [(x(i), y(v)) for i, v in enumerate(values_of, 1) if v > FLOOR]
        if not points:
            continue
        parts.append(
            line(
                _thinned(points),
                stroke=f"var(--aw-series-{series})",
                stroke_width=1.8,
                stroke_dasharray=None if series == 1 else "5 3",
            )
        )
        ends.append((name, series))
    key = 14.0
    for name, series in ends:
        stroke = f"var(--aw-series-{series})"
        dashes = None if series == 1 else "5 3"
        at = WIDTH - 186
        parts.append(
            line(
                [(at, key), (at + 22, key)],
                stroke=stroke,
                stroke_width=1.8,
                stroke_dasharray=dashes,
            )
        )
        parts.append(words(name, at + 28, key + 4, style=f"fill: {stroke}"))
        key += 15
    return picture(*parts, width=WIDTH, height=HEIGHT, label=sentence(found))


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """No more points than can be told apart."""
    step = max(1, len(points) // 300)
    return [*points[::step], points[-1]]
