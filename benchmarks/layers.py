"""Sums of measured layers beside whole networks, and traced memory beside the model's.

    python -m benchmarks.layers                        every table
    python -m benchmarks.layers --only fbnet/space,mobilenet/v2

One thread, batch 1, thread time; about five minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import archwright as aw
from archwright.kernels.measure.memory import peaks
from archwright.kernels.measure.table import Whole

GALLERY = Path(__file__).parent.parent / "gallery"
SPACES: dict[str, dict[str, object]] = {
    "proxylessnas/space": {},
    "fbnet/space": {},
    "once_for_all/space": {"res": 160},
    "dynas_t/vit": {},
}
NETWORKS = ["mcunet/net_320kb", "mobilenet/v2", "proxylessnas/imagenet"]
HELD_OUT, ROUNDS = 24, 21


def held_out(name: str, held_out: int = HELD_OUT, rounds: int = ROUNDS) -> dict[str, Any]:
    """Measure a space of the gallery, and how far sums of its layers are from other networks.

    `noise` is the half of the range between the quartiles of a network's rounds, as a share of its
    median, for the network in the middle.
    """
    p = aw.load(GALLERY / f"{name}.arch").bind()
    found = aw.measure(
        p, choices=SPACES[name], held_out=held_out, rounds=rounds, progress=False
    )  # fmt: skip
    told = found.errors()
    assert told is not None
    some = [n for n in found.table.networks.values() if n.held_out]
    return {
        "layers": found.timed,
        "networks": len(found.table.networks) - len(some),
        "held_out": told.networks,
        "ms": _range(some),
        "median": told.median,
        "worst": told.worst,
        "rank": told.rank,
        "noise": float(np.median([(n.high - n.low) / 2 / n.time for n in some])),
    }


def _range(networks: list[Whole]) -> tuple[float, float]:
    return min(n.time for n in networks) / 1e3, max(n.time for n in networks) / 1e3


def memory(name: str) -> dict[str, Any]:
    """Peak memory of a network of the gallery: by its spec, in place, and of its torch module."""
    architecture = aw.load(GALLERY / f"{name}.arch").bind().solve(progress=False).architecture
    assert architecture is not None
    found = peaks(next(iter(architecture.networks.values())))
    return {
        "elements": found.elements,
        "in_place": found.in_place,
        "in_place_8_bit": found.in_place_8_bit,
        "module": found.module,
    }


def space_line(name: str, told: Mapping[str, Any]) -> str:
    """A row of the first table."""
    low, high = told["ms"]
    return (
        f"| `{name}` | {told['layers']} | {told['networks']} | "
        f"{told['held_out']}: {low:.1f} .. {high:.1f} | {told['median']:.1%} | "
        f"{told['worst']:.1%} | {told['rank']:.2f} | {told['noise']:.1%} |"
    )


def memory_line(name: str, told: Mapping[str, Any]) -> str:
    """A row of the second table."""
    live, floats, bits = told["elements"], told["in_place"], told["in_place_8_bit"]
    return (
        f"| `{name}` | {live:_} | {floats:_} ({floats / 4 / live - 1:+.2%}) | "
        f"{bits:_} ({bits / live - 1:+.2%}) | "
        f"{told['module']:_} ({told['module'] / 4 / live:.2f} times) |"
    )


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--held-out", type=int, default=HELD_OUT)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument(
        "--only", type=lambda text: text.split(","), default=[*SPACES, *NETWORKS],
        help="spaces and networks of the gallery",
    )  # fmt: skip
    given = options.parse_args()
    if unknown := set(given.only) - {*SPACES, *NETWORKS}:
        options.error(
            f"no {', '.join(sorted(unknown))}; there is {', '.join([*SPACES, *NETWORKS])}"
        )
    if spaces := [name for name in SPACES if name in given.only]:
        print("| space | layers | networks that hold them | held out, ms | off, median | worst "
              "| rank correlation | noise |")  # fmt: skip
        print("|---|---|---|---|---|---|---|---|")
        for name in spaces:
            print(space_line(name, held_out(name, given.held_out, given.rounds)), flush=True)
    if networks := [name for name in NETWORKS if name in given.only]:
        print("\n| network | `live`, elements | traced in place, float, B | in 8 bits, B "
              "| torch module, B |")  # fmt: skip
        print("|---|---|---|---|---|")
        for name in networks:
            print(memory_line(name, memory(name)), flush=True)


if __name__ == "__main__":
    main()
