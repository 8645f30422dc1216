"""The still faces of a roofline, and its picture as a file."""

from __future__ import annotations

from html import escape

from archwright.notebooks.faces import Face, asset, fold
from archwright.notebooks.svg.element import element

from .picture import HEIGHT, WIDTH, draw
from .points import Points

STYLES = ("roofline/roofline.css",)
ROWS = 100


def face(points: Points, text: str) -> Face:
    """Both still faces; `text` is the object's own."""
    return Face(
        text, f'<div class="aw-roof-view">{head(points)}{draw(points)}{table(points)}</div>', STYLES
    )


def head(points: Points) -> str:
    """What is compared."""
    many = len(points.all)
    told = f"{many:,} layer{'' if many == 1 else 's'} measured"
    return (
        f'<div><strong>{told}</strong> <span class="aw-quiet">{escape(points.source)}</span></div>'
    )


def table(points: Points) -> str:
    """Measured beside expected times, folded, those first that are slowest against them."""
    shown = sorted(points.all, key=lambda p: p.rate / p.expected)
    if not shown:
        return ""
    rows = "".join(
        f"<tr><td>{escape(p.name)}</td><td class='aw-number'>{p.time:.4g}</td>"
        f"<td class='aw-number'>{p.foreseen:.4g}</td>"
        f"<td class='aw-number'>{p.time / p.foreseen:.2f}</td></tr>"
        for p in shown[:ROWS]
    )
    titles = "<tr><th>layer</th><th>measured us</th><th>expected us</th><th>ratio</th></tr>"
    rest = len(shown) - ROWS
    more = f'<p class="aw-quiet">and {rest:,} more</p>' if rest > 0 else ""
    return fold("times", f"<table>{titles}{rows}</table>{more}", is_open=False, count=len(shown))


def file(points: Points) -> str:
    """The picture as an SVG file that stands alone, without scripts, on light paper."""
    styles = asset("theme.css").replace("</", "") + asset(STYLES[0]).replace("</", "")
    return element(
        "svg",
        f"<style>{styles}</style>",
        element("rect", width=WIDTH, height=HEIGHT, fill="#ffffff"),
        element("g", draw(points), class_="aw-roof-view"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        width=WIDTH,
        height=HEIGHT,
        class_="aw",
    )
