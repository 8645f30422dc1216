"""Fill in the table of the kernels: figures beside goals, noise and the machine's limits.

    python -m benchmarks.kernels                      everything that is not on file; print it
    python -m benchmarks.kernels --only lstm,gru      these parts
    python -m benchmarks.kernels --write              the table into docs/benchmarks.md
    python -m benchmarks.kernels --fresh --write      all of it measured anew

A figure is kept as soon as it is there (`--keep` says where), so a run that was stopped goes on,
and the table holds every part on file for this machine, torch and code. Times are medians of
alternating rounds in time of the thread; noise is the same kernel timed twice.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archwright.kernels import cache

from . import card, choice, errors, forward, fused, measured, training
from .kept import ROOT, Kept
from .part import Part
from .row import Row, summary, table

PARTS: list[Part] = [
    forward.part("lstm", forward.LSTM),
    forward.part("gru", forward.GRU),
    forward.part("elman", forward.ELMAN),
    forward.part("slstm", forward.SLSTM, forward.ALL),
    training.PART,
    errors.PART,
    choice.PICKER,
    choice.SWEEP,
    fused.PART,
    measured.HELD_OUT,
    measured.MEMORY_PART,
    card.PART,
]
NAMES = [part.name for part in PARTS]
ROUNDS = 7
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- kernels: begin -->", "<!-- kernels: end -->"


def measure(options: argparse.Namespace) -> dict[str, Kept]:
    """Measure the parts that were asked for; gives all of them as they are on file."""
    kept = {}
    for part in PARTS:
        asked = part.name in options.only
        kept[part.name] = Kept(options.keep, part.name, part.reads, options.fresh and asked)
        if not asked:
            continue
        for name, work in part.items.items():
            began = time.perf_counter()

            def measured(work: Any = work) -> Any:
                return work(options.rounds)

            if kept[part.name].measured(name, options.rounds, measured):
                took = time.perf_counter() - began
                print(f"{part.name} {name}: {took:.1f} s", file=sys.stderr, flush=True)
    return kept


def page(kept: dict[str, Kept]) -> str:
    """The table with when and where its figures were measured, and what is short."""
    rows: list[Row] = []
    for part in PARTS:
        rows += part.rows(kept[part.name].items)
    items = [item for part in kept.values() for item in part.items.values()]
    setting = next(iter(kept.values())).setting
    told = [f"{setting['machine']}, {os.cpu_count()} cores, torch {setting['torch']}, one thread"]
    if items:
        days = sorted({item["date"][:10] for item in items})
        loads = [item["load"] for item in items]
        rounds = min(item["rounds"] for item in items)
        told.append(f"{' to '.join(dict.fromkeys([days[0], days[-1]]))}")
        told.append(f"at least {rounds} rounds")
        told.append(f"load of the machine {min(loads):.1f} .. {max(loads):.1f}")
    return f"{'; '.join(told)}. {summary(rows)}\n\n{table(rows)}"


def write(text: str) -> None:
    """Put the table between its marks in the page.

    Raises
    ------
    SystemExit
        If the marks are not there.
    """
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} has no `{BEGIN}` and `{END}` to write between")
    cache.write(PAGE, f"{before}{begin}\n{text}\n{end}{after}")
    PAGE.chmod(0o644)


def parts(text: str) -> list[str]:
    """Names of parts, apart by commas."""
    names = text.split(",")
    if unknown := [name for name in names if name not in NAMES]:
        raise argparse.ArgumentTypeError(
            f"no part {', '.join(unknown)}; there is {', '.join(NAMES)}"
        )
    return names


def main() -> None:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", type=parts, default=NAMES, help=f"of {', '.join(NAMES)}")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--fresh", action="store_true", help="measure what is on file, too")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ROOT)}")
    parser.add_argument(
        "--keep", type=Path, default=cache.folder("benchmarks"), help="folder of the figures"
    )
    options = parser.parse_args()
    began = datetime.now(UTC)
    text = page(measure(options))
    print(text)
    print(f"\n{(datetime.now(UTC) - began).total_seconds() / 60:.1f} minutes", file=sys.stderr)
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
