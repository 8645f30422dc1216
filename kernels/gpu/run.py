"""Run a layer tiled for a card: compiled for it anywhere, timed where the card is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archwright.interpreter.architecture import Leaf, Network

from .. import timing
from ..cells.standard import CELLS
from ..outcome import OURS, Run, WrongResult, bad_tile
from ..recurrent import peers
from .generate import has_triton
from .pick import MODEL, ROOFLINE
from .tile import GpuTile, GpuTileError

if TYPE_CHECKING:
    from ..cells.cell import Cell

TOLERANCE = {"bf16": 2e-2, "fp32": 5e-6}  # of every state against float64, absolute
NAMES = {16: "bf16", 32: "fp32"}
EAGER = "eager loop"


@dataclass(frozen=True, repr=False)
class GpuRun(Run):
    """A recurrent layer tiled for a card; errors are absolute, over all states.

    Parameters
    ----------
    tile : mapping
        Every number of the tile.
    shape : tuple of int
        Batch, steps, gates, heads and units of the pre-activations.
    resources : mapping
        What the compiled kernel takes: registers and spilled bytes of a thread, shared bytes and
        threads of a program; empty where nothing was compiled.
    picked : str
        Which of ours and torch's own layer the models say is faster; empty where torch has none.
    """

    tile: dict[str, int | bool]
    shape: tuple[int, ...]
    resources: dict[str, int]
    picked: str

    def to_json(self) -> dict[str, Any]:
        """The fields of `archwright run --json`."""
        own = {"tile": self.tile, "resources": self.resources, "picked": self.picked}
        return own | super().to_json()

    def __repr__(self) -> str:
        batch, steps, _, heads, units = self.shape
        lines = [
            f"{self.network}: batch {batch}, {steps} steps, {heads} x {units} units",
            f"  tile       {GpuTile.from_arguments(self.tile)}",
        ]
        if self.resources:
            told = ", ".join(f"{name} {value}" for name, value in self.resources.items())
            lines.append(f"  compiled   {told}")
        lines.append(f"  max error  {self.max_error:.1e} against float64")
        if self.picked:
            lines.append(f"  picked     {self.picked}")
        return "\n".join([*lines, *self.time_lines()])


def accepts(network: Network) -> bool:
    """Whether the network is one recurrent layer tiled for a card."""
    leaves = network.leaves
    return len(leaves) == 1 and (leaves[0].module, leaves[0].op) == ("std.persistent", "recurrent")


def run(network: Network, *, repeats: int = 7, seed: int = 0) -> GpuRun:
    """Run a network that is one recurrent layer tiled for a card.

    Where the card is, the layer is checked and timed. Elsewhere its kernel is compiled for the
    card, a small layer of the same structure is interpreted, and a note says what was not done.

    Raises
    ------
    ArchError
        `bad-tile` for a tile that cannot run.
    WrongResult
        Where a result is further from float64 than its numbers explain.
    """
    (leaf,) = network.leaves
    cell = CELLS[str(leaf.arguments["cell"])]
    weights = NAMES[int(_number(leaf, "weights"))]
    try:
        tile = GpuTile.from_arguments(leaf.arguments)
        tile.fit(leaf.shape[-1])
    except GpuTileError as reason:
        raise bad_tile(leaf, reason) from reason
    notes: list[str] = []
    resources: dict[str, int] = {}
    samples: dict[str, list[float]] = {}
    missing = _missing(leaf)
    if not has_triton():
        error = _plain(cell, seed)
        notes.append("Triton is not installed (pip install 'archwright[gpu]'): no kernel was built")
        notes.append("the error is that of a small layer in plain torch")
    elif missing is None:
        error, samples = _here(cell, leaf, weights, repeats, seed)
    else:
        resources = _compiled(cell, tile, leaf, weights)
        error, sizes = _interpreted(cell, tile, leaf, weights, seed)
        notes.append(f"{missing}: compiled for it, but not run and not timed")
        notes.append(f"the error is that of a small layer, {sizes}, interpreted")
    if not error <= TOLERANCE[weights]:
        raise WrongResult(f"states are off by {error:.2e}, {TOLERANCE[weights]:.0e} is allowed")
    times = timing.medians(samples)
    predicted = float(leaf.costs.get("time", 0)) * 1e3
    return GpuRun(
        network.name,
        missing is None,
        error,
        times,
        {name: time / times[OURS] for name, time in times.items() if name != OURS},
        predicted or None,
        tuple(notes),
        {name: (min(values) * 1e3, max(values) * 1e3) for name, values in samples.items()},
        tile.to_json(),
        leaf.input_shapes[0],
        resources,
        _picked(cell, predicted, float(_number(leaf, "torch")) * 1e3),
    )


def _picked(cell: Cell, ours: float, theirs: float) -> str:
    """What the spec's two models say; a spec need have neither."""
    name = peers.module_name(cell)
    if name is None or not ours or not theirs:
        return ""
    both = sorted([(ours, OURS, MODEL), (theirs, name, ROOFLINE)])
    (fast, first, how), (slow, second, why) = both
    return f"{first} should take {fast:.3g} ms ({how}), {second} {slow:.3g} ms ({why})"


