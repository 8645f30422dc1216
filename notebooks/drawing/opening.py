"""How a drawing is asked for: the live view where it can be, else the still faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archwright.interpreter.answers import Architecture
from archwright.notebooks.faces import Face
from archwright.notebooks.live.present import present

from .amounts import Scale
from .opened import Opened
from .sheet import Sheet

if TYPE_CHECKING:
    from .widget import DrawingView

Look = str | tuple[str, int] | tuple[str, int | None, tuple[int, int]]


def drawing(
    architecture: Architecture,
    scale: Scale = "macs",
    *,
    beside: Architecture | None = None,
    times: Mapping[str, float] | None = None,
    net: Any = None,
    image: Any = None,
    look: Look | None = None,
) -> DrawingView | Face:
    """The drawing of an architecture; what the arguments are is told by its method `draw`."""
    opened = None if net is None else _opened(net, image)
    sheet = Sheet(architecture, scale, beside, times, opened)
    if look is not None:
        if opened is None:
            raise ValueError("`look` needs `net`, a built network")
        opened.look(*((look,) if isinstance(look, str) else look))

    def live() -> DrawingView:
        from .widget import DrawingView

        return DrawingView(sheet)

    return present(sheet.face(), live)


def _opened(net: Any, image: Any) -> Opened:
    from archwright.kernels.networks.build import BuiltNetwork
    from archwright.kernels.opened.activations import Activations

    if not isinstance(net, BuiltNetwork):
        raise TypeError(f"`net` is what `build` made of the architecture; found {net!r}")
    return Opened(Activations(net, image))
