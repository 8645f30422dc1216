"""A built network under the drawing: one layer, one of its maps, one number of that."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from . import spectrum_picture, steps
from .amounts import shape_text
from .shades import inline, png

if TYPE_CHECKING:
    from archwright.kernels.opened.activations import Activations
    from archwright.kernels.opened.sheet import Sheet


class Opened:
    """What is looked at; everything is worked out when it is asked for.

    Parameters
    ----------
    activations : Activations
        Of a network built from the one that is drawn.

    Attributes
    ----------
    leaf, channel : int or None
    place : (int, int) or None
        Row and column of a map, or token and unit of a sequence.
    """

    def __init__(self, activations: Activations) -> None:
        self.activations = activations
        self._tiles: tuple[int, Sheet, bytes] | None = None  # those of the last layer
        self.leaf: int | None = None
        self.channel: int | None = None
        self.place: tuple[int, int] | None = None

    def look(
        self,
        leaf: int | str,
        channel: int | None = None,
        place: tuple[int, int] | None = None,
    ) -> None:
        """Look at a layer, by its number or label, at a channel of it, at a place there.

        Raises
        ------
        KeyError
            For a label that no leaf has.
        IndexError
            For a channel or place that it does not have.
        """
        number = self._number(leaf)
        shape: tuple[int, ...] = tuple(self.activations.output(number).shape)
        sides: tuple[int, ...] = shape
        if len(shape) == 3:
            if channel is not None and not 0 <= channel < shape[0]:
                raise IndexError(f"there is no channel {channel}: the layer has {shape[0]}")
            if channel is not None and place is None:
                place = _middle(shape[1:])
            sides = shape[1:]
        else:
            channel = None
        if place is not None and not (
            len(sides) == 2 and all(0 <= p < n for p, n in zip(place, sides, strict=True))
        ):
            raise IndexError(f"there is no place {place} in {shape_text(sides)}")
        if len(shape) == 3 and place is not None and channel is None:
            raise IndexError("a place is one of a channel")
        self.leaf, self.channel, self.place = number, channel, place

    def _number(self, leaf: int | str) -> int:
        leaves = self.activations.network.leaves
        if isinstance(leaf, str):
            found = [i for i, one in enumerate(leaves) if one.label == leaf]
            if not found:
                raise KeyError(f"there is no layer {leaf!r}; there is {_near(leaf, leaves)}")
            return found[0]
        if not 0 <= leaf < len(leaves):
            raise IndexError(f"there is no layer {leaf}: the network has {len(leaves)}")
        return leaf

    # ------------------------------------------------------------------------------ what is shown

    def data(self) -> dict[str, Any]:
        """What the script shows, pictures as bytes; empty while no layer is open."""
        if self.leaf is None:
            return {}
        from archwright.kernels.opened.sheet import sheet

        leaf = self.activations.network.leaves[self.leaf]
        output = self.activations.output(self.leaf)
        shape = tuple(output.shape)
        found: dict[str, Any] = {
            "leaf": self.leaf,
            "title": f"{leaf.label} = {leaf.op}",
            "shape": shape_text(shape),
            "channel": self.channel,
            "place": None if self.place is None else list(self.place),
            "note": self.note(),
            "steps": self.steps_markup(),
            "spectrum": "",
        }
        if len(shape) == 3:
            if self._tiles is None or self._tiles[0] != self.leaf:
                made = sheet(output)
                self._tiles = self.leaf, made, png(made.shades, made.width, made.height)
            _, tiles, picture = self._tiles
            found |= {
                "sheet": picture,
                "tile": list(tiles.tile),
                "columns": tiles.columns,
                "count": tiles.count,
                "total": tiles.total,
                "size": [tiles.height, tiles.width],
                "sides": list(shape[1:]),
            }
            if self.channel is not None and max(shape[1:]) > 1:
                one = sheet(output[self.channel : self.channel + 1], reach=tiles.reach, gap=0)
                found["map"] = png(one.shades, one.width, one.height)
        elif len(shape) == 2:
            from archwright.kernels.opened.spectrum import spectrum

            one = sheet(output[None], gap=0)
            found |= {"map": png(one.shades, one.width, one.height), "sides": list(shape)}
            seen = spectrum(output)
            said = escape(spectrum_picture.sentence(seen))
            found["spectrum"] = (
                f'<div class="aw-spectrum">{spectrum_picture.draw(seen)}'
                f'<div class="aw-quiet">{said}</div></div>'
            )
        return found

    def note(self) -> str:
        """What the shades mean."""
        assert self.leaf is not None
        output = self.activations.output(self.leaf)
        reach = float(output.abs().max()) if output.numel() else 0.0
        said = f"blue above zero, orange below, darkest at ±{steps.digits(reach)}"
        zero = float((output == 0).double().mean())
        return said + (f"; {100 * zero:.0f} % are zero" if zero else "")

    def _steps(self) -> Any:
        from archwright.kernels.opened.arithmetic import arithmetic

        assert self.leaf is not None and self.place is not None
        front = () if self.channel is None else (self.channel,)
        return arithmetic(self.activations, self.leaf, (*front, *self.place))

    def steps_markup(self) -> str:
        """The arithmetic of the number looked at, or why it is not told."""
        if self.place is None:
            return ""
        from archwright.kernels.opened.arithmetic import CannotOpen

        try:
            return steps.markup(self._steps())
        except CannotOpen as why:
            return f'<div class="aw-quiet">{escape(str(why))}</div>'

    # ------------------------------------------------------------------------------- still faces

    def text(self) -> list[str]:
        """The same as lines of text."""
        if self.leaf is None:
            return []
        leaf = self.activations.network.leaves[self.leaf]
        lines = [f"opened: {leaf.label} = {leaf.op}, {shape_text(leaf.shape)}; {self.note()}"]
        if self.place is not None:
            from archwright.kernels.opened.arithmetic import CannotOpen

            front = [] if self.channel is None else [self.channel]
            lines.append(f"  at {[*front, *self.place]}")
            try:
                lines += [f"    {line}" for line in steps.plain_lines(self._steps())]
            except CannotOpen as why:
                lines.append(f"    {why}")
        return lines

    def body(self) -> str:
        """The same as HTML with the pictures in it."""
        data = self.data()
        if not data:
            return ""
        pictures = []
        for name in ("sheet", "map"):
            if name in data:
                title = "feature maps" if name == "sheet" else "one map"
                source = inline(data[name])
                pictures.append(f'<img class="aw-{name}" alt="{title}" src="{source}">')
        head = f"<b>{escape(data['title'])}</b> {escape(data['shape'])}"
        return (
            f'<div class="aw-opened"><div>{head} <span class="aw-quiet">{escape(data["note"])}'
            f'</span></div><div class="aw-maps">{"".join(pictures)}{data["spectrum"]}</div>'
            f"{data['steps']}</div>"
        )


def _middle(sides: tuple[int, ...]) -> tuple[int, int]:
    height, width = sides
    return height // 2, width // 2


def _near(label: str, leaves: Any) -> str:
    from difflib import get_close_matches

    labels = [leaf.label for leaf in leaves]
    return ", ".join(get_close_matches(label, labels, 3, 0.3) or labels[:3])
