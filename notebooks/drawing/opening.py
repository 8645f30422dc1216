"""How a drawing is asked for: the live view where it can be, else the still faces."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from archwright.interpreter.answers import Architecture
from archwright.interpreter.architecture import Network
from archwright.notebooks.faces import Face
from archwright.notebooks.live.present import present

from .amounts import Scale, Times
from .opened import Opened
from .sheet import Sheet

if TYPE_CHECKING:
    from .widget import DrawingView

ROUNDS = 5
Look = str | tuple[str, int] | tuple[str, int | None, tuple[int, int]]


def drawing(
    architecture: Architecture,
    scale: Scale = "macs",
    *,
    beside: Architecture | None = None,
    times: Times | None = None,
    net: Any = None,
    image: Any = None,
    look: Look | None = None,
) -> DrawingView | Face:
    """The drawing of an architecture; what the arguments are is told by its method `draw`."""
    opened = None if net is None else _opened(architecture, net, image)
    if scale == "time" and times is None and net is not None:
        times = _measured(net)
    sheet = Sheet(architecture, scale, beside, times, opened)
    if look is not None:
        if opened is None:
            raise ValueError("`look` needs `net`, a built network")
        opened.look(*((look,) if isinstance(look, str) else look))

    def live() -> DrawingView:
        from .widget import DrawingView

        return DrawingView(sheet)

    return present(sheet.face(), live)


def _measured(net: Any) -> Times:
    """Seconds of each leaf on this machine, by the tensor that it writes: medians of rounds."""
    from archwright.kernels.measure.in_place import time_networks

    for found in time_networks([net.network], ROUNDS):
        (times,) = found
    leaves = zip(net.network.leaves, zip(*times.leaves, strict=True), strict=True)
    return {leaf.output: median(seconds) for leaf, seconds in leaves}


def _opened(architecture: Architecture, net: Any, image: Any) -> Opened:
    from archwright.kernels.networks.build import BuiltNetwork
    from archwright.kernels.opened.activations import Activations

    if not isinstance(net, BuiltNetwork):
        raise TypeError(f"`net` is what `build` made of the architecture; found {net!r}")
    meant = architecture.networks.get(net.network.name)
    if meant is None or _layers(meant) != _layers(net.network):
        raise ValueError(f"`net` was built from another architecture: {net.network.name}")
    return Opened(Activations(net, image))


def _layers(network: Network) -> list[tuple[str, tuple[int, ...]]]:
    return [(leaf.label, leaf.shape) for leaf in network.leaves]
