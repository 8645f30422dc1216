"""Fused inverted residuals: the widening blocks of MobileNetV2, or V3, against torch.

    python -m benchmarks.mbconv                        V2 at 224, 160 and 96 pixels, batch 1
    python -m benchmarks.mbconv --net v3               the large V3, 8 of whose blocks have a gate
    python -m benchmarks.mbconv --sides 224 --blocks   each block in its place, and alone
    python -m benchmarks.mbconv --sweep                the solver's tile among others
    python -m benchmarks.mbconv --batch 4 --json out.jsonl

One thread, thread time, medians of alternating rounds, so a busy neighbour on the core does not
count, though its use of caches does. Peers: torch eager with channels last, and the same blocks
traced, frozen and passed through `torch.jit.optimize_for_inference`. The roofline is arithmetic at
the probed peak, or weights once from the last cache, whichever takes longer.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import archwright
from archwright.kernels import timing
from archwright.kernels.fused.choose import Chosen, choose
from archwright.kernels.fused.layer import FusedBlock
from archwright.kernels.fused.network import fuse
from archwright.kernels.fused.plan import Plan
from archwright.kernels.fused.tile import Tile, TileError
from archwright.kernels.machine.probe import probe
from archwright.kernels.outcome import OURS

SPECS = Path(__file__).parents[1] / "gallery" / "mobilenet"
SIDES = (224, 160, 96)
ROUNDS = 9
EAGER, OPTIMISED = "eager", "optimised"


def blocks_of(side: int, net: str = "v2") -> nn.Sequential:
    """The blocks that widen, with norms that do something, in one chain."""
    torch.manual_seed(0)
    answer = archwright.load(SPECS / f"{net}.arch").bind(side=side).solve(progress=False)
    assert answer.architecture is not None
    network = archwright.build(answer.architecture, bits="float").eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    chain: Any = network.get_submodule("block")
    return nn.Sequential(*list(chain)[1:]).eval()


def fused_blocks(chain: nn.Sequential) -> list[FusedBlock]:
    """All of them; the picker must not have left one to torch."""
    return [block for block in chain if isinstance(block, FusedBlock)]


def roofline(blocks: list[FusedBlock], sizes: list[int], batch: int) -> float:
    """Milliseconds below which no single-precision kernel can be on this machine."""
    machine = probe()
    peak, rate = float(machine["peak"]), float(machine["bw_l3"]) / 8
    flops = 2 * batch * sum(b._found.block.macs(s, s) for b, s in zip(blocks, sizes, strict=True))
    weights = 4 * sum(p.numel() for b in blocks for p in b.parameters())
    return max(flops / peak, weights / rate) * 1e3


def inputs_of(chain: nn.Sequential, x: Tensor) -> list[Tensor]:
    """What every block of a chain reads."""
    read = []
    for block in chain:
        read.append(x)
        x = block(x)
    return read


def networks(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row per size: ours, both peers, the model's expectation, the roofline."""
    print("| net | side | B | ours ms | eager | optimised | expected ms | roofline ms "
          "| of the roofline | max error |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    for side in options.sides:
        plain = blocks_of(side, options.net)
        ours = fuse(plain, threads=1, measure=False)
        x = torch.randn(options.batch, 16, side // 2, side // 2)
        x = x.contiguous(memory_format=torch.channels_last)
        row = against_peers(ours, plain, x, options.rounds)
        times, limit = row["times_ms"], row["roofline_ms"]
        print(
            f"| {options.net} | {side} | {options.batch} | {times[OURS]:.2f} "
            f"| {times[EAGER] / times[OURS]:.2f}x | {times[OPTIMISED] / times[OURS]:.2f}x "
            f"| {row['expected_ms']:.2f} | {limit:.2f} "
            f"| {limit / times[OURS]:.0%} | {row['error']:.1e} |",
            flush=True,
        )
        yield {"table": "networks", "net": options.net, "side": side, "batch": options.batch, **row}
        if options.blocks:
            yield from places(ours, plain, x)


def against_peers(
    ours: nn.Sequential, plain: nn.Sequential, x: Tensor, rounds: int
) -> dict[str, Any]:
    """The chain against torch's, in milliseconds, and how far their results are apart."""
    optimised = torch.jit.optimize_for_inference(
        torch.jit.freeze(torch.jit.trace(plain, x))  # type: ignore[no-untyped-call]
    )
    for _ in range(3):  # the first calls specialise
        optimised(x)
    wanted, got = plain(x), ours(x)
    contestants = {
        OURS: lambda: ours(x), "again": lambda: ours(x),
        EAGER: lambda: plain(x), OPTIMISED: lambda: optimised(x),
    }  # fmt: skip
    times = timing.medians(timing.alternating(contestants, rounds))
    again = times.pop("again")
    blocks = fused_blocks(ours)
    sizes = [y.shape[-1] for y in inputs_of(ours, x)]
    expected = [choose(b._found.block, s, s).seconds for b, s in zip(blocks, sizes, strict=True)]
    return {
        "times_ms": times,
        "noise": abs(again / times[OURS] - 1),
        "expected_ms": sum(expected) * len(x) * 1e3,
        "roofline_ms": roofline(blocks, sizes, len(x)),
        "error": float((wanted - got).abs().max() / wanted.abs().max()),
    }


def places(ours: nn.Sequential, plain: nn.Sequential, x: Tensor) -> Iterator[dict[str, Any]]:
    """Each block in its place, right after the one before it, and alone, again and again."""
    print("\n| block | size | in place ms | alone ms | expected ms | arithmetic ms | eager ms "
          "| tile |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    reads = inputs_of(ours, x)
    samples: list[list[float]] = [[] for _ in ours]
    eager: list[list[float]] = [[] for _ in ours]
    for chain, times in ((ours, samples), (plain, eager)):
        for _ in range(30):
            for block, read, spent in zip(chain, reads, times, strict=True):
                started = time.thread_time()
                block(read)
                spent.append(time.thread_time() - started)
    for i, block in enumerate(fused_blocks(ours)):
        kind, side = block._found.block, reads[i].shape[-1]
        work = {OURS: partial(block, reads[i])}
        alone = timing.medians(timing.alternating(work, 5))[OURS]
        chosen = choose(kind, side, side)
        flops = 2 * len(x) * kind.macs(side, side)
        row = {
            "table": "blocks", "block": str(kind), "side": side,
            "in_place_ms": sorted(samples[i])[15] * 1e3, "alone_ms": alone,
            "expected_ms": chosen.seconds * len(x) * 1e3,
            "arithmetic_ms": flops / float(probe()["peak"]) * 1e3,
            "eager_ms": sorted(eager[i])[15] * 1e3, "tile": chosen.tile.to_json(),
        }  # fmt: skip
        figures = " | ".join(f"{row[name]:.3f}" for name in row if name.endswith("_ms"))
        print(f"| {kind} | {side} | {figures} | {short(chosen.tile)} |", flush=True)
        yield row
    print(flush=True)


def sweep(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The solver's tile beside tiles that change one of its choices."""
    print("| block | size | tiles | solver ms | solver/best | worst/best | solver | best |")
    print("|---|---|---|---|---|---|---|---|")
    for side in options.sides:
        chain = fuse(blocks_of(side, options.net), threads=1, measure=False)
        x = torch.randn(options.batch, 16, side // 2, side // 2)
        reads, seen = inputs_of(chain, x), set()
        for block, read in zip(fused_blocks(chain), reads, strict=True):
            kind, size = block._found.block, read.shape[-1]
            if (kind, size) in seen:
                continue
            seen.add((kind, size))
            chosen = choose(kind, size, size)
            image = read.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1).numpy()
            calls = {}
            for tile in neighbours(chosen, kind.kernel, options.neighbours):
                try:
                    plan = Plan(kind, block._found.weights(), size, size, tile)
                except TileError:
                    continue
                calls[short(tile)] = partial(plan.run, image)
            times = timing.medians(timing.alternating(calls, options.rounds))
            own, best = times[short(chosen.tile)], min(times, key=times.__getitem__)
            row = {"table": "sweep", "block": str(kind), "side": size, "times_ms": times}
            print(
                f"| {kind} | {size} | {len(times)} | {own:.3f} | {own / times[best]:.2f} "
                f"| {max(times.values()) / times[best]:.2f} | {short(chosen.tile)} | {best} |",
                flush=True,
            )
            yield row


def neighbours(chosen: Chosen, kernel: int, most: int) -> list[Tile]:
    """The tile, and tiles with one choice halved, doubled, or as small as it can be."""
    numbers = chosen.tile.to_json()
    tiles = {chosen.tile: None}
    for name, value in numbers.items():
        for other in (value // 2, value * 2, 1):
            if name != "lanes" and other >= 1:
                tile = Tile(**{**numbers, name: other})
                if fits_registers(tile, kernel):
                    tiles[tile] = None
    return list(tiles)[:most]


def fits_registers(tile: Tile, kernel: int) -> bool:
    """Whether the sums, the weights and one pixel are within the registers."""
    pairs = (
        (tile.widen_pixels, tile.widen_vectors),
        (tile.project_pixels, tile.project_vectors),
    )
    registers = int(probe()["vector_registers"])
    products = all(p * v + v + 1 <= registers for p, v in pairs)
    return products and tile.filter_pixels + kernel + 1 <= registers


def short(tile: Tile) -> str:
    """A tile in a cell of a table: widen, filter, project, blocks."""
    return (
        f"{tile.widen_pixels}x{tile.widen_vectors} {tile.filter_pixels} "
        f"{tile.project_pixels}x{tile.project_vectors} / {tile.blocks}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--sides", type=lambda text: [int(s) for s in text.split(",")], default=SIDES
    )
    parser.add_argument("--net", choices=("v2", "v3"), default="v2")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--blocks", action="store_true", help="each block in its place and alone")
    parser.add_argument("--sweep", action="store_true", help="the solver's tile among others")
    parser.add_argument("--neighbours", type=int, default=20, help="tiles of a sweep at most")
    parser.add_argument("--json", type=Path, help="also write the rows here, one a line")
    options = parser.parse_args()
    rows = []
    with torch.no_grad(), timing.one_torch_thread():
        for row in (sweep if options.sweep else networks)(options):
            rows.append(row)
    if options.json:
        options.json.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