def _number(leaf: Leaf, name: str) -> Fraction:
    value = leaf.arguments[name]
    if not isinstance(value, Fraction):
        raise TypeError(f"{name} is {value!r}, not a number")
    return value


def _missing(leaf: Leaf) -> str | None:
    """Why the card that the layer is tiled for is not here; None where it is."""
    if not has_triton():
        return "Triton is not installed"
    import torch

    wanted = float(_number(leaf, "capability"))
    sms = int(_number(leaf, "card_sms"))
    told = f"the card has compute capability {wanted} and {sms} multiprocessors"
    if not torch.cuda.is_available():
        return f"{told}, and no CUDA device is here"
    found = torch.cuda.get_device_properties(0)
    if (found.major, found.minor) != (int(wanted), round(wanted * 10) % 10):
        return f"{told}, and {found.name} has capability {found.major}.{found.minor}"
    if found.multi_processor_count < sms:
        return f"{told}, and {found.name} has only {found.multi_processor_count}"
    return None


def _compiled(cell: Cell, tile: GpuTile, leaf: Leaf, weights: str) -> dict[str, int]:
    from .ahead import compile_ahead

    capability = round(float(_number(leaf, "capability")) * 10)
    found = compile_ahead(
        cell, tile, leaf.shape[-1], weights=weights, capability=capability, save=False
    )
    return {
        "registers": found.registers,
        "spilled": found.spilled,
        "shared": found.shared,
        "threads": found.threads,
    }


def _interpreted(
    cell: Cell, tile: GpuTile, leaf: Leaf, weights: str, seed: int
) -> tuple[float, str]:
    """The error of a small layer of the same structure, and its sizes."""
    from .interpreted import Case, interpret

    units = min(leaf.shape[-1], 2 * max(tile.units, tile.depth))
    batch, heads = min(leaf.input_shapes[0][0], 3), min(leaf.input_shapes[0][3], 2)
    case = Case(cell.name, batch, 3, heads, units, tile, weights, training=False, seed=seed)
    (found,) = interpret([case])
    return found["states"], f"batch {batch}, 3 steps, {heads} x {units} units"


def _plain(cell: Cell, seed: int) -> float:
    import torch

    from ..recurrent import reference

    inputs = [torch.from_numpy(x) for x in reference.example(cell, 3, 3, 2, 16, seed)]
    exact = peers.eager_loop(cell, *(x.double() for x in inputs))
    return float((peers.eager_loop(cell, *inputs).double() - exact).abs().max())


def _here(
    cell: Cell, leaf: Leaf, weights: str, repeats: int, seed: int
) -> tuple[float, dict[str, list[float]]]:
    """The error on this device, and seconds a call of each contestant."""
    import torch

    from ..recurrent import reference
    from .launch import WEIGHTS, Layer

    batch, steps, _, heads, units = leaf.input_shapes[0]
    tile = GpuTile.from_arguments(leaf.arguments)
    programs = torch.cuda.get_device_properties(0).multi_processor_count
    layer = Layer(cell, batch, steps, heads, units, weights, programs=programs)
    made = reference.example(cell, batch, steps, heads, units, seed)
    inputs = [torch.from_numpy(x).to("cuda") for x in made]
    inputs[1].copy_(inputs[1].to(WEIGHTS[weights]))
    Wx, R, b, s0 = inputs
    packed, rooms = layer.packed(R, tile), layer.rooms(tile, 1, Wx.device)
    states = torch.full((len(cell.states), batch, steps, heads, units), torch.nan, device="cuda")

    def ours() -> None:
        layer.forward(tile, Wx, packed, b, s0, states, None, rooms)
        torch.cuda.synchronize()

    def loop() -> None:
        with torch.inference_mode():
            peers.eager_loop(cell, *inputs)
        torch.cuda.synchronize()

    ours()
    expected = peers.eager_loop(cell, *(x.double() for x in inputs))
    distance = torch.nan_to_num((states.double() - expected).abs(), nan=float("inf"))
    samples: dict[str, list[float]] = {}
    if repeats:
        import time

        samples = timing.alternating({OURS: ours, EAGER: loop}, repeats, time.perf_counter)
    return float(distance.max()), samples
