"""The pictures of the gallery's pages, each made by the project's own views: one entry a picture.

    python -m benchmarks.gallery_pictures [NAME ...]

writes `gallery/SYSTEM/NAME.svg` for each name `SYSTEM/NAME`, without script, for light paper.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
GALLERY = ROOT / "gallery"
MOST = 80_000  # characters
MARGIN = 12


def pictures_of(html: str) -> list[str]:
    """The outermost `<svg>` elements of a face."""
    found, depth, start = [], 0, 0
    for tag in re.finditer(r"<svg\b|</svg>", html):
        if tag.group() == "<svg":
            start = tag.start() if depth == 0 else start
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                found.append(html[start : tag.end()])
    return found


def stacked(html: str, *, first: int = 0, last: int | None = None) -> str:
    """Pictures of a face below one another as one, with its colours."""
    inside, width, height = [], 0.0, float(MARGIN)
    for svg in pictures_of(html)[first:last]:
        wide, high = (float(re.search(rf'\b{a}="([\d.]+)"', svg)[1]) for a in ("width", "height"))
        inside.append(svg.replace("<svg ", f'<svg x="{MARGIN}" y="{height:g}" ', 1))
        width, height = max(width, wide), height + high + MARGIN
    around = " ".join(re.findall(r'<div class="(aw-[a-z]+)">', html[: html.index("<svg")]))
    held = f'<g class="{around}">{"".join(inside)}</g>'  # which the styles speak of
    return framed(held, width + 2 * MARGIN, height, styles_of(html))


def whole(html: str, width: int, height: int) -> str:
    """A face with its text and tables as a picture of this size."""
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    body = re.sub(r'<pre class="aw-text">.*?</pre>', "", body, flags=re.DOTALL)
    body = body.replace('style="display: none"', "")
    body = re.sub(r"<(br|hr|img|input|col)\b([^>]*?)/?>", r"<\1\2/>", body)  # as XML closes them
    held = (
        f'<foreignObject x="{MARGIN}" y="{MARGIN}" width="{width}" height="{height}">'
        f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div></foreignObject>'
    )
    return framed(held, width + 2 * MARGIN, height + 2 * MARGIN, styles_of(html))


def styles_of(html: str) -> str:
    """The style sheets of a face."""
    return "".join(re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL))


def framed(inside: str, width: float, height: float, styles: str) -> str:
    """An SVG of this size on white paper.

    Raises
    ------
    ValueError
        If it is too long, or no XML.
    """
    plain = re.sub(r"/\*.*?\*/|\s*\n\s*", "", styles, flags=re.DOTALL)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}"><style>{plain.replace("<", "&lt;")}</style>'
        f'<rect width="100%" height="100%" fill="#ffffff"/><g class="aw">{inside}</g></svg>\n'
    )
    ElementTree.fromstring(svg)
    if len(svg) > MOST:
        raise ValueError(f"{len(svg)} characters; a picture has at most {MOST}")
    return svg


def front(path: str, **parameters: object) -> str:
    """The front of a spec."""
    import archwright as aw

    return stacked(aw.load(GALLERY / path).bind(**parameters).pareto()._repr_html_(), last=1)


def tightness(path: str, name: str, **parameters: object) -> str:
    """The best goal of a spec against one of its limits."""
    import archwright as aw

    bound = aw.load(GALLERY / path).bind(**parameters)
    return stacked(bound.tightness(name)._repr_html_(), last=1)


def tiling() -> str:
    """The best tiling of both passes on an H100: a choice a cell."""
    import archwright as aw

    view = aw.load(GALLERY / "flashrnn" / "h100.arch").bind().solve().architecture.draw()
    return stacked((view.sheet.face() if hasattr(view, "sheet") else view).html, last=1)


def tiny_vgg() -> str:
    """Tiny VGG opened down to the multiplications of one number."""
    import torch

    import archwright as aw

    answer = aw.load(GALLERY / "cnn_explainer" / "tiny_vgg.arch").bind().solve()
    torch.manual_seed(0)
    net = aw.build(answer.architecture)
    view = answer.architecture.draw(net=net, look=("conv[1, 1]", 3, (10, 12)))
    face = view.sheet.face() if hasattr(view, "sheet") else view  # live, or still already
    return whole(face.html, 960, 1020)


def once_for_all() -> str:
    """The front on a Note10 at 224 pixels."""
    import archwright as aw

    space = aw.load(GALLERY / "once_for_all" / "front.arch").bind().fixed({"phone.net.res": 224})
    return stacked(space.pareto()._repr_html_(), last=1)


def beside(path: str, first: dict[str, object], second: dict[str, object], **fixed: object) -> str:
    """The best architectures under two bindings, the second with choices fixed, compared."""
    import archwright as aw

    spec = aw.load(GALLERY / path)
    one, two = spec.bind(**first).solve(), spec.bind(**second).solve(fixed)
    view = one.architecture.draw(beside=two.architecture)
    face = view.sheet.face() if hasattr(view, "sheet") else view
    return stacked(face.html)


FBNET_B = (
    "k3_e1 k3_e6 k5_e1 k3_e1 k3_e1 k5_e6 k5_e3 k3_e6 k5_e6 k5_e6 k5_e6 skip k5_e3 k5_e6 k3_e1 "
    "k5_e1 k5_e3 k5_e6 k5_e1 k5_e6 k5_e6 k3_e6"
)


def fbnet() -> str:
    """The fastest network with as many MACs as FBNet-B, and FBNet-B."""
    floor: dict[str, object] = {"floor": "291_004_424 MAC"}
    return beside("fbnet/here.arch", floor, floor, **{"net.block": FBNET_B.split()})


def drawn(path: str, first: int = 0, last: int | None = None, **parameters: object) -> str:
    """The best architecture of a spec, drawn."""
    import archwright as aw

    view = aw.load(GALLERY / path).bind(**parameters).solve().architecture.draw()
    face = view.sheet.face() if hasattr(view, "sheet") else view
    return stacked(face.html, first=first, last=last)


def crate() -> str:
    """Zeros and directions behind each step of ISTA, with random weights."""
    import torch

    import archwright as aw
    from archwright.notebooks.drawing.by_layer import by_layer

    answer = aw.load(GALLERY / "crate" / "sizes.arch").bind().solve()
    torch.manual_seed(0)
    return stacked(by_layer(aw.build(answer.architecture).eval(), "ista").html)


PICTURES: dict[str, Callable[[], str]] = {
    "apq/joint": partial(drawn, "apq/joint.arch"),
    "cnn_explainer/opened": tiny_vgg,
    "crate/sparsity": crate,
    "deepmad/search": partial(drawn, "deepmad/search.arch"),
    "mcunet/space": partial(drawn, "mcunet/space.arch"),
    "fbnet/beside": fbnet,
    "mobilenet/beside": partial(beside, "mobilenet/v3.arch", {"size": "large"}, {"size": "small"}),
    "once_for_all/front": once_for_all,
    "deepseek_v3/memory": partial(tightness, "deepseek_v3/largest.arch", "memory"),
    "flashrnn/tiling": tiling,
    "paretopipe/front": partial(front, "paretopipe/front.arch", net="resnet50"),
    "proxylessnas/beside": partial(
        beside, "proxylessnas/devices.arch", {"device": "pixel_1"}, {"device": "here"}
    ),
}


def main() -> None:
    """Write the pictures named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    names = parser.parse_args().names or list(PICTURES)
    for name in names:
        svg = PICTURES[name]()
        (GALLERY / f"{name}.svg").write_text(svg.replace(f"{ROOT}/", ""), encoding="utf-8")
        print(f"gallery/{name}.svg: {len(svg)} characters")


if __name__ == "__main__":
    main()
