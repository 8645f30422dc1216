"""Sums of measured layers beside whole networks, and traced memory beside the model's.

    python -m benchmarks.layers                        every table
    python -m benchmarks.layers --only fbnet/space,mobilenet/v2

`held_out` measures a space and, in the same rounds, networks of it that lend no layer. `tabled`
takes a table of the gallery as it lies there: its spec predicts networks, which are then timed.
One thread, batch 1, thread time; about five minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import archwright as aw
from archwright.interpreter.architecture import Network
from archwright.kernels.measure import in_place, table
from archwright.kernels.measure.memory import peaks
from archwright.kernels.measure.predict import rank
from archwright.kernels.measure.table import Whole

GALLERY = Path(__file__).parent.parent / "gallery"
SPACES: dict[str, dict[str, object]] = {
    "proxylessnas/space": {},
    "fbnet/space": {},
    "once_for_all/space": {"res": 160},
    "dynas_t/vit": {},
}
TABLED = {  # specs with a table, and what they ask of networks, which is left out here
    "proxylessnas/here": ("proxylessnas/here.nc", "within_deadline"),
    "fbnet/here": ("fbnet/here.nc", "large"),
}
DRAWN = 4  # samples for each network that is held out
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


def tabled(name: str, networks: int = HELD_OUT, rounds: int = ROUNDS) -> dict[str, Any]:
    """How far the `time` of a spec, by the table that it reads, is from networks timed now.

    The networks are drawn uniformly, and none is one of those that the table's layers were timed
    in. `drift` is the median of the distances with their signs: how much faster or slower the
    machine is than when the table was made.

    Raises
    ------
    ValueError
        If the table is of another machine or torch: then nothing is to be compared.
    """
    file, wanted = TABLED[name]
    held = table.read(GALLERY / file)
    here = table.this_setting()
    if held.setting != here:
        raise ValueError(f"{file} is of {held.setting}, and this is {here}")
    p = aw.load(GALLERY / f"{name}.arch").bind()
    inside = {text for text, whole in held.networks.items() if not whole.held_out}
    told: list[float] = []
    drawn: list[Network] = []
    for choices in p.sample(DRAWN * networks, seed=1, without=wanted):
        own = {c.removeprefix("net."): v for c, v in choices.items()}
        if len(told) < networks and " ".join(f"{c}={v}" for c, v in own.items()) not in inside:
            answer = p.solve(choices, without=wanted, progress=False)
            assert answer.architecture is not None
            (network,) = answer.architecture.networks.values()
            time = answer.architecture.values["time"]
            assert isinstance(time, aw.Quantity)
            told.append(1e6 * float(time.natural))
            drawn.append(network)
    *_, times = in_place.time_networks(drawn, rounds, whole_only=range(len(drawn)))
    found = [1e6 * float(np.median(t.whole)) for t in times]
    off = np.array(told) / np.array(found) - 1
    return {
        "networks": len(found),
        "ms": (min(found) / 1e3, max(found) / 1e3),
        "median": float(np.median(np.abs(off))),
        "worst": float(np.abs(off).max()),
        "drift": float(np.median(off)),
        "rank": rank(told, found),
        "date": max(layer.date for layer in held.layers.values())[:16],
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


def tabled_line(name: str, told: Mapping[str, Any]) -> str:
    """A row of the second table."""
    low, high = told["ms"]
    return (
        f"| `{name}` | {told['date']} | {told['networks']}: {low:.1f} .. {high:.1f} | "
        f"{told['median']:.1%} | {told['worst']:.1%} | {told['drift']:+.1%} | {told['rank']:.2f} |"
    )


def memory_line(name: str, told: Mapping[str, Any]) -> str:
    """A row of the third table."""
    live, floats, bits = told["elements"], told["in_place"], told["in_place_8_bit"]
    return (
        f"| `{name}` | {live:_} | {floats:_} ({floats / 4 / live - 1:+.2%}) | "
        f"{bits:_} ({bits / live - 1:+.2%}) | "
        f"{told['module']:_} ({told['module'] / 4 / live:.2f} times) |"
    )


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--held-out", type=int, default=HELD_OUT)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument(
        "--only", type=lambda text: text.split(","), default=[*SPACES, *TABLED, *NETWORKS],
        help="spaces, specs with a table, and networks of the gallery",
    )  # fmt: skip
    given = options.parse_args()
    names = [*SPACES, *TABLED, *NETWORKS]
    if unknown := [name for name in given.only if name not in names]:
        options.error(f"no {', '.join(unknown)}; there is {', '.join(names)}")
    if spaces := [name for name in SPACES if name in given.only]:
        print("| space | layers | networks that hold them | held out, ms | off, median | worst "
              "| rank correlation | noise |")  # fmt: skip
        print("|---|---|---|---|---|---|---|---|")
        for name in spaces:
            print(space_line(name, held_out(name, given.held_out, given.rounds)), flush=True)
    if tables := [name for name in TABLED if name in given.only]:
        print("\n| spec | table of | drawn, ms | off, median | worst | drift | rank correlation |")
        print("|---|---|---|---|---|---|---|")
        for name in tables:
            print(tabled_line(name, tabled(name, given.held_out, given.rounds)), flush=True)
    if networks := [name for name in NETWORKS if name in given.only]:
        print("\n| network | `live`, elements | traced in place, float, B | in 8 bits, B "
              "| torch module, B |")  # fmt: skip
        print("|---|---|---|---|---|")
        for name in networks:
            print(memory_line(name, memory(name)), flush=True)


if __name__ == "__main__":
    main()
