"""Sums of measured layers beside whole networks, and traced memory beside the model's.

`python -m benchmarks.layers` prints the tables of `docs/kernels.md`, section Measurement; about
ten minutes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import archwright as aw
from archwright.kernels.measure.memory import peaks

GALLERY = Path(__file__).parent.parent / "gallery"
SPACES: dict[str, dict[str, object]] = {
    "proxylessnas/space": {},
    "fbnet/space": {},
    "once_for_all/space": {"res": 160},
    "dynas_t/vit": {},
}
NETWORKS = ["mcunet/net_320kb", "mobilenet/v2", "proxylessnas/imagenet"]


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--held-out", type=int, default=24)
    options.add_argument("--rounds", type=int, default=21)
    given = options.parse_args()
    print("| space | layers | networks timed | held out, ms | off, median | worst | rank |")
    print("|---|---|---|---|---|---|---|")
    for name, choices in SPACES.items():
        p = aw.load(GALLERY / f"{name}.arch").bind()
        found = aw.measure(p, choices=choices, held_out=given.held_out, rounds=given.rounds)
        told = found.errors()
        assert told is not None
        some = [n for n in found.table.networks.values() if n.held_out]
        lo, hi = min(n.time for n in some) / 1e3, max(n.time for n in some) / 1e3
        print(
            f"| {name} | {found.timed} | {len(found.table.networks) - len(some)} | "
            f"{len(some)}: {lo:.1f} .. {hi:.1f} | {told.median:.1%} | {told.worst:.1%} | "
            f"{told.rank:.2f} |",
            flush=True,
        )
    print("\n| network | live elements | in place, B / 4 | in 8 bits, B | torch module, B / 4 |")
    print("|---|---|---|---|---|")
    for name in NETWORKS:
        architecture = aw.load(GALLERY / f"{name}.arch").bind().solve().architecture
        assert architecture is not None
        network = next(iter(architecture.networks.values()))
        m = peaks(network)
        print(
            f"| {name} | {m.elements:_} | {m.in_place / 4:_.0f} | {m.in_place_8_bit:_} | "
            f"{m.module / 4:_.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
