"""The recurrent kernels on a CUDA card: correct, then timed beside peers, in under ten minutes.

    python benchmarks/gpu_rnn.py                        everything that fits into 480 s
    python benchmarks/gpu_rnn.py --seconds 240 --json out.json
    python benchmarks/gpu_rnn.py --write-tiles          solve every tile into gpu_tiles.json
    python benchmarks/gpu_rnn.py --dry                  tiny, in Triton's interpreter, no card

From a bare checkout: `PYTHONPATH=. python benchmarks/gpu_rnn.py`. It needs torch with CUDA, Triton
and numpy; with those, nothing has to be installed, since tiles come from `gpu_tiles.json`, which
lies beside this file (`--solve` solves them anew, and needs all of archwright). Without a card it
compiles every kernel for it, says what they take, and measures nothing.

Order: device; ceilings; correctness on fresh inputs with poisoned outputs, each layer in a process
of its own, several at a time, which also compiles what is timed; timing, the goals first. Times are
medians of alternating rounds between events, over three sets of inputs by turns, so that the L2
does not hold them; our kernel takes part twice, and the difference is the noise. After each layer
the JSON file is written anew, so that a killed run keeps what it had.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read at torch's first product

from archwright.kernels.cells.standard import CELLS
from archwright.kernels.gpu.tile import GpuTile

HERE = Path(__file__).resolve().parent
TILES = HERE / "gpu_tiles.json"
SPECS = (
    HERE.parent / "gallery/flashrnn/persistent_gpu.arch",
    HERE.parent / "dsl/std/persistent.arch",
    HERE.parent / "dsl/std/gpu.arch",
)
CARD, CAPABILITY = "h200", 90
SLOW_ROUNDS, SETS = 3, 3
SLOW = 0.05  # seconds from which a contestant gets fewer rounds
PATIENCE = 150.0  # seconds for one layer's check
CHECKS = 0.5  # share of all seconds after which no further check starts


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
    Layer("lstm", 64, 12, 16, 1024, "fp32"),
    Layer("lstm", 96, 300, 64, 5, training=True),  # more programs than the card holds
    Layer("gru", 768, 1, 256, 17, training=True),  # 64 rows a program
]
DRY_TIMED = [
    Layer("lstm", 16, 1, 2, 2, goal=1.0),
    Layer("gru", 13, 1, 1, 2, "fp32", training=True),
]
DRY_CHECKED = [Layer("lstm", 130, 1, 1, 2, "fp32", True)]  # a team


# ---- tiles ---------------------------------------------------------------------------------------


def _key(layer: Layer, backward: bool) -> str:
    return (
        f"{layer.cell} {layer.units}x{layer.heads} B{layer.batch} T{layer.steps} "
        f"{layer.weights} {'backward' if backward else 'forward'}"
    )


def specs() -> str:
    """What the kept tiles are answers of, comments and spaces apart."""
    told = "\n".join(path.read_text(encoding="utf-8") for path in SPECS)
    return hashlib.sha256(re.sub(r"#.*|\s", "", told).encode()).hexdigest()[:16]


def solve_tiles(layers: Sequence[Layer], programs: int | None = None) -> dict[str, Any]:
    """The tiles of both passes, by the solver."""
    from archwright.kernels.gpu.choose import choose

    found: dict[str, Any] = {"specs": specs()}
    for layer in layers:
        for backward in (False, True):
            chosen = choose(
                CELLS[layer.cell], layer.batch, layer.steps, layer.heads, layer.units,
                card=CARD, weights=layer.weights, backward=backward, programs=programs,
            )  # fmt: skip
            found[_key(layer, backward)] = {
                "tile": chosen.tile.to_json(),
                "milliseconds": round(chosen.milliseconds, 4),
                "shared": chosen.shared,
            }
    return found


def kept_tiles() -> dict[str, Any]:
    """The tiles of the file beside this one."""
    found: dict[str, Any] = json.loads(TILES.read_text(encoding="utf-8"))
    if found["specs"] != specs():
        print(f"{TILES.name} is older than the specs: --solve, or --write-tiles", flush=True)
    return found


# ---- without a card ------------------------------------------------------------------------------


def compile_all(known: dict[str, Any], layers: Sequence[Layer]) -> None:
    """Compile each different kernel for the card and print what it takes."""
    from archwright.kernels.gpu.ahead import compile_ahead

    head = ("threads", "registers", "spilled", "shared", "promised")
    print(f"{'kernel':<44} " + " ".join(f"{word:>9}" for word in head))
    seen = set()
    for layer in layers:
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


def correct(layer: Layer, known: dict[str, Any], at: Any, seed: int) -> dict[str, Any]:
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
    found = check(case, at.name, at.programs, pair[1])
    limit = 1e-2 if layer.weights == "bf16" else 5e-6
    found["passed"] = all(found[name] <= limit for name in found if name != "states")
    return found


def contestants(
    layer: Layer, known: dict[str, Any], at: Any
) -> dict[str, list[Callable[[], object]]]:
    """For each contestant a call for each set of inputs; ours are the first."""
    import gpu_peers as peers
    import torch

    from archwright.kernels.gpu.gradient import Recurrence
    from archwright.kernels.gpu.launch import WEIGHTS
    from archwright.kernels.gpu.launch import Layer as Launches
    from archwright.kernels.recurrent.peers import eager_loop
    from archwright.kernels.recurrent.reference import example

    cell, kind = CELLS[layer.cell], WEIGHTS[layer.weights]
    sizes = (layer.batch, layer.steps, layer.heads, layer.units)
    launches = Launches(cell, *sizes, layer.weights, programs=at.programs, one_step=at.dry)
    pair = [GpuTile(**known[_key(layer, backward)]["tile"]) for backward in (False, True)]
    states = torch.empty((len(cell.states), *sizes), device=at.name)
    arriving = torch.randn_like(states)

    def inputs(seed: int) -> list[Any]:
        kinds = (kind, kind, torch.float32, torch.float32)
        made = zip(example(cell, *sizes, seed), kinds, strict=True)
        return [torch.from_numpy(x).to(at.name, k).requires_grad_(layer.training) for x, k in made]

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
            found = eager_loop(cell, Wx, R, b.to(kind), s0.to(kind))
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
        made[peers.GRAPH] = [at.recorded(made[peers.LOOP][0])]
    if layer.cell == "lstm" and layer.heads == 1:
        module = peers.cudnn(layer.units, kind, at.name)
        shape = (layer.batch, layer.steps, layer.units)

        def nn(x: Any) -> None:
            if layer.training:
                found, _ = module(x)
                torch.autograd.grad(found.sum(), [x, *module.parameters()])
            else:
                with torch.inference_mode():
                    module(x)

        xs = (torch.randn(shape, device=at.name, dtype=kind) for _ in range(SETS))
        made[peers.NN] = [partial(nn, x.requires_grad_(layer.training)) for x in xs]
    return made


def timed(
    made: dict[str, list[Callable[[], object]]], at: Any
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Milliseconds a call of each contestant, one sample a round, inputs by turns.

    And why a peer that cannot run this layer takes no part.
    """
    samples: dict[str, list[float]] = {}
    rounds, unable = {}, {}
    for name, works in made.items():
        try:
            took = at.seconds(works[0], 1, 1 if "loop" in name else 3)
        except Exception as reason:
            if name.startswith("ours"):
                raise
            unable[name] = f"{type(reason).__name__}: {reason}"[:200]
            continue
        samples[name] = []
        rounds[name] = at.rounds if took <= SLOW else min(at.rounds, SLOW_ROUNDS)
    names = list(samples)
    for turn in range(at.rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if turn < rounds[name]:
                works = made[name]
                samples[name].append(at.seconds(works[turn % len(works)], 1, 0) * 1e3)
    at.settle()
    return samples, unable


def floor(layer: Layer, tile: GpuTile, ceilings: dict[str, float]) -> float:
    """Milliseconds that the measured ceilings leave a forward pass at least.

    Reading pre-activations and writing states at the rate of a copy, or the products at the rate of
    large ones, or one meeting of the programs each step, whichever takes longest.
    """
    cell = CELLS[layer.cell]
    units = layer.batch * layer.steps * layer.heads * layer.units
    size = 2 if layer.weights == "bf16" else 4
    moved = units * (len(cell.given) * size + len(cell.states) * 4)
    products = 2 * units * layer.units * len(cell.recurring)
    rate = ceilings["bf16_TFLOP_s"] if layer.weights == "bf16" else ceilings["tf32_TFLOP_s"] / 3
    parts = tile.parts(layer.units)
    near = [name for name in ceilings if name.startswith("meeting_")]
    near.sort(key=lambda name: abs(int(name.split("_")[1]) - parts))
    met = layer.steps * ceilings[near[0]] / 1e3 if parts > 1 else 0.0
    return max(moved / ceilings["copy_TB_s"] / 1e9, products / rate / 1e9, met)


class Record:
    """All that is known so far, in a file that is replaced after each part."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.told = path, {"errors": {}, "times": {}, "left out": []}  # type: ignore[var-annotated]

    def keep(self) -> None:
        if self.path is not None:
            beside = self.path.with_suffix(".part")
            beside.write_text(json.dumps(self.told, indent=1), encoding="utf-8")
            beside.replace(self.path)

    def table(self) -> str:
        """The times as Markdown; peers as their time over ours."""
        names = ["eager loop", "loop in a graph", "alternating", "nn.LSTM"]
        head = ["layer", "ours ms", "noise", "predicted ms", "floor ms", "goal ms", *names]
        rows = [head, ["---"] * len(head)]
        for layer, found in self.told["times"].items():
            if "reason" in found:
                rows.append([layer, found["reason"][:60], *[""] * (len(head) - 2)])
                continue
            took = found["milliseconds"]
            noise = abs(took["ours again"] / took["ours"] - 1)
            bound = found["floor"]
            rows.append([
                layer, f"{took['ours']:.3f}", f"{noise:.1%}", f"{found['predicted']:.3f}",
                "" if bound is None else f"{bound:.3f}", str(found["layer"]["goal"] or ""),
                *(f"{took[n] / took['ours']:.1f}x" if n in took else "" for n in names),
            ])  # fmt: skip
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def one(question: str, at: Any) -> int:
    """What a process of its own answers, as JSON on the last line: a check, or a first call."""
    asked = json.loads(question)
    layer, known = Layer(**asked["layer"]), asked["known"]
    if asked["check"]:
        found = correct(layer, known, at, asked["seed"])
    else:
        contestants(layer, known, at)["ours"][0]()
        at.settle()
        found = {"passed": True}
    print(json.dumps(found))
    return 0


def apart(layer: Layer, known: dict[str, Any], check: bool, dry: bool, seed: int) -> dict[str, Any]:
    """The answer of a process of its own; a fault in one kernel ends only its own process."""
    mine = {name: known[name] for name in (_key(layer, False), _key(layer, True))}
    asked = {"layer": asdict(layer), "known": mine, "check": check, "seed": seed}
    command = [sys.executable, str(Path(__file__)), "--one", json.dumps(asked)]
    try:
        done = subprocess.run(
            command + ["--dry"] * dry, capture_output=True, text=True, timeout=PATIENCE
        )
        if done.returncode:
            return {"passed": False, "reason": done.stderr.strip()[-300:]}
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found
    except subprocess.TimeoutExpired:
        return {"passed": False, "reason": f"no answer within {PATIENCE:.0f} s"}


def check_all(
    checked: Sequence[Layer], later: Sequence[Layer], known: dict[str, Any], dry: bool,
    record: Record, until: float,
) -> None:  # fmt: skip
    """Check layers, and compile those that are timed later, several processes at a time."""

    def work(layer: Layer, check: bool, seed: int) -> dict[str, Any]:
        if time.perf_counter() > until:
            return {"passed": not check, "reason": "left out, no time"}
        return apart(layer, known, check, dry, seed)

    seed = int(time.time())
    with ThreadPoolExecutor(max(1, min(8, (os.cpu_count() or 2) // 2))) as pool:
        asked = {
            pool.submit(work, layer, check, seed + number): (layer, check)
            for check, layers in ((True, checked), (False, later))
            for number, layer in enumerate(layers)
        }
        for done in as_completed(asked):
            layer, check = asked[done]
            found = done.result()
            if check:
                record.told["errors"][str(layer)] = found
                record.keep()
            if check or not found["passed"]:
                shown = {k: f"{v:.1e}" if isinstance(v, float) else v for k, v in found.items()}
                print(f"{'ok  ' if found['passed'] else 'FAIL'} {layer}: {shown}", flush=True)


def measure(seconds: float, known: dict[str, Any], at: Any, path: Path | None) -> Record:
    """Everything, as far as the seconds reach; what was left out is named."""
    import torch
    import triton
    from gpu_device import ceilings

    began = time.perf_counter()
    torch.backends.cuda.matmul.allow_tf32 = False
    record = Record(path)
    told = record.told
    told |= {
        "device": at.device, "programs": at.programs, "clocks": at.clocks(),
        "torch": torch.__version__, "triton": triton.__version__,
    }  # fmt: skip
    told["ceilings"] = ceilings(at)
    print(json.dumps({k: v for k, v in told.items() if k not in ("errors", "times")}), flush=True)
    record.keep()
    layers = DRY_TIMED if at.dry else TIMED
    check_all(
        DRY_CHECKED if at.dry else CHECKED, layers, known, at.dry, record, began + CHECKS * seconds
    )
    for layer in layers:
        if time.perf_counter() - began > seconds:
            told["left out"].append(str(layer))
            continue
        try:
            samples, unable = timed(contestants(layer, known, at), at)
        except Exception as reason:
            told["times"][str(layer)] = {"reason": f"{type(reason).__name__}: {reason}"[:300]}
            print(f"FAIL {layer}: {type(reason).__name__}: {reason}"[:400], flush=True)
            record.keep()
            continue
        middle = {name: statistics.median(values) for name, values in samples.items()}
        passes = [known[_key(layer, backward)] for backward in (False, True)][: 1 + layer.training]
        told["times"][str(layer)] = {
            "layer": asdict(layer), "milliseconds": middle,
            "predicted": sum(entry["milliseconds"] for entry in passes),
            "floor": None if layer.training
            else floor(layer, GpuTile(**passes[0]["tile"]), told["ceilings"]),
            "spread": {name: (min(v), max(v)) for name, v in samples.items()}, "unable": unable,
        }  # fmt: skip
        record.keep()
        print(record.table().splitlines()[-1], flush=True)
    told["clocks after"] = at.clocks()
    told["table"] = record.table()
    record.keep()
    print(told["table"])
    if told["left out"]:
        print(f"left out after {seconds:.0f} s: {', '.join(told['left out'])}")
    return record


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=480.0, help="start nothing after these")
    parser.add_argument("--json", type=Path, help="where all figures go, after each part")
    parser.add_argument("--solve", action="store_true", help="solve tiles for this very device")
    parser.add_argument("--write-tiles", action="store_true", help=f"solve into {TILES.name}")
    parser.add_argument("--dry", action="store_true", help="tiny, interpreted, on the processor")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    every = [*TIMED, *CHECKED, *DRY_TIMED, *DRY_CHECKED]
    if given.write_tiles:
        TILES.write_text(json.dumps(solve_tiles(every), indent=1) + "\n", encoding="utf-8")
        return 0
    missing = [name for name in ("torch", "triton", "numpy") if find_spec(name) is None]
    if missing:
        print(f"needs {', '.join(missing)}: pip install 'archwright[gpu]'")
        return 1
    if given.dry:
        os.environ["TRITON_INTERPRET"] = "1"  # before Triton is imported
    import torch

    known = {} if given.one else kept_tiles()
    if not given.dry and not torch.cuda.is_available():
        print(
            "needs a CUDA device (compute capability 8.0 or newer, torch built with CUDA), and "
            f"none is here: nothing is timed. Compiled for capability {CAPABILITY / 10} instead:"
        )
        compile_all(known, TIMED)
        return 0
    from gpu_device import Card, Dry

    at = Dry() if given.dry else Card()
    if given.one:
        return one(given.one, at)
    if given.solve:
        known = solve_tiles([*DRY_TIMED, *DRY_CHECKED] if given.dry else every, at.programs)
    record = measure(given.seconds, known, at, given.json)
    return 0 if all(e["passed"] for e in record.told["errors"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
