"""How sparse a sequence network is and how many directions it uses, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archwright.notebooks.faces import Face
from archwright.notebooks.svg import axes
from archwright.notebooks.svg.element import element, hint, line, picture, words
from archwright.notebooks.svg.scale import Scale

from .sheet import STYLES

if TYPE_CHECKING:
    from archwright.kernels.opened.spectrum import Spectrum

WIDTH, HEIGHT = 560.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 20.0, 48.0, 44.0


def by_layer(net: Any, op: str | None = None, image: Any = None) -> Face:
    """The share of zeros and of directions in use over the layers of a built network.

    Parameters
    ----------
    net : BuiltNetwork
    op : str, optional
        Of layers of this op alone, such as `ista`.
    image : Tensor or array, optional
        What it runs on; else a test picture, or random numbers.

    Raises
    ------
    ValueError
        If no such layer gives a sequence, or for an image of another shape.
    """
    from archwright.kernels.opened.activations import Activations
    from archwright.kernels.opened.by_layer import by_layer as spectra

    return face(spectra(Activations(net, image), op))


def face(found: Sequence[tuple[str, Spectrum]]) -> Face:
    """The picture, and the same as text."""
    wide = max(len(label) for label, _ in found)
    lines = [f"{'layer':{wide}}    zero  directions"]
    lines += [f"{label:{wide}}  {s.zero:6.1%}  {s.rank:10.1f}" for label, s in found]
    return Face("\n".join(lines), draw(found), STYLES)


def draw(found: Sequence[tuple[str, Spectrum]]) -> str:
    """Two lines over the layers: zeros, and directions as a share of the units."""
    x = Scale(1, max(len(found), 2), LEFT, WIDTH - RIGHT)
    y = Scale(0, 1, HEIGHT - BOTTOM, TOP)
    parts = [
        axes.bottom(x, HEIGHT - BOTTOM, "layer", ticks=min(len(found), 12)),
        axes.left(y, LEFT, "share", right=WIDTH - RIGHT, ticks=5),
    ]
    zeros = [s.zero for _, s in found]
    used = [s.rank / min(s.tokens, s.units) for _, s in found]
    for series, shares, name in ((1, zeros, "zeros"), (2, used, "directions in use")):
        ink, dashes = f"var(--aw-series-{series})", None if series == 1 else "5 3"
        points = [(x(i), y(share)) for i, share in enumerate(shares, 1)]
        key = 14.0 + 15 * (series - 1)
        start = (WIDTH - 186, key), (WIDTH - 164, key)
        for way in (points, start):
            parts.append(line(way, stroke=ink, stroke_width=1.8, stroke_dasharray=dashes))
        parts.append(words(name, WIDTH - 158, key + 4, style=f"fill: {ink}"))
        for (label, _), share, (px, py) in zip(found, shares, points, strict=True):
            told = hint(f"{label}: {share:.1%} {name}")
            parts.append(element("circle", told, cx=px, cy=py, r=3, fill=ink))
    said = f"{len(found)} layers: {zeros[0]:.0%} to {zeros[-1]:.0%} zeros"
    return picture(*parts, width=WIDTH, height=HEIGHT, label=said)
