"""Which kernel runs a layer on a card: one of ours, or torch's own (cuDNN) where that is faster.

Both times are the spec's, from the card's record: ours by the model that chose the tile, torch's by
a roofline (`torch_time` in `persistent_gpu.arch`), unless they were measured: figures that
`benchmarks/gpu_rnn.py` wrote for that device come before any model, then what was published of
torch's layer. Torch's has no bf16 weights beside fp32 sums, so results differ in the last digits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..cells.cell import Cell
from ..outcome import OURS
from ..recurrent.peers import module_name
from .choose import Choice, choose

MODEL, ROOFLINE, MEASURED, PUBLISHED = "model", "roofline", "measured", "published"

# Seconds a step of nn.LSTM in bf16, with its projection: Pöppel, Beck and Hochreiter, FlashRNN
# (2024), H100, batch 16, 1024 steps; backward is what both passes take less the forward one.
STEPS_PUBLISHED = {
    ("h100", "lstm", 16, 768, "bf16", False): 2.01e-3 / 1024,
    ("h100", "lstm", 16, 768, "bf16", True): (5.19e-3 - 2.01e-3) / 1024,
}
SAME_CHIP = {"h200": "h100"}

Layer = tuple[str, int, int, int, int, str, bool]  # cell, batch, steps, heads, units, …
Figures = Mapping[Layer, Mapping[str, float]]


@dataclass(frozen=True)
class Pick:
    """Which kernel, and why.

    Parameters
    ----------
    kernel : str
        `archwright`, or the name of torch's module.
    milliseconds : mapping
        Of every kernel that could run the layer.
    known_by : mapping
        How each time is known: model, roofline, measured or published.
    reason : str
        One sentence.
    """

    kernel: str
    milliseconds: Mapping[str, float]
    known_by: Mapping[str, str]
    reason: str

    def __str__(self) -> str:
        return self.reason


def pick(
    cell: Cell,
    batch: int,
    steps: int,
    heads: int,
    units: int,
    *,
    card: str = "h200",
    weights: str = "bf16",
    backward: bool = False,
    programs: int | None = None,
    choice: Choice | None = None,
    figures: Figures | None = None,
) -> Pick:
    """The faster kernel for one pass of a layer.

    Torch's runs one module for each head; its projection of the inputs is not counted, but where
    it was measured or published with it.

    Parameters
    ----------
    cell, batch, steps, heads, units, card, weights, backward, programs
        As in `choose`.
    choice : Choice, optional
        Where it is known already.
    figures : mapping, optional
        What was measured on this device, of whole forward passes: see `measured`.
    """
    if choice is None:
        choice = choose(
            cell, batch, steps, heads, units,
            card=card, weights=weights, backward=backward, programs=programs,
        )  # fmt: skip
    ours = choice.milliseconds, MODEL
    theirs = module_name(cell)
    if theirs is None:
        told = f"{OURS}: torch has no {cell.name}, {ours[0]:.3g} ms by the {MODEL}"
        return Pick(OURS, {OURS: ours[0]}, {OURS: MODEL}, told)
    peer = float(choice.values["torch_time"]) * 1e3, ROOFLINE
    chip = SAME_CHIP.get(card, card)
    published = STEPS_PUBLISHED.get((chip, cell.name, batch, units, weights, backward))
    if published is not None:
        peer = published * steps * heads * 1e3, PUBLISHED
    found = (figures or {}).get((cell.name, batch, steps, heads, units, weights, backward), {})
    if OURS in found:
        ours = found[OURS], MEASURED
    if theirs in found:
        peer = found[theirs], MEASURED
    both = {OURS: ours, theirs: peer}
    kernel = min(both, key=lambda name: both[name][0])
    other = theirs if kernel == OURS else OURS
    (fast, how), (slow, why) = both[kernel], both[other]
    takes = "takes" if how == MEASURED else "should take"
    return Pick(
        kernel,
        {name: time for name, (time, _) in both.items()},
        {name: by for name, (_, by) in both.items()},
        f"{kernel} {takes} {fast:.3g} ms ({how}), {other} {slow:.3g} ms ({why})",
    )


def measured(path: str | Path) -> dict[Layer, dict[str, float]]:
    """Milliseconds of forward passes in a file that `benchmarks/gpu_rnn.py --json` wrote.

    Raises
    ------
    ValueError
        Where the file holds something else.
    """
    try:
        told = json.loads(Path(path).read_text(encoding="utf-8"))["times"].values()
        found: dict[Layer, dict[str, float]] = {}
        for entry in told:
            if "reason" in entry or entry["layer"]["training"]:
                continue
            layer = entry["layer"]
            sizes = (layer["batch"], layer["steps"], layer["heads"], layer["units"])
            times = {name: float(time) for name, time in entry["milliseconds"].items()}
            times[OURS] = times.pop("ours")
            found[layer["cell"], *sizes, layer["weights"], False] = times
        return found
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as reason:
        raise ValueError(f"{path} holds no figures of gpu_rnn.py: {reason!r}") from reason
