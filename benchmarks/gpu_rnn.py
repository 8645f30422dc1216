"""The recurrent kernels on a CUDA card: correct, then timed beside peers, in under ten minutes.

    python benchmarks/gpu_rnn.py                        everything that fits into 300 s
    python benchmarks/gpu_rnn.py --seconds 120 --json out.json
    python benchmarks/gpu_rnn.py --write-tiles          solve every tile into gpu_tiles.json
    PYTHONPATH=. python benchmarks/gpu_rnn.py           where archwright is not installed

Needs torch with CUDA and Triton. Where the solver's own needs are not installed, tiles come from
`gpu_tiles.json`, which lies beside this file. Without a card it compiles every tile for it, says
what they take, and measures nothing.

Order: device; two ceilings; correctness on fresh inputs with poisoned outputs; timing, the goals
first. Times are medians of alternating rounds between events, over three sets of inputs by turns,
so that the L2 does not hold them; our kernel takes part twice, and the difference is the noise.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read at torch's first product

from archwright.kernels.cells.standard import CELLS
from archwright.kernels.gpu.tile import GpuTile

TILES = Path(__file__).with_name("gpu_tiles.json")
CARD, CAPABILITY = "h200", 90
ROUNDS, SLOW_ROUNDS, SETS = 7, 3, 3
SLOW = 0.05  # seconds from which a contestant gets fewer rounds


@dataclass(frozen=True)
class Layer:
    """What is measured; `goal` in milliseconds."""

    cell: str
    units: int
    heads: int
    batch: int
    steps: int = 1024
    weights: str = "bf16"
    training: bool = False
    goal: float | None = None

    def __str__(self) -> str:
        how = "fw+bw" if self.training else "fw"
        return (
            f"{self.cell} {self.units}x{self.heads} B{self.batch} T{self.steps} "
            f"{self.weights} {how}"
        )


TIMED = [
    Layer("lstm", 64, 12, 16, goal=1.4),
    Layer("lstm", 256, 3, 16, goal=3.6),
    Layer("lstm", 768, 1, 16, goal=4.9),
    Layer("lstm", 64, 12, 16, training=True, goal=6.0),
    Layer("lstm", 256, 3, 16, training=True),
    Layer("lstm", 768, 1, 16, training=True),
    Layer("lstm", 2560, 1, 8),
    Layer("lstm", 128, 6, 16, goal=2.3),
    Layer("lstm", 128, 6, 16, training=True, goal=10.0),
    Layer("lstm", 16, 48, 16),
    Layer("lstm", 32, 24, 16),
    Layer("lstm", 64, 12, 1),
    Layer("lstm", 64, 12, 8),
    Layer("lstm", 64, 12, 64),
    Layer("lstm", 768, 1, 1),
    Layer("lstm", 768, 1, 64),
    Layer("slstm", 64, 12, 16),
    Layer("gru", 64, 12, 16),
    Layer("elman", 64, 12, 16),
    Layer("lstm", 64, 12, 16, weights="fp32"),
    Layer("lstm", 2560, 1, 8, steps=128, training=True),
]
CHECKED = [
    *(Layer(cell, 64, 3, 5, 33, training=True) for cell in CELLS),
    *(Layer(cell, 100, 2, 17, 9, "fp32", True) for cell in CELLS),
    *(Layer(cell, 256, 2, 16, 33, training=True) for cell in CELLS),
    Layer("lstm", 768, 1, 16, 129, training=True),
    Layer("lstm", 2560, 1, 8, 16, training=True),
    Layer("lstm", 768, 1, 16, 1024),
]


# ---- tiles ---------------------------------------------------------------------------------------


def _key(layer: Layer, backward: bool) -> str:
    return (
        f"{layer.cell} {layer.units}x{layer.heads} B{layer.batch} T{layer.steps} "
        f"{layer.weights} {'backward' if backward else 'forward'}"
    )


def solve_tiles() -> dict[str, Any]:
    """Every tile that this script needs, by the solver."""
    from archwright.kernels.gpu.choose import choose

    found = {}
    for layer in [*TIMED, *CHECKED]:
        for backward in (False, True):
            chosen = choose(
                CELLS[layer.cell], layer.batch, layer.steps, layer.heads, layer.units,
                card=CARD, weights=layer.weights, backward=backward,
            )  # fmt: skip
            found[_key(layer, backward)] = {
                "tile": chosen.tile.to_json(),
                "milliseconds": round(chosen.milliseconds, 4),
                "shared": chosen.shared,
            }
    return found


def tiles() -> dict[str, Any]:
    """The tiles: solved now where that is possible, else those of the file."""
    try:
        return solve_tiles()
    except ImportError as reason:
        print(f"tiles from {TILES.name}, the solver's needs are not here ({reason})", flush=True)
        found: dict[str, Any] = json.loads(TILES.read_text(encoding="utf-8"))
        return found


# ---- without a card ------------------------------------------------------------------------------


def compile_all(known: dict[str, Any]) -> None:
    """Compile each different kernel for the card and print what it takes."""
    from archwright.kernels.gpu.ahead import compile_ahead

    head = ("threads", "registers", "spilled", "shared", "promised")
    print(f"{'kernel':<44} " + " ".join(f"{word:>9}" for word in head))
    seen = set()
    for layer in TIMED:
        for backward in (False, True) if layer.training else (False,):
            name = _key(layer, backward)
            entry = known[name]
            tile = GpuTile(**entry["tile"])
            text = (layer.cell, layer.units, tile, layer.weights, backward)
            if text in seen:
                continue
            seen.add(text)
            took = compile_ahead(
                CELLS[layer.cell], tile, layer.units,
                backward=backward, weights=layer.weights, capability=CAPABILITY,
            )  # fmt: skip
            print(
                f"{name:<44} {took.threads:>9} {took.registers:>9} {took.spilled:>9} "
                f"{took.shared:>9} {entry['shared']:>9}",
                flush=True,
            )


# ---- on the card ---------------------------------------------------------------------------------


def ceilings() -> dict[str, float]:
    """Bytes a second of a copy of 8 GB, operations a second of a bf16 product of 8192 cubed."""
    import torch

    target, source = torch.empty(2**30, device="cuda"), torch.randn(2**30, device="cuda")
    copied = _events(partial(target.copy_, source), 5)
    bytes_moved = 2 * source.numel() * 4
    x, y = (torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    product = _events(partial(torch.mm, x, y), 10)
    return {
        "copy_TB_s": bytes_moved / copied / 1e12,
        "bf16_TFLOP_s": 2 * 8192**3 / product / 1e12,
    }


def _events(work: Callable[[], object], calls: int, warm: int = 3) -> float:
    import torch

    for _ in range(warm):
        work()
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
    start.record()
    for _ in range(calls):
        work()
    end.record()
    end.synchronize()
    return float(start.elapsed_time(end)) / 1e3 / calls


def correct(layer: Layer, known: dict[str, Any], programs: int, seed: int) -> dict[str, Any]:
    """Errors against float64; outputs are poisoned with NaN, which torch does for empty memory."""
    import torch

    from archwright.kernels.gpu.interpreted import Case, check

    pair = tuple(GpuTile(**known[_key(layer, backward)]["tile"]) for backward in (False, True))
    case = Case(
        layer.cell, layer.batch, layer.steps, layer.heads, layer.units, pair[0],
        layer.weights, layer.training, seed,
    )  # fmt: skip
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = True  # type: ignore[attr-defined]
    try:
        found = check(case, "cuda", programs, pair[1])
    finally:
        torch.use_deterministic_algorithms(False)
    limit = 1e-2 if layer.weights == "bf16" else 5e-6
    names = [name for name in found if name != "states"]
    found["passed"] = all(found[name] <= limit for name in names)
    return found


def contestants(
    layer: Layer, known: dict[str, Any], programs: int
) -> dict[str, list[Callable[[], object]]]:
    """For each contestant a call for each set of inputs."""
    import gpu_peers as peers
    import torch

    from archwright.kernels.gpu import reference
    from archwright.kernels.gpu.gradient import Recurrence
    from archwright.kernels.gpu.launch import WEIGHTS
    from archwright.kernels.gpu.launch import Layer as Launches

    cell, kind = CELLS[layer.cell], WEIGHTS[layer.weights]
    sizes = (layer.batch, layer.steps, layer.heads, layer.units)
    launches = Launches(cell, *sizes, layer.weights, programs=programs)
    pair = [GpuTile(**known[_key(layer, backward)]["tile"]) for backward in (False, True)]
    states = torch.empty((len(cell.states), *sizes), device="cuda")
    arriving = torch.randn_like(states)

    def inputs(seed: int) -> list[Any]:
        made = reference.example(cell, *sizes, seed=seed, device="cuda", started=False)
        kinds = (kind, kind, torch.float32, torch.float32)
        return [x.to(k).requires_grad_(layer.training) for x, k in zip(made, kinds, strict=True)]

    sets = [inputs(number) for number in range(SETS)]
    packed, rooms = launches.packed(sets[0][1], pair[0]), launches.rooms(pair[0], 1, states.device)

    def trained(found: Any, leaves: list[Any]) -> None:
        torch.autograd.grad(found, leaves, arriving.to(found.dtype))

    def ours(given: list[Any]) -> None:
        if layer.training:
            trained(Recurrence.apply(*given, launches, *pair), given)  # type: ignore[no-untyped-call]
        else:
            Wx, _, b, s0 = given
            launches.forward(pair[0], Wx, packed, b, s0, states, None, rooms)

    def loop(given: list[Any]) -> None:
        with torch.inference_mode(not layer.training):
            Wx, R, b, s0 = given
            found = peers.loop(cell, Wx, R, b.to(kind), s0.to(kind))
        if layer.training:
            trained(found, given)

    def by_turns(given: list[Any]) -> None:
        with torch.inference_mode():
            peers.alternating(*given)

    works: dict[str, Callable[[list[Any]], None]] = {
        "ours": ours, "ours again": ours, peers.LOOP: loop,
    }  # fmt: skip
    if layer.cell == "lstm" and not layer.training:
        works[peers.ALTERNATING] = by_turns
    made: dict[str, list[Callable[[], object]]] = {
        name: [partial(work, given) for given in sets] for name, work in works.items()
    }
    if not layer.training and layer.batch <= 16:
        made[peers.GRAPH] = [peers.in_a_graph(made[peers.LOOP][0])]
    if layer.cell == "lstm" and layer.heads == 1:
        module = peers.cudnn(layer.units, kind)
        shape = (layer.batch, layer.steps, layer.units)

        def nn(x: Any) -> None:
            if layer.training:
                found, _ = module(x)
                torch.autograd.grad(found.sum(), [x, *module.parameters()])
            else:
                with torch.inference_mode():
                    module(x)

        made[peers.NN] = [
            partial(
                nn, torch.randn(shape, device="cuda", dtype=kind).requires_grad_(layer.training)
            )
            for _ in range(SETS)
        ]
    return made


def timed(made: dict[str, list[Callable[[], object]]]) -> dict[str, list[float]]:
    """Milliseconds a call of each contestant, one sample a round, inputs by turns."""
    import torch

    samples: dict[str, list[float]] = {name: [] for name in made}
    rounds = {}
    for name, works in made.items():
        took = _events(works[0], 1, warm=1 if "loop" in name else 3)
        rounds[name] = SLOW_ROUNDS if took > SLOW else ROUNDS
    names = list(made)
    for turn in range(ROUNDS):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if turn < rounds[name]:
                works = made[name]
                samples[name].append(_events(works[turn % len(works)], 1, warm=0) * 1e3)
        torch.cuda.synchronize()
    return samples


def measure(seconds: float, known: dict[str, Any]) -> dict[str, Any]:
    """Everything, as far as the seconds reach; what was left out is named."""
    import torch
    import triton

    began = time.perf_counter()
    torch.backends.cuda.matmul.allow_tf32 = False
    device = torch.cuda.get_device_properties(0)
    programs = device.multi_processor_count
    told: dict[str, Any] = {
        "device": device.name, "programs": programs,
        "torch": torch.__version__, "triton": triton.__version__,
    }  # fmt: skip
    os.system(
        "nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.mem --format=csv,noheader"
    )
    told["ceilings"] = ceilings()
    print(json.dumps(told), flush=True)
    told["errors"], told["times"], told["left out"] = {}, {}, []
    for number, layer in enumerate(CHECKED):
        try:
            found = correct(layer, known, programs, seed=int(time.time()) + number)
        except Exception as reason:
            found = {"passed": False, "reason": f"{type(reason).__name__}: {reason}"[:300]}
        told["errors"][str(layer)] = found
        shown = {k: f"{v:.1e}" if isinstance(v, float) else v for k, v in found.items()}
        print(f"{'ok  ' if found['passed'] else 'FAIL'} {layer}: {shown}", flush=True)
    for layer in TIMED:
        if time.perf_counter() - began > seconds:
            told["left out"].append(str(layer))
            continue
        try:
            samples = timed(contestants(layer, known, programs))
        except Exception as reason:
            told["times"][str(layer)] = {"reason": f"{type(reason).__name__}: {reason}"[:300]}
            print(f"FAIL {layer}: {type(reason).__name__}: {reason}"[:400], flush=True)
            continue
        middle = {name: statistics.median(values) for name, values in samples.items()}
        predicted = sum(
            known[_key(layer, backward)]["milliseconds"]
            for backward in ((False, True) if layer.training else (False,))
        )
        told["times"][str(layer)] = {
            "layer": asdict(layer), "milliseconds": middle, "predicted": predicted,
            "spread": {name: (min(v), max(v)) for name, v in samples.items()},
        }  # fmt: skip
        ours = middle["ours"]
        peers = "  ".join(
            f"{n} {t:.3f} ({t / ours:.1f}x)" for n, t in middle.items() if n != "ours"
        )
        goal = f" goal {layer.goal}" if layer.goal else ""
        print(f"{layer}: ours {ours:.3f} ms{goal} predicted {predicted:.3f}  {peers}", flush=True)
        torch.cuda.empty_cache()
    if told["left out"]:
        print(f"left out after {seconds:.0f} s: {', '.join(told['left out'])}")
    return told


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="start nothing after these")
    parser.add_argument("--json", type=Path, help="where all figures go")
    parser.add_argument("--write-tiles", action="store_true", help=f"solve into {TILES.name}")
    given = parser.parse_args()
    if given.write_tiles:
        TILES.write_text(json.dumps(solve_tiles(), indent=1) + "\n", encoding="utf-8")
        return 0
    from importlib.util import find_spec

    missing = [name for name in ("torch", "triton") if find_spec(name) is None]
    if missing:
        print(f"needs {' and '.join(missing)}: pip install 'archwright[gpu]'")
        return 1
    import torch

    known = tiles()
    if not torch.cuda.is_available():
        print(
            "needs a CUDA device (compute capability 8.0 or newer, torch built with CUDA), and "
            f"none is here: nothing is timed. Compiled for capability {CAPABILITY / 10} instead:"
        )
        compile_all(known)
        return 0
    told = measure(given.seconds, known)
    if given.json:
        given.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return 0 if all(e["passed"] for e in told["errors"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
